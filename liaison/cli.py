"""The command ``liaison``: serve, web, media, scheduler, demo, user, people, token, points, texts, deputies, groups, templates,
polls, requests, closures, maintenance, room-pcs, restream, settings, privacy, config, backup, restore, doctor.

Imports stay inside the commands: a process loads only what it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from . import __version__
from .config import ConfigError, Settings, load
from .domain.errors import LiaisonError
from .lean import UNUSED, leave_out, load_at_ease


def settings_or_exit() -> Settings:
    """The settings, or every mistake on standard error and exit 78 (EX_CONFIG)."""
    try:
        return load()
    except ConfigError as error:
        for problem in error.problems:
            click.echo(f"liaison: {problem}", err=True)
        raise SystemExit(78) from None


class Commands(click.Group):
    """Subcommands that live in ``liaison.commands.<module>``, imported when used."""

    modules = {
        "serve": "serve", "user": "people", "people": "people", "texts": "texts", "token": "people", "points": "points",
        "backup": "upkeep", "restore": "upkeep", "doctor": "upkeep", "config": "upkeep", "demo": "demo",
        "deputies": "office", "closures": "office", "maintenance": "office", "room-pcs": "office", "groups": "planning",
        "templates": "planning", "polls": "planning", "requests": "planning", "settings": "settings", "privacy": "privacy",
        "restream": "restream",
    }
    processes = {"web": "web.server", "media": "signaling.sfu.worker", "scheduler": "scheduler.main",
                 "broadcast": "signaling.broadcast.process", "record": "signaling.recording.process"}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*self.modules, *self.processes])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self.processes:
            return _process_command(name, self.processes[name])
        if name in self.modules:
            module = import_module(f"liaison.commands.{self.modules[name]}")
            command: click.Command = getattr(module, name.replace("-", "_"))
            return command
        return None


def _process_command(name: str, module: str) -> click.Command:
    """One of the processes; ``main(settings)`` of its module runs until stopped."""

    def run(**options: Any) -> None:
        settings = settings_or_exit()
        from .process import die_with_parent, set_up_logging

        die_with_parent()
        label = f"media-{options['worker']}" if options.get("worker") else name
        set_up_logging(settings, label)
        main: Callable[..., int | None] = import_module(module).main
        raise SystemExit(main(settings, **options) or 0)

    params: list[click.Parameter] = []
    if name == "media":
        params.append(click.Option(["--worker"], type=int, default=0, show_default=True, help="Number of this worker."))
    if name == "web":
        params.append(click.Option(["--standby"], is_flag=True, hidden=True, help="Load everything, then wait for a line of input."))
    texts = {"web": "Serve pages, API and signaling.", "media": "Run one media worker.", "scheduler": "Run the clock.",
             "broadcast": "Encode the broadcasts of public sessions.", "record": "Record the tracks of sessions."}
    return click.Command(name, callback=run, params=params, help=texts[name])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="liaison")
def cli() -> None:
    """Videoconference scheduling and sessions for a network of liaison offices."""


def main() -> None:
    """Entry point: domain errors become one clear line and exit 1."""
    leave_out(*UNUSED)
    load_at_ease()
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except LiaisonError as error:
        details = "; ".join(f"{item.get('field')}: {item.get('message')}" for item in error.details.get("errors", []))
        click.echo(f"liaison: {error}" + (f" ({details})" if details else "") + (f" {error.remedy}" if error.remedy else ""), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
