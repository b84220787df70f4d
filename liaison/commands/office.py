"""What the office keeps, by command: deputies, groups, templates, polls, closed periods, maintenance, room PCs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from ..cli import settings_or_exit
from ..domain.actor import SYSTEM
from .serve import prepare
from .tables import add_table_commands

WHEN = "2027-03-01T08:00"


def _house() -> Any:
    return prepare(settings_or_exit())


def _line(*cells: object) -> None:
    click.echo("\t".join("-" if cell in (None, "") else str(cell) for cell in cells))


def _local(house: Any, at: datetime | None) -> str:
    return at.astimezone(house.network.zone).isoformat(timespec="minutes") if at else ""


def _moment(house: Any, text: str | None) -> datetime | None:
    """In the network's time zone, unless one is given."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text} is no date and time such as {WHEN}") from None
    return found.replace(tzinfo=house.network.zone) if found and not found.tzinfo else found


def _period(house: Any, starts_at: str, ends_at: str) -> Any:
    from ..domain.booking import Period

    start, end = _moment(house, starts_at), _moment(house, ends_at)
    assert start is not None
    assert end is not None
    return Period(start, end)


def _name(house: Any, given: Iterable[str]) -> dict[str, str]:
    """``LANGUAGE=TEXT`` by language; a plain text in the network's first."""
    pairs = [text.partition("=") for text in given]
    languages = house.network.languages
    return {code if mark and code in languages else languages[0]: text if mark and code in languages else code + mark + text
            for code, mark, text in pairs}


# ---------------------------------------------------------------- deputies


@click.group()
def deputies() -> None:
    """Who may book in whose name."""


add_table_commands(deputies, "deputies")


@deputies.command("list")
@click.option("--user", default="", metavar="NAME", help="Only those of one account.")
def list_deputies(user: str) -> None:
    """Print id, chief, deputy, from, until."""
    from ..services.deputies import list_deputies

    house = _house()
    for one in list_deputies(house, SYSTEM, user):
        _line(one.id, one.chief, one.deputy, _local(house, one.starts_at), _local(house, one.ends_at))


@deputies.command("add")
@click.argument("chief")
@click.argument("deputy")
@click.option("--from", "starts_at", metavar=WHEN)
@click.option("--until", "ends_at", metavar=WHEN)
def add_deputy(chief: str, deputy: str, starts_at: str | None, ends_at: str | None) -> None:
    """Let the account DEPUTY book in the name of CHIEF; prints the id."""
    from ..services.deputies import add_deputy

    house = _house()
    click.echo(add_deputy(house, SYSTEM, chief, deputy, _moment(house, starts_at), _moment(house, ends_at)).id)


@deputies.command("end")
@click.argument("deputyship_id", metavar="ID")
def end_deputyship(deputyship_id: str) -> None:
    """End a deputyship now."""
    from ..services.deputies import end_deputyship

    end_deputyship(_house(), SYSTEM, deputyship_id)


# ---------------------------------------------------------------- groups and templates


@click.group()
def groups() -> None:
    """Groups of points."""


@groups.command("list")
def list_groups() -> None:
    """Print slug, name and points of every group."""
    from ..services.point_groups import list_groups

    house = _house()
    for one in list_groups(house, SYSTEM):
        _line(one.slug, house.network.text(one.name, "en"), " ".join(one.points))


@groups.command("save")
@click.argument("slug")
@click.option("--name", "names", multiple=True, required=True, metavar="TEXT or LANGUAGE=TEXT", help="May be repeated.")
@click.option("--point", "points", multiple=True, required=True, metavar="SLUG", help="May be repeated.")
def save_group(slug: str, names: tuple[str, ...], points: tuple[str, ...]) -> None:
    """Make the group SLUG, or change it: these are its points afterwards."""
    from ..services.point_groups import save_group

    house = _house()
    save_group(house, SYSTEM, slug, _name(house, names), points)


@groups.command("delete")
@click.argument("slug")
def delete_group(slug: str) -> None:
    """Throw a group away; sessions keep their points."""
    from ..services.point_groups import delete_group

    delete_group(_house(), SYSTEM, slug)


@groups.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
def export_groups(file: Any) -> None:
    """Write the office's own groups as CSV to FILE (standard output without it)."""
    from ..services.point_groups import export_groups

    file.write(export_groups(_house(), SYSTEM))


@groups.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what would be added, changed and refused.")
def import_groups(file: Any, dry_run: bool) -> None:
    """Bring in the CSV FILE: all of it or, when a row is refused, nothing."""
    from ..services.point_groups import import_groups, look_through

    house, data = _house(), file.read()
    rows = look_through(house, SYSTEM, data)
    for row in rows:
        wrong = [f"{error['field']}: {error['message'] % error if '%(' in error['message'] else error['message']}" for error in row.errors]
        _line(row.line, "refused" if row.errors else "added" if row.new else "kept", row.slug, "; ".join(wrong))
    if any(row.errors for row in rows):
        sys.exit(1)
    if not dry_run:
        import_groups(house, SYSTEM, data)


@click.group()
def templates() -> None:
    """Templates of sessions."""


@templates.command("list")
def list_templates() -> None:
    """Print id, name, rule and time."""
    from ..services.templates import list_templates

    house = _house()
    for one in list_templates(house, SYSTEM):
        _line(one.id, house.network.text(one.name, "en"), one.rule, one.time)


