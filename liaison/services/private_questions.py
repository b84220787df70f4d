"""A citizen's questions as personal data: what is kept with them, and what stays of them when that is erased.

What everybody reads (approved and answered questions) keeps its text; what nobody was shown goes. The room's log, from which a session
is seen again, loses the name too.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DbSession

from ..domain.questions import SHOWN, QuestionState
from ..domain.words import Channel, OutboxKind
from ..house import House
from ..store import tables as t
from .question_links import opened

ERASED = "—"
IN_THE_LOG = ("question_taken", "hand_raised")


def export_questions(db: DbSession, house: House, subject: Any) -> list[dict[str, Any]]:
    return [{
        "session": row.session_id, "number": row.number, "asked_at": row.created_at.isoformat(), "text": row.text, "name": row.name,
        "place": row.place, "contact": opened(house.settings, row.contact), "language": row.language, "category": row.category,
        "state": row.state, "reason": row.reason, "answer": row.answer, "likes_given": _liked(db, row)}
        for row in _rows(db, house, subject)]


def erase_questions(db: DbSession, house: House, subject: Any) -> int:
    rows = _rows(db, house, subject)
    for row in rows:
        db.execute(delete(t.Outbox).where(t.Outbox.dedupe_key.startswith(f"{OutboxKind.QUESTION_NOTICE}:{row.id}:", autoescape=True)))
        if _own_cookie(row):
            db.execute(delete(t.QuestionLike).where(t.QuestionLike.visitor == row.visitor))
        _forget_in_room(db, row)
        row.name, row.place, row.contact, row.visitor, row.updated_at = "", "", "", "", house.clock.now()
        if row.state not in SHOWN:
            row.text = ERASED
        if row.state == QuestionState.WAITING:
            row.state, row.reason = QuestionState.DECLINED, ERASED
    return len(rows)


def _rows(db: DbSession, house: House, subject: Any) -> list[t.Question]:
    """Those with a contact are few: it is forgotten some time after the session."""
    if subject.question:
        row = db.get(t.Question, subject.question)
        return [row] if row is not None else []
    if subject.channel != Channel.EMAIL:
        return []
    wanted = subject.address.casefold()
    reachable = db.scalars(select(t.Question).where(t.Question.contact != "").order_by(
        t.Question.created_at, t.Question.number))
    return [row for row in reachable if opened(house.settings, row.contact).casefold() == wanted]


def _own_cookie(row: t.Question) -> bool:
    """Whether the digest is that of the asker's own browser, and not of a kiosk or of whoever typed it."""
    return bool(row.visitor) and row.origin == "home"


def _liked(db: DbSession, row: t.Question) -> list[str]:
    if not _own_cookie(row):
        return []
    return list(db.scalars(select(t.QuestionLike.question_id).where(t.QuestionLike.visitor == row.visitor)))


def _forget_in_room(db: DbSession, row: t.Question) -> None:
    """In the log and in the snapshot that is folded from it."""
    room = db.scalar(select(t.Room).where(t.Room.session_id == row.session_id).with_for_update())
    if room is None:
        return
    said = {"name": "", "place": ""} | ({} if row.state in SHOWN else {"text": ERASED})
    for event in db.scalars(select(t.RoomEvent).where(t.RoomEvent.session_id == row.session_id, t.RoomEvent.type.in_(IN_THE_LOG))):
        event.data = _without(event.data, row.number, said)
    if room.snapshot:
        room.snapshot = _without(room.snapshot, row.number, said)


def _without(value: Any, number: int, said: dict[str, str]) -> Any:
    """The same JSON, in which the question of this number has this instead of what it had."""
    if isinstance(value, list):
        return [_without(one, number, said) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without(one, number, said) for key, one in value.items()}
    if kept.get("number") == number and "text" in kept:
        kept |= {key: word for key, word in said.items() if key in kept}
    return kept
