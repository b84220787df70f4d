"""``liaison privacy``: what is kept of a citizen, and its end, on a running or stopped system."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from ..cli import settings_or_exit
from ..domain.actor import SYSTEM
from ..domain.errors import LiaisonError
from ..house import House
from .serve import prepare


def _by(command: Callable[..., None]) -> Callable[..., None]:
    """The three ways in which a citizen is named."""
    for option, metavar, text in (("--mail", "ADDRESS", "By an e-mail address."), ("--phone", "NUMBER", "By a telephone number."),
                                  ("--token", "TOKEN", "By what stands in the address of a question's own page, or of a ticket.")):
        command = click.option(option, default="", metavar=metavar, help=text)(command)
    return command


@click.group()
def privacy() -> None:
    """Personal data of citizens."""


@privacy.command("export")
@_by
def export_command(mail: str, phone: str, token: str) -> None:
    """Print as JSON everything that is kept of a citizen."""
    from ..services.privacy import export

    house = prepare(settings_or_exit())
    click.echo(json.dumps(export(house, SYSTEM, _subject(house, mail, phone, token)), ensure_ascii=False, indent=2))


@privacy.command("erase")
@_by
@click.option("--yes", is_flag=True, help="Without asking.")
def erase_command(mail: str, phone: str, token: str, yes: bool) -> None:
    """Erase it; prints of how many rows. What was answered in public stays, without name and contact."""
    from ..services.privacy import erase

    house = prepare(settings_or_exit())
    subject = _subject(house, mail, phone, token)
    if not yes:
        click.confirm("This cannot be undone. Erase?", abort=True)
    for name, count in erase(house, SYSTEM, subject).items():
        click.echo(f"{name}\t{count}")


def _subject(house: House, mail: str, phone: str, token: str) -> Any:
    from ..services.privacy import owner_of, subject_of

    if sum(map(bool, (mail, phone, token))) != 1:
        raise click.UsageError("Give one of `--mail`, `--phone`, `--token`.")
    try:
        return owner_of(house, token) if token else subject_of(mail, phone)
    except LiaisonError as error:
        raise click.UsageError(error.message) from None
