"""INSERT that leaves alone what is there already, in the words of either database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from sqlalchemy import Insert


def insert_missing(db: Session, table: Any) -> Insert:
    """``INSERT INTO table … ON CONFLICT DO NOTHING``. Only the dialect in use is loaded."""
    if db.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table).on_conflict_do_nothing()
