"""What the rooms' PCs said of themselves: read by whoever shows points or sessions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.readiness import Readiness
from ..store import tables as t


def readiness_of(db: DbSession, session_ids: Iterable[str]) -> dict[str, dict[str, Readiness]]:
    """By session, then by the point's id: what its PC said. A point that is missing has said nothing."""
    ids = list(session_ids)
    found: dict[str, dict[str, Readiness]] = {session_id: {} for session_id in ids}
    for row in db.scalars(select(t.Readiness).where(t.Readiness.session_id.in_(ids))) if ids else ():
        found[row.session_id][row.point_id] = Readiness(row.at, row.ready, tuple(row.reasons), row.asked_at)
    return found
