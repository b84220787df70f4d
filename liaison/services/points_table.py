"""All points as one table: contact data, link and state of every point; names and places of mobile ones, which may also be added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .csv_tables import Row, Table, read_degrees, read_yes_no, texts_of, yes_no
from .mobile_points import KIND, MobilePlan, change_row, insert_mobile, mobile_errors

STATE = ("active", "link_profile", "phone", "email")


def columns(house: House) -> tuple[str, ...]:
    by_language = tuple(f"{stem}_{code}" for stem in ("name", "seat") for code in house.network.languages)
    return ("slug", "kind", *by_language, "lat", "lon", *STATE)


def kept(db: DbSession, house: House) -> Iterable[Mapping[str, str]]:
    for point in db.scalars(select(t.Point).order_by(t.Point.position, t.Point.slug)):
        yield _cells(house, point)


def _cells(house: House, point: t.Point) -> dict[str, str]:
    texts = {f"{stem}_{code}": texts.get(code, "") for stem, texts in (("name", point.name), ("seat", point.seat))
             for code in house.network.languages}
    return {"slug": point.slug, "kind": point.kind, **texts, "lat": _degrees(point.lat), "lon": _degrees(point.lon),
            "active": yes_no(point.active), "link_profile": point.link_profile, "phone": point.phone, "email": point.email}


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if f"{value:g}" == str(value) else str(value)


def judge(db: DbSession, house: House, actor: Actor, rows: list[Row]) -> None:
    """New slugs are mobile points to add; of those known, every difference is a change."""
    known = {point.slug: point for point in db.scalars(select(t.Point))}
    seen: set[str] = set()
    for row in rows:
        slug = row.values["slug"] = row.values["slug"].lower()
        if not slug:
            row.refuse("slug", N_("Name the point."))
        elif slug in seen:
            row.refuse("slug", N_("This point stands twice in the table."))
        seen.add(slug)
        _judge(house, actor, row, known.get(slug))


def _judge(house: House, actor: Actor, row: Row, point: t.Point | None) -> None:
    wanted = wanted_of(house, row, point)
    before = _cells(house, point) if point else {}
    after = _told(house, wanted) | {"kind": row.values.get("kind") or (point.kind if point else KIND)}
    if after["kind"] != (point.kind if point else KIND):
        row.refuse("kind", N_("Only mobile points can be added; the others come from the network's file.") if point is None
                   else N_("The kind of a point cannot be changed."))
    _check(house, row, wanted)
    row.settle(point is None, before, after)
    described = [change.field for change in row.changes if change.field not in (*STATE, "kind")]
    if described and point is not None and point.kind != KIND:
        row.refuse(described[0], N_("The names and places of the network's points come from its file."))
    if not actor.administers and (point is None or described):
        row.refuse("slug", N_("Only an administrator may add mobile points or change their names and places."))
    row.settle(point is None, before, after)


def wanted_of(house: House, row: Row, point: t.Point | None) -> dict[str, Any]:
    """The columns of the database's row that this line asks for; what the table lacks stays."""
    state = {"link_profile": "thin", "phone": "", "email": ""} if point is None else {name: getattr(point, name) for name in STATE[1:]}
    return {name: row.values.get(name, value) for name, value in state.items()} | {
        "link_profile": (row.values.get("link_profile") or state["link_profile"]).lower(),
        "name": texts_of(row, "name", house.network.languages, point.name if point else {}),
        "seat": texts_of(row, "seat", house.network.languages, point.seat if point else {}),
        "lat": read_degrees(row, "lat", point.lat if point else None), "lon": read_degrees(row, "lon", point.lon if point else None),
        "active": read_yes_no(row, "active", point.active if point else True)}


def _told(house: House, wanted: Mapping[str, Any]) -> dict[str, str]:
    texts = {f"{stem}_{code}": wanted[stem].get(code, "") for stem in ("name", "seat") for code in house.network.languages}
    return {**texts, "lat": _degrees(wanted["lat"]), "lon": _degrees(wanted["lon"]), "active": yes_no(wanted["active"]),
            **{name: wanted[name] for name in STATE[1:]}}


def _check(house: House, row: Row, wanted: Mapping[str, Any]) -> None:
    slug = row.values["slug"]
    for error in mobile_errors(house, _plan(slug, wanted)):
        row.refuse(error["field"].replace(".", "_"), **{key: value for key, value in error.items() if key != "field"})


def _plan(slug: str, wanted: Mapping[str, Any]) -> MobilePlan:
    return MobilePlan(slug=slug, **{name: wanted[name] for name in ("name", "seat", "lat", "lon", "phone", "email", "link_profile")})


def apply(db: DbSession, house: House, actor: Actor, row: Row) -> None:
    point = db.scalar(select(t.Point).where(t.Point.slug == row.values["slug"]))
    wanted = wanted_of(house, row, point)
    if point is None:
        point = insert_mobile(db, house, actor, _plan(row.values["slug"], wanted))
    change_row(db, house, actor, point, wanted)


TABLE = Table("points", columns, ("slug",), lambda actor: actor.assists, kept, judge, apply)
