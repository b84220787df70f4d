"""Mobile points: vans and places for a while. They are made here, not in the network's file, and a calendar says where they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Conflict, IllegalState, Invalid, NotFound
from ..domain.points import LINK_PROFILES, valid_email
from ..domain.routes import LONGEST_SLUG, Stop, overlapping, period_errors, place_errors, slug_from, valid_slug
from ..domain.text import text_error, texts_errors
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .audit import record
from .points import PointView, find_point, point_view

KIND = "mobile"
BEHIND_THE_NETWORK = 1000
"""Positions of mobile points begin here, behind those of the network's file."""
LONGEST_NAME, LONGEST_NOTE = 200, 500


class StopOverlaps(Conflict):
    """details: ``starts_at``, ``ends_at`` of the stop that is in the way."""

    code = "stop_overlaps"
    message = "The point already has a stop in this time."
    remedy = "Choose a time that touches no other stop, or remove the other one first."


@dataclass(frozen=True)
class MobilePlan:
    """What is said of a mobile point. ``name`` and ``seat`` are texts by language; an empty slug is made from the name."""

    name: Mapping[str, str]
    slug: str = ""
    seat: Mapping[str, str] = field(default_factory=dict)
    lat: float | None = None
    lon: float | None = None
    phone: str = ""
    email: str = ""
    link_profile: str = "thin"


@dataclass(frozen=True)
class StopPlan:
    """A stop to be. ``place``: texts by language, "" for one in all of them."""

    place: Mapping[str, str]
    lat: float | None
    lon: float | None
    starts_at: datetime
    ends_at: datetime
    note: str = ""


def add_mobile_point(house: House, actor: Actor, plan: MobilePlan) -> PointView:
    """Make one. For administrators. Raises Invalid, Conflict (the slug is taken), Forbidden."""
    require(actor.administers, actor)
    plan_errors = mobile_errors(house, plan)
    if plan_errors:
        raise Invalid(errors=plan_errors)
    with house.db.write() as db:
        return point_view(insert_mobile(db, house, actor, plan), actor)


def insert_mobile(db: DbSession, house: House, actor: Actor, plan: MobilePlan) -> t.Point:
    """The row of a checked plan, inside another's transaction."""
    slug = plan.slug or _free_slug(db, house, plan.name)
    if db.scalar(select(t.Point.id).where(t.Point.slug == slug)):
        raise Conflict("There is a point %(slug)s already.", slug=slug, remedy="Choose another short name.")
    last = db.scalar(select(func.max(t.Point.position))) or 0
    point = t.Point(id=new_id(), slug=slug, kind=KIND, position=max(BEHIND_THE_NETWORK, last + 1), province=None, also_known_as=[],
                    active=True, calendar_secret=secrets.token_urlsafe(24), created_at=house.clock.now(), **_columns(plan))
    db.add(point)
    db.flush()
    record(db, house, actor, "point.added", "point", slug, None, {"slug": slug} | _columns(plan))
    return point


def change_mobile_point(house: House, actor: Actor, slug: str, plan: MobilePlan) -> PointView:
    """Put down anew all that is said of one, but its slug. For administrators. Raises Invalid, IllegalState, NotFound, Forbidden."""
    require(actor.administers, actor)
    errors = mobile_errors(house, plan)
    if errors:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        point = find_mobile(db, slug)
        change_row(db, house, actor, point, _columns(plan))
        return point_view(point, actor)


def change_row(db: DbSession, house: House, actor: Actor, point: t.Point, wanted: Mapping[str, Any]) -> bool:
    """Write what differs, inside another's transaction; whether anything did."""
    different = {name: value for name, value in wanted.items() if getattr(point, name) != value}
    before = {name: getattr(point, name) for name in different}
    for name, value in different.items():
        setattr(point, name, value)
    if different:
        record(db, house, actor, "point.changed", "point", point.slug, before, different)
    return bool(different)


def find_mobile(db: DbSession, slug: str) -> t.Point:
    """The row, locked. Raises NotFound; IllegalState for a point of the network's file."""
    point = find_point(db, slug)
    if point.kind != KIND:
        raise IllegalState("%(slug)s is no mobile point.", slug=point.slug, remedy="Its place is in the network's file.")
    db.refresh(point, with_for_update={"key_share": True})
    return point


def _columns(plan: MobilePlan) -> dict[str, Any]:
    return {"name": trimmed(plan.name), "seat": trimmed(plan.seat), "lat": plan.lat, "lon": plan.lon, "phone": plan.phone.strip(),
            "email": plan.email.strip(), "link_profile": plan.link_profile}


def trimmed(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: text.strip() for code, text in texts.items() if text.strip()}


