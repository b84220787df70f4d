"""What keeps points from a session beside other sessions. Whoever knows of such times adds a source here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session as DbSession

from ..domain.booking import Period
from ..domain.closures import concerns
from ..house import House
from ..store import tables as t
from .closures import closures_over
from .maintenance import maintenance_over
from .offers import offers_over


@dataclass(frozen=True)
class Blocked:
    """Times without a ``point_id`` are closed to everybody; ``reason`` is what people are told."""

    period: Period
    reason: str
    point_id: str | None = None


Source = Callable[[DbSession, House, Sequence[t.Point], Period], Iterable[Blocked]]

def _closed(db: DbSession, house: House, points: Sequence[t.Point], period: Period) -> Iterable[Blocked]:
    for row in closures_over(db, points, period):
        stretch = Period(row.starts_at, row.ends_at)
        if row.province is None and row.point_id is None:
            yield Blocked(stretch, row.reason)
        else:
            yield from (Blocked(stretch, row.reason, point.id) for point in points
                        if concerns(row.province, row.point_id, point.id, point.province))


def _worked_on(db: DbSession, house: House, points: Sequence[t.Point], period: Period) -> Iterable[Blocked]:
    for row in maintenance_over(db, [point.id for point in points], period):
        yield Blocked(Period(row.starts_at, row.ends_at), row.reason, row.point_id)


def _held(db: DbSession, house: House, points: Sequence[t.Point], period: Period) -> Iterable[Blocked]:
    ids = {point.slug: point.id for point in points}
    for row, slugs in offers_over(db, points, period, house.clock.now()):
        title = house.network.text(row.plan["title"], house.network.languages[0])
        yield from (Blocked(Period(row.starts_at, row.ends_at), title, ids[slug]) for slug in slugs)


SOURCES: tuple[Source, ...] = (_closed, _worked_on, _held)


def blocked_times(db: DbSession, house: House, points: Sequence[t.Point], period: Period) -> list[Blocked]:
    """All that the sources know of these points in the period."""
    return [item for source in SOURCES for item in source(db, house, points, period)]
