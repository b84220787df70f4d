"""What the media workers tell: evidence of life into presences, boots into epochs, the rest to the sockets at once.

Durable events are consumed by the lease's holder alone, in order, in one transaction a batch, keyed by (boot id, seq): an
event that was stored is never applied again, and one that was not is told again until it is acknowledged.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session as DbSession

from liaison.domain.errors import Busy, NotFound
from liaison.house import House
from liaison.process import get_logger
from liaison.services import presence
from liaison.services.session_rows import invited_point
from liaison.store import tables as t

from . import rooms
from .emitter import Emitter
from .engine import EngineError, EngineEvent, MediaEngine
from .follower import Follower
from .leases import note_boot, take_lease, worker_row
from .members import Members
from .placement import note_workers
from .room.state import ENCODER_VIAS, Peer, RoomState

BATCH = 200
GATHER_S = 0.1
RETRY_S = 1.0
LOOK_S = 5.0  # at the rows of workers that are well: nobody else writes them

log = get_logger("liaison.signaling")


class MediaEvents:
    """The consumer; ``start`` registers it with the engine."""

    def __init__(self, house: House, engine: MediaEngine, follower: Follower, emitter: Emitter, members: Members,
                 owner: str) -> None:
        self._house, self._engine, self._follower = house, engine, follower
        self._emitter, self._members, self._owner = emitter, members, owner
        self._queue: queue.SimpleQueue[EngineEvent | None] = queue.SimpleQueue()
        self._held: set[int] = set()
        self._asked: dict[int, int] = {}  # replays still to come: until then what is told may overtake what was kept
        self._boots: dict[int, str] = {}
        self._sources_of: dict[str, tuple[int, list[Any]]] = {}
        self._layers_of: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}  # room → peer → (worker, what it shall send)
        self._seen_up: dict[int, bool] = {}
        self._looked_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="media-events", daemon=True)

    def start(self) -> None:
        """Listen, and only then connect: a worker greets with its boot and its sources. The keeper takes the leases."""
        self._engine.on_event(self._told)
        self._engine.start()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._queue.put(None)
        self._thread.join(2)

    @property
    def leads(self) -> bool:
        """Whether this process consumes any worker's events."""
        return bool(self._held)

    def holds(self, worker: int) -> bool:
        """Whether this process consumes this worker's events."""
        return worker in self._held

    def sources(self, session_id: str) -> list[Any] | None:
        """The sources that the room's worker told last; None: nothing told yet."""
        told = self._sources_of.get(session_id)
        return told[1] if told is not None else None

    def layers(self, session_id: str, peer: str) -> dict[str, Any] | None:
        """Which layers the peer shall send, as its worker told last; None: nothing told yet."""
        told = self._layers_of.get(session_id, {}).get(peer)
        return told[1] if told is not None else None

    def keep_only(self, session_ids: Sequence[str]) -> None:
        """Forget the sources of rooms that are closed."""
        self._sources_of = {room: told for room, told in self._sources_of.items() if room in session_ids}
        self._layers_of = {room: told for room, told in self._layers_of.items() if room in session_ids}

    def renew(self) -> None:
        """Take or keep the lease of every worker; a worker just won is asked for what it still keeps."""
        self._learn_boots()
        for worker in range(self._house.settings.media_workers):
            holds = take_lease(self._house, worker, self._owner)
            if holds and worker not in self._held:
                self._held.add(worker)
                if self._boots.get(worker):  # else its greeting is still to come, with all that it keeps
                    self._queue.put(EngineEvent("lease_won", worker, self._boots[worker], {}))
            elif not holds:
                self._held.discard(worker)

    def _learn_boots(self) -> None:
        """A worker that was reached before this began to listen has greeted nobody: ask it who it is."""
        for worker in range(self._house.settings.media_workers):
            if worker not in self._boots and self._engine.available(worker):
                try:
                    told = self._engine.stats("")["workers"][worker]["boot_id"]
                except (EngineError, LookupError) as exc:
                    log.info("media worker not asked", worker=worker, error=str(exc))
                    continue
                self._boots[worker] = told
                self._queue.put(EngineEvent("boot", worker, told, {}))

    def watch(self) -> None:
        """See which workers are there; the rooms of one that stays away are built anew elsewhere."""
        up = {worker: self._engine.available(worker) for worker in sorted(self._held)}
        if not up or self._still_well(up):
            return
        for session_id in note_workers(self._house, up):
            self._sources_of.pop(session_id, None)
            self._follower.caught_up(session_id)

    def _still_well(self, up: dict[int, bool]) -> bool:
        """Whether all are there, as they were when their rows were last looked at, a moment ago."""
        now = time.monotonic()
        if up == self._seen_up and all(up.values()) and now - self._looked_at < LOOK_S:
            return True
        self._seen_up, self._looked_at = up, now
        return False

    # ------------------------------------------------------------ from the engine's thread

    def _told(self, event: EngineEvent) -> None:
        if event.kind == "worker_down":
            return
        self._note_boot(event)
        tell: Callable[[EngineEvent], None] | None = {
            "slots": self._slots, "sources": self._sources, "layers": self._layers, "speakers": self._speakers}.get(event.kind)
        if tell is not None:
            tell(event)
        else:
            self._queue.put(event)

    def _note_boot(self, event: EngineEvent) -> None:
        """A new boot has none of the old sources. Should its greeting have been missed, its first word is one."""
        if not event.boot_id or self._boots.get(event.worker) == event.boot_id:
            return
        self._boots[event.worker] = event.boot_id
        self._sources_of = {room: told for room, told in self._sources_of.items() if told[0] != event.worker}
        self._layers_of = {room: {peer: told for peer, told in peers.items() if told[0] != event.worker}
                           for room, peers in self._layers_of.items()}
        if event.kind != "worker_up":
            self._queue.put(EngineEvent("boot", event.worker, event.boot_id, {}))

    def _slots(self, event: EngineEvent) -> None:
        member = self._members.of_peer(event.data["peer"])
        if member is not None and member.session == event.data["room"]:
            self._emitter.to_link(member.link, "slots", {"connection": event.data["connection"], "slots": event.data["slots"]})

    def _sources(self, event: EngineEvent) -> None:
        room, told = event.data["room"], list(event.data["sources"])
        if not self._carries(event.worker, room):
            return
        self._sources_of[room] = (event.worker, told)
        self._emitter.to_room(room, "sources", {"sources": told})

    def _carries(self, worker: int, room: str) -> bool:
        """Whether the room lives in this worker; one that was away may still believe in rooms that have moved."""
        live = self._follower.get(room)
        if live is not None and live.worker != worker:
            live.catch_up()
        return live is None or live.worker == worker

    def _layers(self, event: EngineEvent) -> None:
        room, peer, wanted = event.data["room"], event.data["peer"], dict(event.data["wanted"])
        self._layers_of.setdefault(room, {})[peer] = (event.worker, wanted)
        member = self._members.of_peer(peer)
        if member is not None and member.session == room:
            self._emitter.to_link(member.link, "layers", {"wanted": wanted})

    def _speakers(self, event: EngineEvent) -> None:
        data = event.data
        self._emitter.to_room(data["room"], "speakers", {"levels": dict(data["levels"]), "loudest": list(data["loudest"])})

    # ------------------------------------------------------------ the thread that stores

    def _run(self) -> None:
        while not self._stop.is_set():
            for run in self._runs(self._next_batch()):
                while not self._stop.is_set() and not self._stored(run):
                    self._stop.wait(RETRY_S)

    def _stored(self, run: Sequence[EngineEvent]) -> bool:
        """False: the database could not take them now. They are tried again before any later one, so that none is passed over.

        Events that break for another reason are tried one by one: only the faulty one is lost.
        """
        try:
            self._store(run)
        except (OperationalError, InterfaceError, Busy) as exc:
            log.error("storing media events; trying again", error=str(exc))
            return False
        except Exception:
            if len(run) > 1:
                return all(self._stored([event]) for event in run)
            log.exception("a media event is lost", kind=run[0].kind, worker=run[0].worker, seq=run[0].seq)
        return True

    def _next_batch(self) -> list[EngineEvent]:
        first = self._queue.get()
        if first is not None and first.seq is not None:
            self._stop.wait(GATHER_S)  # many connect together: one transaction is for all of them
        batch = [first]
        while len(batch) < BATCH and not self._queue.empty():
            batch.append(self._queue.get())
        return [event for event in batch if event is not None]

    def _runs(self, batch: Sequence[EngineEvent]) -> list[list[EngineEvent]]:
        """Runs of one worker and boot, for one transaction each; nothing before what the worker kept has come."""
        runs: list[list[EngineEvent]] = []
        for event in batch:
            self._count_replays(event)
            if self._asked.get(event.worker):
                continue
            if not runs or (runs[-1][0].worker, runs[-1][0].boot_id) != (event.worker, event.boot_id):
                runs.append([])
            runs[-1].append(event)
        return runs

    def _count_replays(self, event: EngineEvent) -> None:
        asked = self._asked.get(event.worker, 0)
        if event.kind == "lease_won":
            self._asked[event.worker] = asked + 1
            self._engine.replay(event.worker)
        elif event.kind == "replayed":
            self._asked[event.worker] = max(0, asked - 1)
        elif event.kind == "worker_up":  # a greeting brings all that was kept, too
            self._asked[event.worker] = 0

    def _store(self, run: Sequence[EngineEvent]) -> None:
        worker, boot_id = run[0].worker, run[0].boot_id
        now = self._house.clock.now()
        with self._house.db.write() as db:
            row = worker_row(db, worker)
            if row.lease_owner != self._owner:
                return
            reset = note_boot(db, row, boot_id, now)
            for kind, events in groupby(_unstored(run, row), key=attrgetter("kind")):
                self._apply(db, kind, list(events), now)
            acked = row.acked_seq
        if acked:
            self._engine.ack(boot_id, acked)
        for session_id in reset:
            self._follower.caught_up(session_id)

    def _apply(self, db: DbSession, kind: str, events: Sequence[EngineEvent], now: datetime) -> None:
        """Events of one kind that came together."""
        told = [event.data for event in events]
        if kind == "alive":
            presence.touch_presences(db, _latest((peer, self._at(seen, now)) for data in told for peer, seen in data["peers"].items()))
        elif kind == "connected":
            self._connected(db, [(data["room"], data["peer"], self._at(data["at"], now)) for data in told])
        elif kind == "disconnected":
            presence.touch_presences(db, _latest((data["peer"], self._at(data["last_seen_at"], now)) for data in told))
        elif kind == "media_lost":
            for data in told:
                presence.media_lost(db, data["peer"], self._at(data["at"], now))
        elif kind == "media_back":
            presence.media_back(db, _first((data["peer"], self._at(data["at"], now)) for data in told))

    def _connected(self, db: DbSession, told: Sequence[tuple[str, str, datetime]]) -> None:
        """An encoder's presence begins with its transport; a page's began with its socket."""
        for session_id, peer_id, at in told:
            if not self._is_page(session_id, peer_id):
                self._open_encoder(db, session_id, peer_id, at)
        seen = [(peer_id, at) for _, peer_id, at in told]
        presence.touch_presences(db, _latest(seen))
        presence.media_back(db, _first(seen))

    def _open_encoder(self, db: DbSession, session_id: str, peer_id: str, at: datetime) -> None:
        with suppress(NotFound):
            state, _ = rooms.read_state(db, session_id)
            peer = state.peers.get(peer_id)
            if peer is not None and peer.via in ENCODER_VIAS:
                open_for(db, state, peer, at)

    def _is_page(self, session_id: str, peer_id: str) -> bool:
        """Whether the peer is known here as one that came with a socket: that never changes."""
        live = self._follower.get(session_id)
        peer = live.state.peers.get(peer_id) if live is not None else None
        return peer is not None and peer.via not in ENCODER_VIAS

    def _at(self, told: datetime, now: datetime) -> datetime:
        """The worker's time in the house's: the two differ where the house's clock is shifted; never in the future."""
        shift = now - datetime.now(UTC)
        return min(now, min(told, told + shift, key=lambda candidate: abs(candidate - now)))


def _unstored(run: Sequence[EngineEvent], row: t.MediaWorker) -> list[EngineEvent]:
    """The durable events of a run that are not in the database yet, each once; the row says that they are now."""
    new = []
    for event in run:
        if event.seq is not None and event.seq > row.acked_seq:
            new.append(event)
            row.acked_seq = event.seq
    return new


def _latest(seen: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """Each peer's last time."""
    return dict(sorted(seen, key=itemgetter(1)))


def _first(seen: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """Each peer's first time."""
    return dict(sorted(seen, key=itemgetter(1), reverse=True))


def open_for(db: DbSession, state: RoomState, peer: Peer, at: datetime) -> Any:
    """Open the peer's presence, under its point's id."""
    return presence.open_presence(db, session_id=state.room, peer_id=peer.id, point_id=invited_point(db, state.room, peer.point),
                                  user_id=peer.user, name=peer.name, role=peer.role, via=peer.via, at=at)
