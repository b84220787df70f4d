"""``liaison restream``: where a session's broadcast is handed on to."""

from __future__ import annotations

import sys

import click

from ..domain.actor import SYSTEM
from .parts import line, local, office


@click.group()
def restream() -> None:
    """Broadcasts that are handed on to another site, over RTMP."""


@restream.command("show")
@click.argument("session")
def show(session: str) -> None:
    """Print address, state, failed tries, trouble and since when of the SESSION (its id); the key is shown to nobody."""
    from ..services.restreams import restream_of

    house = office()
    if (found := restream_of(house, SYSTEM, session)) is not None:
        line(found.address, found.state, found.tries, found.problem, local(house, found.since))


@restream.command("set")
@click.argument("session")
@click.option("--address", metavar="rtmps://…", help="With the key on standard input, where no list of processes shows it.")
@click.option("--default", is_flag=True, help="Where all public broadcasts go (LIAISON_RESTREAM_ADDRESS).")
def set_(session: str, address: str | None, default: bool) -> None:
    """Hand the broadcast of the SESSION on."""
    from ..services.restreams import hand_on_as_all, set_restream

    if default == (address is not None):
        raise click.MissingParameter(param_hint="--address | --default", param_type="option")
    if default:
        hand_on_as_all(office(), SYSTEM, session)
    else:
        set_restream(office(), SYSTEM, session, address or "", sys.stdin.readline())


@restream.command("remove")
@click.argument("session")
def remove(session: str) -> None:
    """Hand the broadcast of the SESSION on no more, also not where all others go."""
    from ..services.restreams import remove_restream

    remove_restream(office(), SYSTEM, session)
