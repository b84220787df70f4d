"""A point's answer for every date of a series that is still to come; the usual answer concerns one date alone."""

from __future__ import annotations

from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, NotFound
from ..domain.words import Answer, SessionStatus
from ..house import House
from ..store import tables as t
from . import notices, series
from .invitations import check_answer, find_invitation, link_actor, write_answer
from .session_views import SessionView, load_session, session_view


def answer_dates(house: House, actor: Actor, session_id: str, point: str, answer: str, reason: str = "") -> SessionView:
    """Accept, decline or say perhaps for all dates to come of the session's series. A decline is told to the booker once.

    Raises NotFound, Forbidden, Invalid, IllegalState.
    """
    check_answer(answer, reason)
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        invitation = find_invitation(session, point)
        require(actor.plans or invitation.point_id in actor.points, actor)
        answer_all(db, house, actor, session, invitation.point_id, answer, reason)
        return session_view(house, actor, session)


def answer_dates_with_link(house: House, invitation_id: str, answer: str, reason: str = "", *, address: str = "",
                           user_id: str | None = None) -> SessionView:
    """The same for whoever holds the signed link of one date; the caller has verified it."""
    check_answer(answer, reason)
    with house.db.write() as db:
        row = db.get(t.Invitation, invitation_id)
        if row is None:
            raise NotFound()
        session = load_session(db, row.session_id, lock=True)
        actor = link_actor(db, find_invitation(session, row.point_id), user_id, address)
        answer_all(db, house, actor, session, row.point_id, answer, reason)
        return session_view(house, actor, session)


def dates_to_answer(house: House, invitation_id: str) -> int:
    """To how many dates to come of its series an invitation's point is invited; 0 for a session that is not one of several."""
    with house.db.read() as db:
        row = db.get(t.Invitation, invitation_id) if invitation_id else None
        session = db.get_one(t.Session, row.session_id) if row is not None else None
        if row is None or session is None or session.series_id is None:
            return 0
        return len(_to_answer(db, house, session.series_id, row.point_id))


def answer_all(db: DbSession, house: House, actor: Actor, session: t.Session, point_id: str, answer: str, reason: str) -> int:
    """Inside another's transaction, for a caller who has checked the right to answer; how many dates were answered."""
    if session.series_id is None:
        raise IllegalState("This session is not part of a series.")
    asked = _to_answer(db, house, session.series_id, point_id)
    changed = [(date, one) for date, one in asked if one.answer != answer or one.answer_reason != reason.strip()]
    for date, one in changed:
        write_answer(db, house, actor, date, one, answer, reason, tell=False)
    if answer == Answer.DECLINED and changed:
        db.flush()
        notices.announce_decline(db, house, *changed[0], dates=len(changed))
    return len(changed)


def _to_answer(db: DbSession, house: House, series_id: str, point_id: str) -> list[tuple[t.Session, t.Invitation]]:
    return [(date, one) for date in series.occurrences(db, series_id) for one in date.invitations
            if one.point_id == point_id and date.status == SessionStatus.CONFIRMED and date.ends_at > house.clock.now()]
