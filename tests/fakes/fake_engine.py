"""FakeEngine: a MediaEngine without media, in memory, synchronous, with the real one's refusals.

Connections count as established at once when their SDP exchange is complete. Tests move the rest by hand:
:meth:`FakeEngine.lose`, :meth:`FakeEngine.speak`, :meth:`FakeEngine.restart_worker`. Events are delivered in the
calling thread, in order.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from signaling.engine import (
    CHANNEL,
    DURABLE_EVENTS,
    EngineEvent,
    EngineRefused,
    EngineUnavailable,
    PeerDesired,
    RoomDesired,
    Slot,
    Source,
    SourceKind,
    SubscribeOffer,
    TapPlace,
    TapSelection,
    Want,
)
from tests.fakes.fake_parts import FakeConnection, FakeRoom, added_up, carried, sections, slot_list, told_health

VIDEO_LAYERS = ("q", "h", "f")


class FakeEngine:
    """Implements :class:`signaling.engine.MediaEngine`."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.rooms: dict[str, FakeRoom] = {}
        self.located: dict[str, int] = {}
        self.desired: dict[str, RoomDesired] = {}
        self.unacknowledged: deque[EngineEvent] = deque()
        self.up = False
        self.boot_id = ""
        self._boots = itertools.count(1)
        self._seq = itertools.count(1)
        self._timestamps = itertools.count(90_000, 3_000)
        self._callbacks: list[Callable[[EngineEvent], None]] = []
        self.figures: dict[str, dict[str, Any]] = {}  # by peer: what ``health`` says beside the point

    # ------------------------------------------------------------------ the port
    def start(self) -> None:
        if not self.boot_id:
            self.restart_worker()

    def stop(self) -> None:
        self._callbacks.clear()

    def available(self, worker: int = 0) -> bool:
        return self.up and worker == 0

    def set_room(self, desired: RoomDesired) -> None:
        known = self.desired.get(desired.room)
        if known is not None and (desired.epoch, desired.version) <= (known.epoch, known.version):
            return
        self.desired[desired.room] = desired
        self._reachable()
        self._apply(desired)

    def drop_room(self, room: str) -> None:
        self.desired.pop(room, None)
        self._reachable()
        if room in self.rooms:
            for peer, name in list(self.rooms[room].connections):
                self._end(room, peer, name, "closed")
            del self.rooms[room]

    def publish(
        self,
        room: str,
        peer: str,
        offer_sdp: str,
        connection: str = "publish",
        kinds: Mapping[str, SourceKind] | None = None,
    ) -> str:
        self._peer(room, peer)
        parts = sections(offer_sdp)
        conn = self._connection(room, peer, connection)
        videos = iter(("camera", "screen", "screen", "screen"))
        guessed: list[SourceKind] = []
        for kind, mid in parts:
            named = (kinds or {}).get(mid)
            default = "microphone" if kind == "audio" else next(videos, "screen")
            guessed.append(named or default)  # type: ignore[arg-type]
        conn.sources = guessed
        self._established(room, peer, conn)
        self._sources(room)
        return f"v=0\r\na=ice-ufrag:{conn.ufrag}\r\n" + "".join(
            f"m={k} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:{m}\r\na=recvonly\r\n" for k, m in parts
        )

    def subscribe(
        self,
        room: str,
        peer: str,
        connection: str = "subscribe",
        *,
        video: int = 25,
        audio: int = 3,
        screen: int = 1,
        interpretation: int = 1,
        first_video: int = 0,
    ) -> SubscribeOffer:
        if not self._peer(room, peer).receive:
            raise EngineRefused("not_permitted", "This peer does not receive.")
        if (peer, connection) in self.rooms[room].connections:
            self._end(room, peer, connection, "replaced")
        conn = self._connection(room, peer, connection)
        conn.slots = slot_list(video, audio, screen, interpretation, first_video)
        return self._offer(conn)

    def answer(self, room: str, peer: str, connection: str, sdp: str) -> None:
        conn = self._known(room, peer, connection)
        if len(sections(sdp)) != len(conn.slots):
            raise EngineRefused("bad_sdp", "The answer does not fit the offer.")
        self._established(room, peer, conn)
        self._show(room)

    def whep(self, room: str, peer: str, offer_sdp: str, connection: str) -> str:
        if not self._peer(room, peer).receive:
            raise EngineRefused("not_permitted", "This peer does not receive.")
        if not connection.startswith("whep"):
            raise EngineRefused("bad_request", "A player's connection is named whep:<id>.")
        parts = sections(offer_sdp)
        conn = self._connection(room, peer, connection)
        conn.slots = {mid: "audio" if kind == "audio" else "video" for kind, mid in parts}
        self._established(room, peer, conn)
        return f"v=0\r\na=ice-ufrag:{conn.ufrag}\r\n" + "".join(
            f"m={k} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:{m}\r\na=sendonly\r\n" for k, m in parts
        )

    def trickle(
        self, room: str, peer: str, connection: str, fragment: str, sessions: Sequence[str] | None = None
    ) -> str | None:
        conn = self._known(room, peer, connection)
        if sessions is not None and conn.ufrag not in sessions:
            raise EngineRefused("stale_ice", "The fragment is for an ICE session that is over.")
        if "a=" not in fragment:
            raise EngineRefused("bad_sdp", "This is not an SDP fragment.")
        if "a=ice-ufrag:" not in fragment:
            return None
        conn.generation += 1
        return f"a=ice-ufrag:{conn.ufrag}\r\na=ice-pwd:{'p' * 24}\r\n"

    def restart_ice(self, room: str, peer: str, connection: str) -> SubscribeOffer:
        conn = self._known(room, peer, connection)
        if not conn.slots:
            raise EngineRefused("bad_request", "Only a subscriber connection is restarted by an offer.")
        conn.generation += 1
        return self._offer(conn)

    def view(self, room: str, peer: str, connection: str, wants: Mapping[str, Want | None]) -> None:
        conn = self._known(room, peer, connection)
        for mid, want in wants.items():
            if conn.slots.get(mid, "audio") == "audio":
                raise EngineRefused("unknown_slot", f"There is no slot {mid} that can be pointed.")
            if want is not None and not 0 < want.height <= 4320:
                raise EngineRefused("bad_request", "The height must be 1 to 4320 pixels.")
            if want is not None and want.source.startswith(CHANNEL) != (conn.slots[mid] == "interpretation"):
                raise EngineRefused("unknown_source", f"Slot {mid} cannot carry {want.source}.")
            if want is not None and want.source.endswith(":microphone"):
                raise EngineRefused("unknown_source", f"{want.source} is heard where the room lets it be heard.")
        for mid, want in wants.items():
            conn.wants.pop(mid, None)
            if want is not None:
                conn.wants[mid] = want.source
        self._show(room)

    def _show(self, room: str) -> None:
        """Bring every connection's slots to what is wanted and there."""
        entry = self.rooms[room]
        known = {source.id for source in self.sources(room) if entry.desired.open and self._passes(entry, source)}
        for (peer, name), conn in entry.connections.items():
            wish = entry.desired.peers.get(peer)
            may = conn.up and entry.desired.open and wish is not None and wish.admitted and wish.receive
            wanted = {mid: carried(entry.desired, source) for mid, source in conn.wants.items()}
            aims = {mid: source for mid, source in wanted.items() if may and source in known and source != f"{peer}:microphone"}
            told: dict[str, Any] = {mid: None for mid in conn.shown if mid not in aims}
            for mid, source in aims.items():
                if conn.shown.get(mid) != source:
                    told[mid] = {"source": source, "layer": "q", "rtp_timestamp": next(self._timestamps)}
            conn.shown = aims
            if told:
                self._emit("slots", {"room": room, "peer": peer, "connection": name, "slots": told})

    @staticmethod
    def _passes(entry: FakeRoom, source: Source) -> bool:
        wish = entry.desired.peers.get(source.peer)
        return wish is not None and wish.admitted

    def close(self, room: str, peer: str, connection: str | None = None) -> None:
        self._reachable()
        known = self.rooms.get(room)
        for owner, name in list(known.connections) if known else ():
            if owner == peer and connection in (None, name):
                self._end(room, owner, name, "closed")

    def locate(self, room: str, worker: int) -> None:
        self.located[room] = worker

    def tap(self, room: str, selection: TapSelection) -> TapPlace:
        self._reachable()
        if room not in self.rooms:
            raise EngineRefused("unknown_room", room)
        if not 0 < selection.height <= 4320:
            raise EngineRefused("bad_request", "The height must be 1 to 4320 pixels.")
        name = f"tap-{next(self._timestamps)}"
        self.rooms[room].taps[name] = selection
        return TapPlace(name, f"/nowhere/{name}.sock")

    def untap(self, room: str, tap: str) -> None:
        self._reachable()
        if room in self.rooms:
            self.rooms[room].taps.pop(tap, None)

    def stats(self, room: str | None = None) -> dict[str, Any]:
        self._reachable()
        chosen = {k: v for k, v in self.rooms.items() if room in (None, k)}
        rooms: dict[str, Any] = {}
        for name, entry in chosen.items():
            peers: dict[str, Any] = rooms.setdefault(name, {"peers": {}})["peers"]
            for (peer, connection), conn in entry.connections.items():
                peers.setdefault(peer, {})[connection] = {"up": conn.up}
        return {
            "workers": [{"worker": 0, "boot_id": self.boot_id, "rooms": len(self.rooms), "core": "fake"}],
            "rooms": rooms,
        }

    def health(self) -> dict[int, dict[str, Any]]:
        self._reachable()
        return {0: {name: told_health(entry, self.figures) for name, entry in self.rooms.items()}}

    def report(self, room: str, peer: str, told: Mapping[str, Any]) -> None:
        if self.up and peer in getattr(self.desired.get(room), "peers", {}):
            figures = self.figures.setdefault(peer, {})
            figures["told"] = added_up(told, figures.get("told"))

    def on_event(self, callback: Callable[[EngineEvent], None]) -> None:
        self._callbacks.append(callback)

    def ack(self, boot_id: str, seq: int) -> None:
        while boot_id == self.boot_id and self.unacknowledged and (self.unacknowledged[0].seq or 0) <= seq:
            self.unacknowledged.popleft()

    def replay(self, worker: int = 0) -> None:
        for event in list(self.unacknowledged):
            self._deliver(event)
        self._emit("replayed", {})

    # ------------------------------------------------------------------ what tests turn by hand
    def restart_worker(self) -> None:
        """A kill of the worker: every connection is gone, a new boot id, the desired rooms are applied again."""
        if self.up:
            self._emit("worker_down", {})
        self.boot_id, self.up = f"boot-{next(self._boots)}", True
        self._seq = itertools.count(1)
        self.rooms.clear()
        self.unacknowledged.clear()
        self._emit("worker_up", {})
        for desired in list(self.desired.values()):
            self._apply(desired)

    def kill_worker(self) -> None:
        """The worker goes away and stays away until :meth:`restart_worker`."""
        self.up = False
        self.rooms.clear()
        self._emit("worker_down", {})

    def lose(self, room: str, peer: str, connection: str = "publish") -> None:
        """The peer's consent runs out."""
        self._end(room, peer, connection, "consent")

    def media(self, kind: str, room: str, peer: str, connection: str = "publish") -> None:
        """Tell ``media_lost`` or ``media_back``."""
        self._emit(kind, {"room": room, "peer": peer, "connection": connection, "at": self.clock()})

    def alive(self, room: str, peers: Iterable[str] | None = None) -> None:
        """The five-second sign of life of the room's connected peers."""
        living = peers or {p for (p, _), c in self.rooms[room].connections.items() if c.up}
        self._emit("alive", {"room": room, "peers": dict.fromkeys(sorted(living), self.clock())})

    def speak(self, room: str, levels: Mapping[str, int]) -> None:
        """Tell the speakers, loudest (smallest figure) first."""
        loudest = sorted((p for p in levels if levels[p] < 127), key=lambda p: levels[p])[:3]
        self._emit("speakers", {"room": room, "levels": dict(levels), "loudest": loudest})

    def layers(self, room: str, peer: str, wanted: Mapping[str, list[str]]) -> None:
        """Tell a sender which layers to send."""
        self._emit("layers", {"room": room, "peer": peer, "wanted": dict(wanted)})

    def sources(self, room: str) -> list[Source]:
        """The sources of the room, without those the room does not permit."""
        found = []
        entry = self.rooms[room]
        for (peer, _), conn in sorted(entry.connections.items()):
            wish = entry.desired.peers.get(peer)
            for kind in conn.sources:
                layers = VIDEO_LAYERS if kind == "camera" else ("",)
                if getattr(wish, kind, False):
                    found.append(Source(f"{peer}:{kind}", peer, kind, layers, conn.up))
        return found

    def tapped(self, room: str, tap: str) -> list[str]:
        """The sources that a tap's reader would hear and see now."""
        entry = self.rooms[room]
        chosen = entry.taps[tap]
        flows = entry.desired.open and entry.desired.tap_open
        passing = [s for s in self.sources(room) if flows and self._passes(entry, s)]
        voices = {f"{name}:microphone" for name, peer in entry.desired.peers.items() if peer.role == "interpreter"}
        floor = [s.id for s in passing if s.kind in chosen.kinds and s.id not in voices]
        on_air = {f"{peer}:microphone" for language, peer in entry.desired.channels.items() if language in chosen.channels}
        return [*(s for s in floor if s in (chosen.sources or (s,))), *(s.id for s in passing if s.id in on_air)]

    # ------------------------------------------------------------------ inside
    def _reachable(self) -> None:
        if not self.up:
            raise EngineUnavailable("The media worker does not answer.")

    def _apply(self, desired: RoomDesired) -> None:
        room = self.rooms.setdefault(desired.room, FakeRoom(desired))
        before = self.sources(desired.room)
        room.desired = desired
        for peer, name in list(room.connections):
            if peer not in desired.peers:
                self._end(desired.room, peer, name, "closed")
        if self.sources(desired.room) != before:
            self._sources(desired.room)
        self._show(desired.room)

    def _sources(self, room: str) -> None:
        self._emit("sources", {"room": room, "sources": [asdict(source) for source in self.sources(room)]})
        self._show(room)

    def _peer(self, room: str, peer: str) -> PeerDesired:
        self._reachable()
        if room not in self.rooms:
            raise EngineRefused("unknown_room", room)
        wish = self.rooms[room].desired.peers.get(peer)
        if wish is None:
            raise EngineRefused("unknown_peer", peer)
        return wish

    def _connection(self, room: str, peer: str, name: str) -> FakeConnection:
        return self.rooms[room].connections.setdefault((peer, name), FakeConnection(name))

    def _known(self, room: str, peer: str, name: str) -> FakeConnection:
        self._peer(room, peer)
        conn = self.rooms[room].connections.get((peer, name))
        if conn is None:
            raise EngineRefused("unknown_connection", name)
        return conn

    def _offer(self, conn: FakeConnection) -> SubscribeOffer:
        sdp = f"v=0\r\na=ice-ufrag:fake{conn.generation}\r\n" + "".join(
            f"m={'audio' if k in ('audio', 'interpretation') else 'video'} 9 UDP/TLS/RTP/SAVPF 96\r\n"
            f"a=mid:{m}\r\na=sendonly\r\n"
            for m, k in conn.slots.items()
        )
        return SubscribeOffer(sdp, tuple(Slot(m, k) for m, k in conn.slots.items()))

    def _established(self, room: str, peer: str, conn: FakeConnection) -> None:
        if not conn.up:
            conn.up = True
            self._emit("connected", {"room": room, "peer": peer, "connection": conn.name, "at": self.clock()})

    def _end(self, room: str, peer: str, name: str, reason: str) -> None:
        conn = self.rooms[room].connections.pop((peer, name))
        fields = {"room": room, "peer": peer, "connection": name, "reason": reason, "last_seen_at": self.clock()}
        if conn.up:
            self._emit("disconnected", fields)
        if conn.sources and peer in self.rooms[room].desired.peers:
            self._sources(room)
        elif conn.sources:
            self._show(room)

    def _emit(self, kind: str, data: dict[str, Any]) -> None:
        seq = next(self._seq) if kind in DURABLE_EVENTS else None
        event = EngineEvent(kind, 0, self.boot_id, data, seq)
        if seq is not None:
            self.unacknowledged.append(event)
        self._deliver(event)

    def _deliver(self, event: EngineEvent) -> None:
        for callback in list(self._callbacks):
            callback(event)
