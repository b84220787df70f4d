"""Points under maintenance: not booked without a word, not reminded, no cause for alarm while it lasts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period
from ..domain.closures import stretch_errors
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.text import storable
from ..domain.words import OutboxKind
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import audit
from .conflicts import rfc3339


@dataclass(frozen=True)
class MaintenanceView:
    id: str
    point: str
    name: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    reason: str


def list_maintenance(house: House, actor: Actor, from_at: datetime | None = None,
                     to_at: datetime | None = None) -> list[MaintenanceView]:
    """Those that are not over, or those of a period, by start."""
    require(actor.signed_in, actor)
    query = select(t.Maintenance).where(t.Maintenance.ends_at > (from_at or house.clock.now()))
    if to_at is not None:
        query = query.where(t.Maintenance.starts_at < to_at)
    with house.db.read() as db:
        return [_view(row) for row in db.scalars(query.order_by(t.Maintenance.starts_at, t.Maintenance.id))]


def add_maintenance(house: House, actor: Actor, point: str, period: Period, reason: str) -> MaintenanceView:
    """Announce work on a point: administrators and the help desk. Sessions already booked stay. Raises Invalid, Forbidden."""
    require(actor.assists, actor)
    errors = stretch_errors(period, reason, house.clock.now())
    with house.db.write() as db:
        place = db.scalar(select(t.Point).where(t.Point.slug == point)) if storable(point) else None
        if place is None:
            errors.append({"field": "point", "message": "There is no such point."})
        if errors or place is None:
            raise Invalid(errors=errors)
        row = t.Maintenance(id=new_id(), point=place, starts_at=period.starts_at, ends_at=period.ends_at,
                            reason=reason.strip(), created_by_id=actor.user_id, created_at=house.clock.now())
        db.add(row)
        db.flush()
        audit.record(db, house, actor, "maintenance.added", "maintenance", row.id, after=_state(row))
        return _view(row)


def end_maintenance(house: House, actor: Actor, maintenance_id: str) -> None:
    """Over as of now; one that has not begun never takes place. Raises NotFound, IllegalState, Forbidden."""
    require(actor.assists, actor)
    now = house.clock.now()
    with house.db.write() as db:
        row = db.get(t.Maintenance, maintenance_id) if storable(maintenance_id) else None
        if row is None:
            raise NotFound()
        if row.ends_at <= now:
            raise IllegalState("This maintenance is over already.")
        before = _state(row)
        if row.starts_at >= now:
            db.delete(row)
        else:
            row.ends_at = now
        audit.record(db, house, actor, "maintenance.ended", "maintenance", row.id, before, {"ends_at": rfc3339(now)})


def under_maintenance(db: DbSession, point_ids: Iterable[str], at: datetime) -> dict[str, t.Maintenance]:
    """Of these points, those being worked on at the moment, with the work."""
    query = select(t.Maintenance).where(t.Maintenance.point_id.in_(list(point_ids)), t.Maintenance.starts_at <= at,
                                        t.Maintenance.ends_at > at)
    return {row.point_id: row for row in db.scalars(query)}


def maintenance_over(db: DbSession, point_ids: Collection[str], period: Period) -> list[t.Maintenance]:
    """Work on these points at some moment of the period, by start."""
    return list(db.scalars(select(t.Maintenance).where(
        t.Maintenance.point_id.in_(list(point_ids)), t.Maintenance.starts_at < period.ends_at,
        t.Maintenance.ends_at > period.starts_at).order_by(t.Maintenance.starts_at, t.Maintenance.id)))


def reminder_rests(db: DbSession, row: t.Outbox, now: datetime) -> bool:
    """Whether a reminder is for nobody but points under maintenance: it is not sent, and its row says so."""
    points = row.payload.get("points", [])
    if row.kind != OutboxKind.REMINDER or not points:
        return False
    return under_maintenance(db, points, now).keys() == set(points)


def described(row: t.Maintenance) -> dict[str, Any]:
    """For a refusal: which point, when and why."""
    return {"code": "maintenance", "id": row.id, "point_name": row.point.name, **_state(row)}


def _state(row: t.Maintenance) -> dict[str, Any]:
    return {"point": row.point.slug, "starts_at": rfc3339(row.starts_at), "ends_at": rfc3339(row.ends_at), "reason": row.reason}


def _view(row: t.Maintenance) -> MaintenanceView:
    return MaintenanceView(row.id, row.point.slug, row.point.name, row.starts_at, row.ends_at, row.reason)
