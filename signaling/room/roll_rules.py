"""Roll call, quorum and presence checks: what people may do, what each fact changes, and what follows by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from liaison.domain.errors import IllegalState, Invalid

from .deciding import Asked, Outcome, one
from .facts import Event
from .roll import REPRESENTED, Mark, PresenceCheck, Quorum, Roll
from .state import LIVE, RoomState, instant

NOTHING: Mapping[str, Any] = {}


def start_roll_call(asked: Asked) -> Outcome:
    if not asked.state.plan.points:
        raise IllegalState("No point is invited to this session.")
    if asked.state.roll is not None and asked.state.roll.ended_at is None:
        return Outcome()
    return one(asked.says("roll_started"))


def call_point(asked: Asked) -> Outcome:
    roll, point = _roll(asked), _invited(asked, asked.fields["point"], "point")
    return Outcome() if roll.current == point else one(asked.says("point_called", point=point))


def mark_point(asked: Asked) -> Outcome:
    _roll(asked)
    point, mark, by = _invited(asked, asked.fields["point"], "point"), asked.fields["mark"], asked.fields.get("represented_by")
    if by is not None and mark == REPRESENTED and _invited(asked, by, "represented_by") == point:
        raise Invalid(errors=[{"field": "represented_by", "message": "A point cannot represent itself."}])
    more = {"represented_by": by} if by is not None and mark == REPRESENTED else {}
    name = asked.fields.get("name", "").strip()
    return one(asked.says("point_marked", point=point, mark=mark, **more, **({"name": name} if name else {})))


def end_roll_call(asked: Asked) -> Outcome:
    _roll(asked)
    return one(asked.says("roll_ended"))


def set_quorum(asked: Asked) -> Outcome:
    need, known = asked.fields["need"], asked.state.quorum
    if need is not None and need > len(asked.state.plan.points):
        raise IllegalState("The quorum cannot be more than the points that are invited.")
    return Outcome() if need == (known.need if known else None) else one(asked.says("quorum_set", need=need))


def start_presence_check(asked: Asked) -> Outcome:
    if running(asked.state):
        return Outcome()
    event = _check_event(asked.state, asked.now, asked.fields.get("seconds", 60))
    if event is None:
        raise IllegalState("No point is here to be asked.")
    return one(Event(event.type, {**event.data, "by": asked.peer.id}, event.at))


def confirm_presence(asked: Asked) -> Outcome:
    check, point = asked.state.check, asked.peer.point
    if check is None or check.closed_at is not None:
        raise IllegalState("Nobody is being asked now.")
    if point not in check.asked:
        raise IllegalState("Your point was not asked.")
    return Outcome() if point in check.answered else one(asked.says("presence_confirmed", point=point))


def set_presence_checks(asked: Asked) -> Outcome:
    minutes = asked.fields["minutes"]
    return Outcome() if minutes == asked.state.checks_minutes else one(asked.says("presence_checks_set", minutes=minutes))


def _roll(asked: Asked) -> Roll:
    if asked.state.roll is None or asked.state.roll.ended_at is not None:
        raise IllegalState("No roll call is going on.", remedy="Start one first.")
    return asked.state.roll


def _invited(asked: Asked, point: str, field: str) -> str:
    if point not in asked.state.plan.points:
        raise Invalid(errors=[{"field": field, "message": "This point is not invited to this session."}])
    return point


# ---------------------------------------------------------------- what happened


def roll_started(state: RoomState, event: Event) -> RoomState:
    return replace(state, roll=Roll(event.at))


def point_called(state: RoomState, event: Event) -> RoomState:
    return state if state.roll is None else replace(state, roll=replace(state.roll, current=event.data["point"]))


def point_marked(state: RoomState, event: Event) -> RoomState:
    if state.roll is None:
        return state
    data = event.data
    mark = Mark(data["mark"], event.at, data.get("represented_by"), data.get("name", ""))
    return replace(state, roll=replace(state.roll, marks={**state.roll.marks, data["point"]: mark}))


def roll_ended(state: RoomState, event: Event) -> RoomState:
    return state if state.roll is None else replace(state, roll=replace(state.roll, ended_at=event.at, current=None))


def booked(state: RoomState, event: Event) -> RoomState:
    """The booking's rules, where the room has none of its own when it opens."""
    facts, at = event.data.get("session"), event.at
    booking = facts if isinstance(facts, Mapping) else NOTHING
    if state.quorum is None and booking.get("quorum"):
        state = replace(state, quorum=Quorum(booking["quorum"]))
    if state.checks_minutes is None and booking.get("checks_minutes"):
        state = replace(state, checks_minutes=booking["checks_minutes"])
    return replace(state, checks_since=at) if state.checks_minutes is not None else state


