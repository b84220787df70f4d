"""Every table that goes out as CSV and comes back, by its name in addresses and on the command line."""

from __future__ import annotations

from ..domain.errors import NotFound
from . import deputies_table, message_texts, people_table, points_table
from .csv_tables import Table

TABLES: dict[str, Table] = {table.key: table for table in (
    points_table.TABLE, people_table.TABLE, deputies_table.TABLE, message_texts.TABLE)}


def find_table(key: str) -> Table:
    """Raises NotFound."""
    if key not in TABLES:
        raise NotFound()
    return TABLES[key]
