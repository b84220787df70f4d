"""``liaison settings``: the choices of the settings page."""

from __future__ import annotations

import json
from typing import Any

import click

from ..cli import settings_or_exit
from .serve import prepare


@click.group()
def settings() -> None:
    """The choices of the settings page."""


@settings.command("show")
@click.argument("key", required=False)
def show(key: str | None) -> None:
    """Print every setting in force, or the one named, as JSON values."""
    from ..services.settings import get_settings

    found = get_settings(prepare(settings_or_exit()))
    if key is not None and key not in found:
        raise click.BadParameter(f"there is no setting {key}; there are {', '.join(sorted(found))}")
    for name, value in sorted(found.items()):
        if key in (None, name):
            click.echo(f"{name}\t{json.dumps(value, ensure_ascii=False)}")


@settings.command("set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Give the setting KEY the VALUE: a JSON value ([60, 10], 120), or a text as it stands."""
    from ..domain.actor import SYSTEM
    from ..services.settings import change_settings, get_settings

    house = prepare(settings_or_exit())
    change_settings(house, SYSTEM, {key: _value(get_settings(house).get(key), value)})


def _value(present: Any, text: str) -> Any:
    """A telephone number stays a text though it looks like a number."""
    try:
        return text if isinstance(present, str) else json.loads(text)
    except ValueError:
        return text
