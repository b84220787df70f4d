"""What a session's documents are, for the room's rules: read only when somebody wants to show one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session as DbSession

from liaison.services.documents import documents_of

from .room.papers import Paper
from .room.state import RoomState

NEEDED_FOR = "show_document"


def laid_ready(db: DbSession, session_id: str, state: RoomState, command: str) -> RoomState:
    """The state with the documents in its plan, where the command asks for them."""
    if command != NEEDED_FOR:
        return state
    papers = {row.id: Paper(row.title, row.pages, row.public, None if row.points is None else tuple(row.points))
              for row in documents_of(db, session_id)}
    return replace(state, plan=replace(state.plan, papers=papers))
