"""Is the database ready as it is? Asked at every start, so answered without SQLAlchemy and Alembic (they take seconds to load)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from ..config import Settings

HEAD = "0034"
"""The newest migration; a test compares it with Alembic's own answer."""
QUESTION = "SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM point)"


def is_ready(settings: Settings) -> bool:
    """True when the schema is the newest and the points are loaded; False whenever in doubt, then ``prepare`` looks closely."""
    url = settings.database
    return _ask_sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else _ask_postgresql(url)


def _answers(row: tuple[str, int] | None) -> bool:
    return row is not None and row[0] == HEAD and row[1] > 0


def _ask_sqlite(path: str) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            return _answers(connection.execute(QUESTION).fetchone())
    except sqlite3.Error:
        return False


def _ask_postgresql(url: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), connect_timeout=5) as connection:
            return _answers(connection.execute(QUESTION).fetchone())
    except psycopg.Error:
        return False
