"""Closed periods: times in which nothing is booked, everywhere, in a province or at a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period
from ..domain.closures import ClosedPeriod, concerns, stretch_errors
from ..domain.errors import Invalid, NotFound
from ..domain.text import storable
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from . import audit
from .conflicts import rfc3339


@dataclass(frozen=True)
class ClosureView:
    """``province`` and ``point`` are slugs; both None: the whole network."""

    id: str
    starts_at: datetime
    ends_at: datetime
    province: str | None
    point: str | None
    reason: str


def list_closures(house: House, actor: Actor, from_at: datetime | None = None, to_at: datetime | None = None) -> list[ClosureView]:
    """Those that are not over, or those of a period, by start."""
    require(actor.signed_in, actor)
    query = select(t.ClosedPeriod).where(t.ClosedPeriod.ends_at > (from_at or house.clock.now()))
    if to_at is not None:
        query = query.where(t.ClosedPeriod.starts_at < to_at)
    with house.db.read() as db:
        return [_view(row) for row in db.scalars(query.order_by(t.ClosedPeriod.starts_at, t.ClosedPeriod.id))]


def add_closure(house: House, actor: Actor, period: Period, reason: str, province: str | None = None,
                point: str | None = None) -> ClosureView:
    """Close a period. Sessions already booked in it stay; the page that adds it shows them. Raises Invalid, Forbidden."""
    require(actor.administers, actor)
    errors = stretch_errors(period, reason, house.clock.now())
    with house.db.write() as db:
        place = _place(db, province, point, errors)
        if errors:
            raise Invalid(errors=errors)
        row = t.ClosedPeriod(id=new_id(), starts_at=period.starts_at, ends_at=period.ends_at, province=province or None,
                             point=place, reason=reason.strip(), created_by_id=actor.user_id, created_at=house.clock.now())
        db.add(row)
        db.flush()
        audit.record(db, house, actor, "closure.added", "closed_period", row.id, after=_state(row))
        return _view(row)


def remove_closure(house: House, actor: Actor, closure_id: str) -> None:
    """Open the period again. Raises NotFound, Forbidden."""
    require(actor.administers, actor)
    with house.db.write() as db:
        row = db.get(t.ClosedPeriod, closure_id) if storable(closure_id) else None
        if row is None:
            raise NotFound()
        audit.record(db, house, actor, "closure.removed", "closed_period", row.id, _state(row))
        db.delete(row)


def require_open(db: DbSession, points: Sequence[t.Point], period: Period) -> None:
    """Raise ClosedPeriod when one of the points, or everything, is closed in the period."""
    found = closures_over(db, points, period)
    if found:
        raise ClosedPeriod(N_("Nothing can be booked in that time: %(reason)s"), reason=found[0].reason,
                           closures=[_described(row) for row in found])


def closures_over(db: DbSession, points: Sequence[t.Point], period: Period) -> list[t.ClosedPeriod]:
    """Closed periods that concern at least one of the points at some moment of the period, by start."""
    rows = db.scalars(select(t.ClosedPeriod).where(
        t.ClosedPeriod.starts_at < period.ends_at, t.ClosedPeriod.ends_at > period.starts_at).order_by(t.ClosedPeriod.starts_at))
    return [row for row in rows
            if any(concerns(row.province, row.point_id, point.id, point.province) for point in points)]


def _place(db: DbSession, province: str | None, point: str | None, errors: list[dict[str, str]]) -> t.Point | None:
    """The point named, if any; a wrong province or point becomes an error."""
    slugs = [slug for slug in (province, point) if slug and storable(slug)]
    found = {row.slug: row for row in db.scalars(select(t.Point).where(t.Point.slug.in_(slugs)))}
    if province and point:
        errors.append({"field": "point", "message": "Name a province or a point, not both."})
    elif province and (province not in found or found[province].province != province):
        errors.append({"field": "province", "message": "There is no such province."})
    elif point and point not in found:
        errors.append({"field": "point", "message": "There is no such point."})
    return found.get(point) if point else None


def _described(row: t.ClosedPeriod) -> dict[str, Any]:
    return {"id": row.id, **_state(row)}


def _state(row: t.ClosedPeriod) -> dict[str, Any]:
    return {"starts_at": rfc3339(row.starts_at), "ends_at": rfc3339(row.ends_at), "province": row.province,
            "point": row.point.slug if row.point else None, "reason": row.reason}


def _view(row: t.ClosedPeriod) -> ClosureView:
    return ClosureView(row.id, row.starts_at, row.ends_at, row.province, row.point.slug if row.point else None, row.reason)
