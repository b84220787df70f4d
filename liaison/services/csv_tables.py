"""Tables for spreadsheets: what is kept goes out as CSV, and comes back looked through row by row before anything is changed.

Written in UTF-8 with a byte-order mark and semicolons, as spreadsheets here expect it; read in UTF-8 or Windows-1251 with
semicolons, commas or tabs. A cell that a spreadsheet would take for a formula begins with an apostrophe, which is taken off again.
What each table holds is in a module of its own (``points_table``, ``people_table`` …) that gives a ``Table``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid
from ..domain.text import storable
from ..house import House
from ..i18n import N_
from .disk import require_space

BOM = "\ufeff"
MOST_ROWS = 2000
DELIMITERS = ";,\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (OWASP: CSV injection)."""


class Verdict(StrEnum):
    """What an import does with a row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Change:
    """One cell that differs from what is kept."""

    field: str
    before: str
    after: str


@dataclass
class Row:
    """One line of the table (``line`` counts from 1, the heading is 1). ``values``: the cells of the columns that it has."""

    line: int
    values: dict[str, str]
    verdict: Verdict = Verdict.SAME
    changes: list[Change] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def named(self, needed: Iterable[str]) -> str:
        """The cells that say what the row is about."""
        return " ".join(self.values.get(name, "") for name in needed)

    def refuse(self, column: str, message: str, **details: Any) -> None:
        self.errors.append({"field": column, "message": message, **details})

    def settle(self, new: bool, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Fix the verdict from what is kept and what shall be."""
        self.changes = [Change(name, before.get(name, ""), value) for name, value in after.items() if before.get(name, "") != value]
        if self.errors:
            self.verdict = Verdict.REFUSED
        else:
            self.verdict = Verdict.ADDED if new else Verdict.CHANGED if self.changes else Verdict.SAME


@dataclass(frozen=True)
class Table:
    """One kind of table. ``judge`` settles every row; ``apply`` carries one out inside the same transaction."""

    key: str
    columns: Callable[[House], tuple[str, ...]]
    needed: tuple[str, ...]
    allowed: Callable[[Actor], bool]
    rows: Callable[[DbSession, House], Iterable[Mapping[str, str]]]
    judge: Callable[[DbSession, House, Actor, list[Row]], None]
    apply: Callable[[DbSession, House, Actor, Row], None]


@dataclass(frozen=True)
class Outcome:
    """What an import would do, or has done."""

    rows: list[Row]

    @property
    def fine(self) -> bool:
        return self.counts()[Verdict.REFUSED] == 0

    @property
    def does_something(self) -> bool:
        return any(row.verdict in (Verdict.ADDED, Verdict.CHANGED) for row in self.rows)

    def counts(self) -> dict[Verdict, int]:
        return {verdict: sum(1 for row in self.rows if row.verdict is verdict) for verdict in Verdict}


def export_table(house: House, actor: Actor, table: Table) -> str:
    """The whole table as it is kept. Raises Forbidden, Unauthenticated."""
    require(table.allowed(actor), actor)
    columns = table.columns(house)
    with house.db.read() as db:
        return written(columns, ([row.get(name, "") for name in columns] for row in table.rows(db, house)))


def look_through(house: House, actor: Actor, table: Table, data: bytes | str) -> Outcome:
    """Judge every row and change nothing. Raises Invalid when it is no such table at all, Forbidden, DiskFull."""
    require(table.allowed(actor), actor)
    require_space(house)
    rows = read(data, table.columns(house), table.needed)
    with house.db.read() as db:
        table.judge(db, house, actor, rows)
    return Outcome(rows)


def carry_out(house: House, actor: Actor, table: Table, data: bytes | str) -> Outcome:
    """Do all of it in one transaction, or none. Raises Invalid when a row is refused, Forbidden, DiskFull."""
    require(table.allowed(actor), actor)
    require_space(house)
    rows = read(data, table.columns(house), table.needed)
    with house.db.write() as db:
        table.judge(db, house, actor, rows)
        if not Outcome(rows).fine:
            raise Invalid("The table has errors; nothing was imported.")
        for row in rows:
            if row.verdict is not Verdict.SAME:
                table.apply(db, house, actor, row)
    return Outcome(rows)


