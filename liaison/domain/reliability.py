"""How far a point can be relied on: its sessions of the last weeks in a few figures, each of which can be explained.

A session counts where the point was invited, did not decline, and the session took place. Expected is the time from its opening
(or its planned start, if that was later) to its end; present is the part of it in which at least one device was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .attendance import Span, Stay, fold
from .words import LeaveReason

LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True)
class Fall:
    """When a point fell out of a session for longer than a moment; ``back_at`` is None when it did not return."""

    at: datetime
    back_at: datetime | None


@dataclass(frozen=True)
class SessionRecord:
    """How a point did in one session."""

    session_id: str
    starts_at: datetime
    expected_seconds: float
    present_seconds: float
    drops: int
    media_lost_seconds: int
    falls: tuple[Fall, ...] = ()

    @property
    def came(self) -> bool:
        return self.present_seconds > 0

    @property
    def share(self) -> float:
        return min(1.0, self.present_seconds / self.expected_seconds) if self.expected_seconds else 0.0


@dataclass(frozen=True)
class Reliability:
    """All of it together. Shares are None where nothing was expected; drops an hour where it was never there."""

    sessions: int = 0
    missed: int = 0
    expected_seconds: float = 0.0
    present_seconds: float = 0.0
    drops: int = 0
    media_lost_seconds: int = 0

    @property
    def share(self) -> float | None:
        return min(1.0, self.present_seconds / self.expected_seconds) if self.expected_seconds else None

    @property
    def drops_per_hour(self) -> float | None:
        return self.drops * 3600 / self.present_seconds if self.present_seconds else None


def record(session_id: str, stays: Iterable[Stay], span: Span) -> SessionRecord:
    """One session that is over. ``stays`` are the point's."""
    folded = fold(stays, span)
    start = max(span.starts_at, span.opened_at or span.starts_at)
    end = span.closed_at or span.now
    expected = max(0.0, (end - start).total_seconds())
    return SessionRecord(session_id, span.starts_at, expected, min(float(folded.present_seconds), expected), folded.drops,
                         folded.media_lost_seconds, _falls(folded.stays))


def _falls(stays: Sequence[Stay]) -> tuple[Fall, ...]:
    """Times at which the last device was lost and none was left."""
    found: dict[datetime, Fall] = {}
    for stay in stays:
        at = stay.left_at
        if at is None or stay.reason != LeaveReason.LOST:
            continue
        if any(other.joined_at <= at and (other.left_at is None or other.left_at > at) for other in stays if other is not stay):
            continue
        found[at] = Fall(at, min((other.joined_at for other in stays if other.joined_at > at), default=None))
    return tuple(found.values())


def together(records: Iterable[SessionRecord]) -> Reliability:
    """The figures of all of them."""
    counted = [one for one in records if one.expected_seconds > 0]
    return Reliability(
        sessions=len(counted), missed=sum(1 for one in counted if not one.came),
        expected_seconds=sum(one.expected_seconds for one in counted), present_seconds=sum(one.present_seconds for one in counted),
        drops=sum(one.drops + sum(1 for fall in one.falls if fall.back_at is None) for one in counted),
        media_lost_seconds=sum(one.media_lost_seconds for one in counted))
