"""Questions of citizens as the office and those who lead the session see them: the queue, and what becomes of each.

Every decision stands in the audit log (``question.…`` of the session), with the number of the question and who took it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid
from ..domain.questions import (
    CONTACTS_KEPT,
    Category,
    QuestionState,
    answer_error,
    may_become,
)
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from ..store.locks import lock_key
from . import audit
from .broadcasts import timeline_of
from .document_rights import conducts
from .question_notices import tell_asker
from .question_rows import QuestionView, load_question, put_likes, view_of
from .session_views import load_session

CHAIRS_ORDER = (t.Question.put_off_at.is_not(None), t.Question.put_off_at, t.Question.likes.desc(), t.Question.number)
"""The most liked first; those that were put off behind them, in the order in which they were."""
MOST_WAITING = 300
"""So many of each state are shown at once, of those that wait the oldest."""


@dataclass(frozen=True)
class Queue:
    """What there is to do: ``counts`` by state, and the questions of the state that is looked at. ``mark`` is another whenever
    anything is another."""

    counts: Mapping[str, int]
    items: tuple[QuestionView, ...]
    mark: str


def may_moderate(house: House, actor: Actor, session_id: str) -> bool:
    """The office that plans, and those who lead the session."""
    with house.db.read() as db:
        return conducts(load_session(db, session_id), actor)


def look_at_queue(house: House, actor: Actor, session_id: str, state: str = QuestionState.WAITING, category: str = "") -> Queue:
    """Those that wait in the order in which they came; approved ones as the chair takes them, the most liked first; others the newest
    first. Raises Forbidden, NotFound."""
    with house.db.read() as db:
        require(conducts(load_session(db, session_id), actor), actor)
        query = select(t.Question).where(t.Question.session_id == session_id, t.Question.state == state)
        if category:
            query = query.where(t.Question.category == category)
        rows = db.scalars(query.order_by(*_order(state)).limit(MOST_WAITING))
        recorded = timeline_of(house, session_id)
        return Queue(_counts(db, session_id), tuple(view_of(row, recorded) for row in rows), list_mark(db, session_id))


def queue_mark(house: House, actor: Actor, session_id: str) -> dict[str, Any]:
    """``{"mark", "waiting"}``: asked every few seconds by the page. Raises Forbidden, NotFound."""
    with house.db.read() as db:
        require(conducts(load_session(db, session_id), actor), actor)
        return {"mark": list_mark(db, session_id), "waiting": _counts(db, session_id).get(QuestionState.WAITING, 0)}


def approve(house: House, actor: Actor, session_id: str, number: int) -> QuestionView:
    """For everybody to read and to like. Also takes back a refusal, or an "answered live" that was pressed by mistake."""
    with house.db.write() as db:
        return view_of(approving(db, house, actor, session_id, number))


def decline(house: House, actor: Actor, session_id: str, number: int, reason: str) -> QuestionView:
    """With a reason that the asker reads. Raises Invalid without one."""
    text = _written(reason, "reason")
    with _deciding(house, actor, session_id, number, QuestionState.DECLINED) as (_db, _session, row):
        row.reason = text
    return view_of(row)


def answer_live(house: House, actor: Actor, session_id: str, number: int) -> QuestionView:
    """It is being answered in the session at this moment. Raises IllegalState when the session is not on."""
    with house.db.write() as db:
        row = answering(db, house, actor, session_id, number)
        return view_of(row, timeline_of(house, session_id))


def answer_in_writing(house: House, actor: Actor, session_id: str, number: int, answer: str) -> QuestionView:
    """For everybody to read beside the question; may be written anew. Raises Invalid without a text."""
    text = _written(answer, "answer")
    with _deciding(house, actor, session_id, number, QuestionState.ANSWERED_WRITTEN) as (_db, _session, row):
        row.answer = text
    return view_of(row, timeline_of(house, session_id))


def merge(house: House, actor: Actor, session_id: str, number: int, into: int) -> QuestionView:
    """The same has been asked before: its likes, and its asker's own wish to know, count for the other one."""
    with _deciding(house, actor, session_id, number, QuestionState.MERGED) as (db, _session, row):
        other = load_question(db, session_id, into, lock=True) if into != number else row
        if other is row or other.state in (QuestionState.MERGED, QuestionState.DECLINED):
            raise Invalid(errors=[{"field": "into", "message": "Choose another question, one that stands."}])
        row.merged_into = other
        db.execute(update(t.Question).where(t.Question.merged_into_id == row.id).values(merged_into_id=other.id))
        liked = list(db.scalars(select(t.QuestionLike.visitor).where(t.QuestionLike.question_id == row.id)))
        put_likes(db, other, [*liked, row.visitor], house.clock.now())
    return view_of(row)


def set_category(house: House, actor: Actor, session_id: str, number: int, category: str) -> QuestionView:
    """What it is about, as the office sees it. Raises Invalid."""
    if category not in set(Category):
        raise Invalid(errors=[{"field": "category", "message": "Choose one of the kinds offered."}])
    with house.db.write() as db:
        require(conducts(load_session(db, session_id), actor), actor)
        row = load_question(db, session_id, number, lock=True)
        before, row.category, row.updated_at = row.category, category, house.clock.now()
        record(db, house, actor, row, "question.category", {"category": before}, {"category": category})
        return view_of(row)


