"""Questions of citizens to a public session: asking, liking, reading, and what became of one's own. Nobody needs an account.

What those who lead the session do with them is in ``question_desk``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid, NotFound, RateLimited
from ..domain.questions import (
    ANSWERED,
    SHOWN,
    Category,
    Origin,
    QuestionState,
    open_to_questions,
    question_errors,
    takes_questions,
    too_many,
)
from ..domain.text import plain, storable
from ..domain.words import AccountRole
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_key
from .broadcasts import timeline_of
from .citizen_links import public_title
from .question_links import question_token, read_question_token, sealed, visitor_digest
from .question_rows import QuestionView, liked_by, load_question, put_likes, view_of
from .session_views import load_session

MOST_SHOWN = 500
LONGEST_CLIENT_ID = 64


@dataclass(frozen=True)
class Asked:
    """What somebody hands in. ``sheet`` is the form's own name: the same one sent twice is one question."""

    text: str
    sheet: str
    name: str = ""
    place: str = ""
    contact: str = ""
    category: str = Category.OTHER

    def tidied(self) -> Asked:
        lines = {name: " ".join(plain(getattr(self, name)).split()) for name in ("name", "place")}
        return replace(self, text=plain(self.text).strip().replace("\r\n", "\n"), contact=self.contact.strip(), **lines)


@dataclass(frozen=True)
class OwnQuestion:
    """What the page of one's own question shows. ``counts``: the one whose fate is told (that into which it was merged)."""

    own: QuestionView
    counts: QuestionView
    title: dict[str, str]
    ended: bool


@dataclass(frozen=True)
class Openness:
    """Whether a session takes questions, and whether it does so now."""

    takes: bool
    now: bool


def openness(house: House, session_id: str) -> Openness:
    """For whoever shows the session's page. Raises NotFound."""
    with house.db.read() as db:
        facts = _facts(db, session_id)
    return Openness(takes_questions(facts.public, facts.kind, facts.questions),
                    open_to_questions(facts.public, facts.kind, facts.questions, facts.status))


def ask_question(house: House, session_id: str, asked: Asked, visitor: str, language: str, kiosk: bool = False) -> QuestionView:
    """A citizen asks, from home or at a kiosk. Raises Invalid, RateLimited, IllegalState (no questions now), NotFound."""
    asked = checked(asked)
    with house.db.write() as db:
        require_open(db, session_id)
        lock_key(db, f"questions {session_id}")
        known = known_sheet(db, session_id, asked.sheet, visitor_digest(visitor))
        if known is None:
            _require_patience(db, house, session_id, visitor)
            origin = Origin.KIOSK if kiosk else Origin.HOME
            known = add_question(db, house, session_id, asked, language, origin, visitor=visitor_digest(visitor))
        return replace(view_of(known), token=question_token(house.settings, known.id))


def ask_for_citizen(house: House, actor: Actor, session_id: str, point: str, asked: Asked, language: str) -> QuestionView:
    """An officer types what a citizen in the hall of his point asks. Raises Forbidden, and what asking raises."""
    asked = checked(asked)
    with house.db.write() as db:
        place = _own_place(load_session(db, session_id), actor, point)
        require_open(db, session_id)
        lock_key(db, f"questions {session_id}")
        typist = visitor_digest(f"account {actor.user_id}")
        known = known_sheet(db, session_id, asked.sheet, typist) or add_question(
            db, house, session_id, asked, language, Origin.HALL, visitor=typist, point=place, typed_by_id=actor.user_id)
        return replace(view_of(known), token=question_token(house.settings, known.id))


def like_question(house: House, session_id: str, number: int, visitor: str) -> int:
    """One more who wants to know, each visitor once; how many there are now. Raises NotFound, IllegalState (nothing to like)."""
    with house.db.write() as db:
        require_open(db, session_id)
        row = load_question(db, session_id, number, lock=True)  # whoever counts beside us would not count ours
        if not visitor:
            raise IllegalState("Your browser keeps no cookies, so that your vote cannot be counted.", remedy="Allow cookies for this page.")
        if row.state != QuestionState.APPROVED:
            raise NotFound()
        put_likes(db, row, [visitor_digest(visitor)], house.clock.now())
        return row.likes


def list_questions(house: House, session_id: str, visitor: str = "") -> list[QuestionView]:
    """What everybody reads: approved and answered ones, those that most want answered first. Raises NotFound."""
    with house.db.read() as db:
        if not takes_questions(*_facts(db, session_id)[:3]):
            return []
        rows = list(db.scalars(select(t.Question).where(t.Question.session_id == session_id, t.Question.state.in_(SHOWN)).order_by(
            t.Question.state.in_(ANSWERED), t.Question.likes.desc(), t.Question.number).limit(MOST_SHOWN)))
        liked = liked_by(db, [row.id for row in rows], visitor_digest(visitor))
        recorded = timeline_of(house, session_id)
        return [replace(view_of(row, recorded), liked=row.id in liked) for row in rows]


