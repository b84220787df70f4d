"""Rows of questions and their likes: what asking and moderating have in common. Inside another's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.errors import NotFound
from ..domain.questions import ANSWERED, SHOWN, moment_in
from ..domain.text import storable
from ..domain.timeline import Timeline
from ..store import tables as t
from ..store.inserting import insert_missing


@dataclass(frozen=True)
class QuestionView:
    """A question as readers see it; how its asker is reached is not in it. ``seconds``: where the recording answers it.

    ``token`` (the asker's own address) is set only for whoever has just asked, ``liked`` for the visitor who reads.
    """

    id: str
    session_id: str
    number: int
    text: str
    name: str
    place: str
    language: str
    category: str
    origin: str
    point: dict[str, str] | None
    state: str
    reason: str
    answer: str
    answered_at: datetime | None
    seconds: int | None
    merged_into: int | None
    likes: int
    reachable: bool
    moderated_by: str
    moderated_at: datetime | None
    created_at: datetime
    put_off: str = ""
    liked: bool = False
    token: str = ""

    @property
    def published(self) -> bool:
        return self.state in SHOWN

    @property
    def answered(self) -> bool:
        return self.state in ANSWERED


def load_question(db: DbSession, session_id: str, number: int, lock: bool = False) -> t.Question:
    """Inside another's transaction. Raises NotFound."""
    query = select(t.Question).where(t.Question.session_id == session_id, t.Question.number == number)
    row = db.scalar(query.with_for_update(of=t.Question) if lock else query) if storable(session_id) and 0 < number < 2**31 else None
    if row is None:
        raise NotFound()
    return row


def put_likes(db: DbSession, row: t.Question, visitors: Iterable[str], now: datetime) -> None:
    """Each visitor once, whatever comes at the same moment. The caller holds the question's lock."""
    values = [{"question_id": row.id, "visitor": visitor, "at": now} for visitor in dict.fromkeys(visitors) if visitor]
    if values:
        db.connection().execute(insert_missing(db, t.QuestionLike), values)
        counted = select(func.count()).where(t.QuestionLike.question_id == row.id).scalar_subquery()
        db.execute(update(t.Question).where(t.Question.id == row.id).values(likes=counted))
        db.refresh(row, ["likes"])


def liked_by(db: DbSession, ids: Collection[str], visitor: str) -> set[str]:
    query = select(t.QuestionLike.question_id).where(t.QuestionLike.question_id.in_(ids), t.QuestionLike.visitor == visitor)
    return set(db.scalars(query)) if visitor and ids else set()


def view_of(row: t.Question, recorded: Timeline | None = None) -> QuestionView:
    """For readers; ``reachable`` says only that there is a way to the asker."""
    seconds = moment_in(recorded, row.answered_at) if recorded is not None and row.answered_at is not None else None
    return QuestionView(
        row.id, row.session_id, row.number, row.text, row.name, row.place, row.language, row.category, row.origin,
        row.point.name if row.point is not None else None, row.state, row.reason, row.answer, row.answered_at, seconds,
        row.merged_into.number if row.merged_into is not None else None, row.likes, bool(row.contact), row.moderated_by,
        row.moderated_at, row.created_at, row.put_off)
