"""What a point is at this moment, in one word for map and board, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .readiness import AGAIN, Readiness

ABSENT_AFTER = timedelta(minutes=5)
"""Whoever is expected and has not come so long after the opening is in trouble."""
CHECK_HOLDS = 2 * AGAIN
"""So long a PC's word of itself counts; one that falls silent is not checked any more."""


class PointState(StrEnum):
    """In the order in which they matter to whoever watches the network."""

    TROUBLE = "trouble"
    SESSION = "session"
    MAINTENANCE = "maintenance"  # being worked on: no cause for alarm
    READY = "ready"              # its PC has looked at itself for the next session, and nothing is wrong
    UNCHECKED = "unchecked"


class Trouble(StrEnum):
    """Why a point is in trouble."""

    NO_MEDIA = "no_media"  # there, but neither sound nor picture passes
    DROPPED = "dropped"    # fell out and has not come back
    ABSENT = "absent"      # expected, and never came
    WEAK = "weak"          # there, over a poor connection
    NOT_READY = "not_ready"  # its PC has looked at itself for the next session and found something wrong


@dataclass(frozen=True)
class Stay:
    """A presence of the point's in its live session. ``media_lost_at``: since when nothing passes."""

    joined_at: datetime
    left_at: datetime | None = None
    lost: bool = False
    media_lost_at: datetime | None = None


@dataclass(frozen=True)
class LiveFacts:
    """A point in one live session. ``expected``: required, and it did not decline; ``weak``: its last minutes were poor."""

    opened_at: datetime
    expected: bool
    stays: Sequence[Stay] = ()
    weak: bool = False


@dataclass(frozen=True)
class Verdict:
    """``since`` when it is so, where that is known."""

    state: PointState
    trouble: Trouble | None = None
    since: datetime | None = None


def verdict(facts: LiveFacts | None, now: datetime, worked_on_since: datetime | None = None,
            check: Readiness | None = None) -> Verdict:
    """What the point is; ``facts`` is None when no session of its is live, ``worked_on_since`` set while it is under maintenance,
    ``check`` what its PC said of itself for the session that is live or comes next."""
    there = [stay for stay in facts.stays if stay.left_at is None] if facts is not None else []
    if worked_on_since is not None and not there:
        return Verdict(PointState.MAINTENANCE, None, worked_on_since)
    if facts is None:
        return _checked(check, now)
    return _there(facts, there) if there else _away(facts, now, check)


def _there(facts: LiveFacts, there: Sequence[Stay]) -> Verdict:
    mute = [stay.media_lost_at for stay in there if stay.media_lost_at is not None]
    if len(mute) == len(there):
        return Verdict(PointState.TROUBLE, Trouble.NO_MEDIA, max(mute))
    since = min(stay.joined_at for stay in there)
    if facts.weak:
        return Verdict(PointState.TROUBLE, Trouble.WEAK, since)
    return Verdict(PointState.SESSION, None, since)


def _checked(check: Readiness | None, now: datetime) -> Verdict:
    if check is None or check.at is None or now - check.at > CHECK_HOLDS:
        return Verdict(PointState.UNCHECKED)
    return Verdict(PointState.READY, None, check.at) if check.ready else Verdict(PointState.TROUBLE, Trouble.NOT_READY, check.at)


def _away(facts: LiveFacts, now: datetime, check: Readiness | None) -> Verdict:
    """Whoever left of its own will has left; whoever fell out, or never came, is missed."""
    last = max(facts.stays, key=lambda stay: stay.left_at or now, default=None)
    if last is not None:
        return Verdict(PointState.TROUBLE, Trouble.DROPPED, last.left_at) if last.lost else Verdict(PointState.UNCHECKED)
    if facts.expected and now - facts.opened_at >= ABSENT_AFTER:
        return Verdict(PointState.TROUBLE, Trouble.ABSENT, facts.opened_at)
    return _checked(check, now)
