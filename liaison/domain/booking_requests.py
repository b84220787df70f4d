"""What is asked for and holds nothing yet: an officer's request, a place on the waiting list. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .agenda import AgendaEntry
from .sessions import PLAN_FIELDS, Plan

PLAN_TUPLES = ("points", "optional_points")


class RequestKind(StrEnum):
    REQUEST = "request"    # an officer asks, the office decides
    WAITING = "waiting"    # a booker waits until a taken time frees


class RequestState(StrEnum):
    ASKED = "asked"
    WAITING = "waiting"
    OFFERED = "offered"      # the time is held for this one until the offer ends
    BOOKED = "booked"        # approved, or accepted
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"        # the offer was not taken in time
    OVER = "over"            # its time came before it was decided


_OPEN = (RequestState.BOOKED, RequestState.DECLINED, RequestState.WITHDRAWN, RequestState.OVER)
MOVES: dict[RequestState, frozenset[RequestState]] = {
    RequestState.ASKED: frozenset(_OPEN),
    RequestState.WAITING: frozenset({RequestState.OFFERED, RequestState.WITHDRAWN, RequestState.OVER}),
    RequestState.OFFERED: frozenset({RequestState.BOOKED, RequestState.WITHDRAWN, RequestState.LAPSED}),
    RequestState.BOOKED: frozenset(),
    RequestState.DECLINED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.LAPSED: frozenset(),
    RequestState.OVER: frozenset(),
}
BEGINNINGS = {RequestKind.REQUEST: RequestState.ASKED, RequestKind.WAITING: RequestState.WAITING}
OPEN_STATES = frozenset(state for state, ways in MOVES.items() if ways)


def may_become(state: str, to: RequestState) -> bool:
    """Whether a request in ``state`` may come into the state ``to``."""
    return to in MOVES[RequestState(state)]


def offer_ends(now: datetime, minutes: int, starts_at: datetime) -> datetime:
    """Until when a freed time is held for the first who waits for it: never past the session's own start."""
    return min(now + timedelta(minutes=minutes), starts_at)


def due_state(state: str, starts_at: datetime, offer_until: datetime | None, now: datetime) -> RequestState | None:
    """What the clock makes of an open request; None: it stays."""
    if state == RequestState.OFFERED:
        return RequestState.LAPSED if offer_until is None or now >= offer_until else None
    if state in (RequestState.ASKED, RequestState.WAITING) and now >= starts_at:
        return RequestState.OVER
    return None


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan as it is kept in a row."""
    kept = dict(vars(plan))
    return kept | {
        "starts_at": plan.starts_at.isoformat(), "points": list(plan.points), "optional_points": list(plan.optional_points),
        "agenda": [{"title": entry.title, "minutes": entry.minutes} for entry in plan.agenda]}


def plan_from_json(kept: dict[str, Any]) -> Plan:
    """The plan of a row; fields that were unknown when it was written have their usual values."""
    values = {name: value for name, value in kept.items() if name in PLAN_FIELDS}
    values |= {name: tuple(kept.get(name, ())) for name in PLAN_TUPLES}
    values["starts_at"] = datetime.fromisoformat(kept["starts_at"])
    values["agenda"] = tuple(AgendaEntry(item["title"], item["minutes"]) for item in kept.get("agenda", []))
    return Plan(**values)
