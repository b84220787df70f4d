"""The attendance sheet, folded from presences. Pure: rows come in, figures go out.

``present_seconds`` is the union over the point's peers between the session's opening and closing (or now); ``share`` is that
over the same span; lateness counts from the later of plan and opening; a drop is a loss followed by a return.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .words import COUNTED_ROLES, LeaveReason, Via

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class Stay:
    """One presence of one peer. ``left_at`` is None while it lasts; ``media_losses`` are intervals, open ones until None."""

    peer: str
    point: str | None
    role: str
    via: str
    name: str
    joined_at: datetime
    left_at: datetime | None
    reason: str | None
    drops: int = 0
    media_losses: tuple[tuple[datetime, datetime | None], ...] = ()

    @property
    def counts(self) -> bool:
        """Whether this is the point's attendance: not a watcher, an interpreter, the chair's tablet or a wall screen."""
        return self.role in COUNTED_ROLES and self.via not in (Via.CONTROL, Via.WALL)


@dataclass(frozen=True)
class Span:
    """The time that counts: from the opening to the closing, or to now while it is live."""

    opened_at: datetime | None
    closed_at: datetime | None
    starts_at: datetime
    now: datetime

    @property
    def interval(self) -> Interval | None:
        if self.opened_at is None:
            return None
        return self.opened_at, max(self.opened_at, self.closed_at or self.now)

    @property
    def seconds(self) -> float:
        return (self.interval[1] - self.interval[0]).total_seconds() if self.interval else 0.0


@dataclass(frozen=True)
class Folded:
    """One point's figures. Times are None for a point that never came; ``stays`` are clipped to the span."""

    present_seconds: int
    share: float
    first_joined_at: datetime | None
    last_left_at: datetime | None
    late_seconds: int | None
    drops: int
    media_lost_seconds: int
    stays: tuple[Stay, ...]


def fold(stays: Iterable[Stay], span: Span) -> Folded:
    """The figures of one point's stays (those that count)."""
    clipped = sorted((c for stay in stays if stay.counts and (c := clip(stay, span))), key=lambda stay: (stay.joined_at, stay.peer))
    if not clipped or span.interval is None:
        return Folded(0, 0.0, None, None, None, 0, 0, ())
    end = span.interval[1]
    present = union_seconds((stay.joined_at, stay.left_at or end) for stay in clipped)
    first = clipped[0].joined_at
    due = max(span.starts_at, span.interval[0])
    return Folded(
        present_seconds=round(present), share=round(min(1.0, present / span.seconds), 4) if span.seconds else 0.0,
        first_joined_at=first, last_left_at=_last_left(clipped), late_seconds=max(0, round((first - due).total_seconds())),
        drops=count_drops(clipped), media_lost_seconds=round(_media_lost(clipped, end)), stays=tuple(clipped))


def clip(stay: Stay, span: Span) -> Stay | None:
    """The part of a stay within the span (waiting in the lobby does not count); None if there is none."""
    if span.interval is None:
        return None
    start, end = span.interval
    joined = max(stay.joined_at, start)
    left = stay.left_at
    if left is None and span.closed_at is not None:
        left = end
    if joined > end or (left is not None and (left < start or left == start > stay.joined_at)):
        return None
    left = None if left is None else max(joined, min(left, end))
    return Stay(stay.peer, stay.point, stay.role, stay.via, stay.name, joined, left, stay.reason or _reason(left), stay.drops,
                stay.media_losses)


def _reason(left_at: datetime | None) -> str | None:
    return None if left_at is None else str(LeaveReason.ENDED)


def union_seconds(intervals: Iterable[Interval]) -> float:
    """How long at least one of the intervals lasted."""
    total, reached = timedelta(0), None
    for start, end in sorted(intervals):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
        reached = end if reached is None else max(reached, end)
    return total.total_seconds()


def count_drops(stays: Sequence[Stay]) -> int:
    """Short losses continued the same stay; a long one ended it as lost, and counts if the point came back after it."""
    returned = sum(1 for stay in stays if stay.reason == LeaveReason.LOST and stay.left_at is not None
                   and any(other.joined_at > stay.left_at for other in stays))
    return sum(stay.drops for stay in stays) + returned


def _last_left(stays: Sequence[Stay]) -> datetime | None:
    """When the last of them left; None while one is there."""
    left = [stay.left_at for stay in stays if stay.left_at is not None]
    return max(left) if len(left) == len(stays) else None


def _media_lost(stays: Sequence[Stay], end: datetime) -> float:
    """How long picture and sound were missing in stays that went on, joined over the point's peers."""
    return union_seconds((max(lost, stay.joined_at), min(back or end, stay.left_at or end))
                         for stay in stays for lost, back in stay.media_losses
                         if min(back or end, stay.left_at or end) > max(lost, stay.joined_at))
