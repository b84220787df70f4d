"""``liaison backup``, ``restore``, ``doctor`` and ``config check``: keeping an installation well."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from ..cli import settings_or_exit
from ..config import PREFIX, Settings
from ..process import set_up_logging
from .serve import prepare

SECRET_FIELDS = frozenset({"media_token", "metrics_token", "restream_key", "sms_token", "telegram_token", "turn_secret"})
MARKS = {"OK": ("✓", "green"), "WARN": ("!", "yellow"), "FAIL": ("✗", "red")}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything (accounts, sessions, attendance, settings, the secret key) into FILE while the system runs."""
    from ..services.backup import make_backup

    settings = settings_or_exit()
    set_up_logging(settings, "upkeep")
    prepare(settings).db.close()
    if not file.parent.is_dir():
        raise click.ClickException(f"{file.parent} is not a folder")
    try:
        manifest = make_backup(settings, file)
    except OSError as error:
        raise click.ClickException(f"the backup could not be written: {error}") from error
    rows = sum(manifest.rows.values())
    click.echo(f"{file}: {rows} rows of {len(manifest.rows)} tables, {file.stat().st_size / 1024:.0f} KiB, "
               f"sessions {manifest.rows['session']}, accounts {manifest.rows['user_account']}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace what is there (a backup of it is made first).")
def restore(file: Path, yes: bool) -> None:
    """Put the content of FILE in place of what is there, all or nothing; a running service is restarted by it."""
    from ..services.backup import restore_backup
    from ..supervisor import restart_running

    settings = settings_or_exit()
    set_up_logging(settings, "upkeep")
    prepare(settings).db.close()
    manifest, saved = restore_backup(settings, file, replace=yes)
    click.echo(f"restored {sum(manifest.rows.values())} rows from {manifest.made_at:%Y-%m-%d %H:%M} UTC "
               f"(sessions {manifest.rows['session']}, accounts {manifest.rows['user_account']})")
    if saved is not None:
        click.echo(f"what was there before is in {saved}")
    if restart_running(settings):
        click.echo("the running service starts its processes anew")
    else:
        click.echo("no service runs on this data folder; processes started one by one, or on other machines, must be restarted")


@click.command()
def doctor() -> None:
    """Look at clock, disk, database, ports, certificate, media, scheduler and mail; say what to do. Exit 1 if anything fails."""
    from ..services.doctor import Verdict, examine

    failed = False
    for finding in examine(settings_or_exit()):
        mark, colour = MARKS[finding.verdict]
        click.secho(f"{mark} {finding.verdict:<4}", fg=colour, nl=False)
        click.echo(f"  {finding.subject}: {finding.state}")
        if finding.remedy:
            click.echo(f"          → {finding.remedy}")
        failed = failed or finding.verdict is Verdict.FAIL
    raise SystemExit(1 if failed else 0)


@click.group()
def config() -> None:
    """The settings."""


@config.command("check")
def check() -> None:
    """Name every mistake in the settings, or print those in force (secrets masked). Exit 78 when there is a mistake."""
    settings = settings_or_exit()
    problems = list(unreadable_files(settings))
    if problems:
        for problem in problems:
            click.echo(f"liaison: {problem}", err=True)
        raise SystemExit(78)
    click.echo("configuration is good")
    for name in Settings.model_fields:
        shown = masked(name, getattr(settings, name))
        chosen = "" if name in settings.model_fields_set else "  (default)"
        click.echo(f"{PREFIX}{name.upper()}={shown}{chosen}")


@config.command("link-secret")
def link_secret() -> None:
    """Print what nginx signs addresses of broadcasts with (deploy/nginx.conf), alone on standard output."""
    from ..services.signed_broadcasts import link_secret as secret

    click.echo(secret(settings_or_exit()))


def unreadable_files(settings: Settings) -> list[str]:
    """Sentences about files that the settings name and this account cannot read."""
    named = {"tls_cert": settings.tls_cert, "tls_key": settings.tls_key}
    problems = []
    for name, path in named.items():
        try:
            if path is not None:
                path.open("rb").close()
        except OSError as error:
            problems.append(f"{PREFIX}{name.upper()} names {path}, which cannot be read: {error.strerror}")
    if settings.network_dir is not None:
        for part in ("network.toml", "points.csv"):
            if not (settings.network_dir / part).is_file():
                problems.append(f"{PREFIX}NETWORK_DIR names {settings.network_dir}, which has no {part}")
    return problems


def masked(name: str, value: Any) -> str:
    """A setting as it may be shown: no secret, no password inside an address."""
    if value is None or value == "":
        return ""
    if name in SECRET_FIELDS:
        return "********"
    return re.sub(r"(//[^:/@\s]*):[^@\s]*@", r"\1:********@", str(value))
