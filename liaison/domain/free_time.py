"""The nearest time at which nothing stands in the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from .booking import Period

STEP = timedelta(minutes=5)
"""Sessions begin on whole five minutes."""


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time as few periods, in order."""
    found: list[Period] = []
    for period in sorted(periods, key=lambda item: item.starts_at):
        if found and period.starts_at <= found[-1].ends_at:
            found[-1] = Period(found[-1].starts_at, max(found[-1].ends_at, period.ends_at))
        else:
            found.append(period)
    return found


def nearest_start(blocked: Iterable[Period], length: timedelta, at: datetime, window: Period) -> datetime | None:
    """The start nearest to ``at`` (the earlier of two as near) of a free stretch within the window; None: there is none."""
    best: datetime | None = None
    for gap in gaps(blocked, window):
        first, last = _up(gap.starts_at), _down(gap.ends_at - length)
        if gap.starts_at <= at <= gap.ends_at - length:
            return at
        if first > last:
            continue
        start = min(max(at, first), last)
        if best is None or abs(start - at) < abs(best - at):
            best = start
    return best


def next_starts(blocked: Iterable[Period], length: timedelta, window: Period, most: int) -> list[datetime]:
    """Starts of up to ``most`` free stretches of the window, one a gap, the earliest first."""
    found = [_up(gap.starts_at) for gap in gaps(blocked, window) if _up(gap.starts_at) + length <= gap.ends_at]
    return found[:most]


def gaps(blocked: Iterable[Period], window: Period) -> list[Period]:
    """What of the window is free, in order."""
    free, begin = [], window.starts_at
    for block in merged(blocked):
        if block.starts_at > begin:
            free.append(Period(begin, min(block.starts_at, window.ends_at)))
        begin = max(begin, block.ends_at)
    free.append(Period(begin, window.ends_at))
    return [gap for gap in free if gap.starts_at < gap.ends_at]


def around(period: Period, before: timedelta, after: timedelta) -> Period:
    """The block that a held period is for a session with ``before`` to set up and ``after`` to clear up."""
    return Period(period.starts_at - after, period.ends_at + before)


def _up(moment: datetime) -> datetime:
    return moment + (datetime.min.replace(tzinfo=UTC) - moment) % STEP


def _down(moment: datetime) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % STEP
