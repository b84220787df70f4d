"""Whether this installation is a demonstration: its accounts are entered by links that anybody at the machine may open."""

from __future__ import annotations

from sqlalchemy import select

from ..domain.errors import NotFound
from ..domain.words import LinkPurpose
from ..house import House
from ..store import tables as t

MARK = "demonstration"
"""The setting that tells a demonstration's database from a real one; its value is the live session's id."""


def demonstrating(house: House) -> bool:
    """True while a demonstration's link is in force."""
    with house.db.read() as db:
        query = select(t.OneTimeLink.id).where(t.OneTimeLink.purpose == LinkPurpose.DEMO,
                                               t.OneTimeLink.expires_at > house.clock.now())
        return db.scalar(query.limit(1)) is not None


def live_demonstration(house: House) -> str:
    """The id of the session that the bots play in now. NotFound where there is no demonstration."""
    with house.db.read() as db:
        kept = db.get(t.Setting, MARK)
        if kept is None or not kept.value:
            raise NotFound()
        return str(kept.value)
