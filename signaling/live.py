"""A room as this process follows it: the folded state, what was told of it last, and the reactions to new events.

``Live.catch_up`` reads the log, tells the sockets each event with its patch, and gives the engine its new desired state. The
first event goes at once; what follows within ``PAUSE_S`` goes together, as one message. Everything happens under the room's own
lock, so that a socket that enters under it misses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as DbSession

from liaison.domain.words import RoomRole
from liaison.house import House
from liaison.process import get_logger
from liaison.services import room_log
from liaison.store import tables as t

from . import rooms
from .beside import Teller
from .booking_view import booking_for_watchers, booking_view, links_of
from .desired import desired
from .emitter import OUTSIDE, SESSION, WATCHERS, Emitter, SocketGone
from .engine import EngineError, MediaEngine, RoomDesired
from .members import Member, Members
from .pace import PAUSE_S, Pace
from .room.events import Event, evolve, public_data, watchers_data
from .room.state import CLOSED, RoomState, stamp
from .room.view import View, for_outside, for_watchers, patch, view

MOST_TOGETHER = 100

log = get_logger("liaison.signaling")
_WORKER = select(t.Room.worker).where(t.Room.session_id == bindparam("session"))


class Live:
    """One followed room."""

    def __init__(self, house: House, engine: MediaEngine | None, emitter: Emitter, members: Members, pace: Pace, session_id: str) -> None:
        self.house, self.engine, self.emitter, self.members, self.session = house, engine, emitter, members, session_id
        self.lock = threading.RLock()
        self._pace, self._told_at = pace, 0.0
        self._gathered: list[tuple[dict[str, Any], ...]] = []
        self.quality: dict[str, str] = {}
        self._told: RoomDesired | None = None
        with house.db.read() as db:
            self.state, self.seq = rooms.read_state(db, session_id)
            self.worker = self._worker(db)
            self.booking, self.links = booking_view(db, session_id), links_of(db)
        self.view: View = view(self.state)
        self.beside = Teller(house, emitter, members, session_id)
        self._viewed = self.state  # what the view shows; the booking may have changed the state since

    @property
    def closed(self) -> bool:
        return self.state.phase == CLOSED

    @property
    def attended(self) -> bool:
        """Whether news of it are for anybody: somebody is in the room, or watches."""
        return bool(self.state.peers) or self.members.any_of(self.session)

    def snapshot(self, audience: str = SESSION) -> dict[str, Any]:
        """As in PROTOCOL.md, for one of the emitter's audiences."""
        with self.lock:
            if audience == SESSION:
                return self.view | {"session": self.booking}
            shown = for_watchers(self.view) if audience == WATCHERS else for_outside(self.view)
            return shown | {"session": booking_for_watchers(self.booking)}

    def audience_of(self, peer: str, role: str) -> str:
        """Where a peer's socket belongs now."""
        known = self.state.peers.get(peer)
        if known is not None and self.state.cut_off(known):
            return OUTSIDE
        return WATCHERS if role == RoomRole.WATCHER else SESSION

    def catch_up(self) -> bool:
        """Read and tell what is new in the log; True when there was something."""
        with self.lock:
            with self.house.db.read() as db:
                news = room_log.events_after(db, self.session, self.seq)
                if news:
                    self._refresh(db, news)
            for row in news:
                if row.seq > self.seq:  # a socket that dies while it is told may have made us catch up meanwhile
                    self._happened(row)
            self._tell_soon()
            if news or self._told is None:
                self.push()
            return bool(news)

    def look(self, seq: int, chat_seq: int, notes_seq: int) -> None:
        """Tell what there is up to these numbers."""
        if seq > self.seq:
            self.catch_up()
        if self.beside.behind(chat_seq, notes_seq):
            self.tell_beside()

    def tell_beside(self) -> None:
        """Tell what is new in the chat and the notes to those who may know it as the room is now."""
        with self.lock:
            self.catch_up()
            self.beside.tell(self.state)

    def end(self) -> None:
        """The session and its log are gone: everybody is out."""
        with self.lock:
            self.state = replace(self.state, phase=CLOSED, peers={})
            for member in self.members.of_session(self.session):
                self.say_bye(member.link, "ended")
            self.push()

    def push(self, again: bool = False) -> None:
        """Give the engine the desired state if it changed (or in any case, ``again``)."""
        if self.engine is None:
            return
        with self.lock:
            wanted = desired(self.state, self.seq, self.worker, self.links)
            told = replace(wanted, version=0)
            if told == self._told and not again:
                return
            self._told = told
            try:
                if self.closed:
                    self.engine.drop_room(self.session)
                else:
                    self.engine.set_room(wanted)
            except EngineError as exc:  # the engine's client remembers the state and sends it when the worker is back
                log.warning("media worker not reached", room=self.session, error=str(exc))

    # ------------------------------------------------------------ inside

    def _worker(self, db: DbSession) -> int:
        return db.scalar(_WORKER, {"session": self.session}) or 0

    def _refresh(self, db: DbSession, news: list[t.RoomEvent]) -> None:
        """The booking beside the log, when the log says that it changed."""
        self.worker = self._worker(db)
        if any(row.type == "peer_joined" for row in news):
            self.links = links_of(db)
        if any(row.type in ("session_changed", "session_extended", "session_opened") for row in news):
            self.booking = booking_view(db, self.session)
            session = db.get(t.Session, self.session)
            if session is not None:
                self.state = replace(self.state, plan=rooms.plan_of(session))

    def _happened(self, row: t.RoomEvent) -> None:
        before, shown_before = self.state, self.view
        self.state = evolve(self.state, Event(row.type, row.data, row.at))
        self.seq = row.seq
        self.view, self._viewed = view(self.state, self._viewed, shown_before), self.state
        moving = self._moving(before)
        if moving or before.closed_item is not self.state.closed_item:
            self.tell()  # whoever is let in now must not hear what was said before
        self._seat(moving)
        self._gathered.append(self._told_of(row, shown_before))
        if len(self._gathered) >= MOST_TOGETHER:
            self.tell()
        self._farewells(row, before)

    def _told_of(self, row: t.RoomEvent, before: View) -> tuple[dict[str, Any], ...]:
        """The event as each of the emitter's audiences hears it."""
        told = {"seq": row.seq, "type": row.type, "at": stamp(row.at)}
        data, changes = public_data(row.type, row.data), patch(before, self.view)
        return (told | {"data": data, "patch": changes}, told | {"data": watchers_data(data), "patch": for_watchers(changes)},
                told | {"data": {}, "patch": patch(for_outside(before), for_outside(self.view))})

    def _tell_soon(self) -> None:
        """At once after a pause; else when the pause is over."""
        due = self._told_at + PAUSE_S
        if not self._gathered:
            return
        if time.monotonic() >= due:
            self.tell()
        else:
            self._pace.ask(self.session, self.tell, due)

    def tell(self) -> None:
        """Everything that is gathered, now, as one message."""
        with self.lock:
            gathered, self._gathered = self._gathered, []
            if len(gathered) == 1:
                self.emitter.to_room(self.session, "event", *gathered[0])
            elif gathered:
                self.emitter.to_room(self.session, "events", *({"events": list(heard)} for heard in zip(*gathered, strict=True)))
            if gathered:
                self._told_at = time.monotonic()

    def _moving(self, before: RoomState) -> list[tuple[Member, str]]:
        """Sockets here whose peer has been let in or cut off, with where they belong now."""
        state = self.state
        if state.peers is before.peers and state.closed_item is before.closed_item and state.acting == before.acting:
            return []
        found = ((member, self.audience_of(member.peer, member.role)) for member in self.members.of_session(self.session))
        return [(member, audience) for member, audience in found if member.audience and audience != member.audience]

    def _seat(self, moving: list[tuple[Member, str]]) -> None:
        """They hear from now on what is meant for them."""
        for member, audience in moving:
            member.audience = audience
            with suppress(SocketGone):
                self.emitter.enter(member.link, self.session, audience)
            self.emitter.to_link(member.link, "audience", {"outside": audience == OUTSIDE})

    def _farewells(self, row: t.RoomEvent, before: RoomState) -> None:
        """Sockets whose peer is out, or whose place another socket took over."""
        if row.type in ("session_closed", "session_cancelled"):
            for member in self.members.of_session(self.session):
                self.say_bye(member.link, "ended")
        elif row.type == "peer_left":
            member_or_none = self.members.of_peer(row.data["peer"])
            if member_or_none is not None:
                self.say_bye(member_or_none.link, _farewell(row.data))
        elif row.type in ("peer_back", "peer_joined") and row.data.get("link"):
            holder = self.members.of_peer(row.data["peer"])
            if holder is not None and holder.link != row.data["link"] and before.peers.get(holder.peer):
                self.say_bye(holder.link, "replaced")

    def say_bye(self, link: str, reason: str) -> None:
        self.tell()
        self.members.remove(link)
        self.emitter.to_link(link, "bye", {"reason": reason})
        self.emitter.close(link)


def _farewell(data: Mapping[str, Any]) -> str:
    """Why a peer left, as its own page is told: removed by the chair, or refused because its right has ended."""
    reason = str(data.get("reason", "left"))
    return "refused" if reason == "removed" and not data.get("by") else reason
