"""Bursts of changes are told as one: a change waits a little for the next. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

URGENT = timedelta(hours=1)
PATIENCE = 5
"""Changes that never come to rest are told after so many settling times, counted from the first."""


def tell_at(now: datetime, starts: Iterable[datetime], settle: timedelta, waiting_since: datetime | None) -> datetime:
    """When a change leaves: once nothing more has changed for ``settle``; at once if the session starts, or was to, within the hour."""
    if any(start - now <= URGENT for start in starts):
        return now
    rest = now + settle
    return rest if waiting_since is None else max(now, min(rest, waiting_since + PATIENCE * settle))
