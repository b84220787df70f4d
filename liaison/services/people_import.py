"""Officers of all points from one CSV table: looked through row by row first, then all made or none.

Columns (first row names them; comma, semicolon or tab between): ``point`` (slug; several with spaces between), ``full_name``,
``name`` (for signing in; empty: made from the point's slug), ``email``, ``phone``, ``language``, ``role`` (empty: officer).
UTF-8, or Windows-1251 as spreadsheets in Russian write it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid, LiaisonError
from ..domain.words import AccountRole
from ..house import House
from ..store import tables as t
from .audit import record
from .disk import require_space
from .people import add_user, check_fields

COLUMNS = ("point", "full_name", "name", "email", "phone", "language", "role")
NEEDED = ("point", "full_name")
MOST_ROWS = 1000
BOM = "\ufeff"
IMPORTED_ROLES = (AccountRole.OFFICER.value, AccountRole.INTERPRETER.value)


@dataclass
class Row:
    """One line of the table (``line`` counts from 1, the heading is 1). ``errors``: [{"field", "message", …}]."""

    line: int
    values: dict[str, str]
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def points(self) -> list[str]:
        return self.values["point"].split()


@dataclass(frozen=True)
class Plan:
    """What an import would do. ``left_out``: rows of the template that nobody filled in."""

    rows: list[Row]
    left_out: int = 0

    @property
    def fine(self) -> bool:
        return bool(self.rows) and not any(row.errors for row in self.rows)


def template(house: House) -> str:
    """The table to fill in: a line for each point, with a byte-order mark so that spreadsheets read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with house.db.read() as db:
        for slug in db.scalars(select(t.Point.slug).where(t.Point.active.is_(True)).order_by(t.Point.position)):
            writer.writerow([slug, "", f"{slug}-1", "", "", house.network.languages[0], "officer"])
    return BOM + out.getvalue()


def look_through(house: House, actor: Actor, data: bytes | str) -> Plan:
    """Check every row and change nothing. Invalid when it is no such table at all; DiskFull."""
    require(actor.assists, actor)
    require_space(house)
    with house.db.read() as db:
        return _plan(db, house, *_rows(data))


def carry_out(house: House, actor: Actor, data: bytes | str) -> list[str]:
    """Make all accounts in one transaction, or none; returns their ids in the table's order. Invalid when a row is wrong; DiskFull."""
    require(actor.assists, actor)
    require_space(house)
    rows, left_out = _rows(data)
    with house.db.write() as db:
        plan = _plan(db, house, rows, left_out)
        if not plan.fine:
            raise Invalid("The table has errors; nothing was imported.")
        made = [_add(db, house, actor, row).id for row in plan.rows]
        record(db, house, actor, "users.imported", "user", "import", None, {"accounts": len(made)})
        return made


def _add(db: DbSession, house: House, actor: Actor, row: Row) -> t.User:
    fields = {key: row.values[key] for key in ("full_name", "email", "phone", "language", "role")}
    return add_user(db, house, actor, row.values["name"], fields, row.points)


def decode(data: bytes | str) -> str:
    """The table's text, whichever of the two encodings it has."""
    if isinstance(data, str):
        return data.removeprefix(BOM)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def _rows(data: bytes | str) -> tuple[list[Row], int]:
    """The filled-in rows, and how many stand empty but for what the template wrote."""
    text = decode(data)
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise Invalid("This is not a table that can be read.") from None
    if not lines:
        raise Invalid("The table is empty.")
    names = [name.strip().lower() for name in lines[0]]
    _check_heading(names)
    rows = [_row(number, names, cells) for number, cells in enumerate(lines[1:], 2) if any(cell.strip() for cell in cells)]
    filled = [row for row in rows if any(row.values[key] for key in ("full_name", "email", "phone"))]
    if not filled:
        raise Invalid("The table is empty.")
    if len(rows) > MOST_ROWS:
        raise Invalid("The table has more than %(most)s rows; send it in parts.", most=MOST_ROWS)
    return filled, len(rows) - len(filled)


def _check_heading(names: list[str]) -> None:
    for name in NEEDED:
        if name not in names:
            raise Invalid("The column %(column)s is missing.", column=name)
    for name in names:
        if name not in COLUMNS:
            raise Invalid("There is no column %(column)s; see the template.", column=name or "?")
        if names.count(name) > 1:
            raise Invalid("The column %(column)s stands twice.", column=name)


def _row(number: int, names: list[str], cells: list[str]) -> Row:
    values = dict.fromkeys(COLUMNS, "") | dict(zip(names, (cell.strip() for cell in cells), strict=False))
    values["role"] = values["role"].lower() or AccountRole.OFFICER.value
    values["language"] = values["language"].lower()
    values["name"] = values["name"].lower()
    row = Row(number, values)
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names):]):
        row.errors.append({"field": "", "message": "This row has more cells than there are columns."})
    return row


def _plan(db: DbSession, house: House, rows: list[Row], left_out: int) -> Plan:
    slugs = set(db.scalars(select(t.Point.slug)))
    taken = set(db.scalars(select(t.User.name)))
    for row in rows:
        _name_row(row, taken, {other.values["name"] for other in rows})
        _check_row(house, row, slugs)
        if row.values["name"] in taken:
            row.errors.append({"field": "name", "message": "Another account already has this name."})
        taken.add(row.values["name"])
    return Plan(rows, left_out)


def _name_row(row: Row, taken: set[str], listed: set[str]) -> None:
    """A sign-in name for a row without one: the first point's slug and the next free number."""
    if not row.values["name"] and row.points:
        stem = row.points[0][:56]
        row.values["name"] = next(name for name in (f"{stem}-{n}" for n in range(1, MOST_ROWS * 2))
                                  if name not in taken and name not in listed)


def _check_row(house: House, row: Row, slugs: set[str]) -> None:
    if not row.points:
        row.errors.append({"field": "point", "message": "Name the point."})
    row.errors += [{"field": "point", "message": "There is no point named %(slug)s.", "slug": slug}
                   for slug in row.points if slug not in slugs]
    if not row.values["full_name"]:
        row.errors.append({"field": "full_name", "message": "Give the person's full name."})
    if row.values["role"] not in IMPORTED_ROLES:
        row.errors.append({"field": "role", "message": "Only officers and interpreters can be imported."})
    try:
        check_fields(house, {key: value for key, value in row.values.items() if key != "role"}, row.values["name"])
    except LiaisonError as error:
        row.errors += error.details["errors"]
