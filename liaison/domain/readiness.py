"""Whether a point's room is ready for a session: what its PC may say of itself, and when it looks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .room_pc import RoomSession, may_enter
from .words import SessionStatus

BEFORE = timedelta(minutes=15)
AGAIN = timedelta(minutes=5)
"""A room is looked at anew so often, until its PC goes in."""
DEVICE_PROBLEMS = ("denied", "none", "busy", "insecure", "unknown")
NETWORK_PROBLEMS = ("network_slow", "media_unreachable", "media_udp", "media_turn")
REASONS = frozenset({*(f"{device}_{problem}" for device in ("camera", "microphone") for problem in DEVICE_PROBLEMS), *NETWORK_PROBLEMS})
"""What a PC may name as wrong: the words that the room's page has for its devices, a server that answers late, picture and sound that
cannot reach the media engine; not directly, or not over any TURN server."""
NOTES = frozenset({"media_udp", "media_turn"})
"""Worth knowing, yet the room is ready: another way works."""


class State(StrEnum):
    """Of a point on the board."""

    THERE = "there"
    READY = "ready"
    TROUBLE = "trouble"
    MAINTENANCE = "maintenance"  # being worked on: neither looked at nor missed
    SILENT = "silent"
    NO_PC = "no_pc"


@dataclass(frozen=True)
class Readiness:
    """The last word of a point's PC about a session, and when somebody asked for another one."""

    at: datetime | None = None
    ready: bool = False
    reasons: tuple[str, ...] = ()
    asked_at: datetime | None = None

    def stale(self, now: datetime) -> bool:
        """Whether it is time to look again."""
        if self.at is None or now - self.at >= AGAIN:
            return True
        return self.asked_at is not None and self.asked_at > self.at


def state_of(readiness: Readiness, there: bool, has_pc: bool, worked_on: bool = False) -> State:
    """Whoever is in the room needs no check; a point without a PC gives none, and one that is worked on is not asked for any."""
    if there:
        return State.THERE
    if worked_on:
        return State.MAINTENANCE
    if readiness.at is not None:
        return State.READY if readiness.ready else State.TROUBLE
    return State.SILENT if has_pc else State.NO_PC


def checks_for(sessions: Iterable[RoomSession], now: datetime) -> list[RoomSession]:
    """The sessions for which a room is to be looked at now, the earliest first."""
    found = [one for one in sessions if one.status == SessionStatus.CONFIRMED and one.starts_at - BEFORE <= now
             and may_enter(one, max(now, one.starts_at), 0)]
    return sorted(found, key=lambda one: (one.starts_at, one.id))
