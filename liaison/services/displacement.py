"""A session of higher priority takes the time of lower ones: by an explicit act that names each of them and what becomes of it.

One transaction: those displaced give up what they hold, are moved, freed of the points or cancelled, and then the higher session is
booked, or changed where it exists already. Anything that does not fit leaves everything as it was. Everybody is told once, by the
usual letters, with the reason that the organiser gives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period
from ..domain.displacement import Choice, DisplacedChanged, Fate, Holder, NotDisplaceable, fixed
from ..domain.errors import Invalid
from ..domain.sessions import Plan, reason_errors
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, deputies
from .booking_checks import ON_HOLIDAYS
from .conflicts import held_by_others
from .free_times import offered_starts
from .session_plans import checked, resolve
from .session_views import SessionView, load_session, people_of, plan_of, session_view
from .sessions import book_within, cancel_within, change_within, changeable, changed_plan, check_time, free_bookings, known_fields

Choices = Mapping[str, Choice]
"""By session id, what becomes of each session in the way."""


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
        return _look(db, house, actor, plan, None)


def find_displaced_by_change(house: House, actor: Actor, session_id: str, changes: Mapping[str, Any]) -> list[Displaced]:
    """Whom a change of a session would displace (``changes`` as in ``change_session``). Nothing is changed."""
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(changes)
    with house.db.read() as db:
        session = load_session(db, session_id)
        plan = checked(house, changed_plan(session, changes))
        resolve(db, actor, plan, keep=frozenset(one.point_id for one in session.invitations) | people_of(session))
        return _look(db, house, actor, plan, session)


def displace(house: House, actor: Actor, plan: Plan, choices: Choices, reason: str = "",
             confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Book the plan and do with each session in its way as chosen, or nothing at all.

    Raises NotDisplaceable, DisplacedChanged when the choices are not about exactly the sessions in the way, and whatever
    booking and moving raise.
    """
    require(actor.plans, actor)
    _require_reason(reason)
    checked(house, plan)
    with house.db.write() as db:
        lock_bookings(db)
        holders = _make_way(db, house, actor, plan, None, choices, reason, confirmed)
        session = book_within(db, house, actor, plan, confirmed)
        _record(db, house, actor, session, holders, choices, reason)
        return session_view(house, actor, session)


def displace_by_change(house: House, actor: Actor, session_id: str, changes: Mapping[str, Any], choices: Choices, reason: str = "",
                       expected_version: int | None = None, confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Change a session and do with each session in its way as chosen, or nothing at all. Raises what ``displace`` and
    ``change_session`` raise."""
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(changes)
    _require_reason(reason)
    with house.db.write() as db:
        lock_bookings(db)
        session = changeable(db, session_id, expected_version)
        plan = checked(house, changed_plan(session, changes))
        holders = _make_way(db, house, actor, plan, session, choices, reason, confirmed)
        change_within(db, house, actor, session, plan, confirmed)
        _record(db, house, actor, session, holders, choices, reason)
        return session_view(house, actor, session)


def _require_reason(reason: str) -> None:
    if errors := reason_errors(reason):
        raise Invalid(errors=errors)


def _look(db: DbSession, house: House, actor: Actor, plan: Plan, session: t.Session | None) -> list[Displaced]:
    holders = _holders(db, house, plan, session)
    stuck = set(fixed(holders, plan.priority))
    return [_displaced(db, house, actor, plan, holder, holder.id not in stuck) for holder in holders]


def _holders(db: DbSession, house: House, plan: Plan, session: t.Session | None) -> list[Holder]:
    """The sessions whose bookings stand in the way, by start; ``session`` is the one that is changed."""
    points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(plan.all_points))))
    lost: dict[str, list[str]] = {}
    sessions: dict[str, t.Session] = {}
    for point, _booking, holder in held_by_others(db, points, _held(house, plan, session), session.id if session else None):
        sessions[holder.id] = holder
        lost.setdefault(holder.id, []).append(point.slug)
    return [Holder(one.id, one.status, one.priority, tuple(lost[one.id]), tuple(item.point.slug for item in one.invitations),
                   one.chair_point.slug if one.chair_point else None)
            for one in sorted(sessions.values(), key=lambda one: (one.starts_at, one.id))]


def _held(house: House, plan: Plan, session: t.Session | None) -> Period:
    """What the higher session will hold; a live one takes new points from now on."""
    now = house.clock.now()
    if session is not None and session.status == SessionStatus.LIVE and plan.held.starts_at < now < plan.held.ends_at:
        return Period(now, plan.held.ends_at)
    return plan.held


def _make_way(db: DbSession, house: House, actor: Actor, plan: Plan, session: t.Session | None, choices: Choices, reason: str,
              confirmed: Collection[str]) -> list[Holder]:
    """Take from each session in the way what it holds there, and settle it as chosen."""
    holders = _require_displaceable(_holders(db, house, plan, session), plan, choices)
    for holder in holders:
        free_bookings(db, holder.id, house.clock.now())
    db.flush()
    for holder in sorted(holders, key=lambda one: choices[one.id].fate is Fate.MOVE):
        _settle(db, house, actor, holder, choices[holder.id], reason, confirmed)
    return holders


def _require_displaceable(holders: list[Holder], plan: Plan, choices: Choices) -> list[Holder]:
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
    change_within(db, house, actor, session, wanted, confirmed, reason)


def _record(db: DbSession, house: House, actor: Actor, session: t.Session, holders: list[Holder], choices: Choices, reason: str) -> None:
    for holder in holders:
        audit.record(db, house, actor, "session.displaced", "session", holder.id, after={
            "by": session.number, "points": list(holder.points), "fate": str(choices[holder.id].fate), "reason": reason.strip()})
