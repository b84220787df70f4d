"""``liaison points``: list the network's points, or bring a changed points.csv into the database."""

from __future__ import annotations

import click

from ..cli import settings_or_exit
from .serve import prepare


@click.group()
def points() -> None:
    """The points of the network."""


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
    from ..services.points import list_points, seed_points

    house = prepare(settings_or_exit())
    seed_points(house)
    click.echo(f"{len(list_points(house, SYSTEM))} points")
