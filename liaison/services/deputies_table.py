"""All deputyships as one table: exported, and brought back with additions and other last days.

A row is about a chief, a deputy and a first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.text import storable
from ..house import House
from ..i18n import N_
from ..store import tables as t
from . import audit
from .csv_tables import Row, Table
from .deputies import deputy_errors, end_of_deputyship, name_deputy

COLUMNS = ("chief", "deputy", "starts_on", "ends_on")
Key = tuple[str, str, str]


def kept(db: DbSession, house: House) -> Iterable[Mapping[str, str]]:
    for row in _rows(db):
        yield _cells(row, house.network.zone)


def _rows(db: DbSession) -> list[t.Deputyship]:
    return list(db.scalars(select(t.Deputyship).order_by(t.Deputyship.starts_at, t.Deputyship.id)))


def _cells(row: t.Deputyship, zone: ZoneInfo) -> dict[str, str]:
    """The last day is the one on which the deputyship still holds."""
    last = (row.ends_at - timedelta(microseconds=1)).astimezone(zone).date() if row.ends_at else None
    return {"chief": row.chief.name, "deputy": row.deputy.name, "starts_on": row.starts_at.astimezone(zone).date().isoformat(),
            "ends_on": last.isoformat() if last else ""}


def judge(db: DbSession, house: House, _actor: Actor, rows: list[Row]) -> None:
    known, seen = {_key(cells): cells for cells in kept(db, house)}, set()
    for row in rows:
        row.values |= {name: cell.lower() for name, cell in row.values.items()}
        key = _key(row.values)
        if key in seen:
            row.refuse("chief", N_("This deputy stands twice in the table."))
        seen.add(key)
        before = known.get(key, {})
        row.values.setdefault("ends_on", before.get("ends_on", ""))
        _judge(db, house, row, not before)
        row.settle(not before, before, {name: row.values[name] for name in COLUMNS})


def _key(cells: Mapping[str, str]) -> Key:
    return cells["chief"], cells["deputy"], cells["starts_on"]


def _judge(db: DbSession, house: House, row: Row, new: bool) -> None:
    first, last = _day(row, "starts_on"), _day(row, "ends_on") if row.values["ends_on"] else None
    if first is None or row.errors:
        return
    chief, deputy = _user(db, row.values["chief"]), _user(db, row.values["deputy"])
    zone = house.network.zone
    if chief is None:
        row.refuse("chief", N_("There is no such active account."))
    for error in deputy_errors(chief, deputy, _midnight(first, zone), _end(last, zone)) if chief is not None and new else ():
        row.refuse(error["field"], error["message"])
    if not new and last is not None and last < first:
        row.refuse("ends_on", N_("The end is before the beginning."))


def _day(row: Row, column: str) -> date | None:
    try:
        return date.fromisoformat(row.values[column])
    except ValueError:
        row.refuse(column, N_("Give a date such as 2027-03-01."))
        return None


def _user(db: DbSession, name: str) -> t.User | None:
    return db.scalar(select(t.User).where(t.User.name == name)) if storable(name) else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _end(last: date | None, zone: ZoneInfo) -> datetime | None:
    return _midnight(last + timedelta(days=1), zone) if last is not None else None


def apply(db: DbSession, house: House, actor: Actor, row: Row) -> None:
    zone, last = house.network.zone, row.values["ends_on"]
    ends_at = _end(date.fromisoformat(last), zone) if last else None
    kept_row = next((one for one in _rows(db) if _key(_cells(one, zone)) == _key(row.values)), None)
    if kept_row is not None:
        before = end_of_deputyship(kept_row)
        kept_row.ends_at = ends_at
        audit.record(db, house, actor, "deputy.changed", "user", kept_row.chief_id, before, end_of_deputyship(kept_row))
        return
    chief, deputy = _user(db, row.values["chief"]), _user(db, row.values["deputy"])
    if chief is not None and deputy is not None:  # as judged
        name_deputy(db, house, actor, chief, deputy, _midnight(date.fromisoformat(row.values["starts_on"]), zone), ends_at)


TABLE = Table("deputies", lambda _house: COLUMNS, COLUMNS[:3], lambda actor: actor.administers, kept, judge, apply)
