"""An office with six years of sessions, written straight into a database: 100,000 of them with 12 points each on average, 2,000
of which (6 points each) lie in the sixty days after the present and take about 40 % of the points' working hours there.

The SQLite file is made once and kept (``var/bench``); PostgreSQL is filled from it by COPY.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from liaison.domain.words import AccountRole
from liaison.house import open_house
from liaison.ids import new_id
from liaison.store.revision import HEAD
from tests.support.databases import SqliteFactory, make_settings, tables_of
from tests.support.people import add_actor, organiser

NOW = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)
"""Nine in the morning in Bishkek: the present that the data is made around."""
ZONE_HOURS = 6
SESSIONS, SPARSE, DAYS = 100_000, 2_000, 60
YEARS_BEFORE = 5
SIZES = (12, 12, 12, 12, 13)
"""Points of the sessions that share an hour outside of the sixty days: 61 of the 63 are taken then."""
HOURS = range(8, 18)
LENGTHS = (60, 60, 60, 90, 75)
STARTS = (*range(9 * 60, 17 * 60, 30),)
COLUMNS: dict[str, tuple[str, ...]] = {
    "session": ("id", "number_year", "number_serial", "title", "description", "kind", "status", "starts_at", "ends_at", "timezone",
                "public", "chair_point_id", "booked_by_id", "sequence", "version", "cancel_reason", "search_text",
                "created_at", "updated_at"),
    "invitation": ("id", "session_id", "point_id", "position", "required", "answer", "answer_reason", "representatives"),
    "booking": ("id", "session_id", "point_id", "resource", "starts_at", "ends_at", "active"),
}


@dataclass(frozen=True)
class Slot:
    """A session to be: when, how long, where (indexes of points)."""

    starts_at: datetime
    minutes: int
    points: tuple[int, ...]


def slots(points: int = 63) -> list[Slot]:
    """All sessions, by start; always the same."""
    chance = random.Random(1)
    first_dense = date(2027, 3, 1) - timedelta(days=365 * YEARS_BEFORE)
    dense = _dense(chance, points, first_dense)
    return sorted([*dense, *_sparse(chance, points)], key=lambda slot: slot.starts_at)


def _dense(chance: random.Random, points: int, first: date) -> list[Slot]:
    found: list[Slot] = []
    window = (date(2027, 3, 1), date(2027, 3, 1) + timedelta(days=DAYS))
    day = first
    while len(found) < SESSIONS - SPARSE:
        if not window[0] <= day < window[1]:
            for hour in HOURS:
                order = iter(chance.sample(range(points), points))
                found += [Slot(_at(day, hour * 60), 60, tuple(next(order) for _ in range(size))) for size in SIZES]
        day += timedelta(days=1)
    return found[:SESSIONS - SPARSE]


def _sparse(chance: random.Random, points: int) -> list[Slot]:
    found: list[Slot] = []
    taken: dict[date, list[Slot]] = {}
    while len(found) < SPARSE:
        day = date(2027, 3, 1) + timedelta(days=len(found) % DAYS)
        start, minutes = chance.choice(STARTS), chance.choice(LENGTHS)
        starts_at = _at(day, start)
        ends_at = starts_at + timedelta(minutes=minutes)
        busy = {point for slot in taken.get(day, []) if slot.starts_at < ends_at
                and starts_at < slot.starts_at + timedelta(minutes=slot.minutes) for point in slot.points}
        free = [point for point in range(points) if point not in busy]
        if len(free) >= 6:
            slot = Slot(starts_at, minutes, tuple(chance.sample(free, 6)))
            taken.setdefault(day, []).append(slot)
            found.append(slot)
    return found


def _at(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute - ZONE_HOURS * 60)


def seeded_sqlite(folder: Path) -> Path:
    """The kept file, made when it is not there or of an older schema."""
    target = folder / f"booking-{HEAD}.db"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        made = Path(SqliteFactory().create(work).removeprefix("sqlite:///"))
        _people(made, work)
        _fill(made)
        made.replace(target)
        shutil.rmtree(work)
    return target


def _people(path: Path, work: Path) -> None:
    """The points, who books, and an officer with an address for each point, so that announcing costs what it costs."""
    house = open_house(make_settings(work / "data", database_url=f"sqlite:///{path}"))
    organiser(house)
    for row in house.network.point_rows():
        add_actor(house, f"officer-{row['slug']}", AccountRole.OFFICER, row["slug"], email=f"{row['slug']}@example.org")
    house.db.close()


def _fill(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    triggers = [text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'booking'")]
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'booking'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("BEGIN")
    points = [row[0] for row in connection.execute("SELECT id FROM point ORDER BY position")]
    booker = connection.execute("SELECT id FROM user_account WHERE name = 'planner'").fetchone()[0]
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    for number, slot in enumerate(slots(len(points))):
        _rows(rows, number, slot, points, booker)
        if number % 5000 == 4999:
            _write(connection, rows)
    _write(connection, rows)
    serials = "SELECT number_year, max(number_serial) FROM session GROUP BY number_year"
    connection.execute(f"INSERT INTO number_counter (year, last) {serials}")
    connection.execute("COMMIT")
    for trigger in triggers:
        connection.execute(trigger)
    connection.close()


def _write(connection: sqlite3.Connection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    for name, columns in COLUMNS.items():
        marks = ", ".join("?" for _ in columns)
        connection.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", rows[name])
        rows[name].clear()


def _rows(rows: dict[str, list[tuple[Any, ...]]], number: int, slot: Slot, points: list[str], booker: str) -> None:
    session, ends_at = new_id(), slot.starts_at + timedelta(minutes=slot.minutes)
    start, end, made = _text(slot.starts_at), _text(ends_at), _text(slot.starts_at - timedelta(days=14))
    status = "ended" if ends_at <= NOW else "confirmed"
    title = f'{{"en": "Session {number}", "ru": "Сеанс {number}"}}'
    rows["session"].append((session, slot.starts_at.year, number + 1, title, "{}", "government", status, start, end, "Asia/Bishkek",
                            False, points[slot.points[0]], booker, 0, 1, "", f"session {number}", made, made))
    for position, index in enumerate(slot.points):
        point = points[index]
        rows["invitation"].append((new_id(), session, point, position, True, "accepted", "", "[]"))
        rows["booking"].append((new_id(), session, point, f"room:{point}", start, end, True))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fill_postgres(url: str, source: Path) -> None:
    """Everything of the SQLite file into a migrated, empty PostgreSQL database; the exclusion constraint is put on afterwards."""
    lite = sqlite3.connect(source)
    with psycopg.connect(url) as db:
        constraint = db.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ex_booking_overlap'").fetchone()
        db.execute("ALTER TABLE booking DROP CONSTRAINT ex_booking_overlap")
        db.execute("SET session_replication_role = replica")  # rows come table by table: references are whole at the end
        for table in tables_of(db):
            _copy(lite, db, table)
        db.execute(sql.SQL("ALTER TABLE booking ADD CONSTRAINT ex_booking_overlap ") + sql.SQL(constraint[0] if constraint else ""))
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("ANALYZE")
    lite.close()


def _copy(lite: sqlite3.Connection, db: psycopg.Connection, table: str) -> None:
    if table == "alembic_version":
        return
    columns = [row[0] for row in db.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' ORDER BY ordinal_position",
        (table,))]
    flags = {row[0] for row in db.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND data_type = 'boolean'", (table,))}
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with db.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
        for row in _read(lite, table, columns, flags):
            copy.write_row(row)


def _read(lite: sqlite3.Connection, table: str, columns: list[str], flags: set[str]) -> Iterator[tuple[Any, ...]]:
    quoted = ", ".join(f'"{name}"' for name in columns)
    for row in lite.execute(f'SELECT {quoted} FROM "{table}"'):
        yield tuple(bool(value) if name in flags and value is not None else value for name, value in zip(columns, row, strict=True))
