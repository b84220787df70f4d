"""Times at which a whole session would be free: other sessions, closed periods, maintenance, held offers and ports considered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.booking import Period, resource_of
from ..domain.capacity import overfull
from ..domain.free_time import around, nearest_start
from ..domain.sessions import Plan
from ..house import House
from ..store import tables as t
from .capacity import capacity_of, loads_of, ports_of_plan
from .closures import closures_over
from .holiday_calendar import holidays_between
from .maintenance import maintenance_over
from .offers import offers_over

DAYS = 21
"""How far new times are looked for."""
HOURS = (9, 18)
"""The office's day: nobody is offered a session at night."""
MOST = 3


def offered_starts(db: DbSession, house: House, plan: Plan, except_ids: Collection[str] = (), taken: Iterable[Period] = (),
                   most: int = MOST) -> list[datetime]:
    """Free starts near the plan's hour, one a working day, the soonest first. ``taken``: periods that will be held as well."""
    now, zone = house.clock.now(), house.network.zone
    first = max(plan.starts_at, now).astimezone(zone).date()
    days = _working_days(house, first)
    window = Period(_at(house, days[0], HOURS[0]), _at(house, days[-1], HOURS[1]))
    blocked = blocked_periods(db, house, plan, window, except_ids)
    blocked += [around(period, *_buffers(plan)) for period in taken]
    clock, length, found = plan.starts_at.astimezone(zone), plan.ends_at - plan.starts_at, []
    for day in days:
        wanted = datetime(day.year, day.month, day.day, clock.hour, clock.minute, tzinfo=zone)
        opens = Period(max(_at(house, day, HOURS[0]), now + timedelta(hours=1)), _at(house, day, HOURS[1]))
        start = nearest_start(blocked, length, wanted, opens) if opens.starts_at < opens.ends_at else None
        if start is not None and start != plan.starts_at:
            found.append(start.astimezone(zone))
    return found[:most]


def blocked_periods(db: DbSession, house: House, plan: Plan, window: Period, except_ids: Collection[str] = ()) -> list[Period]:
    """When this plan's session cannot be, whatever the reason."""
    points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(plan.all_points))))
    held = [around(period, *_buffers(plan)) for period in _held(db, house, points, window, except_ids)]
    bounds = [Period(row.starts_at, row.ends_at) for row in closures_over(db, points, window)]
    bounds += [Period(row.starts_at, row.ends_at) for row in maintenance_over(db, [point.id for point in points], window)]
    wanted = ports_of_plan(house, plan)
    full = overfull(loads_of(db, house, window, except_ids), wanted, capacity_of(db, house))
    return held + bounds + full


def _held(db: DbSession, house: House, points: Sequence[t.Point], window: Period, except_ids: Collection[str]) -> list[Period]:
    rows = db.scalars(select(t.Booking).where(
        t.Booking.active, t.Booking.resource.in_([resource_of(point.id) for point in points]),
        t.Booking.starts_at < window.ends_at, t.Booking.ends_at > window.starts_at, t.Booking.session_id.not_in(list(except_ids))))
    offers = offers_over(db, points, window, house.clock.now())
    return [Period(row.starts_at, row.ends_at) for row in rows] + [Period(row.starts_at, row.ends_at) for row, _slugs in offers]


def _working_days(house: House, first: date) -> list[date]:
    days = [first + timedelta(days=index) for index in range(DAYS)]
    off = {day.date for day in holidays_between(house.network, days[0], days[-1])}
    working = [day for day in days if day.weekday() < 5 and day not in off]
    return working or days


def _at(house: House, day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=house.network.zone)


def _buffers(plan: Plan) -> tuple[timedelta, timedelta]:
    return timedelta(minutes=plan.setup_minutes), timedelta(minutes=plan.clear_minutes)
