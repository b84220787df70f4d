"""Questions of citizens to a public session: what may become of one, and in which order they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from liaison.i18n import N_

from .sessions import CHANGEABLE
from .text import text_error
from .timeline import Timeline
from .words import SessionKind

SHORTEST, LONGEST = 5, 1_000
LONGEST_NAME = 80
LONGEST_CONTACT = 254
LONGEST_ANSWER = 4_000
MOST_IN_A_WHILE, WHILE = 5, timedelta(minutes=10)
"""So many questions one visitor may ask of a session in so long."""
CONTACTS_KEPT = timedelta(days=90)
"""After the session: by then everybody has been told who can be."""
_SIGN = r"[^@\s<>()\[\]?\",;:\\\x00-\x1f\x7f"  # what stands in an address without quotes, comments and encoded words
MAIL = re.compile(rf"{_SIGN}]{{1,64}}@{_SIGN}.]+(\.{_SIGN}.]+)+")
BEFORE_THE_MOMENT = 10
"""Players begin so many seconds before the mark was set: whoever sets it has heard the answer begin."""


class QuestionState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    MERGED = "merged"
    ANSWERED_LIVE = "answered_live"
    ANSWERED_WRITTEN = "answered_written"
    DECLINED = "declined"


class Origin(StrEnum):
    HOME = "home"
    KIOSK = "kiosk"
    HALL = "hall"


class Category(StrEnum):
    OTHER = "other"
    HEALTH = "health"
    EDUCATION = "education"
    WATER = "water"
    ROADS = "roads"
    ENERGY = "energy"
    LAND = "land"
    SOCIAL = "social"
    WORK = "work"
    ORDER = "order"


LATER, WRITING = "later", "writing"
"""What the chair may say of an approved question instead of answering it: at the end of the list, or not in the session."""
SHOWN = frozenset({QuestionState.APPROVED, QuestionState.ANSWERED_LIVE, QuestionState.ANSWERED_WRITTEN})
"""What everybody reads."""
ANSWERED = frozenset({QuestionState.ANSWERED_LIVE, QuestionState.ANSWERED_WRITTEN})
_OPEN_ENDS = frozenset({QuestionState.MERGED, QuestionState.ANSWERED_LIVE, QuestionState.ANSWERED_WRITTEN, QuestionState.DECLINED})
MOVES: dict[QuestionState, frozenset[QuestionState]] = {
    QuestionState.WAITING: _OPEN_ENDS | {QuestionState.APPROVED},
    QuestionState.APPROVED: _OPEN_ENDS,
    QuestionState.ANSWERED_LIVE: frozenset({QuestionState.APPROVED, QuestionState.ANSWERED_WRITTEN}),
    QuestionState.ANSWERED_WRITTEN: frozenset({QuestionState.ANSWERED_WRITTEN, QuestionState.ANSWERED_LIVE}),
    QuestionState.DECLINED: frozenset({QuestionState.APPROVED}),
    QuestionState.MERGED: frozenset(),  # its likes are the other one's now
}


def may_become(state: str, to: QuestionState) -> bool:
    return to in MOVES[QuestionState(state)]


def takes_questions(public: bool, kind: str, allowed: bool | None) -> bool:
    """Whether a session takes questions at all. ``allowed`` None: as usual, which is only where the population is spoken with."""
    return public and (kind == SessionKind.POPULATION if allowed is None else allowed)


def open_to_questions(public: bool, kind: str, allowed: bool | None, status: str) -> bool:
    """Whether one may be asked now: before the session and while it is on."""
    return takes_questions(public, kind, allowed) and status in CHANGEABLE


def too_many(asked: Sequence[datetime], now: datetime) -> bool:
    """Whether a visitor who asked at these times must wait before the next."""
    return sum(now - at < WHILE for at in asked) >= MOST_IN_A_WHILE


def question_errors(text: str, name: str, place: str, contact: str, category: str) -> list[dict[str, Any]]:
    """Everything wrong with what somebody asks, by field."""
    errors: list[dict[str, Any]] = []
    if len(text) < SHORTEST:
        errors.append({"field": "text", "message": N_("Write your question.")})
    found = {"text": text_error(text, LONGEST), "name": text_error(name, LONGEST_NAME), "place": text_error(place, LONGEST_NAME)}
    errors += [{"field": field, "message": message} for field, message in found.items() if message]
    if contact and not is_mail_address(contact):
        errors.append({"field": "contact", "message": "This is not an e-mail address."})
    if category not in set(Category):
        errors.append({"field": "category", "message": "Choose one of the kinds offered."})
    return errors


def answer_error(text: str) -> str | None:
    """What is wrong with a written answer, or with the reason of a refusal."""
    return text_error(text, LONGEST_ANSWER) if text else N_("Write it in a few words.")


def is_mail_address(text: str) -> bool:
    """Of the usual form; whether it exists only a mail tells."""
    return text.isascii() and len(text) <= LONGEST_CONTACT and MAIL.fullmatch(text) is not None


def moment_in(recorded: Timeline, answered: datetime) -> int:
    """Whole seconds from the recording's beginning to where the answer is heard."""
    return max(0, int(recorded.place(answered)) - BEFORE_THE_MOMENT)
