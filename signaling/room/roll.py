"""Roll call, quorum, presence checks. Pure values; how they change is in ``roll_rules``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PRESENT, ABSENT, REPRESENTED = "present", "absent", "represented"
MARKS = (PRESENT, ABSENT, REPRESENTED)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the secretary found for a point. ``by``: the point that represents it; ``name``: who answered."""

    mark: str
    at: datetime
    by: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll call; without ``ended_at`` it is going on. ``current``: the point that is called now."""

    started_at: datetime
    ended_at: datetime | None = None
    current: str | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quorum:
    """``need`` points must be there; ``has`` and ``reached`` as last recorded (None: not looked at yet)."""

    need: int
    has: int = 0
    reached: bool | None = None


@dataclass(frozen=True, slots=True)
class PresenceCheck:
    """Every point that was there is asked to press a button until ``until``."""

    at: datetime
    until: datetime
    asked: tuple[str, ...]
    answered: Mapping[str, datetime] = field(default_factory=dict)
    closed_at: datetime | None = None
