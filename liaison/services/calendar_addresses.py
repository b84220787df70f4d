"""The secret addresses of calendar feeds: who may know which, and how one is ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import NotFound
from ..house import House
from ..store import tables as t
from . import audit
from .people import secret_text
from .points import find_point


class FeedKind(StrEnum):
    POINT = "point"
    PROVINCE = "province"


@dataclass(frozen=True)
class CalendarAddress:
    """One feed. ``secret`` is "" for a province whose calendar nobody has asked for yet."""

    kind: FeedKind
    slug: str
    name: dict[str, str]
    secret: str


def list_addresses(house: House, actor: Actor) -> list[CalendarAddress]:
    """The provinces and points whose calendars this reader may subscribe to: provinces first, each in the network's order.

    The office sees all; an officer the own points, and the province of a province office.
    """
    require(actor.signed_in, actor)
    with house.db.read() as db:
        points = list(db.scalars(select(t.Point).where(t.Point.active).order_by(t.Point.position, t.Point.slug)))
        secrets = {row.province: row.secret for row in db.scalars(select(t.ProvinceCalendar))}
    mine = [point for point in points if _may_read(actor, point)]
    provinces = [CalendarAddress(FeedKind.PROVINCE, point.slug, point.name, secrets.get(point.slug, ""))
                 for point in mine if point.kind == "province"]
    return provinces + [CalendarAddress(FeedKind.POINT, point.slug, point.name, point.calendar_secret) for point in mine]


def renew_address(house: House, actor: Actor, kind: FeedKind, slug: str) -> None:
    """Make a feed's address anew (or for the first time); the old one stops working at once. Raises NotFound, Forbidden."""
    with house.db.write() as db:
        point = find_point(db, slug)
        require(_may_renew(actor, point), actor)
        if kind is FeedKind.PROVINCE:
            _renew_province(db, point)
        else:
            point.calendar_secret = secret_text()
        audit.record(db, house, actor, "calendar.renewed", "point", point.slug, after={"calendar": kind.value})


def _renew_province(db: DbSession, office: t.Point) -> None:
    if office.kind != "province":
        raise NotFound("There is no province %(name)s.", name=office.slug)
    row = db.get(t.ProvinceCalendar, office.slug)
    if row is None:
        db.add(t.ProvinceCalendar(province=office.slug, secret=secret_text()))
    else:
        row.secret = secret_text()


def _may_read(actor: Actor, point: t.Point) -> bool:
    return actor.sees_all or point.id in actor.points


def _may_renew(actor: Actor, point: t.Point) -> bool:
    """The office, except that organisers look after their own calendar alone; an officer for the own points."""
    return actor.assists or point.id in actor.points
