"""``liaison texts``: the office's own words in messages."""

from __future__ import annotations

import click

from .tables import add_table_commands


@click.group()
def texts() -> None:
    """The office's own words in messages, as one table."""


add_table_commands(texts, "texts")
