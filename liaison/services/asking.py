"""What becomes of the answers when a session moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import Answer, OutboxKind, OutboxStatus
from ..house import House
from ..store import tables as t


def ask_again(db: DbSession, house: House, session: t.Session, before: dict[str, Any]) -> None:
    """An answer was given for another time (RFC 5546, section 2.1.4: a rescheduled event needs new replies).

    It is kept aside until somebody hears of the move: taken back before that, the move has not happened, and the answers stand.
    ``before`` is the session as it was (``starts_at``, ``ends_at`` in RFC 3339).
    """
    times = [datetime.fromisoformat(before[name]).isoformat() for name in ("starts_at", "ends_at")]
    now = [session.starts_at.isoformat(), session.ends_at.isoformat()]
    for invitation in session.invitations:
        kept = invitation.earlier
        if kept is not None and _was_told(db, session, datetime.fromisoformat(kept["moved_at"])):
            kept = None
        if kept is None:
            kept = _answer(invitation) | {"times": times, "moved_at": house.clock.now().isoformat()}
        if kept is not None and kept["times"] == now:
            _restore(invitation, kept)
        else:
            _forget(house, invitation, kept)


def _was_told(db: DbSession, session: t.Session, since: datetime) -> bool:
    """Whether an update of the session or of its series has left since then, or may have."""
    left = t.Outbox.status.in_([OutboxStatus.SENT, OutboxStatus.CLAIMED]) | (t.Outbox.attempts > 0)
    about = t.Outbox.session_id == session.id
    if session.series_id is not None:
        about |= t.Outbox.series_id == session.series_id
    query = select(t.Outbox.id).where(about, t.Outbox.created_at >= since, left,
                                      t.Outbox.kind.in_([OutboxKind.UPDATE, OutboxKind.SERIES_UPDATE]))
    return db.scalar(query.limit(1)) is not None


def _answer(invitation: t.Invitation) -> dict[str, Any]:
    return {"answer": str(invitation.answer), "reason": invitation.answer_reason, "by": invitation.answered_by_id,
            "at": invitation.answered_at.isoformat() if invitation.answered_at else None,
            "asked_at": invitation.asked_at.isoformat() if invitation.asked_at else None}


def _restore(invitation: t.Invitation, kept: dict[str, Any]) -> None:
    invitation.answer, invitation.answer_reason, invitation.answered_by_id = kept["answer"], kept["reason"], kept["by"]
    invitation.answered_at = datetime.fromisoformat(kept["at"]) if kept["at"] else None
    invitation.asked_at = datetime.fromisoformat(kept["asked_at"]) if kept["asked_at"] else None
    invitation.earlier = None


def _forget(house: House, invitation: t.Invitation, kept: dict[str, Any] | None) -> None:
    invitation.answer, invitation.answer_reason, invitation.earlier = Answer.PENDING, "", kept
    invitation.answered_at, invitation.answered_by_id, invitation.asked_at = None, None, house.clock.now()
