"""``liaison demo``: the service on data of its own, filled, with a live session that bots play."""

from __future__ import annotations

import os
import sys

import click

from ..cli import settings_or_exit
from ..config import Settings
from ..domain.actor import SYSTEM
from ..domain.words import LinkPurpose
from ..house import House
from ..process import set_up_logging
from ..supervisor import Child, announced, children, supervise
from .serve import joining_hint, prepare

DATA = "var/demo"
REAL_OFFICE = ("this database holds a real office, and the demonstration must not mix with it: leave LIAISON_DATA and "
               "LIAISON_DATABASE_URL unset, or name an empty folder and database")


def demo_settings() -> Settings:
    """The settings in force, with a data folder of the demonstration's own where none is chosen."""
    settings = settings_or_exit()
    if "data" in settings.model_fields_set:
        return settings
    os.environ["LIAISON_DATA"] = DATA  # the children read the environment too
    return settings_or_exit()


def fill(house: House) -> list[tuple[str, str]]:
    """Seed what is missing and see that a session is live; returns (who, link) of each account worth trying.

    Raises ClickException on a real office's database.
    """
    from ..demo import live, seed, texts
    from ..services.links import sign_in_link

    if not seed.claim(house):
        raise click.ClickException(REAL_OFFICE)
    people = seed.seed_people(house)
    live.keep_live(house, people[texts.CHAIR])
    seed.seed_week(house)
    listed = [person for person in texts.PEOPLE if person.told_as]
    return [(person.told_as, sign_in_link(house, SYSTEM, str(people[person.name].user_id), LinkPurpose.DEMO)) for person in listed]


def greet(settings: Settings, links: list[tuple[str, str]]) -> None:
    """The start-up lines: one link into the live session, one for each kind of user."""
    from ..demo.seed import PASSWORD

    (_, chair), others = links[0], links
    lines = ["", "The demonstration: a live session with seven points, a week of others, nothing of it real.", "",
             "  Open this link and press “Enter”: you chair the live session.", "", f"    {chair}?next=/demo", "",
             "  Or look around as"]
    lines += [f"    {who + ':':<28}{link}" for who, link in others]
    lines += [f"    {'citizen, without account:':<28}{settings.base_url}/public", "",
              f"  Mail that would be sent: {settings.base_url}/dev/mail   Password of every account: {PASSWORD}", ""]
    for line in lines:
        click.echo(line, err=True)
    click.echo(f"liaison: {joining_hint(settings)}", err=True)


@click.command()
def demo() -> None:
    """Run the service with invented people, a week of sessions, and a live one played by bots."""
    settings = demo_settings()
    set_up_logging(settings, "demo")
    with announced(settings):
        house = prepare(settings)
        links = fill(house)
        house.db.close()
        bots = Child("bots", [sys.executable, "-m", "liaison.demo.bots"])
        raise SystemExit(supervise(children(settings, [bots]), ready=lambda: greet(settings, links)))
