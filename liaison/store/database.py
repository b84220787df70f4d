"""Engines for both databases, and the unit of work.

SQLite: WAL, ``synchronous=FULL``, ``BEGIN IMMEDIATE`` for every writing transaction (the default driver's deferred
begin lets two bookings of the same room pass), and a second engine for reading that never waits for the writer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import sessionmaker

from ..domain.errors import Busy

BUSY_TIMEOUT_MS = 20_000
_dumps = partial(json.dumps, ensure_ascii=False)  # Cyrillic stays readable in the database


class Database:
    """One database. ``write()`` and ``read()`` give SQLAlchemy sessions; a write commits at the end of its block or rolls back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dialect = "sqlite" if url.startswith("sqlite") else "postgresql"

    @cached_property
    def write_engine(self) -> Engine:
        return sqlite_engine(self.url, "BEGIN IMMEDIATE") if self.dialect == "sqlite" else _postgres_engine(self.url)

    @cached_property
    def read_engine(self) -> Engine:
        return sqlite_engine(self.url, "BEGIN") if self.dialect == "sqlite" else self.write_engine

    @cached_property
    def _writers(self) -> sessionmaker[DbSession]:
        return sessionmaker(self.write_engine, expire_on_commit=False)

    @cached_property
    def _readers(self) -> sessionmaker[DbSession]:
        return sessionmaker(self.read_engine, expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[DbSession]:
        """A transaction that may change things: commits when the block ends, rolls back on an exception.

        Raises Busy when another writer held the database (SQLite) or a row (PostgreSQL) for BUSY_TIMEOUT_MS.
        """
        with _saying_busy(), self._writers.begin() as db:
            yield db

    @contextmanager
    def read(self) -> Iterator[DbSession]:
        """A consistent look; changes are thrown away."""
        with _saying_busy(), self._readers() as db:
            yield db

    def close(self) -> None:
        self.write_engine.dispose()
        self.read_engine.dispose()


@contextmanager
def _saying_busy() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as exc:
        raise Busy() from exc
    except OperationalError as exc:
        if is_lock_timeout(exc):
            raise Busy() from exc
        raise


def is_lock_timeout(exc: OperationalError) -> bool:
    """Whether a statement gave up waiting for another writer (or was the victim of a deadlock)."""
    # 55P03 lock_not_available, 40P01 deadlock_detected (PostgreSQL, appendix A)
    return getattr(exc.orig, "sqlstate", None) in ("55P03", "40P01") or "database is locked" in str(exc.orig)


def sqlite_engine(url: str, begin: str, foreign_keys: bool = True) -> Engine:
    """An engine whose transactions start with ``begin``; migrations switch the foreign keys off (they rebuild tables)."""
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
                           json_serializer=_dumps)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # pysqlite must not begin by itself; the hook below does
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")  # first: switching to WAL may have to wait too
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"foreign_keys={'ON' if foreign_keys else 'OFF'}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: str) -> Engine:
    # Ten connections a process: eight processes still fit into PostgreSQL's usual hundred. Others wait their turn.
    return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=2, pool_timeout=BUSY_TIMEOUT_MS / 1000,
                         isolation_level="READ COMMITTED", json_serializer=_dumps,
                         connect_args={"options": f"-c timezone=UTC -c lock_timeout={BUSY_TIMEOUT_MS}"})
