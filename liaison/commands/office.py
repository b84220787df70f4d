"""What the office keeps, by command: deputies, closed periods, maintenance, room PCs."""

from __future__ import annotations

import click

from ..domain.actor import SYSTEM
from .parts import WHEN, line, local, moment, office, period
from .tables import add_table_commands

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

    house = office()
    for one in list_deputies(house, SYSTEM, user):
        line(one.id, one.chief, one.deputy, local(house, one.starts_at), local(house, one.ends_at))


@deputies.command("add")
@click.argument("chief")
@click.argument("deputy")
@click.option("--from", "starts_at", metavar=WHEN)
@click.option("--until", "ends_at", metavar=WHEN)
def add_deputy(chief: str, deputy: str, starts_at: str | None, ends_at: str | None) -> None:
    """Let the account DEPUTY book in the name of CHIEF; prints the id."""
    from ..services.deputies import add_deputy

    house = office()
    click.echo(add_deputy(house, SYSTEM, chief, deputy, moment(house, starts_at), moment(house, ends_at)).id)


@deputies.command("end")
@click.argument("deputyship_id", metavar="ID")
def end_deputyship(deputyship_id: str) -> None:
    """End a deputyship now."""
    from ..services.deputies import end_deputyship

    end_deputyship(office(), SYSTEM, deputyship_id)


# ---------------------------------------------------------------- closed periods and maintenance


@click.group()
def closures() -> None:
    """Closed periods."""


@closures.command("list")
def list_closures() -> None:
    """Print id, from, until, where and reason of those that are not over."""
    from ..services.closures import list_closures

    house = office()
    for one in list_closures(house, SYSTEM):
        line(one.id, local(house, one.starts_at), local(house, one.ends_at), one.point or one.province or "everywhere", one.reason)


@closures.command("add")
@click.option("--from", "starts_at", required=True, metavar=WHEN)
@click.option("--until", "ends_at", required=True, metavar=WHEN)
@click.option("--reason", required=True)
@click.option("--province", metavar="SLUG")
@click.option("--point", metavar="SLUG")
def add_closure(starts_at: str, ends_at: str, reason: str, province: str | None, point: str | None) -> None:
    """Close a period everywhere, in a province or at a point; prints the id."""
    from ..services.closures import add_closure

    house = office()
    click.echo(add_closure(house, SYSTEM, period(house, starts_at, ends_at), reason, province, point).id)


@closures.command("remove")
@click.argument("closure_id", metavar="ID")
def remove_closure(closure_id: str) -> None:
    """Open a closed period again."""
    from ..services.closures import remove_closure

    remove_closure(office(), SYSTEM, closure_id)


@click.group()
def maintenance() -> None:
    """Maintenance of points."""


@maintenance.command("list")
def list_maintenance() -> None:
    """Print id, point, from, until and reason of what is not over."""
    from ..services.maintenance import list_maintenance

    house = office()
    for one in list_maintenance(house, SYSTEM):
        line(one.id, one.point, local(house, one.starts_at), local(house, one.ends_at), one.reason)


@maintenance.command("add")
@click.argument("point", metavar="SLUG")
@click.option("--from", "starts_at", required=True, metavar=WHEN)
@click.option("--until", "ends_at", required=True, metavar=WHEN)
@click.option("--reason", required=True)
def add_maintenance(point: str, starts_at: str, ends_at: str, reason: str) -> None:
    """Enter work on the point SLUG; prints the id."""
    from ..services.maintenance import add_maintenance

    house = office()
    click.echo(add_maintenance(house, SYSTEM, point, period(house, starts_at, ends_at), reason).id)


@maintenance.command("end")
@click.argument("maintenance_id", metavar="ID")
def end_maintenance(maintenance_id: str) -> None:
    """Over as of now; what has not begun is called off."""
    from ..services.maintenance import end_maintenance

    end_maintenance(office(), SYSTEM, maintenance_id)


# ---------------------------------------------------------------- room PCs


@click.group("room-pcs")
def room_pcs() -> None:
    """PCs that belong to a point's room."""


@room_pcs.command("list")
@click.argument("point", metavar="SLUG")
def list_room_pcs(point: str) -> None:
    """Print id, name and when each was last seen."""
    from ..services.room_devices import room_settings

    house = office()
    for one in room_settings(house, SYSTEM, point).devices:
        line(one.id, one.name, local(house, one.last_seen_at))


@room_pcs.command("pair")
@click.argument("point", metavar="SLUG")
@click.argument("code")
@click.option("--name", required=True, help="Which PC it is.")
def pair_room_pc(point: str, code: str, name: str) -> None:
    """Take the PC that shows CODE for the room of the point SLUG; prints the id."""
    from ..services.room_devices import pair

    click.echo(pair(office(), SYSTEM, point, code, name))


@room_pcs.command("revoke")
@click.argument("point", metavar="SLUG")
@click.argument("device_id", metavar="ID")
def revoke_room_pc(point: str, device_id: str) -> None:
    """End a PC's right at once."""
    from ..services.room_devices import revoke

    revoke(office(), SYSTEM, point, device_id)
