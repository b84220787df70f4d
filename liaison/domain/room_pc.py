"""A room's own PC: the code that pairs it, and when it goes into a session by itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .words import Answer, SessionStatus

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a code is read and typed right."""
CODE_LENGTH = 8
CODE_LIVES = timedelta(minutes=10)
MOST_MINUTES = 60
ENTERED = (SessionStatus.CONFIRMED, SessionStatus.LIVE)


@dataclass(frozen=True)
class RoomSession:
    """A session of the point on its waiting page. ``barred``: the chair has removed this device."""

    id: str
    title: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    status: str
    answer: str = Answer.PENDING.value
    barred: bool = False


def new_code(pick: Callable[[str], str]) -> str:
    """Eight letters; ``pick`` chooses one."""
    return "".join(pick(LETTERS) for _ in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """As it was made: without hyphens and spaces, in capitals, O for zero and I or L for one forgiven. Empty when it can be none."""
    code = re.sub(r"[\s-]", "", text[:100]).upper().translate(str.maketrans("OIL", "011"))
    return code if len(code) == CODE_LENGTH and set(code) <= set(LETTERS) else ""


def shown_code(code: str) -> str:
    """``7K3M-Q9XT``."""
    return f"{code[:4]}-{code[4:]}"


def enters_at(session: RoomSession, minutes: int) -> datetime:
    """When the PC goes in: the agreed minutes before the start."""
    return session.starts_at - timedelta(minutes=minutes)


def may_enter(session: RoomSession, now: datetime, minutes: int) -> bool:
    """Whether the PC belongs into this session now: it is live, or begins within the agreed minutes, and nobody has said no."""
    if session.status not in ENTERED or session.barred or session.answer == Answer.DECLINED:
        return False
    return session.status == SessionStatus.LIVE or enters_at(session, minutes) <= now < session.ends_at


def next_move(sessions: Iterable[RoomSession], now: datetime, minutes: int) -> tuple[RoomSession | None, datetime | None]:
    """The session to go into now (what is live first, then the earliest), or the moment at which the next is due."""
    found = sorted(sessions, key=lambda one: (one.status != SessionStatus.LIVE, one.starts_at, one.id))
    due = next((one for one in found if may_enter(one, now, minutes)), None)
    if due is not None:
        return due, None
    ahead = [enters_at(one, minutes) for one in found if enters_at(one, minutes) > now and may_enter(one, one.starts_at, minutes)]
    return None, min(ahead, default=None)