def quorum_set(state: RoomState, event: Event) -> RoomState:
    need = event.data.get("need")
    return replace(state, quorum=None if need is None else Quorum(need))


def quorum_changed(state: RoomState, event: Event) -> RoomState:
    if state.quorum is None:
        return state
    return replace(state, quorum=replace(state.quorum, has=event.data["has"], reached=event.data["reached"]))


def check_started(state: RoomState, event: Event) -> RoomState:
    until = instant(event.data.get("until")) or event.at
    return replace(state, check=PresenceCheck(event.at, until, tuple(event.data.get("points", ()))), checks_since=event.at)


def presence_confirmed(state: RoomState, event: Event) -> RoomState:
    if state.check is None:
        return state
    return replace(state, check=replace(state.check, answered={**state.check.answered, event.data["point"]: event.at}))


def check_ended(state: RoomState, event: Event) -> RoomState:
    return state if state.check is None else replace(state, check=replace(state.check, closed_at=event.at))


def checks_set(state: RoomState, event: Event) -> RoomState:
    return replace(state, checks_minutes=event.data.get("minutes"), checks_since=event.at)


# ---------------------------------------------------------------- what follows by itself


def running(state: RoomState) -> bool:
    """Whether the points are being asked at this moment."""
    return state.check is not None and state.check.closed_at is None


def follows(state: RoomState, now: datetime) -> tuple[Event, ...]:
    """Facts that the state calls for and nobody commands: a quorum reached or lost, a presence check due or over."""
    if state.phase != LIVE:
        return ()
    return (*_quorum(state, now), *_check_over(state, now), *_check_due(state, now))


def _quorum(state: RoomState, now: datetime) -> tuple[Event, ...]:
    if state.quorum is None:
        return ()
    has = len(state.points_here())
    reached = has >= state.quorum.need
    if reached == state.quorum.reached:
        return ()
    return (Event("quorum_changed", {"has": has, "need": state.quorum.need, "reached": reached}, now),)


def _check_over(state: RoomState, now: datetime) -> tuple[Event, ...]:
    check = state.check
    if check is None or check.closed_at is not None or (now < check.until and len(check.answered) < len(check.asked)):
        return ()
    missing = [point for point in check.asked if point not in check.answered]
    return (Event("presence_check_ended", {"missing": missing}, now),)


def _check_due(state: RoomState, now: datetime) -> tuple[Event, ...]:
    due = check_due(state)
    event = _check_event(state, now, 60) if due is not None and now >= due and not running(state) else None
    return (event,) if event is not None else ()


def check_due(state: RoomState) -> datetime | None:
    """When the next check comes: between half and one and a half times the interval after the last, not to be foreseen."""
    if state.checks_minutes is None or state.checks_since is None:
        return None
    draw = hashlib.sha256(f"{state.room} {state.checks_since.isoformat()}".encode()).digest()[0] / 255
    return state.checks_since + timedelta(minutes=state.checks_minutes * (0.5 + draw))


def _check_event(state: RoomState, now: datetime, seconds: int) -> Event | None:
    here = {peer.point for peer in state.peers.values() if peer.speaks and peer.away_at is None and not peer.held}
    points = [point for point in state.plan.points if point in here]
    until = (now + timedelta(seconds=seconds)).isoformat()
    return Event("presence_check_started", {"until": until.replace("+00:00", "Z"), "points": points}, now) if points else None
