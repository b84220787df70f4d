"""The points: filled from the network's data, looked up, and changed on pages."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor, require
from ..domain.errors import Invalid, NotFound
from ..domain.points import LINK_PROFILES, matches, valid_email
from ..domain.text import text_error
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import audit

DESCRIPTIVE = ("kind", "province", "name", "seat", "lat", "lon", "also_known_as")


@dataclass(frozen=True)
class PointView:
    """A point as others may see it; ``phone`` and ``email`` are empty for people who are not signed in."""

    id: str
    slug: str
    position: int
    kind: str
    province: str | None
    name: dict[str, str]
    seat: dict[str, str]
    lat: float | None
    lon: float | None
    also_known_as: list[str] = field(default_factory=list)
    phone: str = ""
    email: str = ""
    active: bool = True
    link_profile: str = "normal"


def seed_points(house: House) -> int:
    """Bring the table in line with the network's CSV; return how many points were added or changed.

    Contact data edited on pages stays as it is; a point that left the CSV stays too, for its history.
    """
    with house.db.write() as db:
        known = {point.slug: point for point in db.scalars(select(t.Point))}
        changed = 0
        for position, row in enumerate(house.network.point_rows()):
            changed += _seed(db, house, known.get(row["slug"]), position, row)
        if changed:
            audit.record(db, house, SYSTEM, "points.seeded", "network", house.network.points_file.name,
                         after={"points": changed})
    return changed


def _seed(db: DbSession, house: House, point: t.Point | None, position: int, row: dict[str, Any]) -> bool:
    if point is None:
        db.add(t.Point(id=new_id(), position=position, calendar_secret=secrets.token_urlsafe(24),
                       created_at=house.clock.now(), **row))
        return True
    wanted = {"position": position} | {name: row[name] for name in DESCRIPTIVE}
    different = {name: value for name, value in wanted.items() if getattr(point, name) != value}
    for name, value in different.items():
        setattr(point, name, value)
    return bool(different)


def list_points(house: House, actor: Actor, query: str = "", kind: str | None = None,
                include_inactive: bool = False) -> list[PointView]:
    """In the order of the network's list; ``query`` finds names in any language, other names, seats and slugs."""
    statement = select(t.Point).order_by(t.Point.position, t.Point.slug)
    if not include_inactive:
        statement = statement.where(t.Point.active)
    if kind:
        statement = statement.where(t.Point.kind == kind)
    with house.db.read() as db:
        views = [point_view(point, actor) for point in db.scalars(statement)]
    return [view for view in views if matches(query, view.slug, view.name, view.seat, view.also_known_as)]


def get_point(house: House, actor: Actor, slug_or_id: str) -> PointView:
    """One point. Raises NotFound."""
    with house.db.read() as db:
        return point_view(find_point(db, slug_or_id), actor)


def find_point(db: DbSession, slug_or_id: str) -> t.Point:
    """The row, inside another's transaction. Raises NotFound."""
    query = select(t.Point).where((t.Point.slug == slug_or_id) | (t.Point.id == slug_or_id))
    point = db.scalars(query).one_or_none()
    if point is None:
        raise NotFound("There is no point %(name)s.", name=slug_or_id)
    return point


def change_point(house: House, actor: Actor, slug: str, *, phone: str | None = None, email: str | None = None,
                 active: bool | None = None, link_profile: str | None = None) -> PointView:
    """Change contact data and state; what is None stays. For the help desk and administrators."""
    require(actor.assists, actor)
    given = {"phone": phone, "email": email, "active": active, "link_profile": link_profile}
    wanted = {name: value for name, value in given.items() if value is not None}
    _check(wanted)
    with house.db.write() as db:
        point = find_point(db, slug)
        before = {name: getattr(point, name) for name in wanted}
        for name, value in wanted.items():
            setattr(point, name, value)
        audit.record(db, house, actor, "point.changed", "point", point.slug, before, wanted)
        return point_view(point, actor)


def _check(wanted: dict[str, Any]) -> None:
    errors = []
    if wanted.get("email") and not valid_email(wanted["email"]):
        errors.append({"field": "email", "message": "This is not an e-mail address."})
    if wanted.get("link_profile", "normal") not in LINK_PROFILES:
        errors.append({"field": "link_profile", "message": "Choose one of the values offered."})
    if wrong := text_error(wanted.get("phone", ""), 64):
        errors.append({"field": "phone", "message": wrong})
    if errors:
        raise Invalid(errors=errors)


def point_view(point: t.Point, actor: Actor) -> PointView:
    view = PointView(**{name: getattr(point, name) for name in PointView.__dataclass_fields__})
    if actor.signed_in:
        return view
    return PointView(**asdict(view) | {"phone": "", "email": ""})
