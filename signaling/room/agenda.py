"""The agenda's clock: what each item took, against what was planned. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Item:
    """``spent_s`` of the times before ``since``; ``since``: it is being treated; ``closed_at``: done with."""

    spent_s: float = 0.0
    since: datetime | None = None
    closed_at: datetime | None = None

    def elapsed_s(self, now: datetime) -> float:
        return self.spent_s + (max(0.0, (now - self.since).total_seconds()) if self.since else 0.0)


def forecast(minutes: Sequence[int], items: Mapping[str, Item], now: datetime) -> datetime:
    """When the meeting will end if every item not closed takes what was planned; one that is over its time ends now."""
    left = 0.0
    for index, planned in enumerate(minutes):
        item = items.get(str(index), Item())
        if item.closed_at is None:
            left += max(0.0, planned * 60 - item.elapsed_s(now))
    return now + timedelta(seconds=left)
