"""``liaison points``: list the network's points, load a changed points.csv, make mobile points and say where they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from ..cli import settings_or_exit
from .serve import prepare
from .tables import add_table_commands


@click.group()
def points() -> None:
    """The points of the network."""


add_table_commands(points, "points")


@points.command("list")
def list_() -> None:
    """Print slug, kind and English name of every point."""
    from ..domain.actor import SYSTEM
    from ..services.points import list_points

    house = prepare(settings_or_exit())
    for point in list_points(house, SYSTEM):
        click.echo(f"{point.slug}\t{point.kind}\t{house.network.text(point.name, 'en')}")


@points.command("load")
def load_() -> None:
    """Add and correct points from the network's points.csv (nothing is removed)."""
    from ..domain.actor import SYSTEM
    from ..services.mobile_points import KIND
    from ..services.points import list_points, seed_points

    house = prepare(settings_or_exit())
    seed_points(house)
    click.echo(f"{sum(1 for point in list_points(house, SYSTEM) if point.kind != KIND)} points")


@points.command("add")
@click.option("--mobile", is_flag=True, required=True, help="The point moves; those that stand come from points.csv.")
@click.option("--name", "names", multiple=True, required=True, metavar="TEXT or LANGUAGE=TEXT", help="May be repeated.")
@click.option("--slug", default="", help="The short name; made from the name if it is left out.")
@click.option("--phone", default="")
@click.option("--email", default="", metavar="ADDRESS")
@click.option("--link", "link_profile", type=click.Choice(["normal", "thin", "audio"]), default="thin", show_default=True)
def add_command(mobile: bool, names: tuple[str, ...], slug: str, phone: str, email: str, link_profile: str) -> None:
    """Make a mobile point and print its slug."""
    from ..domain.actor import SYSTEM
    from ..services.mobile_points import MobilePlan, add_mobile_point

    house = prepare(settings_or_exit())
    plan = MobilePlan(_texts(house, names, house.network.languages[0]), slug, phone=phone, email=email, link_profile=link_profile)
    click.echo(add_mobile_point(house, SYSTEM, plan).slug)


@points.command("change")
@click.argument("slug")
@click.option("--phone")
@click.option("--email", metavar="ADDRESS")
@click.option("--link", "link_profile", type=click.Choice(["normal", "thin", "audio"]), help="The profile of its line.")
@click.option("--active/--not-active", default=None, help="Whether it is invited to sessions.")
def change_command(slug: str, phone: str | None, email: str | None, link_profile: str | None, active: bool | None) -> None:
    """Change contact data, line or state of the point SLUG; what is not given stays."""
    from ..domain.actor import SYSTEM
    from ..services.points import change_point

    change_point(prepare(settings_or_exit()), SYSTEM, slug, phone=phone, email=email, active=active, link_profile=link_profile)


@points.command("stop")
@click.argument("slug")
@click.option("--place", "places", multiple=True, required=True, metavar="TEXT or LANGUAGE=TEXT", help="May be repeated.")
@click.option("--lat", type=float, required=True)
@click.option("--lon", type=float, required=True)
@click.option("--from", "starts_at", required=True, metavar="2027-03-01T08:00", help="In the network's time zone, unless one is given.")
@click.option("--until", "ends_at", required=True, metavar="2027-03-03T18:00")
@click.option("--note", default="")
def stop_command(slug: str, places: tuple[str, ...], lat: float, lon: float, starts_at: str, ends_at: str, note: str) -> None:
    """Add a stop to the route of the mobile point SLUG and print the stop's id."""
    from ..domain.actor import SYSTEM
    from ..services.mobile_points import StopPlan, add_stop

    house = prepare(settings_or_exit())
    plan = StopPlan(_texts(house, places, ""), lat, lon, _moment(house, starts_at), _moment(house, ends_at), note)
    click.echo(add_stop(house, SYSTEM, slug, plan).id)


@points.command("route")
@click.argument("slug")
@click.option("--remove", metavar="ID", help="Take this stop out first.")
def route_command(slug: str, remove: str | None) -> None:
    """Print the stops of a mobile point: id, from, until, place."""
    from ..domain.actor import SYSTEM
    from ..services.mobile_points import remove_stop, route_of

    house = prepare(settings_or_exit())
    if remove:
        remove_stop(house, SYSTEM, slug, remove)
    for stop in route_of(house, SYSTEM, slug):
        times = (at.astimezone(house.network.zone).isoformat(timespec="minutes") for at in (stop.starts_at, stop.ends_at))
        click.echo("\t".join((stop.id, *times, house.network.text(stop.place, "en"))))


def _texts(house: Any, given: tuple[str, ...], otherwise: str) -> dict[str, str]:
    """``LANGUAGE=TEXT`` by language; a plain text under ``otherwise``."""
    pairs = [text.partition("=") for text in given]
    return {code if mark and code in house.network.languages else otherwise: text if mark and code in house.network.languages
            else code + mark + text for code, mark, text in pairs}


def _moment(house: Any, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no date and time such as 2027-03-01T08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=house.network.zone)
