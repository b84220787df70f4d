"""A point's answer to an invitation, and what its officer says of who sits there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Conflict, IllegalState, Invalid, NotFound
from ..domain.sessions import CHANGEABLE, reason_errors
from ..domain.text import text_error
from ..domain.words import Answer, SessionStatus
from ..house import House
from ..store import tables as t
from . import audit, idempotency, notices
from .idempotency import Once
from .session_views import SessionView, load_session, session_view

MOST_PEOPLE = 100_000
MOST_REPRESENTATIVES = 100
LONGEST_NAME = 200
COUNTABLE = frozenset({SessionStatus.CONFIRMED, SessionStatus.LIVE, SessionStatus.ENDED})


@dataclass(frozen=True)
class WhoComes:
    """Said with an answer: how many will come (None: not said), and who represents the point."""

    expected: int | None = None
    representatives: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [name.strip() for name in self.representatives if name.strip()]


def answer_invitation(house: House, actor: Actor, session_id: str, point: str, answer: str,
                      reason: str = "", once: Once | None = None, who: WhoComes | None = None) -> SessionView:
    """Accept, decline or say perhaps, for a point (slug or id) the actor acts for; the organiser may answer for any.

    A mind may be changed until the session is over; a request repeated with the same ``once`` changes nothing any more. A decline
    tells the booker. ``who`` left out leaves what was said of who comes. Raises NotFound, Forbidden, Invalid, IllegalState, KeyReused.
    """
    check_answer(answer, reason, who)
    with house.db.write() as db:
        known = idempotency.find(db, actor, once)
        session = load_session(db, session_id, lock=True)
        invitation = find_invitation(session, point)
        require(actor.plans or invitation.point_id in actor.points, actor)
        if known is None:
            write_answer(db, house, actor, session, invitation, answer, reason, who)
            idempotency.keep(db, house, actor, once, session.id)
        return session_view(house, actor, session)


def answer_with_link(house: House, invitation_id: str, answer: str, reason: str = "", *, address: str = "",
                     user_id: str | None = None, expected_start: datetime | None = None,
                     who: WhoComes | None = None) -> SessionView:
    """The same for whoever holds the signed link of an invitation's mail (``user_id``: to whom it was sent).

    The caller has verified the link. The answer is kept in the name of the point. Raises Conflict when the session does not
    start at ``expected_start``, which the reader was shown.
    """
    check_answer(answer, reason, who)
    with house.db.write() as db:
        row = db.get(t.Invitation, invitation_id)
        if row is None:
            raise NotFound()
        session = load_session(db, row.session_id, lock=True)
        if expected_start is not None and session.starts_at != expected_start:
            raise Conflict("The session was moved a moment ago.", remedy="Look at the new time and answer again.")
        invitation = find_invitation(session, row.point_id)
        actor = link_actor(db, invitation, user_id, address)
        write_answer(db, house, actor, session, invitation, answer, reason, who)
        return session_view(house, actor, session)


def write_answer(db: DbSession, house: House, actor: Actor, session: t.Session, invitation: t.Invitation, answer: str,
                 reason: str, who: WhoComes | None = None, tell: bool = True) -> None:
    """Inside another's transaction, for a caller who has checked the right to answer (and without ``tell`` tells the booker itself)."""
    if session.status not in CHANGEABLE:
        raise IllegalState("This session has already ended or been cancelled.")
    before = _answer_state(invitation)
    invitation.answer, invitation.answer_reason = answer, reason.strip()
    if who is not None and answer != Answer.DECLINED:
        invitation.expected, invitation.representatives = who.expected, who.names
    after = _answer_state(invitation)
    if before == after:
        return
    invitation.answered_at, invitation.answered_by_id = house.clock.now(), actor.user_id
    if answer == Answer.DECLINED and tell and (before["answer"], before["reason"]) != (after["answer"], after["reason"]):
        db.flush()
        notices.announce_decline(db, house, session, invitation)
    audit.record(db, house, actor, "invitation.answered", "session", session.id, before, after)


