"""Who is asked again when a point does not answer: its officers, then its province, then the organiser. Pure rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ChaseTo(StrEnum):
    """The steps in their order; each at most once for one asking."""

    OFFICERS = "officers"
    PROVINCE = "province"
    ORGANISER = "organiser"


STEPS = tuple(ChaseTo)
FIRST_PAUSE = timedelta(hours=1)
"""Nobody is reminded of a question put so little ago."""
PAUSE = timedelta(hours=2)
"""Between two steps, so that the one asked has the time to answer before those above hear of it."""


@dataclass(frozen=True)
class ChaseRule:
    """A step is due so many days after the question, or so many hours before the start, whichever comes first; 0: not by this count."""

    after_days: int
    hours_before: int


Rules = Sequence[ChaseRule]
"""One for each step; a rule of zeros leaves its step out."""


def step_due_at(rule: ChaseRule, asked_at: datetime, starts_at: datetime) -> datetime | None:
    """When one step is due by itself, or None where it is left out."""
    moments = []
    if rule.after_days:
        moments.append(asked_at + timedelta(days=rule.after_days))
    if rule.hours_before:
        moments.append(starts_at - timedelta(hours=rule.hours_before))
    return max(min(moments), asked_at + FIRST_PAUSE) if moments else None


def next_step(rules: Rules, asked_at: datetime, starts_at: datetime, done: Collection[ChaseTo], last_at: datetime | None,
              now: datetime) -> ChaseTo | None:
    """The step to take now, at most one: the first that has not been taken, once it is due and the one before has had its pause."""
    if now >= starts_at or (last_at is not None and now < last_at + PAUSE):
        return None
    for step, rule in zip(STEPS, rules, strict=True):
        due_at = step_due_at(rule, asked_at, starts_at)
        if step in done or due_at is None:
            continue
        return step if due_at <= now else None
    return None


def silent_days(asked_at: datetime, now: datetime) -> int:
    """Whole days without an answer."""
    return max(0, (now - asked_at).days)
