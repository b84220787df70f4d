"""Whether this installation is a demonstration: its accounts are entered by links that anybody at the machine may open."""

from __future__ import annotations

from sqlalchemy import select

from ..domain.words import LinkPurpose
from ..house import House
from ..store import tables as t


def demonstrating(house: House) -> bool:
    """True while a demonstration's link is in force."""
    with house.db.read() as db:
        query = select(t.OneTimeLink.id).where(t.OneTimeLink.purpose == LinkPurpose.DEMO,
                                               t.OneTimeLink.expires_at > house.clock.now())
        return db.scalar(query.limit(1)) is not None
