"""The media worker process: one UDP port, one control socket, one event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import uvloop

from liaison.config import Settings
from liaison.process import keep_for_good
from signaling.sfu import assignment, dtls, transport
from signaling.sfu.control import Control
from signaling.sfu.cores import UnusableCore, make_core
from signaling.sfu.journal import Journal
from signaling.sfu.model import Hub
from signaling.sfu.moderation import Moderator
from signaling.sfu.plane import Plane
from signaling.sfu.promptness import ask_for_short_slices
from signaling.sfu.rooms import Rooms
from signaling.sfu.sdp import candidate
from signaling.sfu.timers import Clockwork

BREATH_SECONDS = 0.002  # work that takes longer lets packets through

log = logging.getLogger("liaison.media")


class Worker:
    """Wires socket, core, rooms, timers and control API together."""

    def __init__(self, settings: Settings, number: int) -> None:
        self._settings, self._number = settings, number
        self._socket = transport.bind(settings.media_bind, settings.media_port + number)
        port = int(self._socket.getsockname()[1])
        hosts = transport.announced(settings.media_bind, port, settings.media_hosts, number)
        core = make_core(settings.media_core, self._socket)
        self.hub = Hub(
            core,
            dtls.Certificate(),
            tuple(candidate(index, host, at) for index, (host, at) in enumerate(hosts)),
            time.monotonic,
            time.time,
            self._emit,
            transport.unpack_address,
        )
        self.hub.breathe = self._breathe
        self._read_at = 0.0
        core.handler = Plane(self.hub)
        self._make_room_for_taps(settings.media_socket(number).parent)
        self._core = core
        self._moderator = Moderator(core, self._socket.fileno(), self._turn, time.monotonic)
        self._clock = Clockwork(self.hub)
        self._control = Control(Rooms(self.hub), number, settings.media_token)
        self._control.journal = Journal(uuid.uuid4().hex, self._control.deliver)
        self._control.greet = self._state
        self._control.stats = self.stats
        self._started = time.monotonic()
        told = ", ".join(f"{host}:{at}" for host, at in hosts)
        log.info("media worker %d: packet core %s, UDP port %d, announced as %s", number, core.name, port, told)

    def _make_room_for_taps(self, folder: Path) -> None:
        """Their sockets lie beside the control API's; those of a worker that was killed are removed."""
        name = f"tap-{self._number}"
        for stale in folder.glob(f"{name}-*.sock"):
            stale.unlink(missing_ok=True)
        self.hub.tap_socket = lambda tap: folder / f"{name}-{tap}.sock"

    def _emit(self, kind: str, data: dict[str, Any]) -> None:
        self._control.journal.emit(kind, data)

    def _state(self) -> list[dict[str, Any]]:
        """What a new control client has missed of the events that only pass."""
        present = [event for room in self.hub.rooms.values() for event in assignment.present(room)]
        return [{"event": kind, "data": data} for kind, data in present]

    def stats(self) -> dict[str, Any]:
        """Counters of the process."""
        counters, usage = self._core.counters, os.times()
        return {
            "worker": self._number,
            "boot_id": self._control.journal.boot_id,
            "core": self._core.name,
            "pid": os.getpid(),
            "rooms": len(self.hub.rooms),
            "connections": len(self.hub.connections),
            "up_seconds": round(time.monotonic() - self._started, 1),
            "cpu_seconds": round(usage.user + usage.system, 2),
            "memory_bytes": _memory(),
            **_waits(),
            **{name: getattr(counters, name) for name in counters.__slots__},
        }

    def _pump(self) -> bool:
        """What has arrived goes on its way; True when more may be waiting."""
        more = self._core.pump(self.hub.monotonic(), self.hub.wall())
        self._read_at = self.hub.monotonic()
        return more

    def _turn(self) -> bool:
        """A turn of the event loop that belongs to packets; the clock goes along."""
        more = self._pump()
        self._clock.passing(self._read_at)
        return more

    def _breathe(self) -> None:
        """In the midst of long work: what has arrived meanwhile goes on its way."""
        if self.hub.monotonic() - self._read_at > BREATH_SECONDS:
            self._pump()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; then say goodbye to every client."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        server = await self._listen()
        keep_for_good()
        self._moderator.start()
        clockwork = loop.create_task(self._clock.run())
        clockwork.add_done_callback(lambda task: stop.set())
        await stop.wait()
        failed = clockwork.done() and clockwork.exception()
        clockwork.cancel()
        for room in list(self.hub.rooms):
            Rooms(self.hub).drop_room(room)
        await asyncio.sleep(0.05)  # let the farewells out
        self._moderator.stop()
        server.close()
        self._socket.close()
        if failed:
            raise failed

    async def _listen(self) -> asyncio.Server:
        settings = self._settings
        if not settings.media_control:
            return await self._control.serve_unix(settings.media_socket(self._number))
        return await self._control.serve_tcp(*settings.media_control_address(self._number))


def _memory() -> int:
    """Resident memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _waits() -> dict[str, float]:
    """How long this process was ready and no core free, and how often it got one: proc(5), where the kernel counts it."""
    try:
        with open("/proc/self/schedstat", encoding="ascii") as file:
            _ran, waited, turns = map(int, file.read().split())
    except (OSError, ValueError):
        return {}
    return {"waited_seconds": waited / 1e9, "turns": turns}


def main(settings: Settings, worker: int = 0) -> int:
    """Run one media worker until it is stopped; the exit status."""
    try:
        made = Worker(settings, worker)
    except (OSError, UnusableCore) as exc:
        log.error("the media worker cannot start: %s", exc)
        return 1
    ask_for_short_slices()
    uvloop.run(made.run())
    return 0
