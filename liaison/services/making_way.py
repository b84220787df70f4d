"""Who stands in the way of what a higher session, or each date of a series, will hold; and what becomes of them.

Helpers inside another's transaction: the acts are in ``displacement`` and ``series_displacement``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.booking import Period
from ..domain.displacement import Choice, DisplacedChanged, Fate, Holder, NotDisplaceable, fixed
from ..domain.errors import Invalid
from ..domain.sessions import Plan, reason_errors
from ..house import House
from ..store import tables as t
from . import audit, office_notices
from .conflicts import held_by_others
from .free_times import offered_starts
from .session_views import SessionView, load_session, plan_of, session_view
from .sessions import cancel_within, change_within, free_bookings

Choices = Mapping[str, Choice]
"""By session id, what becomes of each session in the way."""


@dataclass(frozen=True)
class Claim:
    """What a higher session will hold. ``day``: the (local) date of its series by which it is known, None for a single session."""

    points: tuple[str, ...]
    held: Period
    priority: int
    day: date | None = None


@dataclass(frozen=True)
class Displaced:
    """A session in the way: which points it would lose and at which ``dates`` of a series, whether it may be displaced, and new
    times at which it fits whole."""

    session: SessionView
    points: tuple[str, ...]
    displaceable: bool
    may_drop: bool
    starts: tuple[datetime, ...]
    dates: tuple[date, ...] = ()


def require_reason(reason: str) -> None:
    """Raises Invalid for a reason that is too long."""
    if errors := reason_errors(reason):
        raise Invalid(errors=errors)


def look(db: DbSession, house: House, actor: Actor, claims: Sequence[Claim], own: Collection[str] = ()) -> list[Displaced]:
    """Each session in the way, by start. ``own``: sessions that are changed themselves. What is offered first to one is not
    offered to the next, so that all may be moved to where they are offered first."""
    holders = holders_of(db, claims, own)
    stuck = set(fixed(holders, _priority(claims)))
    promised, found = list(claims), []
    for holder in holders:
        one, plan = _displaced(db, house, actor, holder, holder.id not in stuck, promised)
        found.append(one)
        if one.starts:
            promised.append(Claim(plan.all_points, replace(plan, starts_at=one.starts[0]).held, plan.priority))
    return found


def make_way(db: DbSession, house: House, actor: Actor, claims: Sequence[Claim], choices: Choices, reason: str,
             confirmed: Collection[str], own: Collection[str] = ()) -> list[Holder]:
    """Take from each session in the way what it holds there, and settle it as chosen. Raises NotDisplaceable, DisplacedChanged."""
    holders = _require_displaceable(holders_of(db, claims, own), _priority(claims), choices)
    for holder in holders:
        free_bookings(db, holder.id, house.clock.now())
    db.flush()
    for holder in sorted(holders, key=lambda one: choices[one.id].fate is Fate.MOVE):
        _settle(db, house, actor, holder, choices[holder.id], reason, confirmed)
    return holders


def record(db: DbSession, house: House, actor: Actor, session: t.Session, holders: Iterable[Holder], choices: Choices, reason: str) -> None:
    """In the audit log of each session displaced: by what, and what became of it."""
    for holder in holders:
        audit.record(db, house, actor, "session.displaced", "session", holder.id, after={
            "by": session.number, "points": list(holder.points), "fate": str(choices[holder.id].fate), "reason": reason.strip(),
            **_named(holder)})


def holders_of(db: DbSession, claims: Sequence[Claim], own: Collection[str] = ()) -> list[Holder]:
    """The sessions whose bookings stand in the way, by start."""
    slugs = {slug for claim in claims for slug in claim.points}
    points = {point.slug: point for point in db.scalars(select(t.Point).where(t.Point.slug.in_(slugs)))}
    sessions: dict[str, t.Session] = {}
    lost: dict[str, dict[str, None]] = {}
    days: dict[str, dict[date, None]] = {}
    for claim in claims:
        wanted = [points[slug] for slug in claim.points if slug in points]
        for point, _booking, holder in held_by_others(db, wanted, claim.held):
            if holder.id not in own:
                sessions[holder.id] = holder
                lost.setdefault(holder.id, {})[point.slug] = None
                days.setdefault(holder.id, {}).update({claim.day: None} if claim.day else {})
    return [_holder(one, tuple(lost[one.id]), tuple(days[one.id]))
            for one in sorted(sessions.values(), key=lambda one: (one.starts_at, one.id))]


def _holder(session: t.Session, points: tuple[str, ...], dates: tuple[date, ...]) -> Holder:
    return Holder(session.id, session.status, session.priority, points, tuple(item.point.slug for item in session.invitations),
                  session.chair_point.slug if session.chair_point else None, dates)


def _priority(claims: Sequence[Claim]) -> int:
    """The lowest of them all: a date that was made ordinary by hand displaces nobody, and so does nothing else in the same act."""
    return min((claim.priority for claim in claims), default=0)


def _require_displaceable(holders: list[Holder], priority: int, choices: Choices) -> list[Holder]:
    stuck = fixed(holders, priority)
    if stuck:
        raise NotDisplaceable(sessions=stuck)
    if {holder.id for holder in holders} != set(choices):
        raise DisplacedChanged()
    if any(choices[holder.id].fate is Fate.DROP and not holder.may_drop for holder in holders):
        raise DisplacedChanged("A session that would lose its chair or all its points cannot stay without them.")
    return holders


def _displaced(db: DbSession, house: House, actor: Actor, holder: Holder, displaceable: bool,
               promised: Sequence[Claim]) -> tuple[Displaced, Plan]:
    session = load_session(db, holder.id)
    plan = plan_of(session)
    taken = [claim.held for claim in promised if set(plan.all_points) & set(claim.points)]
    starts = offered_starts(db, house, plan, {holder.id}, taken) if displaceable else []
    view = session_view(house, actor, session)
    return Displaced(view, holder.points, displaceable, holder.may_drop, tuple(starts), holder.dates), plan


def _settle(db: DbSession, house: House, actor: Actor, holder: Holder, choice: Choice, reason: str, confirmed: Collection[str]) -> None:
    session = load_session(db, holder.id, lock=True)
    kept = plan_of(session)
    if choice.fate is Fate.CANCEL:
        cancel_within(db, house, actor, session, reason)
    else:
        change_within(db, house, actor, session, _without_place(kept, holder, choice), confirmed, reason)
    office_notices.tell_displaced(db, house, actor, session, choice.fate, kept.period, reason)


def _without_place(kept: Plan, holder: Holder, choice: Choice) -> Plan:
    """The plan of a session that is moved, or goes on without the points taken."""
    if choice.fate is Fate.MOVE and choice.starts_at is not None:
        return replace(kept, starts_at=choice.starts_at)
    return replace(kept, points=tuple(slug for slug in kept.points if slug not in holder.points),
                   optional_points=tuple(slug for slug in kept.optional_points if slug not in holder.points))


def _named(holder: Holder) -> dict[str, Any]:
    """The dates of a series for which it made way."""
    return {"dates": [day.isoformat() for day in holder.dates]} if holder.dates else {}
