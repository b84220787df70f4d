"""What a session holds: a point's room over a period. Two active bookings of one resource never overlap."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ROOM = "room:"


@dataclass(frozen=True)
class Period:
    """``[starts_at, ends_at)``: adjacent periods do not overlap."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Period) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Held:
    """A booking as the rules see it."""

    point_id: str
    session_id: str
    period: Period


def end_of(starts_at: datetime, minutes: int) -> datetime:
    """The end of a stretch; the end of time where a date that people typed leads beyond it."""
    try:
        return starts_at + timedelta(minutes=minutes)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def widened(period: Period, before_minutes: int, after_minutes: int) -> Period:
    """The period with time to set up before it and to clear up after it."""
    return Period(end_of(period.starts_at, -before_minutes), end_of(period.ends_at, after_minutes))


def resource_of(point_id: str) -> str:
    """The name under which a point's room is booked."""
    return f"{ROOM}{point_id}"


def collisions(held: Iterable[Held], point_ids: Collection[str], period: Period, session_id: str | None = None) -> list[Held]:
    """Bookings of other sessions that stand in the way, the earliest first."""
    found = [booking for booking in held if booking.point_id in point_ids and booking.session_id != session_id
             and booking.period.overlaps(period)]
    return sorted(found, key=lambda booking: (booking.period.starts_at, booking.point_id))


def cut(period: Period, at: datetime) -> Period | None:
    """What remains of a period that ends at ``at``; None when nothing of it has begun."""
    if at <= period.starts_at:
        return None
    return Period(period.starts_at, min(period.ends_at, at))
