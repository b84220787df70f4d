"""When a session may take another's time, and what may become of the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .errors import Conflict
from .words import SessionStatus


class Fate(StrEnum):
    """What becomes of a displaced session."""

    MOVE = "move"      # to a new time
    DROP = "drop"      # it stays, without the points taken
    CANCEL = "cancel"


@dataclass(frozen=True)
class Choice:
    fate: Fate
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Holder:
    """A session that stands in the way, as the rules see it. ``points`` it would lose; ``dates`` (local) of a series in whose
    way it stands, none for a single session."""

    id: str
    status: str
    priority: int
    points: tuple[str, ...]
    all_points: tuple[str, ...]
    chair_point: str | None
    dates: tuple[date, ...] = ()

    @property
    def may_drop(self) -> bool:
        """It can do without what it would lose: somebody stays, and the chair is among them."""
        return set(self.points) < set(self.all_points) and self.chair_point not in self.points


class NotDisplaceable(Conflict):
    """details["sessions"]: ids of those that may not be displaced."""

    code = "not_displaceable"
    message = "A session in the way is live or not of lower priority."
    remedy = "Choose another time, or a higher priority."


class DisplacedChanged(Conflict):
    """The choices made are not about the sessions that stand in the way now."""

    code = "displaced_changed"
    message = "Other sessions stand in the way by now."
    remedy = "Look at them again and choose anew."


def fixed(holders: Iterable[Holder], priority: int) -> list[str]:
    """Ids of those that may not be displaced: live ones, and all that are not of lower priority."""
    return [holder.id for holder in holders if holder.status != SessionStatus.CONFIRMED or holder.priority >= priority]


def choice_of(text: str) -> Choice | None:
    """``move:2027-03-01T04:00:00+00:00``, ``drop`` or ``cancel``; None for anything else."""
    fate, _colon, at = text.partition(":")
    if fate in (Fate.DROP, Fate.CANCEL) and not at:
        return Choice(Fate(fate))
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Choice(Fate.MOVE, moment) if fate == Fate.MOVE and moment.tzinfo is not None else None
