"""Alembic's entry: runs on the connection that ``liaison.store.migrate`` hands over, inside its transaction.

Called from Alembic's own command line (a developer making a revision), it opens the configured database itself.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy.engine import Connection

from liaison.config import load
from liaison.store import tables
from liaison.store.base import Base
from liaison.store.database import Database

assert tables  # importing them fills the metadata

HAND_WRITTEN = frozenset({"ex_booking_overlap"})


def include_object(_object: Any, name: str | None, _kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave out what a migration writes by hand and the models cannot say for both databases."""
    return name not in HAND_WRITTEN


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True,
                      include_object=include_object)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(load().database).write_engine.begin() as own:
        run(own)
