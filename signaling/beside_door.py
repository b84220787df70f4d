"""The messages of PROTOCOL.md about the chat and the notes, from sockets that have joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import Actor
from liaison.domain.chat import PEER, readable
from liaison.domain.errors import Forbidden
from liaison.house import House
from liaison.services import audit, chat, chat_files, notes
from liaison.services.chat import Receiver, Said, Sender
from liaison.services.chat_files import OpenedFile, Sent
from liaison.services.join import Claims
from liaison.services.notes import Written
from liaison.store import tables as t

from . import rooms
from .beside import Json, shown_note
from .follower import Follower
from .members import Member
from .room.chat_rules import doors_of, held_in, reader_of, require_may_attach, require_may_say, talks
from .room.errors import NotJoined
from .room.events import Event
from .room.state import Peer, RoomState


class BesideDoor:
    """``handlers``: by the message's name; each takes a member and checked fields, and gives the answer's."""

    def __init__(self, house: House, follower: Follower) -> None:
        self._house, self._follower = house, follower
        self.handlers = {"chat_say": self.say, "chat_read": self.read, "chat_remove": self.remove, "notes_read": self.read_notes,
                         "note_save": self.save_note}

    def say(self, member: Member, data: Mapping[str, Any]) -> Json:
        """Write a message, once however often it is sent."""
        seqs: list[int] = []

        def act(db: DbSession, session: t.Session, state: RoomState) -> tuple[Event, ...]:
            seqs.append(self._say(db, session.id, state, _peer(state, member.peer), data))
            return ()
        rooms.transact(self._house, member.session, act, member.peer)
        self._follower.follow(member.session).tell_beside()
        return {"seq": seqs[0]}

    def _say(self, db: DbSession, session_id: str, state: RoomState, peer: Peer, data: Mapping[str, Any]) -> int:
        sender = _sender(peer)
        known = chat.known_seq(db, session_id, data["id"], sender)
        if known is not None:
            return known
        require_may_say(state, peer, data["to"], data.get("peer"))
        if data.get("answers") is not None:
            chat.readable_row(db, session_id, data["answers"], reader_of(state, peer))
        file = data.get("file")
        if file is not None:
            require_may_attach(state, peer)
            file = chat_files.file_for(db, session_id, file, data["id"], sender)
        receiver = _receiver(state.peers[data["peer"]]) if data["to"] == PEER else None
        said = Said(data["id"], data["to"], data["text"], sender, receiver, data.get("answers"), file, doors_of(state), held_in(state))
        return chat.say(db, session_id, said, self._house.clock.now())

    def read(self, member: Member, data: Mapping[str, Any]) -> Json:
        """A page of what this peer may read, as the room is now."""
        state = self._follower.caught_up(member.session).state
        reader = reader_of(state, inside(state, member.peer))
        with self._house.db.read() as db:
            page = chat.read(db, member.session, lambda row: readable(chat.message_of(row), reader), data.get("after"), data.get("before"))
        return {"messages": page.messages, "seq": page.seq, "more": page.more}

    def remove(self, member: Member, data: Mapping[str, Any]) -> Json:
        """The chair or the secretary takes a message away."""
        def act(db: DbSession, session: t.Session, state: RoomState) -> tuple[Event, ...]:
            peer = _peer(state, member.peer)
            if not state.conducts(peer):
                raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
            row = chat.readable_row(db, session.id, data["seq"], reader_of(state, peer))
            if chat.remove(db, row, peer.name, self._house.clock.now()):
                audit.record(db, self._house, Actor(user_id=peer.user, name=peer.name), "session.message_removed", "session",
                             session.id, None, {"message": row.seq, "name": row.name})
            return ()
        rooms.transact(self._house, member.session, act, member.peer)
        self._follower.follow(member.session).tell_beside()
        return {}

    def keep_file(self, claims: Claims, sent: Sent) -> str:
        """Take in a file for a message that this participant is about to say; its id."""
        state = self._state(claims)
        peer = _peer(state, claims.peer)
        require_may_attach(state, peer)
        return chat_files.keep_file(self._house, claims.session, _sender(peer), sent)

    def open_file(self, claims: Claims, seq: int, small: bool) -> OpenedFile:
        """The file of a message, for somebody in the room who may read it as the room is now."""
        state = self._state(claims)
        peer = inside(state, claims.peer)
        if not talks(peer):
            raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
        with self._house.db.read() as db:
            return chat_files.open_file(self._house, chat.readable_row(db, claims.session, seq, reader_of(state, peer)), small)

    def _state(self, claims: Claims) -> RoomState:
        with self._house.db.read() as db:
            return rooms.read_state(db, claims.session)[0]

    def read_notes(self, member: Member, _data: Mapping[str, Any]) -> Json:
        """The newest version under every item."""
        inside(self._follower.caught_up(member.session).state, member.peer)
        with self._house.db.read() as db:
            return {"notes": [shown_note(note) for note in notes.newest_notes(db, member.session)]}

    def save_note(self, member: Member, data: Mapping[str, Any]) -> Json:
        """Keep what was written upon a version; what stands there now."""
        found: list[notes.Kept] = []

        def act(db: DbSession, session: t.Session, state: RoomState) -> tuple[Event, ...]:
            peer = inside(state, member.peer)
            written = Written(data["item"], data["text"], data["base"], data.get("upon"))
            found.append(notes.keep_note(db, session, written, peer.user, peer.name, self._house.clock.now()))
            return ()
        rooms.transact(self._house, member.session, act, member.peer)
        self._follower.follow(member.session).tell_beside()
        kept = found[0]
        return {"version": kept.version, "text": kept.text, "merged": kept.merged}


def _peer(state: RoomState, key: str | None) -> Peer:
    peer = state.peers.get(key or "")
    if peer is None:
        raise NotJoined()
    return peer


def inside(state: RoomState, key: str | None) -> Peer:
    """The peer, unless it is cut off."""
    peer = _peer(state, key)
    if state.cut_off(peer):
        raise Forbidden("You are not in the session now.", remedy="Wait until you are let in.")
    return peer


def _sender(peer: Peer) -> Sender:
    return Sender(peer.name, peer.role, peer.id, peer.user if peer.own else None, peer.point)


def _receiver(peer: Peer) -> Receiver:
    return Receiver(peer.id, peer.user if peer.own else None, peer.point, peer.name)
