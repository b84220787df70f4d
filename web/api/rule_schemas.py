"""Shapes of what bounds booking: closed periods, maintenance, holidays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StrictStr

from .schemas import Moment, _In
from .shape import Shape

Reason = Annotated[StrictStr, Field(max_length=2000)]


class PeriodQuery(_In):
    from_at: Annotated[Moment | None, Field(alias="from")] = None
    to_at: Annotated[Moment | None, Field(alias="to")] = None


class DaysQuery(_In):
    """Days as ``2027-03-08``, both included; at most as many as the library knows."""

    from_day: Annotated[date | None, Field(alias="from")] = None
    to_day: Annotated[date | None, Field(alias="to")] = None


class ClosureIn(_In):
    """``province`` or ``point`` (slugs) or neither: the whole network."""

    starts_at: Moment
    ends_at: Moment
    reason: Reason
    province: StrictStr | None = None
    point: StrictStr | None = None


class ClosureOut(Shape):
    id: str
    starts_at: datetime
    ends_at: datetime
    province: str | None
    point: str | None
    reason: str


class ClosureList(Shape):
    items: list[ClosureOut]
    next: str | None


class MaintenanceIn(_In):
    point: StrictStr
    starts_at: Moment
    ends_at: Moment
    reason: Reason


class MaintenanceOut(Shape):
    id: str
    point: str
    starts_at: datetime
    ends_at: datetime
    reason: str


class MaintenanceList(Shape):
    items: list[MaintenanceOut]
    next: str | None


class HolidayOut(Shape):
    date: str
    name: dict[str, str]


class HolidayList(Shape):
    items: list[HolidayOut]
    next: str | None
