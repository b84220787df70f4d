"""Groups of points: those of the network's file, and the house's own, made on pages, by programs or from a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Conflict, IllegalState, Invalid, NotFound
from ..domain.text import texts_errors
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from . import audit

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LONGEST_NAME = 200
MOST_GROUPS = 200
MOST_BYTES = 500_000


@dataclass(frozen=True)
class GroupView:
    """``points`` are slugs in the group's order; a group of the network's file cannot be changed here."""

    slug: str
    name: dict[str, str]
    points: tuple[str, ...]
    built_in: bool


@dataclass(frozen=True)
class Row:
    """One line of a table of groups, with what is wrong with it; ``new`` or a change of a group there is."""

    line: int
    slug: str
    name: dict[str, str]
    points: tuple[str, ...]
    new: bool
    errors: tuple[dict[str, Any], ...] = ()


def list_groups(house: House, actor: Actor) -> list[GroupView]:
    """The network's first, then the house's own by slug."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        return groups_in(db, house)


def get_group(house: House, actor: Actor, slug: str) -> GroupView:
    """One group. Raises NotFound."""
    found = next((group for group in list_groups(house, actor) if group.slug == slug), None)
    if found is None:
        raise NotFound()
    return found


def groups_in(db: DbSession, house: House) -> list[GroupView]:
    """Every group, inside another's transaction."""
    points = list(db.scalars(select(t.Point).where(t.Point.active).order_by(t.Point.position, t.Point.slug)))
    fixed = [GroupView(group.key, group.name, tuple(point.slug for point in points if point.kind in group.kinds), True)
             for group in house.network.groups]
    return fixed + [_view(row) for row in db.scalars(select(t.PointGroup).order_by(t.PointGroup.slug))]


def points_of(db: DbSession, house: House, slugs: Iterable[str], field: str = "groups") -> tuple[str, ...]:
    """The slugs of all points of these groups, each once. Raises Invalid naming every group that does not exist."""
    known = {group.slug: group for group in groups_in(db, house)}
    wanted = list(slugs)
    unknown = [{"field": f"{field}.{index}", "message": "There is no group %(slug)s.", "slug": slug}
               for index, slug in enumerate(wanted) if slug not in known]
    if unknown:
        raise Invalid(errors=unknown)
    return tuple(dict.fromkeys(point for slug in wanted for point in known[slug].points))


def expand_groups(house: House, actor: Actor, slugs: Sequence[str]) -> tuple[str, ...]:
    """The same for whoever has no transaction yet."""
    require(actor.plans, actor)
    with house.db.read() as db:
        return points_of(db, house, slugs)


def save_group(house: House, actor: Actor, slug: str, name: Mapping[str, str], points: Sequence[str],
               new: bool | None = None) -> GroupView:
    """Make a group or change one (``new`` says which is meant; None: either). Raises Invalid, Conflict, IllegalState."""
    require(actor.plans, actor)
    with house.db.write() as db:
        errors = _errors(db, house, slug, name, points)
        if errors:
            raise Invalid(errors=errors)
        row = db.scalars(select(t.PointGroup).where(t.PointGroup.slug == slug)).one_or_none()
        if new is True and row is not None:
            raise Conflict(N_("There is a group with this short name already."), remedy=N_("Choose another short name."))
        if new is False and row is None:
            raise NotFound()
        return _view(_write(db, house, actor, row, slug, name, points))


def delete_group(house: House, actor: Actor, slug: str) -> None:
    """Sessions and templates keep the points they have. Raises NotFound, IllegalState for one of the network's file."""
    require(actor.plans, actor)
    with house.db.write() as db:
        _not_fixed(house, slug)
        row = db.scalars(select(t.PointGroup).where(t.PointGroup.slug == slug)).one_or_none()
        if row is None:
            raise NotFound()
        audit.record(db, house, actor, "group.deleted", "group", slug, _state(row))
        db.delete(row)


def export_groups(house: House, actor: Actor) -> str:
    """The house's own groups as a table: slug, name_<language>, points (slugs with spaces between)."""
    require(actor.plans, actor)
    languages, out = house.network.languages, io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["slug", *(f"name_{code}" for code in languages), "points"])
    for group in list_groups(house, actor):
        if not group.built_in:
            writer.writerow([group.slug, *(_harmless(group.name.get(code, "")) for code in languages), " ".join(group.points)])
    return out.getvalue()


