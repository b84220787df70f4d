"""Seats in the halls of a public session: states, who moves up, what may be handed in, when people are reminded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ..i18n import N_
from .channels import normal_phone
from .questions import is_mail_address
from .text import text_error
from .words import Channel

MOST_PEOPLE = 6
"""So many may come with one registration."""
MOST_SEATS = 5_000
MOST_WALK_INS = 500
LONGEST_NAME = 80
LONGEST_PLACE = 200
MOST_PER_VISITOR, MOST_PER_CONTACT = 4, 2
"""So many registrations of one session stand for one browser (a family, a neighbour) and for one address."""
CODE_LETTERS, CODE_LENGTH = "ABCDEFGHJKMNPQRSTUVWXYZ23456789", 6
REMIND_BEFORE = (24 * 60, 3 * 60)
"""Minutes before the start."""
GUESTS_KEPT = timedelta(days=30)
"""After the session: names, contacts and tickets; how many came stays."""


class SeatState(StrEnum):
    HELD = "held"
    WAITING = "waiting"
    CAME = "came"
    FREED = "freed"          # did not come in time
    CANCELLED = "cancelled"  # by the citizen, or with the hall


class SeatOrigin(StrEnum):
    PAGE = "page"
    WALK_IN = "walk_in"  # came without a registration: counted, no name


OPEN_STATES = frozenset({SeatState.HELD, SeatState.WAITING})
MOVES: dict[SeatState, frozenset[SeatState]] = {
    SeatState.HELD: frozenset({SeatState.CAME, SeatState.FREED, SeatState.CANCELLED}),
    SeatState.WAITING: frozenset({SeatState.HELD, SeatState.CAME, SeatState.CANCELLED}),
    SeatState.FREED: frozenset({SeatState.CAME, SeatState.CANCELLED}),
    SeatState.CAME: frozenset({*OPEN_STATES, SeatState.FREED, SeatState.CANCELLED}),  # taken back at the door; a walk-in is cancelled
    SeatState.CANCELLED: frozenset(),
}


def may_become(state: str, to: SeatState) -> bool:
    return to in MOVES[SeatState(state)]


@dataclass(frozen=True)
class HallCounts:
    """People of one hall, whatever their number of registrations."""

    seats: int = 0
    held: int = 0
    waiting: int = 0
    came: int = 0      # of those registered
    walk_ins: int = 0
    freed: int = 0

    @property
    def free(self) -> int:
        """Seats that nobody holds and nobody sits on."""
        return max(0, self.seats - self.held - self.came - self.walk_ins)

    @property
    def inside(self) -> int:
        return self.came + self.walk_ins

    def registered(self) -> int:
        """All who had a seat at some time and did not give it back."""
        return self.held + self.came + self.freed

    def no_shows(self, over: bool) -> int:
        """Who had a seat and did not come; once the session is ``over``, those too whose seat was never freed."""
        return self.freed + (self.held if over else 0)


def moving_up(waiting: Sequence[tuple[str, int]], free: int) -> list[str]:
    """Who of those waiting (id, people), in their order, gets a seat now. A group that is larger than what is free keeps its place
    in the line and lets others pass: no seat stays empty for somebody whom it does not fit."""
    chosen = []
    for id, people in waiting:
        if people <= free:
            chosen.append(id)
            free -= people
    return chosen


def reminder_due(starts_at: datetime, now: datetime, told: int | None) -> int | None:
    """The reminder (minutes before the start) that is to be sent now; ``told``: the last one sent or passed over."""
    if now >= starts_at:
        return None
    past = [minutes for minutes in REMIND_BEFORE if starts_at - timedelta(minutes=minutes) <= now and (told is None or minutes < told)]
    return min(past, default=None)


def passed_over(starts_at: datetime, now: datetime) -> int | None:
    """The last reminder whose moment has passed: whoever registers or hears of a new time now is not reminded at once."""
    return min((minutes for minutes in REMIND_BEFORE if starts_at - timedelta(minutes=minutes) <= now), default=None)


def read_contact(text: str) -> tuple[Channel, str]:
    """An e-mail address, or a telephone in its full form. Raises ValueError (a msgid)."""
    text = text.strip()
    if "@" in text:
        if not is_mail_address(text):
            raise ValueError(N_("This is not an e-mail address."))
        return Channel.EMAIL, text
    return Channel.SMS, normal_phone(text)


def seat_errors(name: str, people: int | None, contact: str) -> list[dict[str, Any]]:
    """Everything wrong with a registration, by field."""
    errors: list[dict[str, Any]] = []
    if not name:
        errors.append({"field": "guest", "message": N_("Write your name.")})
    elif wrong := text_error(name, LONGEST_NAME):
        errors.append({"field": "guest", "message": wrong})
    if people is None or not 1 <= people <= MOST_PEOPLE:
        errors.append({"field": "people", "message": N_("Give a number of people from 1 to 6.")})
    if not contact:
        errors.append({"field": "reach", "message": N_("Write an e-mail address or a telephone, so that you can be told of changes.")})
        return errors
    try:
        read_contact(contact)
    except ValueError as error:
        errors.append({"field": "reach", "message": str(error)})
    return errors


def hall_errors(seats: int | None, place: str) -> list[dict[str, Any]]:
    """Everything wrong with what a hall is opened with."""
    errors: list[dict[str, Any]] = []
    if seats is None or not 0 < seats <= MOST_SEATS:
        errors.append({"field": "seats", "message": N_("Give the number of seats, from 1 to 5000.")})
    if wrong := text_error(place, LONGEST_PLACE):
        errors.append({"field": "place", "message": wrong})
    return errors
