"""What a gateway reports after it has taken a message: it has arrived, or never will."""

from __future__ import annotations

from sqlalchemy import select

from ..domain.errors import Invalid, NotFound
from ..domain.words import Channel, OutboxStatus
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .fallback import fall_back

DELIVERED, FAILED = "delivered", "failed"
LONGEST_REASON = 500


def note_report(house: House, channel: Channel, row_id: str, status: str, reason: str) -> None:
    """One report, by the id under which the message was handed over. Repeated ones change nothing. Raises NotFound, Invalid."""
    if status not in (DELIVERED, FAILED):
        raise Invalid(errors=[{"field": "status", "message": N_("Choose one of the values offered.")}])
    with house.db.write() as db:
        row = db.scalar(select(t.Outbox).where(t.Outbox.id == row_id.replace("\0", ""), t.Outbox.channel == channel).with_for_update())
        if row is None:
            raise NotFound()
        if row.status == OutboxStatus.SENT and row.delivered_at is None:
            _write(house, row, status, reason)
            db.flush()
            if status == FAILED:
                fall_back(db, house, row)


def _write(house: House, row: t.Outbox, status: str, reason: str) -> None:
    if status == DELIVERED:
        row.delivered_at = house.clock.now()
    else:
        row.status, row.last_error = OutboxStatus.FAILED, reason[:LONGEST_REASON] or "not_delivered"