def look_through(house: House, actor: Actor, data: bytes | str) -> list[Row]:
    """Read such a table without changing anything: every line with what is wrong with it. Raises Invalid for no table at all."""
    require(actor.plans, actor)
    rows = _rows(house, data)
    with house.db.read() as db:
        known = set(db.scalars(select(t.PointGroup.slug)))
        seen: set[str] = set()
        found = []
        for line, slug, name, points in rows:
            errors = _errors(db, house, slug, name, points)
            if slug in seen:
                errors.append({"field": "slug", "message": "This group stands twice in the table."})
            seen.add(slug)
            found.append(Row(line, slug, name, points, slug not in known, tuple(errors)))
        return found


def import_groups(house: House, actor: Actor, data: bytes | str) -> int:
    """Make and change every group of a table, or none; how many. Groups that are not in it stay as they are. Raises Invalid."""
    rows = look_through(house, actor, data)
    wrong = [{**error, "field": f"{row.line}.{error['field']}"} for row in rows for error in row.errors]
    if wrong:
        raise Invalid(errors=wrong)
    with house.db.write() as db:
        known = {row.slug: row for row in db.scalars(select(t.PointGroup))}
        for row in rows:
            _write(db, house, actor, known.get(row.slug), row.slug, row.name, row.points)
    return len(rows)


def _errors(db: DbSession, house: House, slug: str, name: Mapping[str, str], points: Sequence[str]) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = []
    if not SLUG.fullmatch(slug):
        errors.append({"field": "slug", "message": "Small Latin letters, digits and hyphens, at most 64."})
    _not_fixed(house, slug)
    errors += texts_errors("name", name, house.network.languages, LONGEST_NAME)
    if not any(text.strip() for text in name.values()):
        errors.append({"field": "name", "message": "Give a name in at least one language."})
    known = set(db.scalars(select(t.Point.slug).where(t.Point.slug.in_([one for one in points if "\0" not in one]))))
    errors += [{"field": f"points.{index}", "message": "There is no point %(slug)s.", "slug": one}
               for index, one in enumerate(points) if one not in known]
    if not points:
        errors.append({"field": "points", "message": "Choose at least one point."})
    return errors


def _not_fixed(house: House, slug: str) -> None:
    if any(group.key == slug for group in house.network.groups):
        raise IllegalState("This group belongs to the network's file and cannot be changed here.", remedy="Make a group of your own.")


def _write(db: DbSession, house: House, actor: Actor, row: t.PointGroup | None, slug: str, name: Mapping[str, str],
           points: Sequence[str]) -> t.PointGroup:
    now, before = house.clock.now(), _state(row) if row is not None else None
    if row is None:
        row = t.PointGroup(id=new_id(), slug=slug, created_at=now, members=[])
        db.add(row)
    row.name, row.updated_at = {code: text.strip() for code, text in name.items() if text.strip()}, now
    row.members = []
    db.flush()
    found = {point.slug: point for point in db.scalars(select(t.Point).where(t.Point.slug.in_(list(points))))}
    row.members = [t.PointGroupMember(group_id=row.id, point_id=found[one].id, point=found[one], position=index)
                   for index, one in enumerate(dict.fromkeys(points))]
    db.flush()
    action = "group.created" if before is None else "group.changed"
    if before != _state(row):
        audit.record(db, house, actor, action, "group", slug, before, _state(row))
    return row


def _rows(house: House, data: bytes | str) -> list[tuple[int, str, dict[str, str], tuple[str, ...]]]:
    if len(data) > MOST_BYTES:
        raise Invalid("This table is too large.")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
        reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.split("\n", 1)[0] else ",")
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise Invalid("This is not a table in CSV with UTF-8 letters.") from None
    if "slug" not in (reader.fieldnames or ()) or "points" not in (reader.fieldnames or ()) or len(rows) > MOST_GROUPS:
        raise Invalid("The table needs the columns slug and points, and has at most 200 rows.")
    return [(number, (row["slug"] or "").strip(), {code: (row.get(f"name_{code}") or "").strip() for code in house.network.languages},
             tuple((row["points"] or "").replace(";", " ").split())) for number, row in enumerate(rows, 2)]


def _harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _view(row: t.PointGroup) -> GroupView:
    return GroupView(row.slug, row.name, tuple(member.point.slug for member in row.members), False)


def _state(row: t.PointGroup) -> dict[str, Any]:
    return {"name": row.name, "points": [member.point.slug for member in row.members]}
