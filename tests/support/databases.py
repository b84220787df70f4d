"""Databases for tests, migrated and with the network's points: made once a run, copied for each test."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.pool import Pool

from liaison.config import Settings, load
from liaison.domain.clock import Clock, FixedClock, SystemClock
from tests.support.once import made_once
from tests.support.postgres import PostgresCluster

MONDAY = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)  # nine in the morning in Bishkek


def clean_environment() -> dict[str, str]:
    """This process's environment without any setting of liaison."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LIAISON_")}


def make_settings(data: Path, **settings: object) -> Settings:
    """Settings as ``liaison`` would read them: keyword ``http_port=1`` stands for ``LIAISON_HTTP_PORT=1``."""
    named = {f"LIAISON_{name.upper()}": str(value) for name, value in settings.items()}
    return load({"LIAISON_DATA": str(data), **named})


def migrate(url: str, data: Path) -> None:
    """Bring the database at ``url`` to the newest schema, as the service does when it starts."""
    from liaison.store.migrate import upgrade

    data.mkdir(parents=True, exist_ok=True)
    upgrade(make_settings(data, database_url=url))


def prepare(url: str, data: Path, clock: Clock | None = None) -> None:
    """The same with the network's points in it, as after the service's first start."""
    from liaison.house import open_house
    from liaison.services.points import seed_points

    migrate(url, data)
    house = open_house(make_settings(data, database_url=url), clock or FixedClock(MONDAY))
    seed_points(house)
    house.db.close()


def database_of_first_start() -> Path:
    """The SQLite file that a service has after its first start."""
    return made_once("first-start.db", lambda file: _make_sqlite(file, SystemClock()))


def _make_sqlite(file: Path, clock: Clock) -> None:
    with TemporaryDirectory(prefix="liaison-made-") as folder:
        prepare(f"sqlite:///{file}", Path(folder), clock)
    fold_journal(file)


def write_lazily() -> None:
    """SQLite in this process leaves it to the kernel when something reaches the disk, as the tests' PostgreSQL does (``FAST``): nobody
    pulls the plug here, and a disk that is busy with other tests may hold a commit up for seconds."""
    @event.listens_for(Pool, "checkout")
    def relax(connection: Any, _record: Any, _proxy: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")


def fold_journal(file: Path) -> None:
    """Copying one file must copy everything: leave nothing in the write-ahead log."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class SqliteFactory:
    """Copies of one prepared file."""

    def __init__(self) -> None:
        self.template = made_once("template.db", lambda file: _make_sqlite(file, FixedClock(MONDAY)))

    def create(self, folder: Path) -> str:
        copyfile(self.template, folder / "liaison.db")
        return f"sqlite:///{folder / 'liaison.db'}"


class Changed(Exception):
    """A test has changed the schema."""


class PostgresFactory:
    """Clones of one prepared template database. One that comes back is emptied and filled as new, which is far cheaper than
    another clone; one whose schema a test has changed is dropped.

    A connection to each stays open: it knows the tables already, and a new one costs the server 25 ms until it has emptied them.
    """

    def __init__(self, cluster: PostgresCluster, folder: Path) -> None:
        self.cluster = cluster
        self.template = cluster.make_template("liaison_template", lambda url: prepare(url, folder / "data"))
        self._numbers = itertools.count(1)
        first = self._clone()
        self._spare = [first]
        self._shape = schema_shape(first[1])
        self._emptying = emptying(first[1])
        self._rows = {name: rows for name in tables_of(first[1]) if (rows := b"".join(copy_out(first[1], name)))}

    def _clone(self) -> tuple[str, psycopg.Connection]:
        url = self.cluster.create(self.template)
        return url, psycopg.connect(url, autocommit=True, prepare_threshold=None)

    def lend(self) -> Iterator[str]:
        """Some things are remembered by a database's address: it is another one each time."""
        url, db = self._spare.pop() if self._spare else self._clone()
        yield f"{url}?application_name=test_{next(self._numbers)}"
        try:
            self._make_new(db)
            self._spare.append((url, db))
        except (psycopg.Error, Changed):
            db.close()
            self.cluster.drop(url)

    def _make_new(self, db: psycopg.Connection) -> None:
        db.execute("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                   " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'")
        with db.transaction():
            if schema_shape(db) != self._shape:
                raise Changed
            db.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor the order of foreign keys
            db.execute(self._emptying)
            for name, rows in self._rows.items():
                with db.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(rows)


def tables_of(db: psycopg.Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()]


def emptying(db: psycopg.Connection) -> sql.Composed:
    """What leaves no row in any table and lets every sequence begin anew, for one journey to the server."""
    sequences = db.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
    deletes = [sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for name in tables_of(db)]
    return sql.Composed([*deletes, *(sql.SQL("ALTER SEQUENCE {} RESTART;").format(sql.Identifier(name)) for (name,) in sequences)])


def copy_out(db: psycopg.Connection, name: str) -> Iterator[bytes]:
    with db.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
        for part in copy:
            yield bytes(part)


def schema_shape(db: psycopg.Connection) -> tuple[object, ...]:
    """What a test may have changed beside rows: schemas, columns, constraints, triggers, functions, sequences."""
    found = db.execute("""SELECT
      (SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'),
      (SELECT md5(string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY c.relname, a.attname))
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND a.attnum > 0 AND NOT a.attisdropped),
      (SELECT md5(string_agg(conname, ',' ORDER BY conname)) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
        WHERE n.nspname = 'public'),
      (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc)""").fetchone()
    assert found is not None
    return tuple(found)
