"""Every row of a database as lines of JSON, and back: the same on SQLite and PostgreSQL, and from one to the other.

Tables are read as the database has them (reflection), not as this program would like them, so that a copy can also be made
just before a migration. Times are written as SQLite keeps them (``types.UtcDateTime``).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, DateTime, LargeBinary, MetaData, Table, delete, insert, select, text
from sqlalchemy.engine import Connection

from .database import Database

LEFT_OUT = frozenset({"alembic_version", "media_worker"})
"""The schema's number stands in the manifest; what is known of running media workers is of no use to another life."""
BATCH = 500


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """A reading connection that sees one moment only, while everybody else goes on writing."""
    engine = database.read_engine
    with engine.connect() as connection:
        if database.dialect == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def tables(connection: Connection) -> list[Table]:
    """The tables that hold content, those referred to before those that refer to them."""
    found = MetaData()
    found.reflect(connection)
    kept = [table for table in found.sorted_tables if table.name not in LEFT_OUT]
    for table in kept:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = bool(column.nullable)
    return kept


def revision(connection: Connection) -> str:
    """The schema's number; empty for a database without one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def lines(connection: Connection, table: Table) -> Iterator[str]:
    """Each row of a table as one line of JSON, in the order of its key."""
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=BATCH).execute(query).mappings():
        yield json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False, separators=(",", ":")) + "\n"


def lock_out_writers(connection: Connection, known: Iterable[Table]) -> None:
    """Until the transaction ends nobody else writes; they wait. SQLite's writing transactions are exclusive already."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in known)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def empty(connection: Connection, known: list[Table]) -> None:
    """Remove every row of these tables."""
    for table in reversed(known):
        connection.execute(delete(table))


def load(connection: Connection, table: Table, rows: Iterable[str]) -> int:
    """Insert lines made by ``lines``; returns how many."""
    readers = {column.name: _reader(column.type) for column in table.columns}
    count, rest = 0, iter(rows)
    while batch := [json.loads(line) for line in islice(rest, BATCH)]:
        connection.execute(insert(table), [{name: readers[name](value) for name, value in row.items()} for row in batch])
        count += len(batch)
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value


def _reader(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, DateTime):
        return lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64decode(value) if isinstance(value, str) else value
    return lambda value: value
