"""Who reads what of a session's chat. Pure: messages and readers come in, a yes or no goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .words import RoomRole

ALL, CHAIR, HELP_DESK, PEER = "all", "chair", "help_desk", "peer"
ADDRESSEES = (ALL, CHAIR, HELP_DESK, PEER)
"""To everybody who takes part, to those who lead the session, to the help desk, or an answer to one participant."""
DESK = "help_desk"
"""The role that stands beside a message of the help desk: it is nobody in the room."""
LEADING = frozenset({RoomRole.CHAIR, RoomRole.DEPUTY, RoomRole.SECRETARY})
"""Who reads what is said to the chair, and may answer it."""
LONGEST = 2_000
MOST_IN_A_WHILE, WHILE_S = 8, 10
"""So many messages one participant may write in so many seconds."""
MOST_FILES_IN_A_WHILE, FILES_WHILE_S = 10, 120
"""So many files it may send in so many seconds."""


@dataclass(frozen=True, slots=True)
class Doors:
    """A closed item, as it was when something was said: the points that stayed (None: every invited one) and the acting chair."""

    points: tuple[str, ...] | None = None
    acting: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What was said, to whom, and who was cut off then. ``by`` and ``towards`` name sender and receiver of an answer: the peer, and
    the account that came for itself. ``held`` names in the same way who waited outside."""

    to: str
    role: str
    by: frozenset[str] = frozenset()
    towards: frozenset[str] = frozenset()
    doors: Doors | None = None
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """``keys``: the peer, and the account that came for itself; ``points``: those it acts for."""

    keys: frozenset[str]
    role: str
    points: frozenset[str] = field(default_factory=frozenset)


def readable(message: Message, reader: Reader) -> bool:
    """Whether this reader hears it, and may read it back later."""
    if reader.role == RoomRole.WATCHER or _was_outside(message, reader):
        return False
    if reader.keys & (message.by | message.towards) or message.to == ALL:
        return True
    if message.to == CHAIR:
        return reader.role in LEADING
    return message.to == PEER and message.role in LEADING and reader.role in LEADING


def _was_outside(message: Message, reader: Reader) -> bool:
    """Cut off when it was said: waiting outside, or left out of the closed item (``RoomState.cut_off``)."""
    if reader.keys & message.held:
        return True
    doors = message.doors
    if doors is None or reader.role in (RoomRole.CHAIR, RoomRole.SECRETARY, RoomRole.INTERPRETER):
        return False
    return doors.points is not None and doors.acting not in reader.keys and not reader.points & frozenset(doors.points)


def too_many(seconds_ago: Sequence[float]) -> bool:
    """Whether somebody whose last messages are so old must wait before the next."""
    return sum(age < WHILE_S for age in seconds_ago) >= MOST_IN_A_WHILE
