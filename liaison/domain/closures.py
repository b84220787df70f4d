"""Times at which booking is closed or needs a second thought. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .booking import Period
from .errors import Conflict
from .sessions import FARTHEST, Errors, reason_errors

HOLIDAY, MAINTENANCE = "holiday", "maintenance"
CONFIRMABLE = frozenset({HOLIDAY, MAINTENANCE})
LONGEST_DAYS = 366


class ClosedPeriod(Conflict):
    """details["closures"]: [{"id", "point": slug or null, "province": slug or null, "reason", "starts_at", "ends_at"}]."""

    code = "closed_period"
    message = "Nothing can be booked in that time."
    remedy = "Choose another time, or leave out the points concerned."


class ConfirmationNeeded(Conflict):
    """details["warnings"]: [{"code": "holiday", "date", "name" {lang: text}}, {"code": "maintenance", "point", "reason", …}]."""

    code = "confirmation_needed"
    message = "This time needs your confirmation."
    remedy = "Read the warnings and book again with your confirmation, or choose another time."


@dataclass(frozen=True)
class Holiday:
    """A day off, with its name by language."""

    date: date
    name: dict[str, str]


def days_of(period: Period, zone: ZoneInfo) -> list[date]:
    """The days of the network's calendar that a period touches."""
    first = period.starts_at.astimezone(zone).date()
    last = (period.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]


def concerns(province: str | None, point_id: str | None, of_point: str, of_province: str | None) -> bool:
    """Whether a closure of this scope (both None: everywhere) concerns the point."""
    if point_id is not None:
        return point_id == of_point
    return province is None or province == of_province


def stretch_errors(period: Period, reason: str, now: datetime) -> Errors:
    """What is wrong with a closed period or a maintenance: its times, a missing or overlong reason."""
    errors: Errors = []
    if period.ends_at <= period.starts_at:
        errors.append({"field": "ends_at", "message": "The end must be after the start."})
    elif period.ends_at <= now:
        errors.append({"field": "ends_at", "message": "The end is in the past."})
    elif period.starts_at > now + FARTHEST:
        errors.append({"field": "starts_at", "message": "The start is too far in the future."})
    elif period.ends_at - period.starts_at > timedelta(days=LONGEST_DAYS):
        errors.append({"field": "ends_at", "message": "Give at most a year."})
    if not reason.strip():
        errors.append({"field": "reason", "message": "Give the reason: everybody concerned reads it."})
    return errors + reason_errors(reason)
