"""What participants write to the help desk out of a session, and the help desk's answers, which only they read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.chat import DESK, HELP_DESK, PEER
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from . import chat, room_log
from .chat import Receiver, Said, Sender
from .session_rows import ON_DEMAND
from .session_views import load_session

SHOWN_FOR = timedelta(hours=12)
MOST = 40
Row = t.ChatMessage


@dataclass(frozen=True)
class DeskMessage:
    """``point`` is a slug, with its name by language; ``file`` names one that came with it; ``answers`` are the texts that the help
    desk has sent back."""

    session: str
    number: str
    seq: int
    at: datetime
    point: str | None
    point_name: dict[str, str]
    name: str
    text: str
    file: str
    answers: tuple[str, ...]
    live: bool


def messages_to_desk(house: House, actor: Actor) -> list[DeskMessage]:
    """Of the last hours, the newest first. For the office and the help desk."""
    require(actor.sees_all, actor)
    query = (select(Row, t.Session, t.Point.name)
             .join(t.Session, t.Session.id == Row.session_id).outerjoin(t.Point, t.Point.slug == Row.point).where(
                 Row.addressee == HELP_DESK, Row.at > house.clock.now() - SHOWN_FOR, Row.removes.is_(None), Row.removed_at.is_(None))
             .order_by(Row.at.desc()).limit(MOST).options(*ON_DEMAND))
    with house.db.read() as db:
        found = [(row, session, name) for row, session, name in db.execute(query)]
        answers = _answers(db, [row for row, _session, _name in found])
        return [DeskMessage(row.session_id, session.number, row.seq, row.at, row.point, name or {}, row.name, row.text,
                            f"{row.file.name}.{row.file.kind}" if row.file else "",
                            tuple(answers.get((row.session_id, row.seq), ())), session.status == SessionStatus.LIVE)
                for row, session, name in found]


def answer_message(house: House, actor: Actor, session_id: str, seq: int, text: str, message_id: str) -> int:
    """Write back to whoever wrote; the answer's number. The same id again writes nothing twice.

    Raises NotFound, IllegalState (the session is over), Invalid, Forbidden, Unauthenticated.
    """
    require(actor.sees_all, actor)
    if not (8 <= len(message_id) <= 64 and message_id.isascii() and message_id.isalnum()):
        raise Invalid(errors=[{"field": "id", "message": "This field is missing."}])
    with house.db.write() as db:
        session = load_session(db, session_id)
        if session.status not in (SessionStatus.CONFIRMED, SessionStatus.LIVE):
            raise IllegalState("This session has ended.", remedy="Look at the list of sessions.")
        room_log.lock_room(db, session_id)
        sender = Sender(actor.name, DESK, user=actor.user_id)
        known = chat.known_seq(db, session_id, message_id, sender)
        asked = db.get(Row, (session_id, seq))
        if asked is None or asked.addressee != HELP_DESK or asked.removes is not None:
            raise NotFound()
        to = Receiver(asked.peer, asked.user_id, asked.point, asked.name)
        return known or chat.say(db, session_id, Said(message_id, PEER, text, sender, to, seq), house.clock.now())


def _answers(db: DbSession, rows: list[t.ChatMessage]) -> dict[tuple[str, int], list[str]]:
    found: dict[tuple[str, int], list[str]] = {}
    query = select(Row).where(Row.session_id.in_({row.session_id for row in rows}), Row.role == DESK, Row.answers.is_not(None))
    for row in db.scalars(query.order_by(Row.seq)):
        found.setdefault((row.session_id, row.answers or 0), []).append(row.text)
    return found
