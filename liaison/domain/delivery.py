"""May a message still leave, and when is it tried again? Pure rules of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .words import OutboxKind, OutboxStatus, SessionStatus

FIRST_RETRY_SECONDS = 30
LONGEST_RETRY_SECONDS = 3600
LONGEST_WISH_SECONDS = 86_400
MAX_ATTEMPTS = 30
"""30 s, 1 min, 2 min … then hourly: 30 attempts fill a day."""

SERIES_KINDS = frozenset({OutboxKind.SERIES_INVITATION, OutboxKind.SERIES_UPDATE, OutboxKind.SERIES_CANCELLATION})
SESSION_KINDS = SERIES_KINDS | {OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.REMINDER, OutboxKind.CANCELLATION}
_FINAL = frozenset({OutboxKind.CANCELLATION, OutboxKind.SERIES_CANCELLATION})
_OPEN = frozenset({SessionStatus.CONFIRMED, SessionStatus.LIVE})


@dataclass(frozen=True)
class SessionFacts:
    """What the rules need of the session (or the series) as it is now."""

    status: SessionStatus
    sequence: int
    starts_at: datetime


def reason_to_skip(
    kind: OutboxKind, sequence: int, expires_at: datetime | None, session: SessionFacts | None, now: datetime,
) -> str | None:
    """Why the message is no longer true (a stable word for the log and the operator's page), or None: it may leave."""
    if expires_at is not None and now >= expires_at:
        return "expired"
    if kind is OutboxKind.CHASE:
        return None if session is not None and session.status is SessionStatus.CONFIRMED else "session_gone"
    if kind not in SESSION_KINDS:
        return None
    if session is None:
        return "session_gone"
    if kind in _FINAL:
        return None
    if session.status not in _OPEN:
        return f"session_{session.status}"
    if session.sequence != sequence:
        return "session_changed"
    if kind is OutboxKind.REMINDER and now >= session.starts_at:
        return "session_started"
    return None


def delivery_state(status: str, delivered_at: datetime | None) -> str:
    """What people are shown: queued, sending, sent, delivered (where the channel tells), failed, skipped."""
    if status == OutboxStatus.SENT:
        return "delivered" if delivered_at is not None else "sent"
    return {OutboxStatus.PENDING: "queued", OutboxStatus.CLAIMED: "sending"}.get(OutboxStatus(status), str(status))


def next_attempt_at(attempts: int, now: datetime, wished_seconds: float | None = None) -> datetime | None:
    """When to try again after ``attempts`` failed ones (at least 1); None: give up.

    ``wished_seconds`` is what the other side asked for (``Retry-After``, RFC 9110 section 10.2.3): never sooner, a day at most.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    seconds: float = min(FIRST_RETRY_SECONDS * 2 ** min(attempts - 1, 20), LONGEST_RETRY_SECONDS)
    if wished_seconds is not None:
        seconds = max(seconds, min(wished_seconds, LONGEST_WISH_SECONDS))
    return now + timedelta(seconds=seconds)
