"""Citizens with a seat are told by mail or SMS: outbox rows, written with what they tell.

``payload``: ``seat`` (its id: the address is read from it, sealed, at the moment of sending), ``what`` is told, the session's ``title``
and times, the hall's ``hall``, ``town`` and ``place``, ``people``, ``number``, ``code``, ``url`` (the ticket's own page). The address
stands in no row, and no name that somebody typed: nobody has words of his own sent to others through us.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.seats import SeatState
from ..domain.words import Channel, OutboxKind, OutboxStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .citizen_links import own_url, public_title
from .question_links import opened
from .ways import configured

STILL: dict[str, frozenset[SeatState]] = {
    "held": frozenset({SeatState.HELD}), "moved_up": frozenset({SeatState.HELD}), "reminder": frozenset({SeatState.HELD}),
    "waiting": frozenset({SeatState.WAITING}), "moved": frozenset({SeatState.HELD, SeatState.WAITING}),
}
"""What must still be so when a message leaves; what is not here is told whatever came after."""
LIVES = timedelta(days=1)


def tell_guest(db: DbSession, house: House, session: t.Session, hall: t.Hall | None, row: t.Seat, what: str, reason: str = "",
               minutes: int = 0) -> None:
    """One message about one seat, if there is a way to its holder. The same fact is told once (``minutes``: which reminder)."""
    if not row.contact or Channel(row.channel) not in configured(house.settings):
        return
    key = f"{OutboxKind.SEAT_NOTICE}:{row.id}:{what}:{session.sequence}:{minutes}"
    if db.scalar(select(t.Outbox.id).where(t.Outbox.dedupe_key == key)) is not None:
        return
    now = house.clock.now()
    db.add(t.Outbox(
        id=new_id(), kind=OutboxKind.SEAT_NOTICE, channel=Channel(row.channel), address="", language=row.language, dedupe_key=key,
        payload=_payload(house, session, hall, row, what, reason), status=OutboxStatus.PENDING, due_at=now,
        expires_at=session.ends_at + LIVES, created_at=now))


def _payload(house: House, session: t.Session, hall: t.Hall | None, row: t.Seat, what: str, reason: str) -> dict[str, Any]:
    starts_at = session.starts_at if session.public else row.starts_at
    ends_at = starts_at + (session.ends_at - session.starts_at)
    return {"recipient": f"seat-{row.id}", "seat": row.id, "what": what, "title": public_title(session),
            "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "hall": row.point.name, "town": row.point.seat,
            "place": hall.place if hall else "", "people": row.people, "number": row.number, "code": row.code,
            "url": own_url(house.settings, "seat", row.id), "reason": reason}


def address_of(db: DbSession, house: House, row: t.Outbox) -> str:
    """Whom a message goes to; empty once the contact is forgotten."""
    seat = db.get(t.Seat, row.payload["seat"])
    return opened(house.settings, seat.contact) if seat is not None else ""


def not_wanted(db: DbSession, row: t.Outbox) -> bool:
    """The seat is another's by now, the session has moved since (that is told by itself), or nobody can be reached any more."""
    seat = db.get(t.Seat, row.payload["seat"])
    if seat is None or not seat.contact:
        return True
    still = STILL.get(row.payload["what"])
    if still is None:
        return False
    starts_at = db.scalar(select(t.Session.starts_at).where(t.Session.id == seat.session_id))
    return seat.state not in still or starts_at != datetime.fromisoformat(row.payload["starts_at"])
