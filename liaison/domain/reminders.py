"""When the invited are reminded: pure rules over moments.

Offsets are whole minutes before the start (default a day, an hour, ten minutes). A reminder whose moment has passed
when the session is booked or moved is not made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DEFAULT_OFFSETS_MINUTES = (1440, 60, 10)


@dataclass(frozen=True)
class Reminder:
    """One moment at which each recipient is reminded."""

    minutes_before: int
    due_at: datetime


def plan_reminders(
    starts_at: datetime, offsets_minutes: Iterable[int], now: datetime, owed: Collection[int] = (),
) -> list[Reminder]:
    """The reminders to make, the earliest first.

    ``owed`` are offsets whose moment has passed and whose reminder still waits to be sent (mail server away): they are
    made again, due at once, so that a change of the agenda does not lose them. Nothing is made once the start is past.
    """
    if starts_at <= now:
        return []
    planned = []
    for minutes in sorted({offset for offset in offsets_minutes if offset > 0} | set(owed), reverse=True):
        due_at = starts_at - timedelta(minutes=minutes)
        if due_at > now:
            planned.append(Reminder(minutes, due_at))
        elif minutes in owed:
            planned.append(Reminder(minutes, now))
    return planned
