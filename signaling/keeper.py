"""The recurring duties of a web process that serves rooms: evidence, leases, rooms to follow, ghosts, connection quality."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DbSession

from liaison.domain.words import LeaveReason
from liaison.house import House
from liaison.process import get_logger
from liaison.services import join, presence
from liaison.services.session_rows import bare_session
from liaison.store import tables as t

from . import rooms
from .emitter import Emitter
from .follower import Follower
from .live import Live
from .media_events import MediaEvents
from .members import Members
from .room.entering import depart
from .room.events import Event
from .room.roll_rules import follows
from .room.state import BOT, RoomState

TICK_S = 0.5
GHOST_AFTER = timedelta(seconds=45)

log = get_logger("liaison.signaling")


@dataclass
class Duty:
    """Something to do every so often."""

    every_s: float
    act: Callable[[], None]
    due_in_s: float = 0.0


class Keeper:
    """One thread; a duty that fails is logged and tried again next time."""

    def __init__(self, house: House, follower: Follower, members: Members, emitter: Emitter, media: MediaEvents | None) -> None:
        self._house, self._follower, self._members, self._emitter, self._media = house, follower, members, emitter, media
        self._lock = threading.Lock()
        self._quality: dict[str, dict[str, str]] = {}
        self._stop = threading.Event()
        self._duties = [Duty(3.0, media.renew), Duty(1.0, media.watch)] if media is not None else []
        self._duties += [Duty(5.0, self.write_evidence, 5.0), Duty(2.0, self.follow_open_rooms), Duty(2.0, self.tell_quality),
                         Duty(2.0, self.end_lost_rights), Duty(1.0, self.settle_rooms), Duty(10.0, self.remove_ghosts, 10.0)]
        self._thread = threading.Thread(target=self._run, name="room-keeper", daemon=True)

    def add(self, duty: Duty) -> None:
        """A further duty, before ``start``."""
        self._duties.append(duty)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            for duty in self._duties:
                duty.due_in_s -= TICK_S
                if duty.due_in_s <= 0:
                    duty.due_in_s = duty.every_s
                    self._try(duty)

    def _try(self, duty: Duty) -> None:
        try:
            duty.act()
        except SQLAlchemyError as exc:
            log.error("database", duty=duty.act.__name__, error=str(exc))
        except Exception:
            log.exception("duty failed", duty=duty.act.__name__)

    # ------------------------------------------------------------ duties

    def write_evidence(self) -> None:
        """The last sign of life of every socket here, in one transaction."""
        evidence = self._members.evidence()
        if evidence:
            with self._house.db.write() as db:
                presence.touch_presences(db, evidence)

    def follow_open_rooms(self) -> None:
        """Whoever consumes a worker's events keeps the desired state of every open room, even without sockets."""
        if self._media is None or not self._media.leads:
            return
        with self._house.db.read() as db:
            found = rooms.open_rooms(db)
        self._media.keep_only(found)
        for session_id in found:
            if self._follower.get(session_id) is None:
                self._follower.caught_up(session_id)

    def remove_ghosts(self) -> None:
        """Peers that stand in the room but have no presence: encoders that never connected, remains of a crash."""
        if self._media is not None and not self._media.leads:
            return
        for live in self._follower.all():
            if live.state.peers and not live.closed:
                self._remove_ghosts_of(live)

    def _remove_ghosts_of(self, live: Live) -> None:
        now = self._house.clock.now()
        old = {peer.id for peer in live.state.peers.values() if now - peer.joined_at > GHOST_AFTER and peer.via != BOT}
        with self._house.db.read() as db:
            ghosts = old - presence.present_peers(db, live.session)
        if not ghosts:
            return
        rooms.transact(self._house, live.session, lambda db, _session, state: [
            event for ghost in sorted(ghosts - presence.present_peers(db, live.session))
            for event in depart(state, ghost, "lost", now)], "liaison")
        live.catch_up()

    def settle_rooms(self) -> None:
        """Facts that nobody commands: a quorum reached or lost, a presence check that is due or over."""
        now = self._house.clock.now()
        for live in self._follower.all():
            if not live.closed and follows(live.state, now):
                rooms.settle(self._house, live.session)
                live.catch_up()

    def end_lost_rights(self) -> None:
        """Peers whose account, point or open door is gone since they came in are out."""
        for live in self._follower.all():
            if live.state.peers and not live.closed:
                self._end_lost_rights_of(live)

    def _end_lost_rights_of(self, live: Live) -> None:
        with self._house.db.read() as db:
            session = bare_session(db, live.session)
            if session is None or not join.peers_without_right(db, session, live.state.peers.values()):
                return
        now = self._house.clock.now()

        def act(db: DbSession, session: t.Session, state: RoomState) -> list[Event]:
            events: list[Event] = []
            for peer in sorted(join.peers_without_right(db, session, state.peers.values())):
                presence.close_presence(db, peer, now, LeaveReason.REMOVED)
                events += depart(state, peer, LeaveReason.REMOVED, now)
            return events
        rooms.transact(self._house, live.session, act, "liaison")
        live.catch_up()

    # ------------------------------------------------------------ connection quality

    def report(self, session_id: str, peer: str, quality: str) -> None:
        """What a client says of its own connection; told to the others at the next turn."""
        with self._lock:
            self._quality.setdefault(session_id, {})[peer] = quality

    def tell_quality(self) -> None:
        with self._lock:
            waiting, self._quality = self._quality, {}
        for session_id, peers in waiting.items():
            live = self._follower.get(session_id)
            if live is None:
                continue
            changed = {peer: level for peer, level in peers.items() if live.quality.get(peer) != level}
            live.quality.update(changed)
            if changed:
                self._emitter.to_room(session_id, "quality", {"peers": changed})
