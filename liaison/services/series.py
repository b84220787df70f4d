"""Booking a series: all its dates in one transaction, or none and every date that cannot be is named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import NotFound
from ..domain.recurrence import rule_text
from ..domain.sessions import Plan
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, idempotency, series_notices, sessions
from .booking_checks import ON_HOLIDAYS
from .idempotency import Once
from .series_plans import Dates, Recurrence, at, check_places, keep_plan, plan_as_resolved, plan_dates, series_zone
from .series_refusals import IN_THE_WAY, refuse, refused_date
from .session_plans import Resolved, checked, resolve
from .session_views import SessionView, load_session, session_view

__all__ = ["Dates", "Recurrence", "book_series", "load_series", "occurrences", "plan_dates"]


def book_series(house: House, actor: Actor, plan: Plan, wanted: Recurrence, once: Once | None = None,
                confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Book every date of a rule, or refuse with BookingConflict naming every date that cannot be booked, and why.

    The first session is returned. ``once`` makes the call repeatable. Raises Invalid, Forbidden.
    """
    require(actor.plans, actor)
    dates = bookable_dates(house, plan, wanted)
    with sessions.refusing_overlaps(house, actor, plan, None), house.db.write() as db:
        known = idempotency.find(db, actor, once)
        if known is not None:
            return session_view(house, actor, load_session(db, known))
        lock_bookings(db)
        made = book_dates(db, house, actor, plan, dates, confirmed)
        idempotency.keep(db, house, actor, once, made[0].id)
        return session_view(house, actor, made[0])


def bookable_dates(house: House, plan: Plan, wanted: Recurrence) -> Dates:
    """The dates of a series that is to be booked. Raises Invalid."""
    dates = plan_dates(house, checked(house, plan), wanted)
    sessions.check_time(house, at(plan, dates.booked[0]))
    check_places(len(dates.booked), len(plan.all_points))
    return dates


def load_series(db: DbSession, series_id: str, lock: bool = False) -> t.Series:
    """The row, inside another's transaction. Raises NotFound."""
    if "\0" in series_id:
        raise NotFound()
    series = db.get(t.Series, series_id, with_for_update=lock or None, populate_existing=lock)
    if series is None:
        raise NotFound()
    return series


def occurrences(db: DbSession, series_id: str) -> list[t.Session]:
    """Every date there is, cancelled ones too, by the start that the rule gave it."""
    return list(db.scalars(select(t.Session).where(t.Session.series_id == series_id)
                           .order_by(t.Session.recurrence_id, t.Session.id)))


def book_dates(db: DbSession, house: House, actor: Actor, plan: Plan, dates: Dates, confirmed: Collection[str]) -> list[t.Session]:
    """A new series with a session for each date, and its letters, inside another's transaction that holds the lock on bookings."""
    resolved = resolve(db, actor, plan)
    series = _create(db, house, actor, plan, dates)
    made = place_dates(db, house, actor, series, plan, resolved, dates.booked, confirmed)
    for recurrence_id in dates.left_out:
        add_gap(db, house, series, recurrence_id, "left_out")
    series.plan = keep_plan(plan_as_resolved(plan, resolved))
    series_notices.announce(db, house, series)
    audit.record(db, house, actor, "series.booked", "series", series.id, after={
        "rule": series.rule, "title": plan.title, "points": list(plan.all_points), "dates": [
            session.starts_at.isoformat().replace("+00:00", "Z") for session in made]})
    return made


def _create(db: DbSession, house: House, actor: Actor, plan: Plan, dates: Dates) -> t.Series:
    now = house.clock.now()
    series = t.Series(
        id=new_id(), rule=rule_text(dates.rule, dates.starts_local, dates.zone), starts_local=dates.starts_local.isoformat(),
        timezone=dates.zone.key, plan=keep_plan(plan), endless=dates.rule.endless, materialised_until=dates.until, sequence=0, version=1,
        booked_by_id=actor.user_id, on_behalf_of_id=actor.on_behalf_of, cancel_reason="", created_at=now, updated_at=now, gaps=[])
    db.add(series)
    db.flush()
    return series


def place_dates(db: DbSession, house: House, actor: Actor, series: t.Series, plan: Plan, resolved: Resolved,
                wanted: Sequence[datetime], confirmed: Collection[str] = ON_HOLIDAYS) -> list[t.Session]:
    """A session for each moment, or BookingConflict for all that cannot be. The caller holds the lock on bookings."""
    made: list[t.Session] = []
    refused: list[dict[str, Any]] = []
    for recurrence_id in wanted:
        try:
            made.append(place_one(db, house, actor, series, plan, resolved, recurrence_id, confirmed))
        except IN_THE_WAY as error:
            refused.append(refused_date(error, recurrence_id, series_zone(series)))
    if refused:
        raise refuse(house, actor.language, refused, len(wanted))
    return made


def place_one(db: DbSession, house: House, actor: Actor, series: t.Series, plan: Plan, resolved: Resolved,
              recurrence_id: datetime, confirmed: Collection[str] = ON_HOLIDAYS) -> t.Session:
    """One date's session. What is in its way is raised before anything is written."""
    session = sessions.place(db, house, actor, at(plan, recurrence_id), resolved, confirmed)
    session.series_id, session.recurrence_id, session.series_changes = series.id, recurrence_id, []
    session.sequence = series.sequence
    return session


def add_gap(db: DbSession, house: House, series: t.Series, recurrence_id: datetime, reason: str,
            conflicts: Sequence[dict[str, Any]] = ()) -> None:
    """Note a date of the rule that has no session, and why."""
    series.gaps.append(t.SeriesGap(series_id=series.id, recurrence_id=recurrence_id, reason=reason, conflicts=list(conflicts),
                                   created_at=house.clock.now()))
    db.flush()
