"""Bring the database to the newest schema. Safe to call from several processes at once: one migrates, the others wait."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from ..config import Settings
from .database import Database, sqlite_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

FOLDER = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x6C696169  # "liai": held while migrating on PostgreSQL


class SchemaTooNew(Exception):
    """The database was migrated by a newer version of the program than this one."""


def upgrade(settings: Settings, before: Callable[[], object] | None = None) -> bool:
    """Migrate if there is something to migrate; say whether there was.

    ``before`` (the backup) runs first, but not on an empty database. Everything happens in one transaction: a migration
    that fails leaves the database as it was. Raises SchemaTooNew when the database is from a newer version.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    with _connection(settings.database) as connection:
        at, head = _revision(connection), head_revision()
        if at == head:
            return False
        if at is not None:
            _require_known(at)
            if before is not None:
                before()
        command.upgrade(_config(connection), "head")
    return True


def current_revision(settings: Settings) -> str | None:
    """The schema the database has; none when it is empty."""
    with _connection(settings.database) as connection:
        return _revision(connection)


def head_revision() -> str:
    """The schema this program wants."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _require_known(revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise SchemaTooNew(f"The database has schema {revision}, which this version does not know. Install the newer "
                           "version of liaison again, or restore the backup made before the upgrade.")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    """One transaction that no other migrating process shares: IMMEDIATE on SQLite, an advisory lock on PostgreSQL."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = 0"))  # another instance's migration may take minutes
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            yield connection
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        return sqlite_engine(url, "BEGIN IMMEDIATE", foreign_keys=False)
    return Database(url).write_engine