def forget_askers(db: DbSession, house: House) -> int:
    """Contacts and visitors of sessions that ended long ago; how many questions. They stay themselves: they are public record."""
    over = select(t.Session.id).where(t.Session.ends_at < house.clock.now() - CONTACTS_KEPT)
    gone = db.execute(update(t.Question).where(
        t.Question.session_id.in_(over), (t.Question.contact != "") | (t.Question.visitor != "")).values(contact="", visitor="").returning(
            t.Question.id).execution_options(synchronize_session=False)).all()
    db.execute(delete(t.QuestionLike).where(t.QuestionLike.question_id.in_([id for (id,) in gone])).execution_options(
        synchronize_session=False))
    return len(gone)


# ---------------------------------------------------------------- inside


def approving(db: DbSession, house: House, actor: Actor, session_id: str, number: int) -> t.Question:
    """``approve`` inside another's transaction."""
    with _permitted(db, house, actor, session_id, number, QuestionState.APPROVED) as (_session, row):
        open_again(row)
    return row


def answering(db: DbSession, house: House, actor: Actor, session_id: str, number: int) -> t.Question:
    """``answer_live`` inside another's transaction."""
    with _permitted(db, house, actor, session_id, number, QuestionState.ANSWERED_LIVE) as (session, row):
        if session.status != SessionStatus.LIVE:
            raise IllegalState("The session is not on.", remedy="Answer in writing.")
        row.answered_at = house.clock.now()
    return row


@contextmanager
def _deciding(house: House, actor: Actor, session_id: str, number: int,
              to: QuestionState) -> Iterator[tuple[DbSession, t.Session, t.Question]]:
    """One decision in one transaction: the right, the state, what the caller writes, the audit log, the asker's notice."""
    with house.db.write() as db, _permitted(db, house, actor, session_id, number, to) as (session, row):
        yield db, session, row


@contextmanager
def _permitted(db: DbSession, house: House, actor: Actor, session_id: str, number: int,
               to: QuestionState) -> Iterator[tuple[t.Session, t.Question]]:
    session = load_session(db, session_id)
    require(conducts(session, actor), actor)
    with deciding(db, house, actor, session, number, to) as row:
        yield session, row


@contextmanager
def deciding(db: DbSession, house: House, actor: Actor, session: t.Session, number: int, to: QuestionState) -> Iterator[t.Question]:
    """The same inside another's transaction, by somebody whose right has been looked at."""
    lock_key(db, f"questions {session.id}")  # two that are merged into each other would wait for each other's row
    row = load_question(db, session.id, number, lock=True)
    if not may_become(row.state, to):
        raise IllegalState("Something else has become of this question.", remedy="Load the page again to see the present state.")
    before, now = row.state, house.clock.now()
    yield row
    row.state, row.moderated_by, row.moderated_at, row.updated_at = to, actor.shown[:200], now, now
    record(db, house, actor, row, f"question.{to}", {"status": before}, _kept(row))
    tell_asker(db, house, session, row)


def open_again(row: t.Question) -> None:
    """As if nothing had become of it yet."""
    row.answered_at, row.reason, row.put_off, row.put_off_at = None, "", "", None


def record(db: DbSession, house: House, actor: Actor, row: t.Question, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(db, house, actor, action, "session", row.session_id, before, {"question": row.number, **after})


def _kept(row: t.Question) -> dict[str, Any]:
    """What the log keeps of a decision: nothing of who asked."""
    facts = {"status": row.state, "reason": row.reason, "text": row.answer, "into": row.merged_into.number if row.merged_into else None}
    return {name: value for name, value in facts.items() if value}


def _written(text: str, field: str) -> str:
    text = text.strip().replace("\r\n", "\n")
    message = answer_error(text)
    if message:
        raise Invalid(errors=[{"field": field, "message": message}])
    return text


def _order(state: str) -> tuple[Any, ...]:
    if state == QuestionState.APPROVED:
        return CHAIRS_ORDER
    return (t.Question.number,) if state == QuestionState.WAITING else (t.Question.updated_at.desc(), t.Question.number)


def _counts(db: DbSession, session_id: str) -> dict[str, int]:
    query = select(t.Question.state, func.count()).where(t.Question.session_id == session_id).group_by(t.Question.state)
    return dict(db.execute(query).tuples().all())


def list_mark(db: DbSession, session_id: str) -> str:
    """Rises with every question, decision and like."""
    q = t.Question
    *counts, changed = db.execute(select(
        func.max(q.number), func.sum(q.likes), func.count(q.put_off_at), func.count(q.answered_at), func.max(q.updated_at)).where(
            q.session_id == session_id)).one()
    return ".".join(str(count or 0) for count in (*counts, int(changed.timestamp() * 1000) if changed else 0))
