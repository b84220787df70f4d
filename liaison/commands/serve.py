"""``liaison serve``: prepare the database, say how to get in, run and supervise everything."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import click

from ..cli import settings_or_exit
from ..config import Settings
from ..process import get_logger, set_up_logging
from ..supervisor import announced, children, supervise

if TYPE_CHECKING:
    from ..house import House

log = get_logger("liaison.serve")


def prepare(settings: Settings) -> House:
    """Migrate (after a backup) and seed the points; returns the opened house."""
    from ..house import open_house
    from ..secret import load_secret
    from ..services.backup import automatic_backup
    from ..services.points import seed_points
    from ..store.migrate import upgrade

    settings.data.mkdir(parents=True, exist_ok=True)
    load_secret(settings)
    upgrade(settings, before=lambda: automatic_backup(settings, "before-migration"))
    house = open_house(settings)
    seed_points(house)
    return house


def lan_address() -> str | None:
    """This machine's address as the building's network sees it; none when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737 documentation address: only picks a route, sends nothing
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def joining_hint(settings: Settings) -> str:
    """How another PC in the building joins, given how pages are served."""
    if settings.public_url:
        return f"other PCs join at {settings.base_url}"
    address = lan_address()
    if address is None:
        return "no network found: only this machine can join"
    if settings.tls_cert:
        return f"other PCs in the building join at https://{address}:{settings.http_port}"
    return (f"other PCs can open http://{address}:{settings.http_port}, but browsers give a camera only over HTTPS: "
            "set LIAISON_TLS_CERT and LIAISON_TLS_KEY, or put nginx in front (docs/operations.md)")


def greet(settings: Settings, house: House) -> None:
    """The start-up lines: address, first administrator, mail, joining."""
    from ..services.links import bootstrap_link

    click.echo(f"liaison: serving at {settings.base_url}", err=True)
    if link := bootstrap_link(house):
        click.echo(f"liaison: first administrator, open once: {link}", err=True)
    if not settings.smtp_url:
        click.echo(f"liaison: no mail server set (LIAISON_SMTP_URL): mail is kept in {settings.mail_folder} and shown at "
                   f"{settings.base_url}/dev/mail", err=True)
    click.echo(f"liaison: {joining_hint(settings)}", err=True)


def start_quickly(settings: Settings) -> None:
    """Prepare before the first child starts, unless the database is ready as it is: then greeting can wait for the first page."""
    from ..store.revision import is_ready

    if not is_ready(settings):
        prepare(settings).db.close()


def greet_when_serving(settings: Settings) -> None:
    """The start-up lines, once everything has been started."""
    from ..house import open_house

    house = open_house(settings)
    greet(settings, house)
    house.db.close()


@click.command()
def serve() -> None:
    """Run web, media and scheduler on this machine."""
    settings = settings_or_exit()
    set_up_logging(settings, "serve")
    with announced(settings):
        start_quickly(settings)
        raise SystemExit(supervise(children(settings), ready=lambda: greet_when_serving(settings)))
