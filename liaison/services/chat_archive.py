"""A session's chat outside its room: for those who may read it, on its page and over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..domain.actor import Actor, require
from ..domain.chat import ALL, DESK, HELP_DESK, Reader, readable
from ..domain.words import RoomRole
from ..house import House
from ..store import tables as t
from . import chat, chat_files
from .chat_files import OpenedFile
from .notes import may_keep_notes
from .session_views import SessionView, get_session, load_session

PAGE = 200
Row = t.ChatMessage


def session_chat(house: House, actor: Actor, session_id: str, after: int = 0, limit: int = PAGE) -> dict[str, Any]:
    """``{"session", "items": [message], "next": number or null}``, the oldest first.

    The office that plans and those who led the session read it all (of the help desk's only the office), officers what their
    points could hear, the help desk what was said to everybody and to itself. Raises NotFound, Forbidden, Unauthenticated.
    """
    view = get_session(house, actor, session_id)
    with house.db.read() as db:
        may = _right(actor, view, may_keep_notes(actor, load_session(db, session_id)))
        page = chat.read(db, session_id, lambda row: row.removes is None and may(row), after=after, limit=limit)
    messages = page.messages
    return {"session": view.id, "items": messages, "next": messages[-1]["seq"] if page.more else None}


def session_file(house: House, actor: Actor, session_id: str, seq: int, small: bool = False) -> OpenedFile:
    """The file of a message that this reader may read. Raises NotFound, Forbidden, Unauthenticated."""
    view = get_session(house, actor, session_id)
    with house.db.read() as db:
        may = _right(actor, view, may_keep_notes(actor, load_session(db, session_id)))
        return chat_files.open_file(house, chat.find_row(db, session_id, seq, may), small)


def may_read_chat(house: House, actor: Actor, view: SessionView) -> bool:
    """Whether a session's page leads to it."""
    return actor.sees_all or bool(view.own_points) or leads(house, actor, view.id)


def leads(house: House, actor: Actor, session_id: str) -> bool:
    """Whether the notes of this session are for this reader: the office that plans, and those who lead it."""
    with house.db.read() as db:
        return may_keep_notes(actor, load_session(db, session_id))


def _right(actor: Actor, view: SessionView, leading: bool) -> Callable[[Row], bool]:
    require(leading or actor.sees_all or bool(view.own_points), actor)
    own = Reader(frozenset({actor.user_id} if actor.user_id else ()), RoomRole.POINT, frozenset(view.own_points))

    def may(row: Row) -> bool:
        desks = row.addressee == HELP_DESK or row.role == DESK
        if desks and actor.sees_all:
            return True
        if leading and not desks:
            return True
        if actor.sees_all and row.addressee == ALL and row.doors is None:
            return True
        return bool(own.points) and readable(chat.message_of(row), own)
    return may
