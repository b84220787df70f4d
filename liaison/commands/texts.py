"""``liaison texts``: the office's own words in messages."""

from __future__ import annotations

import click

from ..cli import settings_or_exit
from .serve import prepare
from .tables import add_table_commands


@click.group()
def texts() -> None:
    """The office's own words in messages, as one table."""


add_table_commands(texts, "texts")


@texts.command("set")
@click.argument("kind")
@click.argument("part")
@click.argument("language")
@click.argument("text")
def set_text(kind: str, part: str, language: str, text: str) -> None:
    """Say the PART (subject, intro) of the message KIND in one LANGUAGE so; an empty TEXT goes back to the usual words."""
    from ..domain.actor import SYSTEM
    from ..services.message_texts import put_text, reset_text

    house = prepare(settings_or_exit())
    if text.strip():
        put_text(house, SYSTEM, kind, part, language, text)
    else:
        reset_text(house, SYSTEM, kind, part, language)