@templates.command("delete")
@click.argument("template_id", metavar="ID")
def delete_template(template_id: str) -> None:
    """Throw a template away; sessions made with it stay."""
    from ..services.templates import delete_template

    delete_template(_house(), SYSTEM, template_id)


# ---------------------------------------------------------------- polls


@click.group()
def polls() -> None:
    """Date polls."""


@polls.command("list")
def list_polls() -> None:
    """Print id, state, title and last day; below each its times: id, start, yes, if need be, no, open."""
    from ..services.polls import list_polls

    house = _house()
    for one in list_polls(house, SYSTEM):
        _line(one.id, one.status, house.network.text(one.plan.title, "en"), _local(house, one.answer_by))
        for time in one.times:
            _line("", time.time_id, _local(house, time.starts_at), time.yes, time.if_need_be, time.no, time.open)


@polls.command("close")
@click.argument("poll_id", metavar="ID")
@click.option("--time", "time_id", metavar="ID", help="Book the session at this time; without it the poll is closed without a session.")
def close_poll(poll_id: str, time_id: str | None) -> None:
    """Close a poll; prints the number of the session booked."""
    from ..services.polls import close_poll, drop_poll

    if time_id:
        click.echo(close_poll(_house(), SYSTEM, poll_id, time_id).number)
    else:
        drop_poll(_house(), SYSTEM, poll_id)


# ---------------------------------------------------------------- closed periods and maintenance


@click.group()
def closures() -> None:
    """Closed periods."""


@closures.command("list")
def list_closures() -> None:
    """Print id, from, until, where and reason of those that are not over."""
    from ..services.closures import list_closures

    house = _house()
    for one in list_closures(house, SYSTEM):
        _line(one.id, _local(house, one.starts_at), _local(house, one.ends_at), one.point or one.province or "everywhere", one.reason)


@closures.command("add")
@click.option("--from", "starts_at", required=True, metavar=WHEN)
@click.option("--until", "ends_at", required=True, metavar=WHEN)
@click.option("--reason", required=True)
@click.option("--province", metavar="SLUG")
@click.option("--point", metavar="SLUG")
def add_closure(starts_at: str, ends_at: str, reason: str, province: str | None, point: str | None) -> None:
    """Close a period everywhere, in a province or at a point; prints the id."""
    from ..services.closures import add_closure

    house = _house()
    click.echo(add_closure(house, SYSTEM, _period(house, starts_at, ends_at), reason, province, point).id)


@closures.command("remove")
@click.argument("closure_id", metavar="ID")
def remove_closure(closure_id: str) -> None:
    """Open a closed period again."""
    from ..services.closures import remove_closure

    remove_closure(_house(), SYSTEM, closure_id)


@click.group()
def maintenance() -> None:
    """Maintenance of points."""


@maintenance.command("list")
def list_maintenance() -> None:
    """Print id, point, from, until and reason of what is not over."""
    from ..services.maintenance import list_maintenance

    house = _house()
    for one in list_maintenance(house, SYSTEM):
        _line(one.id, one.point, _local(house, one.starts_at), _local(house, one.ends_at), one.reason)


@maintenance.command("add")
@click.argument("point", metavar="SLUG")
@click.option("--from", "starts_at", required=True, metavar=WHEN)
@click.option("--until", "ends_at", required=True, metavar=WHEN)
@click.option("--reason", required=True)
def add_maintenance(point: str, starts_at: str, ends_at: str, reason: str) -> None:
    """Enter work on the point SLUG; prints the id."""
    from ..services.maintenance import add_maintenance

    house = _house()
    click.echo(add_maintenance(house, SYSTEM, point, _period(house, starts_at, ends_at), reason).id)


@maintenance.command("end")
@click.argument("maintenance_id", metavar="ID")
def end_maintenance(maintenance_id: str) -> None:
    """Over as of now; what has not begun is called off."""
    from ..services.maintenance import end_maintenance

    end_maintenance(_house(), SYSTEM, maintenance_id)


# ---------------------------------------------------------------- room PCs


@click.group("room-pcs")
def room_pcs() -> None:
    """PCs that belong to a point's room."""


@room_pcs.command("list")
@click.argument("point", metavar="SLUG")
def list_room_pcs(point: str) -> None:
    """Print id, name and when each was last seen."""
    from ..services.room_devices import room_settings

    house = _house()
    for one in room_settings(house, SYSTEM, point).devices:
        _line(one.id, one.name, _local(house, one.last_seen_at))


@room_pcs.command("pair")
@click.argument("point", metavar="SLUG")
@click.argument("code")
@click.option("--name", required=True, help="Which PC it is.")
def pair_room_pc(point: str, code: str, name: str) -> None:
    """Take the PC that shows CODE for the room of the point SLUG; prints the id."""
    from ..services.room_devices import pair

    click.echo(pair(_house(), SYSTEM, point, code, name))


@room_pcs.command("revoke")
@click.argument("point", metavar="SLUG")
@click.argument("device_id", metavar="ID")
def revoke_room_pc(point: str, device_id: str) -> None:
    """End a PC's right at once."""
    from ..services.room_devices import revoke

    revoke(_house(), SYSTEM, point, device_id)
