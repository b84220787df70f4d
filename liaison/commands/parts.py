"""What the commands of the office share: opening the house, printing a line, reading dates and texts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from ..cli import settings_or_exit
from .serve import prepare

WHEN = "2027-03-01T08:00"


def office() -> Any:
    return prepare(settings_or_exit())


def line(*cells: object) -> None:
    click.echo("\t".join("-" if cell in (None, "") else str(cell) for cell in cells))


def local(house: Any, at: datetime | None) -> str:
    return at.astimezone(house.network.zone).isoformat(timespec="minutes") if at else ""


def moment(house: Any, text: str | None) -> datetime | None:
    """In the network's time zone, unless one is given."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text} is no date and time such as {WHEN}") from None
    return found.replace(tzinfo=house.network.zone) if found and not found.tzinfo else found


def period(house: Any, starts_at: str, ends_at: str) -> Any:
    from ..domain.booking import Period

    start, end = moment(house, starts_at), moment(house, ends_at)
    assert start is not None
    assert end is not None
    return Period(start, end)


def texts(house: Any, given: Iterable[str]) -> dict[str, str]:
    """``LANGUAGE=TEXT`` by language; a plain text in the network's first."""
    pairs = [text.partition("=") for text in given]
    languages = house.network.languages
    return {code if mark and code in languages else languages[0]: text if mark and code in languages else code + mark + text
            for code, mark, text in pairs}
