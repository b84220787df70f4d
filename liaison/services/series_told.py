"""What people were told of a date by letters about its whole series: read by ``notices`` beside the date's own letters.

Such rows stand in the outbox with ``series_id`` and without ``session_id``; ``payload["not_at"]`` names the dates (ids of
sessions) to which the recipient is not invited.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import OutboxKind, OutboxStatus
from ..store import tables as t

KINDS = (OutboxKind.SERIES_INVITATION, OutboxKind.SERIES_UPDATE, OutboxKind.SERIES_CANCELLATION)


def rows_of(db: DbSession, series_id: str | None) -> list[t.Outbox]:
    """Letters about a series, the oldest first, as they are in the database now."""
    if series_id is None:
        return []
    query = (select(t.Outbox).where(t.Outbox.series_id == series_id, t.Outbox.kind.in_(KINDS))
             .order_by(t.Outbox.session_sequence, t.Outbox.created_at, t.Outbox.id))
    return list(db.scalars(query.execution_options(populate_existing=True)))


def invites(row: t.Outbox, session_id: str) -> bool:
    """Whether the letter, once read, makes its reader expect this date."""
    return row.kind != OutboxKind.SERIES_CANCELLATION and session_id not in row.payload.get("not_at", ())


def waiting(db: DbSession, session: t.Session) -> frozenset[str]:
    """Recipients whose letter about the series as it is now has yet to leave: it will show this date's present state."""
    rows = rows_of(db, session.series_id)
    newest = max((row.session_sequence for row in rows), default=0)
    return frozenset(row.payload["recipient"] for row in rows
                     if row.status == OutboxStatus.PENDING and row.session_sequence == newest)
