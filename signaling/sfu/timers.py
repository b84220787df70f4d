"""What happens by itself: retries, reports, speakers, layers that fall silent, signs of life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from signaling.sfu import assignment, demand, feedback, lifecycle, links, stats
from signaling.sfu.core.speakers import SILENCE
from signaling.sfu.model import Hub, Room, Source

STEP_SECONDS, IDLE_SECONDS = 0.05, 0.5
GRACE_SECONDS = 0.05  # a step waits so long for an arrival to be done with
SPEAKERS_SECONDS = 0.25
LOOK_SECONDS = 2.0  # shorter than demand's PAUSE_SECONDS: what is wanted must be said again before it is paused
LEVEL_STEP_DB = 3  # a smaller change of a level is not worth telling

log = logging.getLogger("liaison.media")


class Clockwork:
    """Runs the periodic work of one worker."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._due = {self.half_second: 0.5, self.second: 1.0, self.five_seconds: 5.0}
        start = hub.monotonic()
        self._next_at = {job: start + pause for job, pause in self._due.items()}
        self._step_at = start

    async def run(self) -> None:
        """Until cancelled: what is due although nothing arrives; slow while nobody is connected."""
        hub = self._hub
        while True:
            late_at = self._step_at + GRACE_SECONDS
            await asyncio.sleep(max(late_at - hub.monotonic(), 0.0) if hub.connections else IDLE_SECONDS)
            now = hub.monotonic()
            if now >= self._step_at + GRACE_SECONDS:
                self._work(now)

    def passing(self, now: float) -> None:
        """The process is awake anyway: what is due is done now, and the clock need not wake it for that."""
        if now >= self._step_at:
            self._work(now)

    def _work(self, now: float) -> None:
        self._step_at = now + STEP_SECONDS
        self._do(self.step, now)
        for job, pause in self._due.items():
            if now >= self._next_at[job]:
                self._next_at[job] = max(self._next_at[job] + pause, now + pause / 2)
                self._do(job, now)
        self._hub.core.flush()

    @staticmethod
    def _do(job: Callable[[float], None], now: float) -> None:
        """A mistake in one job must not end everybody's session: it is said in the log, and the clock goes on."""
        try:
            job(now)
        except Exception:
            log.exception("a periodic job failed")

    # ------------------------------------------------------------------ 50 ms
    def step(self, now: float) -> None:
        """Losses, key frames, speakers, news of sources."""
        chased = self._hub.chased
        for layer in list(chased.values()):
            if not feedback.chase(self._hub, layer, now):
                chased.pop(layer.handle, None)
        self._hub.breathe()
        for room in self._hub.rooms.values():
            if room.sources:
                self._listen(room, now)
            if room.sources_waiting:
                assignment.tell_sources(self._hub, room)

    def _listen(self, room: Room, now: float) -> None:
        heard = [s for s in room.sources.values() if s.kind == "microphone" and s.layers and room.passes(s)]
        voices = [s for s in heard if not room.interprets(s)]  # an interpreter takes nobody's place
        room.speakers.forget(s.id for s in voices)
        for source in voices:
            packets, level = self._heard(source)
            if packets or now - max(layer.last_at for layer in source.layers.values()) > 0.5:
                room.speakers.hear(source.id, packets, level, now)
        chosen = room.speakers.step(now)
        if chosen != room.chosen:
            room.chosen = chosen
            self._hub.touch(room)
        if now - room.speakers_told_at >= SPEAKERS_SECONDS:
            self._tell_speakers(room, voices, now)

    def _heard(self, source: Source) -> tuple[int, int]:
        heard = [self._hub.core.take_level(layer.handle) for layer in source.layers.values()]
        return sum(packets for packets, _ in heard), min(level for _, level in heard)

    def _tell_speakers(self, room: Room, voices: list[Source], now: float) -> None:
        known = room.speakers.voices
        levels = {s.peer: round(known[s.id].level) if s.id in known else SILENCE for s in voices}
        peers = {s.id: s.peer for s in voices}
        loudest = [peers[name] for name in room.speakers.loudest()[:3]]
        before, loudest_before = room.speakers_told
        moved = any(abs(levels[p] - before.get(p, SILENCE)) >= LEVEL_STEP_DB for p in levels)
        if moved or loudest != loudest_before or levels.keys() != before.keys():
            room.speakers_told, room.speakers_told_at = (levels, loudest), now
            self._hub.emit("speakers", {"room": room.name, "levels": levels, "loudest": loudest})

    # ------------------------------------------------------------------ slower
    def half_second(self, now: float) -> None:
        """Which layers arrive, and what each viewer's link takes; whoever shows a layer that fell silent gets the next."""
        for layer in list(self._hub.layers.values()):
            stats = self._hub.core.stream_stats(layer.handle)
            layer.last_at, layer.height = stats.last_at, stats.height
            layer.bitrate += (((stats.octets - layer.octets) * 16) - layer.bitrate) // 2
            layer.octets = stats.octets
            layer.measure(stats.temporal, now)
        for connection in list(self._hub.connections.values()):
            self._hub.breathe()
            if connection.up and connection.slots:
                links.update(self._hub, connection, now)
            if connection.up and connection.sources and connection.uplink.eager(now):
                feedback.report_to_publisher(self._hub, connection, now)
        for room in self._hub.rooms.values():
            if room.sources or room.sources_told:
                self._look(room, now)

    def _look(self, room: Room, now: float) -> None:
        """Think a room over when what arrives or what receivers can take has changed; without news every two seconds."""
        layers = [layer for source in room.sources.values() for layer in source.layers.values()]
        arrives = [(layer.handle, layer.active(now), layer.flows, layer.height, layer.rates) for layer in layers]
        active = [(source.id, source.active(now)) for source in room.sources.values()]
        limits = [connection.budget.limit for connection in room.connections.values() if connection.slots]
        if (arrives, active, limits) != room.looked or now - room.looked_at >= LOOK_SECONDS:
            room.looked, room.looked_at = (arrives, active, limits), now
            self._hub.touch(room)
        else:
            demand.settle(self._hub, room)
            demand.tell(self._hub, room)

    def second(self, now: float) -> None:
        """Reports, caches, signs of life."""
        self._hub.core.expire(now)
        stats.measure(self._hub, now)
        for connection in list(self._hub.connections.values()):
            self._hub.breathe()
            if connection.closed:
                continue
            lifecycle.look_after(self._hub, connection, now)
            if connection.up and connection.sources and not connection.uplink.eager(now):
                feedback.report_to_publisher(self._hub, connection, now)

    def five_seconds(self, now: float) -> None:
        """Who is alive."""
        for room in self._hub.rooms.values():
            lifecycle.tell_alive(self._hub, room)
