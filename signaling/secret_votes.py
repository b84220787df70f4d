"""The counts of secret votes: numbers alone, in no order, so that nothing ties a choice to a voter.

The room's log says who has voted. What was chosen only raises a number here, in the same transaction; the rows of all choices are
made with the first vote, so that neither their age nor their order tells anything.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from liaison.store import tables as t

from .room.state import RoomState
from .room.vote_rules import with_counts
from .room.votes import CHOICES


def count(db: DbSession, session_id: str, vote: str, choice: str) -> None:
    """One more for a choice; under the room's lock."""
    if not _counts(db, session_id, vote):
        db.add_all(t.SecretCount(session_id=session_id, vote=vote, choice=each, count=0) for each in CHOICES)
        db.flush()
    db.execute(update(t.SecretCount).where(
        t.SecretCount.session_id == session_id, t.SecretCount.vote == vote, t.SecretCount.choice == choice
    ).values(count=t.SecretCount.count + 1))


def counted(db: DbSession, session_id: str, state: RoomState) -> RoomState:
    """The state with what has been counted of the secret vote under way."""
    if state.vote is None or not state.vote.secret:
        return state
    return with_counts(state, dict.fromkeys(CHOICES, 0) | _counts(db, session_id, state.vote.id))


def _counts(db: DbSession, session_id: str, vote: str) -> dict[str, int]:
    rows = db.execute(select(t.SecretCount.choice, t.SecretCount.count).where(
        t.SecretCount.session_id == session_id, t.SecretCount.vote == vote))
    return {choice: number for choice, number in rows}