def _free_slug(db: DbSession, house: House, name: Mapping[str, str]) -> str:
    stem = (slug_from(house.network.text(name, "en")) or KIND)[:LONGEST_SLUG - 4].strip("-")
    taken = set(db.scalars(select(t.Point.slug)))
    return stem if stem not in taken else next(slug for n in range(2, 10_000) if (slug := f"{stem}-{n}") not in taken)


def mobile_errors(house: House, plan: MobilePlan) -> list[dict[str, str]]:
    """Everything that is wrong with a plan, by field."""
    errors = [*texts_errors("name", plan.name, house.network.languages, LONGEST_NAME),
              *texts_errors("seat", plan.seat, house.network.languages, LONGEST_NAME), *place_errors(plan.lat, plan.lon)]
    if not trimmed(plan.name):
        errors.append({"field": "name", "message": "Give the point a name in at least one language."})
    if plan.slug and not valid_slug(plan.slug):
        errors.append({"field": "slug", "message": "Use small Latin letters, digits and hyphens, 64 at most."})
    if plan.link_profile not in LINK_PROFILES:
        errors.append({"field": "link_profile", "message": "Choose one of the values offered."})
    if plan.email.strip() and not valid_email(plan.email.strip()):
        errors.append({"field": "email", "message": "This is not an e-mail address."})
    if wrong := text_error(plan.phone, 64):
        errors.append({"field": "phone", "message": wrong})
    return errors


# ---------------------------------------------------------------- the route


def may_route(actor: Actor) -> bool:
    """Who says where a mobile point goes: the office and the help desk."""
    return actor.sees_all


def route_of(house: House, actor: Actor, slug: str, since: datetime | None = None) -> list[Stop]:
    """A point's stops that end after ``since`` (all where it is None), by start. For everybody who is signed in."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        point = find_point(db, slug)
        return [stop for stop in stops_of(db, [point.id], since).get(point.id, [])]


def stops_of(db: DbSession, point_ids: Iterable[str], since: datetime | None = None) -> dict[str, list[Stop]]:
    """By point, inside another's transaction."""
    query = select(t.PointStop).where(t.PointStop.point_id.in_(list(point_ids))).order_by(t.PointStop.starts_at)
    found: dict[str, list[Stop]] = {}
    for row in db.scalars(query if since is None else query.where(t.PointStop.ends_at > since)):
        found.setdefault(row.point_id, []).append(Stop(row.id, row.place, row.lat, row.lon, row.starts_at, row.ends_at, row.note))
    return found


def add_stop(house: House, actor: Actor, slug: str, plan: StopPlan) -> Stop:
    """Put a stop into a mobile point's route. Raises Invalid, StopOverlaps, IllegalState, NotFound, Forbidden."""
    require(may_route(actor), actor)
    errors = _stop_errors(house, plan)
    if errors:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        point = find_mobile(db, slug)
        other = overlapping(stops_of(db, [point.id]).get(point.id, []), plan.starts_at, plan.ends_at)
        if other is not None:
            raise StopOverlaps(starts_at=other.starts_at.isoformat(), ends_at=other.ends_at.isoformat())
        row = t.PointStop(id=new_id(), point_id=point.id, place=trimmed(plan.place), lat=plan.lat, lon=plan.lon,
                          starts_at=plan.starts_at, ends_at=plan.ends_at, note=plan.note.strip())
        db.add(row)
        record(db, house, actor, "point.stop_added", "point", point.slug, None, _told(row))
        return Stop(row.id, row.place, row.lat, row.lon, row.starts_at, row.ends_at, row.note)


def remove_stop(house: House, actor: Actor, slug: str, stop_id: str) -> None:
    """Take a stop out of the route. Raises NotFound, Forbidden."""
    require(may_route(actor), actor)
    with house.db.write() as db:
        point, row = find_mobile(db, slug), db.get(t.PointStop, stop_id)
        if row is None or row.point_id != point.id:
            raise NotFound()
        db.delete(row)
        record(db, house, actor, "point.stop_removed", "point", point.slug, _told(row))


def _told(row: t.PointStop) -> dict[str, Any]:
    return {"place": row.place, "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}


def _stop_errors(house: House, plan: StopPlan) -> list[dict[str, str]]:
    errors = [*texts_errors("place", plan.place, ("", *house.network.languages), LONGEST_NAME),
              *period_errors(plan.starts_at, plan.ends_at), *place_errors(plan.lat, plan.lon)]
    if not trimmed(plan.place):
        errors.append({"field": "place", "message": "Name the place in at least one language."})
    if plan.lat is None and plan.lon is None:
        errors.append({"field": "lat", "message": "Say where on the map it is."})
    if wrong := text_error(plan.note, LONGEST_NOTE):
        errors.append({"field": "note", "message": wrong})
    return errors
