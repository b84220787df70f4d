"""When a session opens, goes on and ends. Pure: facts and ``now`` come in, a verdict goes out.

Nobody is cut off: past the planned end a session with people in it takes five minutes more, again and again, up to four
hours over the plan. Another booking of one of its points does not end it: that point is warned and its officer chooses.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

EARLIEST = timedelta(minutes=60)
"""How long before the start the chair may open."""
STEP = timedelta(minutes=5)
HARD_LIMIT = timedelta(hours=4)
EMPTY_FOR = timedelta(minutes=10)
EMPTY_AT_END = timedelta(seconds=30)
"""A session found empty at its planned end closes only after this: a network that fails at that minute ends nothing."""
WARNED_MINUTES = (5, 1, 0)


@dataclass(frozen=True)
class LiveFacts:
    """A live session. ``people``: somebody who counts is there now; ``ever``: somebody has been."""

    ends_at: datetime
    extended_to: datetime | None
    empty_since: datetime | None
    people: bool
    ever: bool

    @property
    def end_in_force(self) -> datetime:
        return self.extended_to or self.ends_at

    @property
    def limit(self) -> datetime:
        return self.ends_at + HARD_LIMIT


@dataclass(frozen=True)
class Close:
    """``reason``: empty, limit or plan (the chair's own end is not the clock's)."""

    reason: str


@dataclass(frozen=True)
class Extend:
    """Go on until ``to``."""

    to: datetime


@dataclass(frozen=True)
class NoteEmpty:
    """Remember that nobody is there (``since``), or that somebody is again (None)."""

    since: datetime | None


Verdict = Close | Extend | NoteEmpty | None


def judge(facts: LiveFacts, now: datetime) -> Verdict:
    """What the clock does with a live session now; None: nothing."""
    if now >= facts.limit:
        return Close("limit")
    if not facts.people:
        return _judge_empty(facts, now)
    if now >= facts.end_in_force:
        return Extend(next_end(facts, now))
    return NoteEmpty(None) if facts.empty_since is not None else None


def _judge_empty(facts: LiveFacts, now: datetime) -> Verdict:
    over = now >= facts.end_in_force
    if not facts.ever:  # latecomers find it open until its planned end
        return Close("plan") if over else None
    if facts.empty_since is None:
        return NoteEmpty(now)
    if now >= facts.empty_since + EMPTY_FOR:
        return Close("empty")
    return Close("plan") if over and now >= facts.empty_since + EMPTY_AT_END else None


def next_end(facts: LiveFacts, now: datetime) -> datetime:
    """The end in force, moved on in steps of five minutes until it is in the future, never past the hard limit."""
    steps = (now - facts.end_in_force) // STEP + 1
    return min(facts.end_in_force + steps * STEP, facts.limit)


def warning_due(collides_at: datetime, now: datetime, given: Collection[int]) -> int | None:
    """The warning to give a point whose next session begins at ``collides_at``: 5, 1 or 0 minutes before; None: none.

    One that was missed (the clock stood still) is not made up for when a later one is due.
    """
    due = [minutes for minutes in WARNED_MINUTES if now >= collides_at - timedelta(minutes=minutes)]
    if not due or min(due) in given or any(minutes < min(due) for minutes in given):
        return None
    return min(due)
