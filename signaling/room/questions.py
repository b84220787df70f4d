"""Questions of citizens in the room: the one that is being answered, and those that may be taken. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

APPROVED, WAITING, ANSWERED_LIVE = "approved", "waiting", "answered_live"


@dataclass(frozen=True, slots=True)
class Question:
    """As everybody may read it; ``name`` and ``place`` as the citizen wished, often empty. ``since``: its answer began."""

    number: int
    text: str
    name: str = ""
    place: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A question as the session's desk has it. ``point``: whose officer typed it for a citizen in the hall."""

    question: Question
    state: str
    point: str | None = None
