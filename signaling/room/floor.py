"""The list of speakers and the clock of a speech. Pure values; how they change is in ``floor_rules``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from .questions import Question

YELLOW_S = 30.0
YELLOW_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Request:
    """A place in the list. ``order``: a point of order, which goes before every other request.

    ``spent_s`` and ``limit_s`` are those of a speech that a lost line broke off. ``point``, ``role`` and ``name`` are kept for
    the time in which the line is away; a device of the same point and role that comes in takes the place over. ``question``: the
    citizen's for whom the floor is asked.
    """

    at: datetime
    subject: str = ""
    order: bool = False
    point: str | None = None
    role: str = ""
    name: str = ""
    spent_s: float = 0.0
    limit_s: float | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """Who has the floor: the clock runs since ``since`` (None: paused) on top of ``spent_s`` seconds; no ``limit_s``, no limit."""

    peer: str
    since: datetime | None
    began_at: datetime
    spent_s: float = 0.0
    limit_s: float | None = None
    subject: str = ""
    order: bool = False
    question: Question | None = None

    def elapsed_s(self, now: datetime) -> float:
        """Seconds spoken up to ``now``; a clock set back never takes time away."""
        return self.spent_s if self.since is None else self.spent_s + max(0.0, (now - self.since).total_seconds())

    def phase(self, now: datetime) -> str:
        """green, yellow (the last ``yellow_s``) or red (over the limit)."""
        left = None if self.limit_s is None else self.limit_s - self.elapsed_s(now)
        if left is None or left > self.yellow_s:
            return "green"
        return "yellow" if left > 0 else "red"

    @property
    def yellow_s(self) -> float:
        """How long before the limit the warning begins: half a minute, of a short speech a fifth."""
        return 0.0 if self.limit_s is None else min(YELLOW_S, self.limit_s * YELLOW_SHARE)

    def paused(self, now: datetime) -> Speech:
        return replace(self, spent_s=self.elapsed_s(now), since=None)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a speech and, over the whole session, a delegation may speak; None: as long as the chair lets it."""

    speech_s: int | None = None
    delegation_s: int | None = None

    def allowance_s(self, spoken_s: float) -> float | None:
        """What the next speech of a delegation that has spoken ``spoken_s`` gets; 0: nothing is left; None: no limit."""
        left = None if self.delegation_s is None else max(0.0, self.delegation_s - spoken_s)
        known = [seconds for seconds in (self.speech_s, left) if seconds is not None]
        return float(min(known)) if known else None
