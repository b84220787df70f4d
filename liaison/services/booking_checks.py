"""What a time must pass beside being free: closed periods are walls, holidays and maintenance want a confirmation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period
from ..domain.closures import HOLIDAY, ConfirmationNeeded, days_of
from ..house import House
from ..store import tables as t
from .closures import closures_over, require_open
from .holiday_calendar import holidays_between
from .maintenance import described, maintenance_over

ON_HOLIDAYS = frozenset({HOLIDAY})
"""What programs confirm unless they say otherwise: people at the form are asked."""

Warnings = list[dict[str, Any]]


def require_allowed(db: DbSession, house: House, points: Sequence[t.Point], period: Period, confirmed: Collection[str]) -> None:
    """Raise ClosedPeriod, or ConfirmationNeeded with every warning that is not confirmed."""
    if not points:
        return
    require_open(db, points, period)
    warnings = [warning for warning in _warnings(db, house, points, period) if warning["code"] not in confirmed]
    if warnings:
        raise ConfirmationNeeded(warnings=warnings)


def find_warnings(house: House, actor: Actor, slugs: Sequence[str], period: Period) -> tuple[list[str], Warnings]:
    """For the form while it is filled in: reasons of closed periods, and the warnings that want a confirmation."""
    require(actor.plans, actor)
    with house.db.read() as db:
        points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(list(slugs)))))
        return [row.reason for row in closures_over(db, points, period)], _warnings(db, house, points, period)


def _warnings(db: DbSession, house: House, points: Sequence[t.Point], period: Period) -> Warnings:
    days = days_of(period, house.network.zone)
    holidays: Warnings = [{"code": HOLIDAY, "date": day.date.isoformat(), "name": day.name}
                          for day in holidays_between(house.network, days[0], days[-1])]
    work = maintenance_over(db, [point.id for point in points], period)
    return holidays + [described(row) for row in work]
