"""A session of higher priority takes the time of lower ones: by an explicit act that names each of them and what becomes of it.

One transaction: those displaced give up what they hold, are moved, freed of the points or cancelled, and then the new session is
booked. Anything that does not fit leaves everything as it was. Everybody is told once, by the usual letters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.displacement import Choice, DisplacedChanged, Fate, Holder, NotDisplaceable, fixed
from ..domain.errors import Invalid
from ..domain.sessions import Plan, reason_errors
from ..house import House
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit
from .booking_checks import ON_HOLIDAYS
from .conflicts import held_by_others
from .free_times import offered_starts
from .session_plans import checked
from .session_views import SessionView, load_session, plan_of, session_view
from .sessions import book_within, cancel_within, change_within, check_time, free_bookings


@dataclass(frozen=True)
class Displaced:
    """A session in the way: which points it would lose, whether it may be displaced, and new times at which it fits whole."""

    session: SessionView
    points: tuple[str, ...]
    displaceable: bool
    may_drop: bool
    starts: tuple[datetime, ...]


def find_displaced(house: House, actor: Actor, plan: Plan) -> list[Displaced]:
    """Whom a plan would displace, and where each could go. Nothing is changed."""
    require(actor.plans, actor)
    checked(house, plan)
    check_time(house, plan)
    with house.db.read() as db:
        holders = _holders(db, plan)
        stuck = set(fixed(holders, plan.priority))
        return [_displaced(db, house, actor, plan, holder, holder.id not in stuck) for holder in holders]


def displace(house: House, actor: Actor, plan: Plan, choices: Mapping[str, Choice], reason: str = "",
             confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Book the plan and do with each session in its way as chosen (by session id), or nothing at all.

    Raises NotDisplaceable, DisplacedChanged when the choices are not about exactly the sessions in the way, and whatever
    booking and moving raise.
    """
    require(actor.plans, actor)
    errors = reason_errors(reason)
    if errors:
        raise Invalid(errors=errors)
    checked(house, plan)
    with house.db.write() as db:
        lock_bookings(db)
        holders = _require_displaceable(db, plan, choices)
        for holder in holders:
            free_bookings(db, holder.id, house.clock.now())
        db.flush()
        for holder in sorted(holders, key=lambda one: choices[one.id].fate is Fate.MOVE):
            _settle(db, house, actor, holder, choices[holder.id], reason, confirmed)
        session = book_within(db, house, actor, plan, confirmed)
        for holder in holders:
            audit.record(db, house, actor, "session.displaced", "session", holder.id,
                         after={"by": session.number, "points": list(holder.points), "fate": str(choices[holder.id].fate)})
        return session_view(house, actor, session)


def _holders(db: DbSession, plan: Plan) -> list[Holder]:
    """The sessions whose bookings stand in the way, by start."""
    points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(plan.all_points))))
    lost: dict[str, list[str]] = {}
    sessions: dict[str, t.Session] = {}
    for point, _booking, session in held_by_others(db, points, plan.held):
        sessions[session.id] = session
        lost.setdefault(session.id, []).append(point.slug)
    return [Holder(session.id, session.status, session.priority, tuple(lost[session.id]),
                   tuple(one.point.slug for one in session.invitations), session.chair_point.slug if session.chair_point else None)
            for session in sorted(sessions.values(), key=lambda one: (one.starts_at, one.id))]


def _require_displaceable(db: DbSession, plan: Plan, choices: Mapping[str, Choice]) -> list[Holder]:
    holders = _holders(db, plan)
    stuck = fixed(holders, plan.priority)
    if stuck:
        raise NotDisplaceable(sessions=stuck)
    if {holder.id for holder in holders} != set(choices):
        raise DisplacedChanged()
    if any(choices[holder.id].fate is Fate.DROP and not holder.may_drop for holder in holders):
        raise DisplacedChanged("A session that would lose its chair or all its points cannot stay without them.")
    return holders


def _displaced(db: DbSession, house: House, actor: Actor, plan: Plan, holder: Holder, displaceable: bool) -> Displaced:
    session = load_session(db, holder.id)
    own = plan_of(session)
    taken = [plan.held] if set(own.all_points) & set(plan.all_points) else []
    starts = offered_starts(db, house, own, {holder.id}, taken) if displaceable else []
    return Displaced(session_view(house, actor, session), holder.points, displaceable, holder.may_drop, tuple(starts))


def _settle(db: DbSession, house: House, actor: Actor, holder: Holder, choice: Choice, reason: str, confirmed: Collection[str]) -> None:
    session = load_session(db, holder.id, lock=True)
    if choice.fate is Fate.CANCEL:
        cancel_within(db, house, actor, session, reason)
        return
    kept = plan_of(session)
    if choice.fate is Fate.MOVE and choice.starts_at is not None:
        wanted = replace(kept, starts_at=choice.starts_at)
    else:
        wanted = replace(kept, points=tuple(slug for slug in kept.points if slug not in holder.points),
                         optional_points=tuple(slug for slug in kept.optional_points if slug not in holder.points))
    change_within(db, house, actor, session, wanted, confirmed)