def set_headcount(house: House, actor: Actor, session_id: str, point: str, headcount: int | None,
                  representatives: Sequence[str] = ()) -> SessionView:
    """How many people sat at a point (None: not said) and who spoke for it, typed in by its officer or the organiser."""
    names = [name.strip() for name in representatives if name.strip()]
    _check_headcount(headcount, names)
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        invitation = find_invitation(session, point)
        require(actor.plans or invitation.point_id in actor.points, actor)
        if session.status not in COUNTABLE:
            raise IllegalState("This session was cancelled.")
        write_headcount(db, house, actor, invitation, headcount, names)
        return session_view(house, actor, session)


def write_headcount(db: DbSession, house: House, actor: Actor, invitation: t.Invitation, headcount: int | None,
                    representatives: Sequence[str]) -> None:
    """Inside another's transaction, for a caller who has checked rights and values."""
    before = _headcount_state(invitation)
    invitation.headcount, invitation.representatives = headcount, list(representatives)
    after = _headcount_state(invitation)
    if before != after:
        audit.record(db, house, actor, "invitation.headcount", "session", invitation.session_id, before, after)


def told_of_point(db: DbSession, session_id: str, slug: str | None) -> tuple[int | None, list[str]]:
    """Headcount and representatives of one invited point, as its officer typed them in so far."""
    query = select(t.Invitation.headcount, t.Invitation.representatives).join(t.Point, t.Point.id == t.Invitation.point_id)
    row = db.execute(query.where(t.Invitation.session_id == session_id, t.Point.slug == slug)).one_or_none() if slug else None
    return (row[0], list(row[1] or [])) if row is not None else (None, [])


def find_invitation(session: t.Session, point: str) -> t.Invitation:
    """By the point's slug or id. Raises NotFound."""
    for invitation in session.invitations:
        if point in (invitation.point_id, invitation.point.slug):
            return invitation
    raise NotFound("This point is not invited to the session.")


def check_answer(answer: str, reason: str, who: WhoComes | None = None) -> None:
    """Raises Invalid."""
    errors = reason_errors(reason) + (_headcount_errors(who.expected, who.names, "expected") if who is not None else [])
    if answer not in (Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED):
        errors.append({"field": "answer", "message": "Choose one of the values offered."})
    if errors:
        raise Invalid(errors=errors)


def _check_headcount(headcount: int | None, names: Sequence[str]) -> None:
    errors = _headcount_errors(headcount, names, "headcount")
    if errors:
        raise Invalid(errors=errors)


def _headcount_errors(headcount: int | None, names: Sequence[str], field: str) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = []
    if headcount is not None and not 0 <= headcount <= MOST_PEOPLE:
        errors.append({"field": field, "message": "Give a whole number that is not negative."})
    if len(names) > MOST_REPRESENTATIVES:
        errors.append({"field": "representatives", "message": "There are too many names."})
    for index, name in enumerate(names):
        message = text_error(name, LONGEST_NAME)
        if message:
            errors.append({"field": f"representatives.{index}", "message": message})
    return errors


def link_actor(db: DbSession, invitation: t.Invitation, user_id: str | None, address: str) -> Actor:
    """Who answers with a link: the person written to, in the name of the point."""
    user = db.scalars(select(t.User).where(t.User.id == user_id)).one_or_none() if user_id else None
    name = user.name if user else f"{invitation.point.slug} (link)"
    return Actor(user_id=user.id if user else None, name=name, points=frozenset({invitation.point_id}), address=address)


def _answer_state(invitation: t.Invitation) -> dict[str, Any]:
    said = {"point": invitation.point.slug, "answer": str(invitation.answer), "reason": invitation.answer_reason}
    who = {"expected": invitation.expected, "representatives": list(invitation.representatives)}
    return said | {name: value for name, value in who.items() if value not in (None, [])}


def _headcount_state(invitation: t.Invitation) -> dict[str, Any]:
    return {"point": invitation.point.slug, "headcount": invitation.headcount,
            "representatives": list(invitation.representatives)}
