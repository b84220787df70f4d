"""Taking over an existing calendar: first every event is looked at with its conflicts, then the chosen ones are booked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.calendar_import import ForeignEvent, KnownPoint, meant_points
from ..domain.errors import LiaisonError
from ..domain.sessions import Plan, plan_errors, time_errors
from ..house import House
from ..store import tables as t
from .conflicts import Conflict, describe, held_by_others
from .idempotency import Once
from .sessions import book_session


@dataclass(frozen=True)
class ImportRow:
    """An event as it would be booked. ``session`` is what it became in an earlier import; ``errors`` as in ``Invalid``.

    ``clashes`` are numbers (from 1) of earlier rows of the same file that hold one of its points at that time.
    """

    event: ForeignEvent
    points: tuple[str, ...]
    errors: tuple[dict[str, Any], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    clashes: tuple[int, ...] = ()
    session_id: str = ""

    @property
    def fine(self) -> bool:
        return not (self.errors or self.conflicts or self.clashes or self.session_id)


@dataclass(frozen=True)
class Imported:
    """What became of a chosen event: the session's id, or the error that stood in the way."""

    row: ImportRow
    session_id: str = ""
    error: LiaisonError | None = None


def look_through(house: House, actor: Actor, events: Sequence[ForeignEvent], kind: str, default_points: Sequence[str]) -> list[ImportRow]:
    """What importing would do; nothing is booked. Points named by an event's places come before the default ones."""
    require(actor.plans, actor)
    with house.db.read() as db:
        known = _known_points(db)
        done = _done(db, [event.key for event in events])
        rows = [_row(house, db, event, kind, meant_points(event, known) or tuple(default_points), done) for event in events]
    return _with_clashes(rows)


def carry_out(house: House, actor: Actor, rows: Sequence[ImportRow], kind: str, chosen: Collection[str]) -> list[Imported]:
    """Book the chosen rows (keys of their events), each by itself; those imported before are left as they are."""
    require(actor.plans, actor)
    return [_import(house, actor, row, kind) for row in rows if row.event.key in chosen and not row.session_id]


def _known_points(db: DbSession) -> list[KnownPoint]:
    points = db.scalars(select(t.Point).where(t.Point.active).order_by(t.Point.position))
    return [KnownPoint(point.slug, point.name, point.seat, tuple(point.also_known_as), point.email) for point in points]


def _done(db: DbSession, keys: Sequence[str]) -> dict[str, str]:
    rows = db.scalars(select(t.ImportedEvent).where(t.ImportedEvent.key.in_(list(keys))))
    return {row.key: row.session_id for row in rows}


def _row(house: House, db: DbSession, event: ForeignEvent, kind: str, points: tuple[str, ...], done: dict[str, str]) -> ImportRow:
    plan = _plan(house, event, kind, points)
    errors = plan_errors(plan, house.network.languages) or time_errors(plan.starts_at, plan.ends_at, house.clock.now())
    found = list(db.scalars(select(t.Point).where(t.Point.slug.in_(list(points))))) if points and not errors else []
    conflicts = describe(held_by_others(db, found, plan.period)) if found else []
    return ImportRow(event, points, tuple(errors), tuple(conflicts), session_id=done.get(event.key, ""))


def _with_clashes(rows: Sequence[ImportRow]) -> list[ImportRow]:
    """Two events of one file must not hold the same room either."""
    return [replace(row, clashes=tuple(
        number for number, other in enumerate(rows[:index], 1)
        if set(row.points) & set(other.points) and other.event.starts_at < row.event.ends_at
        and row.event.starts_at < other.event.ends_at)) for index, row in enumerate(rows)]


def _plan(house: House, event: ForeignEvent, kind: str, points: tuple[str, ...]) -> Plan:
    language = house.network.languages[0]
    return Plan(title={language: event.summary}, kind=kind, starts_at=event.starts_at, duration_minutes=event.minutes, points=points,
                description={language: event.description} if event.description else {})


def _import(house: House, actor: Actor, row: ImportRow, kind: str) -> Imported:
    try:
        made = book_session(house, actor, _plan(house, row.event, kind, row.points), Once(f"ics:{row.event.key}", row.event.key))
    except LiaisonError as error:
        return Imported(row, error=error)
    with house.db.write() as db:
        db.add(t.ImportedEvent(key=row.event.key, session_id=made.id))
    return Imported(row, session_id=made.id)
