"""Questions of citizens as those who lead the session work through them in the room, and as a district's hall brings them there.

Who may do so has been looked at by the room's own rules; what is decided stands in the audit log as at the desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.questions import LATER, SHOWN, WRITING, Origin, QuestionState, may_become
from ..house import House
from ..store import tables as t
from ..store.locks import lock_key
from .broadcasts import timeline_of
from .question_desk import CHAIRS_ORDER, deciding, list_mark, open_again, record
from .question_links import question_token, visitor_digest
from .question_rows import QuestionView, load_question, view_of
from .questions import Asked, add_question, checked, known_sheet, require_open

MOST_SHOWN = 60
MOST_ANSWERED = 5
"""So many of those that were answered last stand below, for whoever pressed by mistake."""


@dataclass(frozen=True)
class Turns:
    """``items``: what may be taken, in order, then what was answered last. ``mark`` is another whenever anything is."""

    mark: str
    items: tuple[QuestionView, ...]
    waiting: int


def look_at_turns(house: House, session_id: str, mark: str = "") -> Turns:
    """The chair's list. With the mark of what is known already nothing more is read than whether it is still so."""
    with house.db.read() as db:
        now = list_mark(db, session_id)
        if now == mark:
            return Turns(now, (), 0)
        of_session = select(t.Question).where(t.Question.session_id == session_id)
        approved = of_session.where(t.Question.state == QuestionState.APPROVED, t.Question.put_off != WRITING)
        answered = of_session.where(t.Question.state == QuestionState.ANSWERED_LIVE).order_by(t.Question.answered_at.desc())
        rows = [*db.scalars(approved.order_by(*CHAIRS_ORDER).limit(MOST_SHOWN)), *db.scalars(answered.limit(MOST_ANSWERED))]
        recorded = timeline_of(house, session_id)
        waiting = len(db.scalars(select(t.Question.id).where(
            t.Question.session_id == session_id, t.Question.state == QuestionState.WAITING).limit(100)).all())
        return Turns(now, tuple(view_of(row, recorded) for row in rows), waiting)


def typed_in_hall(house: House, session_id: str, point: str) -> list[QuestionView]:
    """What was typed for citizens at a point and has not been answered, the newest first."""
    with house.db.read() as db:
        rows = db.scalars(select(t.Question).join(t.Point, t.Point.id == t.Question.point_id).where(
            t.Question.session_id == session_id, t.Point.slug == point,
            t.Question.state.in_([QuestionState.WAITING, QuestionState.APPROVED])).order_by(t.Question.number.desc()).limit(MOST_SHOWN))
        return [view_of(row) for row in rows]


def ask_at_point(house: House, session_id: str, point: str, user_id: str | None, asked: Asked, language: str) -> QuestionView:
    """Typed at a device of a point that is in the room. Raises Invalid, IllegalState (no questions now)."""
    asked = checked(asked)
    with house.db.write() as db:
        require_open(db, session_id)
        lock_key(db, f"questions {session_id}")
        typist = visitor_digest(f"account {user_id}" if user_id else f"point {point}")
        place = db.scalars(select(t.Point).where(t.Point.slug == point)).one()
        row = known_sheet(db, session_id, asked.sheet, typist) or add_question(
            db, house, session_id, asked, language, Origin.HALL, visitor=typist, point=place, typed_by_id=user_id)
        return replace(view_of(row), token=question_token(house.settings, row.id))


def answered_in(db: DbSession, session_id: str) -> list[t.Question]:
    """What was answered in the session, in the order in which it was."""
    return list(db.scalars(select(t.Question).where(
        t.Question.session_id == session_id, t.Question.state == QuestionState.ANSWERED_LIVE).order_by(t.Question.answered_at)))


# ---------------------------------------------------------------- what the room has decided, in its transaction


def answered_now(db: DbSession, house: House, actor: Actor, session: t.Session, number: int) -> None:
    """It is being answered at this moment. Something else may have become of it meanwhile: then that stands."""
    if may_become(load_question(db, session.id, number).state, QuestionState.ANSWERED_LIVE):
        with deciding(db, house, actor, session, number, QuestionState.ANSWERED_LIVE) as row:
            row.answered_at = house.clock.now()


def not_answered(db: DbSession, house: House, actor: Actor, session: t.Session, number: int) -> None:
    """It goes back to where it was."""
    with deciding(db, house, actor, session, number, QuestionState.APPROVED) as row:
        open_again(row)


def put_off(db: DbSession, house: House, actor: Actor, session: t.Session, number: int, written: bool) -> None:
    """Behind all others, or out of the session's list: it is to be answered in writing."""
    row = load_question(db, session.id, number, lock=True)
    row.put_off, row.put_off_at, row.updated_at = WRITING if written else LATER, house.clock.now(), house.clock.now()
    record(db, house, actor, row, "question.put_off", {}, {"status": row.state, "put_off": row.put_off})


def questions_of(db: DbSession, session_id: str, number: int) -> list[t.Question]:
    """The question of this number, if the room may know it."""
    return list(db.scalars(select(t.Question).where(
        t.Question.session_id == session_id, t.Question.number == number,
        t.Question.state.in_([*SHOWN, QuestionState.WAITING]))))
