"""The door to live rooms; the only module of signaling that web calls.

``RoomService`` holds what one web process knows of its sockets and rooms. Every method raises LiaisonError; nothing else leaves.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import Actor
from liaison.domain.errors import Forbidden, Invalid, LiaisonError
from liaison.domain.words import RoomRole, Via
from liaison.house import House
from liaison.ids import new_id
from liaison.process import get_logger
from liaison.services import invitations, join, presence
from liaison.services.join import Claims
from liaison.store import tables as t

from . import leases, rehearsal, rooms, secret_votes, session_papers, session_questions
from .beside_door import BesideDoor
from .emitter import Emitter, SocketGone
from .engine import MediaEngine
from .follower import Follower
from .keeper import Duty, Keeper
from .link_health import LinkHealth
from .live import Live
from .media_door import MediaDoor
from .media_events import MediaEvents, open_for
from .members import Member, Members
from .messages import ALL, ANYBODY, CLIENT, LEADING, OF_A_POINT, RECEIVING, SENDING, TALKING
from .pace import Pace
from .question_door import QuestionDoor
from .room.commands import Command, Outcome, decide
from .room.entering import Entrance, depart, enter, go_away
from .room.errors import NotJoined
from .room.events import Event, evolve
from .room.state import LIVE, RoomState, stamp
from .trials import Trials

log = get_logger("liaison.signaling")


class RoomService:
    """Everything a socket may ask for. ``link`` is the socket's id, unique in the house."""

    def __init__(self, house: House, engine: MediaEngine | None, emitter: Emitter) -> None:
        self.house, self.engine, self.emitter = house, engine, emitter
        self.members, self.pace = Members(), Pace()
        self.follower = Follower(house, self._live)
        self.owner = f"{socket.gethostname()}:{house.settings.http_host}:{house.settings.http_port}"
        media = MediaEvents(house, engine, self.follower, emitter, self.members, self.owner) if engine is not None else None
        self.keeper = Keeper(house, self.follower, self.members, emitter, media)
        self.media = MediaDoor(engine, self.follower)
        self.beside = BesideDoor(house, self.follower)
        self._beside = self.beside.handlers | QuestionDoor(house, self.follower).handlers
        self.trials = Trials(house, engine)
        self.keeper.add(Duty(5.0, self.trials.sweep))
        self._events = media
        self.keeper.add(Duty(rehearsal.EVERY_S, rehearsal.Bots(house, self.follower, self._leads, self.perform).play))
        self._health = LinkHealth(house, engine, media) if engine is not None and media is not None else None
        self._start_lock = threading.Lock()
        self._started_in: int | None = None

    def start(self) -> None:
        """Start following, keeping and consuming, once a process (a forked child starts its own)."""
        with self._start_lock:
            if self._started_in == os.getpid():
                return
            self._started_in = os.getpid()
            self.pace.start()
            self.follower.start()
            if self._events is not None:
                self._events.start()
            self.keeper.start()
            if self._health is not None:
                self._health.start()

    def stop(self) -> None:
        """End the threads and let another process consume the workers' events at once."""
        if self._started_in != os.getpid():
            return
        self._started_in = None
        if self._health is not None:
            self._health.stop()
        self.keeper.stop()
        self.follower.stop()
        self.pace.stop()
        if self._events is not None:
            self._events.stop()
            leases.release_leases(self.house, self.owner)

    def _leads(self) -> bool:
        """Whether this process does what one alone must do."""
        return self._events is None or self._events.leads

    # ------------------------------------------------------------ coming and going

    def check_door(self, token: str | None, resume: str | None) -> Claims:
        """The claims of whoever knocks. Raises TokenRefused."""
        if resume:
            return join.check_resume(self.house, resume)
        if token:
            return join.check_token(self.house, token)
        raise join.TokenRefused()

    def join(self, link: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Enter a room, or come back to it. The answer is PROTOCOL.md's; afterwards the socket hears the room."""
        if ("token" in data) == ("resume" in data):
            raise Invalid(errors=[{"field": "token", "message": "Send either a token or a resume token."}])
        claims = self.check_door(data.get("token"), data.get("resume"))
        via = claims.via or data.get("via", Via.BROWSER)
        _check_via(claims, via)
        name = (data.get("name") or "").strip() or claims.name
        device = data.get("device", {})
        who = Entrance(peer=claims.peer or new_id(), point=claims.point, role=claims.role, name=name, via=via, user=claims.user,
                       jti=claims.jti, link=link, own=claims.own, camera=device.get("camera"), microphone=device.get("microphone"))
        self._leave_old_place(link, claims.session, who.peer)
        written = self._enter(claims.session, who, bool(claims.peer))
        try:
            return self._welcome(link, claims, written.state, who)
        except SocketGone:
            self.disconnected(link)
            raise NotJoined() from None

    def _enter(self, session_id: str, who: Entrance, returning: bool) -> rooms.Written:
        def act(db: DbSession, _session: t.Session, state: RoomState) -> tuple[Event, ...]:
            now = self.house.clock.now()
            events = enter(state, who, now, self.house.settings.watchers)
            if not (returning and presence.resume_presence(db, who.peer, now, counts=state.phase == LIVE)):
                open_for(db, state, _folded(state, events).peers[who.peer], now)
            return events
        return rooms.transact(self.house, session_id, act, who.peer)

    def _welcome(self, link: str, claims: Claims, state: RoomState, who: Entrance) -> dict[str, Any]:
        live = self.follower.follow(claims.session)
        now = self.house.clock.now()
        member = Member(link, claims.session, who.peer, who.role, who.via, who.point, now)
        with live.lock:  # nothing is told between the snapshot and the socket's entering
            live.catch_up()  # before the socket is known: an older "lost" of this peer is not meant for it
            old = self.members.add(member)
            member.audience = live.audience_of(who.peer, who.role)
            self.emitter.enter(link, claims.session, member.audience)
            snapshot, seq, epoch = live.snapshot(member.audience), live.seq, live.state.epoch
        if old is not None:
            self.emitter.to_link(old.link, "bye", {"reason": "replaced"})
            self.emitter.close(old.link)
        self._tell_media(link, claims.session, who.peer)
        if qualities := {peer: word for peer, word in live.quality.items() if peer in state.peers}:
            self.emitter.to_link(link, "quality", {"peers": qualities})
        name = state.peers[who.peer].name
        with self.house.db.read() as db:
            resume, me = join.resume_token(db, self.house, claims, who.peer, who.via, name), self._me(db, member, name)
        return {
            "peer": who.peer, "resume": resume, "snapshot": snapshot, "seq": seq, "me": me, "epoch": epoch,
            "ice_servers": join.ice_servers(self.house, who.peer), "server_now": stamp(now), "lobby": snapshot["phase"] == "lobby"}

    def _tell_media(self, link: str, session_id: str, peer: str) -> None:
        """What the media worker told before this socket came."""
        sources = self._events.sources(session_id) if self._events is not None else None
        if sources is not None:
            self.emitter.to_link(link, "sources", {"sources": sources})
        layers = self._events.layers(session_id, peer) if self._events is not None else None
        if layers is not None:
            self.emitter.to_link(link, "layers", {"wanted": layers})

    def _me(self, db: DbSession, member: Member, name: str) -> dict[str, Any]:
        """Who the socket is, with what its point's officer typed in before."""
        headcount, names = invitations.told_of_point(db, member.session, member.point)
        return {"peer": member.peer, "point": member.point, "role": member.role, "name": name, "via": member.via,
                "headcount": headcount, "representatives": names}

    def _leave_old_place(self, link: str, session_id: str, peer: str) -> None:
        """A socket that joins twice leaves its first place, unless it is the same one."""
        member = self.members.get(link)
        if member is not None and (member.session, member.peer) != (session_id, peer):
            self._depart(member, "left")

    def leave(self, link: str) -> None:
        """The peer is out at once."""
        member = self._member(link)
        self.members.remove(link)
        self._depart(member, "left")
        self.emitter.to_link(link, "bye", {"reason": "left"})
        self.emitter.close(link)

    def disconnected(self, link: str) -> None:
        """The socket is gone; the peer keeps its place for a while."""
        member = self.members.remove(link)
        if member is None:
            return
        now = self.house.clock.now()

        def act(db: DbSession, _session: t.Session, state: RoomState) -> tuple[Event, ...]:
            presence.touch_presences(db, {member.peer: member.last_seen_at})
            return go_away(state, member.peer, link, now)
        rooms.transact(self.house, member.session, act, member.peer)
        self.follower.caught_up(member.session)

    def _depart(self, member: Member, reason: str) -> None:
        self.depart(member.session, member.peer, reason)

    def depart(self, session_id: str, peer: str, reason: str) -> None:
        """Take a peer out of the room and close its presence."""
        now = self.house.clock.now()

        def act(db: DbSession, _session: t.Session, state: RoomState) -> tuple[Event, ...]:
            presence.close_presence(db, peer, now, reason)
            return depart(state, peer, reason, now)
        rooms.transact(self.house, session_id, act, peer)
        self.follower.caught_up(session_id)

    # ------------------------------------------------------------ messages of those who joined

    def handle(self, link: str, message: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """A checked message of PROTOCOL.md's client table, from a socket; the answer's fields."""
        self.members.seen(link, self.house.clock.now())
        if message == "join":
            return self.join(link, data)
        member = self._member(link)
        _require(member, CLIENT[message].who)
        beside = self._beside.get(message)
        handler: Callable[[Member, Mapping[str, Any]], dict[str, Any]] = beside or _HANDLERS[message].__get__(self)
        return handler(member, data)

    def _member(self, link: str) -> Member:
        member = self.members.get(link)
        if member is None:
            raise NotJoined()
        return member

    def _snapshot(self, member: Member, _data: Mapping[str, Any]) -> dict[str, Any]:
        live = self.follower.caught_up(member.session)
        with live.lock:
            answer = {"snapshot": live.snapshot(member.audience), "seq": live.seq, "epoch": live.state.epoch}
        self._tell_media(member.link, member.session, member.peer)
        return answer

    def _leave(self, member: Member, _data: Mapping[str, Any]) -> dict[str, Any]:
        self.leave(member.link)
        return {}

    def _report(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        self.keeper.report(member.session, member.peer, data["quality"])
        if self.engine is not None:
            self.engine.report(member.session, member.peer, data)
        return {}

    def _publish(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        return self.media.publish(member, data)

    def _unpublish(self, member: Member, _data: Mapping[str, Any]) -> dict[str, Any]:
        return self.media.unpublish(member)

    def _subscribe(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        return self.media.subscribe(member, data)

    def _restart(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        return self.media.restart(member, data)

    def _ice(self, member: Member, _data: Mapping[str, Any]) -> dict[str, Any]:
        return {"ice_servers": join.ice_servers(self.house, member.peer)}

    def _answer(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        return self.media.answer(member, data)

    def _view(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        return self.media.view(member, data)

    # ------------------------------------------------------------ commands

    def _command(self, member: Member, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"seq": self.perform(member.session, Command(data["name"], member.peer, data.get("fields", {})), data["id"])}

    def perform(self, session_id: str, command: Command, command_id: str) -> int:
        """A peer's command, once however often it comes; the ``seq`` it was written under."""
        decided: list[Outcome] = []

        def act(db: DbSession, session: t.Session, state: RoomState) -> tuple[Event, ...]:
            now = self.house.clock.now()
            known = session_papers.laid_ready(db, session.id, secret_votes.counted(db, session.id, state), command.name)
            known = session_questions.laid_ready(db, session, known, command)
            outcome = decide(known, command, now)
            self._also(db, session, state, outcome)
            if outcome.secret is not None:
                secret_votes.count(db, session.id, *outcome.secret)
            decided.append(outcome)
            return outcome.events
        written = rooms.transact(self.house, session_id, act, command.by, command_id)
        if decided and decided[0].act:
            seq = self._act(session_id, decided[0].act, command, command_id)
        else:
            seq = written.first or written.seq
        self.follower.caught_up(session_id)
        return seq

    def _also(self, db: DbSession, session: t.Session, state: RoomState, outcome: Outcome) -> None:
        """What a command's events mean outside the log, in the same transaction."""
        for event in outcome.events:
            data = event.data
            if event.type == "peer_left":
                presence.close_presence(db, data["peer"], event.at, data["reason"])
            elif event.type == "headcount_set":
                by = state.peers[data["by"]]
                invitation = invitations.find_invitation(session, data["point"])
                invitations.write_headcount(db, self.house, Actor(user_id=by.user, name=by.name), invitation, data["headcount"],
                                            data.get("representatives", invitation.representatives or []))
            else:
                session_questions.follow(db, self.house, session, state, event)

    def _act(self, session_id: str, act: str, command: Command, command_id: str) -> int:
        """Acts that the session's own service owns; the room's rules have allowed them to this peer."""
        from liaison.services import lifecycle

        live = self.follower.get(session_id)
        peer = live.state.peers.get(command.by) if live is not None else None
        actor = Actor(user_id=peer.user if peer else None, name=peer.name if peer else "", system=True)
        if act == "open_session":
            lifecycle.open_session(self.house, actor, session_id)
        elif act == "end_session":
            lifecycle.close_session(self.house, actor, session_id)
        else:
            lifecycle.extend_session(self.house, actor, session_id, command.fields["minutes"])
        return rooms.mark_command(self.house, session_id, command_id)

    # ------------------------------------------------------------ encoders (WHIP and WHEP)

    def connect_encoder(self, claims: Claims, via: Via, sdp: str) -> tuple[str, str]:
        """A new peer for one WHIP or WHEP connection: its id and the SDP answer."""
        role = claims.role
        if via is Via.WHIP and role not in ("chair", "deputy", "point"):
            raise Forbidden("This token may only receive.", remedy="Ask for a token of a point.")
        peer = new_id()
        who = Entrance(peer, claims.point, role, claims.name, via, claims.user, claims.jti, peer, own=claims.own)
        rooms.transact(self.house, claims.session, lambda _db, _session, state: enter(
            state, who, self.house.clock.now(), self.house.settings.watchers), peer)
        live = self.follower.caught_up(claims.session)
        try:
            return peer, self.media.encoder(live, peer, via, sdp)
        except LiaisonError:
            self.depart(claims.session, peer, "left")
            raise

    def disconnect_encoder(self, session_id: str, peer: str) -> None:
        """DELETE: the peer has left (repeating it is fine)."""
        self.depart(session_id, peer, "left")

    def trickle_encoder(self, session_id: str, peer: str, via: Via, fragment: str, sessions: Sequence[str] | None) -> str | None:
        """PATCH: the engine's fragment after an ICE restart, else None. ``sessions``: the ICE sessions it may be for; None: any."""
        return self.media.trickle(self.follower.caught_up(session_id), peer, via, fragment, sessions)

    def _live(self, session_id: str) -> Live:
        return Live(self.house, self.engine, self.emitter, self.members, self.pace, session_id)


def _folded(state: RoomState, events: tuple[Event, ...]) -> RoomState:
    for event in events:
        state = evolve(state, event)
    return state


def _check_via(claims: Claims, via: str) -> None:
    if via == Via.CONTROL and claims.role not in (RoomRole.CHAIR, RoomRole.DEPUTY):
        raise Forbidden("Only the chair may steer from a second device.", remedy="Join with picture and sound.")
    if via not in (Via.BROWSER, Via.ROOM_PC, Via.CONTROL, Via.WALL):
        raise Forbidden("This token belongs to an encoder.")


def _require(member: Member, who: str) -> None:
    allowed = {ANYBODY: True, ALL: True, RECEIVING: member.receives, SENDING: member.sends, TALKING: member.talks,
               LEADING: member.leads, OF_A_POINT: member.of_a_point}[who]
    if not allowed:
        raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")


_HANDLERS: dict[str, Any] = {
    "snapshot": RoomService._snapshot, "publish": RoomService._publish, "unpublish": RoomService._unpublish,
    "subscribe": RoomService._subscribe, "answer": RoomService._answer, "restart": RoomService._restart,
    "ice": RoomService._ice,
    "view": RoomService._view, "command": RoomService._command, "report": RoomService._report, "leave": RoomService._leave,
}
