"""What is written beside a room's log, the chat and the notes, as this process tells it to its own sockets."""

from __future__ import annotations

from typing import Any

from liaison.domain.chat import readable
from liaison.house import House
from liaison.services import chat, notes
from liaison.services.notes import Note
from liaison.store import tables as t

from .emitter import Emitter
from .members import Members
from .room.chat_rules import hears, reader_of
from .room.state import RoomState, stamp

Json = dict[str, Any]


class Teller:
    """Tells a room's sockets of this process what is new; under the room's lock (``Live.tell_beside``)."""

    def __init__(self, house: House, emitter: Emitter, members: Members, session_id: str) -> None:
        self._house, self._emitter, self._members, self._session = house, emitter, members, session_id
        with house.db.read() as db:
            room = db.get(t.Room, session_id)
            self.chat_seq, self.notes_seq = (room.chat_seq, room.notes_seq) if room else (0, 0)

    def behind(self, chat_seq: int, notes_seq: int) -> bool:
        return chat_seq > self.chat_seq or notes_seq > self.notes_seq

    def tell(self, state: RoomState) -> None:
        with self._house.db.read() as db:
            said = chat.news_after(db, self._session, self.chat_seq)
            kept = notes.news_after(db, self._session, self.notes_seq)
        for row in said:
            self.chat_seq = row.seq
            self._tell_message(state, row)
        for seq, note in kept:
            self.notes_seq = seq
            self._tell_note(state, note)

    def _tell_message(self, state: RoomState, row: t.ChatMessage) -> None:
        payload, message = chat.shown(row), chat.message_of(row)
        for member in self._members.of_session(self._session):
            peer = state.peers.get(member.peer)
            if peer is not None and hears(state, peer) and readable(message, reader_of(state, peer)):
                self._emitter.to_link(member.link, "chat", payload)

    def _tell_note(self, state: RoomState, note: Note) -> None:
        for member in self._members.of_session(self._session):
            peer = state.peers.get(member.peer)
            if member.leads and peer is not None and not state.cut_off(peer):
                self._emitter.to_link(member.link, "note", shown_note(note))


def shown_note(note: Note) -> Json:
    return {"item": note.item, "version": note.version, "at": stamp(note.at), "name": note.name, "text": note.text}