# ---------------------------------------------------------------- text


def written(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table's text (RFC 4180 but for the semicolons)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return BOM + out.getvalue()


def guarded(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula."""
    return "'" + cell if cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before ``guarded``."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def decoded(data: bytes | str) -> str:
    """The table's text, whichever of the two encodings it has."""
    if isinstance(data, str):
        return data.removeprefix(BOM)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def cells(data: bytes | str) -> list[list[str]]:
    """Every line's cells, the delimiter found out by the heading. Raises Invalid."""
    text = decoded(data)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise Invalid("This is not a table that can be read.") from None
    if not lines:
        raise Invalid("The table is empty.")
    return lines


def read(data: bytes | str, columns: tuple[str, ...], needed: tuple[str, ...]) -> list[Row]:
    """The filled-in rows by column. Raises Invalid naming what is wrong with the table as a whole."""
    lines = cells(data)
    names = [name.strip().lower() for name in lines[0]]
    check_heading(names, columns, needed)
    rows = [_row(number, names, line, needed) for number, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)]
    if not rows:
        raise Invalid("The table is empty.")
    if len(rows) > MOST_ROWS:
        raise Invalid("The table has more than %(most)s rows; send it in parts.", most=MOST_ROWS)
    return rows


def check_heading(names: list[str], columns: tuple[str, ...], needed: tuple[str, ...]) -> None:
    """Raises Invalid naming the column."""
    for name in needed:
        if name not in names:
            raise Invalid("The column %(column)s is missing.", column=name)
    for name in names:
        if name not in columns:
            raise Invalid("There is no column %(column)s; see the template.", column=name or "?")
        if names.count(name) > 1:
            raise Invalid("The column %(column)s stands twice.", column=name)


def _row(number: int, names: list[str], line: list[str], needed: tuple[str, ...]) -> Row:
    """What a short line lacks stays as it is, as if the column were not there."""
    row = Row(number, dict.fromkeys(needed, "") | dict(zip(names, (unguarded(cell.strip()) for cell in line), strict=False)))
    if any(cell.strip() for cell in line[len(names):]):
        row.refuse("", N_("This row has more cells than there are columns."))
    for name, cell in row.values.items():
        if not storable(cell):
            row.refuse(name, N_("This holds a character that cannot be kept."))
    return row


# ---------------------------------------------------------------- cells that are more than text

YES = frozenset({"yes", "1", "true", "да", "ооба"})
NO = frozenset({"no", "0", "false", "нет", "жок"})


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def read_yes_no(row: Row, column: str, otherwise: bool) -> bool:
    """A cell that says yes or no in any of the languages; ``otherwise`` where the table lacks it or it is empty."""
    cell = row.values.get(column, "").lower()
    if not cell:
        return otherwise
    if cell not in YES | NO:
        row.refuse(column, N_("Say yes or no."))
    return cell in YES


def read_degrees(row: Row, column: str, otherwise: float | None) -> float | None:
    """Degrees with a point or a comma; none where the cell is empty, ``otherwise`` where the table lacks it."""
    if column not in row.values:
        return otherwise
    try:
        return float(row.values[column].replace(",", ".")) if row.values[column] else None
    except ValueError:
        row.refuse(column, N_("Give degrees as a number, such as 42.87."))
        return otherwise


def texts_of(row: Row, stem: str, languages: Iterable[str], otherwise: Mapping[str, str]) -> dict[str, str]:
    """Texts by language out of ``<stem>_<language>``; those whose column is missing stay."""
    found = {code: row.values.get(f"{stem}_{code}", otherwise.get(code, "")) for code in languages}
    return {code: text for code, text in found.items() if text}
