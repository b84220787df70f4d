"""What keeps points from a session beside other sessions. Whoever knows of such times adds a source here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session as DbSession

from ..domain.booking import Period
from ..house import House
from ..store import tables as t


@dataclass(frozen=True)
class Blocked:
    """Times without a ``point_id`` are closed to everybody; ``reason`` is what people are told."""

    period: Period
    reason: str
    point_id: str | None = None


Source = Callable[[DbSession, House, Sequence[t.Point], Period], Iterable[Blocked]]

SOURCES: tuple[Source, ...] = ()


def blocked_times(db: DbSession, house: House, points: Sequence[t.Point], period: Period) -> list[Blocked]:
    """All that the sources know of these points in the period."""
    return [item for source in SOURCES for item in source(db, house, points, period)]
