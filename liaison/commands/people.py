"""``liaison user`` and ``liaison token``: accounts and API tokens, on a running or stopped system."""

from __future__ import annotations

import sys

import click

from ..cli import settings_or_exit
from ..domain.actor import SYSTEM
from ..domain.words import AccountRole
from .serve import prepare
from .tables import add_table_commands


@click.group()
def people() -> None:
    """All accounts as one table."""


add_table_commands(people, "people")


@click.group()
def user() -> None:
    """Accounts."""


@user.command("create")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in AccountRole]))
@click.option("--point", "points", multiple=True, metavar="SLUG", help="A point the person acts for; may be repeated.")
@click.option("--email", default="", metavar="ADDRESS")
@click.option("--full-name", default="")
@click.option("--language", default="")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user_command(name: str, role: str, points: tuple[str, ...], email: str, full_name: str, language: str,
                        password_stdin: bool) -> None:
    """Create the account NAME; without a password it prints a one-time sign-in link."""
    from ..services.links import sign_in_link
    from ..services.people import create_user

    house = prepare(settings_or_exit())
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    made = create_user(house, SYSTEM, name=name, role=AccountRole(role), points=list(points), email=email,
                       full_name=full_name, language=language, password=password)
    click.echo(f"created {name} ({role})" if password else sign_in_link(house, SYSTEM, made["id"]))


@user.command("list")
def list_users_command() -> None:
    """Print name, role, points and state of every account."""
    from ..services.people import list_users

    house = prepare(settings_or_exit())
    for row in list_users(house, SYSTEM):
        state = "active" if row["active"] else "disabled"
        click.echo(f"{row['name']}\t{row['role']}\t{','.join(row['points'])}\t{state}")


@user.command("link")
@click.argument("name")
def link_command(name: str) -> None:
    """Print a one-time sign-in link for the account NAME (a forgotten password, a lost letter)."""
    from ..services.links import sign_in_link
    from ..services.people import find_user

    house = prepare(settings_or_exit())
    click.echo(sign_in_link(house, SYSTEM, find_user(house, SYSTEM, name)["id"]))


@user.command("change")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in AccountRole]))
@click.option("--point", "points", multiple=True, metavar="SLUG", help="May be repeated: these are the person's points afterwards.")
@click.option("--no-points", is_flag=True, help="The person acts for no point any more.")
@click.option("--email", metavar="ADDRESS")
@click.option("--phone")
@click.option("--full-name")
@click.option("--language")
def change_user_command(name: str, points: tuple[str, ...], no_points: bool, **fields: str | None) -> None:
    """Change the account NAME; what is not given stays."""
    from ..services.people import change_user, find_user

    house = prepare(settings_or_exit())
    given = {key: value for key, value in fields.items() if value is not None}
    change_user(house, SYSTEM, find_user(house, SYSTEM, name)["id"], points=list(points) if points or no_points else None, **given)


@user.command("disable")
@click.argument("name")
def disable_command(name: str) -> None:
    """Let nobody in as NAME any more: browsers and tokens end at once."""
    _set_active(name, active=False)


@user.command("enable")
@click.argument("name")
def enable_command(name: str) -> None:
    """Let NAME in again."""
    _set_active(name, active=True)


def _set_active(name: str, active: bool) -> None:
    from ..services.people import find_user, set_active

    house = prepare(settings_or_exit())
    set_active(house, SYSTEM, find_user(house, SYSTEM, name)["id"], active)


@click.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.option("--user", "name", required=True, metavar="NAME")
@click.option("--label", default="command line")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650))
def create_token_command(name: str, label: str, days: int) -> None:
    """Print a new API token alone on standard output. It is shown only now."""
    from ..services.tokens import create_token

    house = prepare(settings_or_exit())
    click.echo(create_token(house, SYSTEM, user=name, label=label, days=days))


@token.command("list")
@click.option("--user", "name", default=None, metavar="NAME")
def list_tokens_command(name: str | None) -> None:
    """Print id, user, label and expiry of the tokens in force."""
    from ..services.tokens import list_tokens

    house = prepare(settings_or_exit())
    for row in list_tokens(house, SYSTEM, user=name):
        click.echo(f"{row['id']}\t{row['user']}\t{row['label']}\t{row['expires_at'].isoformat()}")


@token.command("revoke")
@click.argument("token_id")
def revoke_token_command(token_id: str) -> None:
    """End a token at once."""
    from ..services.tokens import revoke_token

    house = prepare(settings_or_exit())
    revoke_token(house, SYSTEM, token_id)
    click.echo("revoked")
