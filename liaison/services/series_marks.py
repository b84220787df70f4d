"""What a session that belongs to a series keeps of it: which of its fields were changed for its date alone, and its SEQUENCE."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session as DbSession

from ..store import tables as t

FIELDS = {"ends_at": "duration_minutes", "status": "", "cancel_reason": ""}
"""Names of ``session_plans.state_of`` that a plan calls otherwise; empty ones are no fields of a plan."""


def mark(session: t.Session, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Note that a date was changed by itself, so that a change of the series leaves those fields alone."""
    if session.series_id is None:
        return
    moved_whole = session.ends_at - session.starts_at == _length(before)
    changed = {FIELDS.get(name, name) for name in after if before.get(name) != after[name]} - {""}
    if moved_whole:
        changed.discard("duration_minutes")  # only the start moved; the end went along
    kept = set(session.series_changes or ()) | changed
    if session.starts_at == session.recurrence_id:
        kept.discard("starts_at")  # moved back to where the rule has it
    session.series_changes = sorted(kept)


def next_sequence(db: DbSession, session: t.Session) -> int:
    """The SEQUENCE of a session's next state: above its own and its series' (RFC 5546, section 2.1.4)."""
    series = db.get(t.Series, session.series_id) if session.series_id else None
    return max(session.sequence, series.sequence if series else 0) + 1


def _length(state: Mapping[str, Any]) -> timedelta:
    return datetime.fromisoformat(state["ends_at"]) - datetime.fromisoformat(state["starts_at"])
