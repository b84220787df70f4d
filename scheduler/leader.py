"""One scheduler acts at a time; the others stand by.

PostgreSQL: an advisory lock held by a connection of its own, so several machines may run a scheduler. SQLite: a lock on
a file beside the database. Both are given back by the system when the process dies.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from liaison.house import House
from liaison.process import get_logger
from liaison.store.locks import SCHEDULER, SCHEDULER_FILE

log = get_logger("scheduler.leader")


class Leadership(Protocol):
    def acquire(self) -> bool:
        """Try once, without waiting."""
        ...

    def still_held(self) -> bool:
        """False once the lock is lost: this process must stop acting."""
        ...

    def release(self) -> None: ...


class AdvisoryLock:
    """``pg_try_advisory_lock`` on a connection outside any transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except SQLAlchemyError as error:
            log.warning("the database does not answer", error=str(error))
            return False
        if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": SCHEDULER}):
            self._connection = connection
            return True
        connection.close()
        return False

    def still_held(self) -> bool:
        try:
            return self._connection is not None and self._connection.scalar(text("SELECT 1")) == 1
        except SQLAlchemyError as error:
            log.error("the leader's connection is gone", error=str(error))
            return False

    def release(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # closing alone would hand a connection with the lock back to the pool
            self._connection.close()
            self._connection = None


class FileLock:
    """``flock(2)`` on ``LIAISON_DATA/scheduler.lock``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def still_held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def leadership_of(house: House) -> Leadership:
    """The lock that fits the database."""
    if house.db.dialect == "postgresql":
        return AdvisoryLock(house.db.write_engine)
    return FileLock(house.settings.data.resolve() / SCHEDULER_FILE)