def typed_at(house: House, actor: Actor, session_id: str) -> list[QuestionView]:
    """What the officers of the reader's points have typed for citizens, the newest first, each with its own address. Raises Forbidden."""
    with house.db.read() as db:
        session = load_session(db, session_id)
        own = {one.point_id for one in session.places if one.point_id in actor.points}
        require(bool(own) and actor.role is AccountRole.OFFICER, actor)
        rows = db.scalars(select(t.Question).where(t.Question.session_id == session_id, t.Question.point_id.in_(own))
                          .order_by(t.Question.number.desc()).limit(MOST_SHOWN))
        recorded = timeline_of(house, session_id)
        return [replace(view_of(row, recorded), token=question_token(house.settings, row.id)) for row in rows]


def own_question(house: House, token: str) -> OwnQuestion:
    """What became of it, for whoever has its address. Raises BadAnswerLink, NotFound."""
    with house.db.read() as db:
        row = db.get(t.Question, read_question_token(house.settings, token))
        if row is None:
            raise NotFound()
        session = load_session(db, row.session_id)
        recorded = timeline_of(house, row.session_id)
        own = replace(view_of(row, recorded), token=token)
        counts = view_of(row.merged_into, recorded) if row.merged_into is not None else own
        return OwnQuestion(own, counts, public_title(session), session.status not in ("confirmed", "live"))


# ---------------------------------------------------------------- inside


def _facts(db: DbSession, session_id: str) -> Any:
    """(public, kind, questions, status): no more of the session is read in a burst. Raises NotFound."""
    columns = (t.Session.public, t.Session.kind, t.Session.questions, t.Session.status)
    facts = db.execute(select(*columns).where(t.Session.id == session_id)).one_or_none() if storable(session_id) else None
    if facts is None or not facts.public:
        raise NotFound()
    return facts


def require_open(db: DbSession, session_id: str) -> None:
    if not open_to_questions(*_facts(db, session_id)):
        raise IllegalState("This session takes no questions now.", remedy="Look at the questions that were asked.")


def _own_place(session: t.Session, actor: Actor, slug: str) -> t.Point:
    """The invited point for which the officer types. Raises Forbidden, Unauthenticated."""
    own = [one.point for one in session.places if one.point.slug == slug and one.point_id in actor.points]
    require(bool(own) and actor.role is AccountRole.OFFICER, actor)
    return own[0]


def checked(asked: Asked) -> Asked:
    asked = asked.tidied()
    errors = question_errors(asked.text, asked.name, asked.place, asked.contact, asked.category)
    if not 0 < len(asked.sheet) <= LONGEST_CLIENT_ID or not storable(asked.sheet):
        errors.append({"field": "text", "message": "Load the page again, then send it once more."})
    if errors:
        raise Invalid(errors=errors)
    return asked


def known_sheet(db: DbSession, session_id: str, sheet: str, visitor: str) -> t.Question | None:
    """The same sheet once more. Raises Invalid for somebody else's."""
    row = db.scalar(select(t.Question).where(t.Question.session_id == session_id, t.Question.client_id == sheet))
    if row is not None and row.visitor != visitor:
        raise Invalid(errors=[{"field": "text", "message": "Load the page again, then send it once more."}])
    return row


def _require_patience(db: DbSession, house: House, session_id: str, visitor: str) -> None:
    if not visitor:
        return
    asked = list(db.scalars(select(t.Question.created_at).where(
        t.Question.visitor == visitor_digest(visitor), t.Question.session_id == session_id)))
    if too_many(asked, house.clock.now()):
        raise RateLimited("You have asked several questions just now.", remedy="Wait a few minutes before the next.")


def add_question(db: DbSession, house: House, session_id: str, asked: Asked, language: str, origin: Origin, visitor: str = "",
                 point: t.Point | None = None, typed_by_id: str | None = None) -> t.Question:
    now = house.clock.now()
    newest = db.scalar(select(func.max(t.Question.number)).where(t.Question.session_id == session_id)) or 0
    row = t.Question(
        id=new_id(), session_id=session_id, number=newest + 1, client_id=asked.sheet, text=asked.text, name=asked.name, place=asked.place,
        contact=sealed(house.settings, asked.contact), visitor=visitor, language=language, category=asked.category, origin=origin,
        point=point, typed_by_id=typed_by_id, state=QuestionState.WAITING, reason="", answer="", likes=0, moderated_by="",
        created_at=now, updated_at=now)
    db.add(row)
    db.flush()
    return row
