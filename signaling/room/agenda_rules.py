"""The agenda's course: items are begun, left and closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from liaison.domain.errors import IllegalState

from .agenda import Item
from .deciding import Asked, Outcome, Rule, one
from .facts import Event
from .state import RoomState


def step(by: int) -> Rule:
    def rule(asked: Asked) -> Outcome:
        return _start(asked, asked.state.agenda_index + by)
    return rule


def start_item(asked: Asked) -> Outcome:
    index = asked.fields["index"]
    if index == asked.state.agenda_index and asked.state.agenda_since is not None:
        return Outcome()
    return _start(asked, index)


def _start(asked: Asked, index: int) -> Outcome:
    if not 0 <= index < len(asked.state.plan.agenda):
        raise IllegalState("There is no such agenda item.")
    return one(asked.says("agenda_moved", index=index))


def close_item(asked: Asked) -> Outcome:
    state = asked.state
    if not state.plan.agenda:
        raise IllegalState("There is no such agenda item.")
    item = state.items.get(str(state.agenda_index), Item())
    return Outcome() if item.closed_at else one(asked.says("item_closed", index=state.agenda_index))


# ---------------------------------------------------------------- what happened


def opened(state: RoomState, at: datetime) -> RoomState:
    """The session begins with the first item."""
    return _running(replace(state, agenda_since=at), state.agenda_index, at)


def moved(state: RoomState, event: Event) -> RoomState:
    state = stopped(state, event.at)
    index = event.data["index"]
    return _running(replace(state, agenda_index=index, agenda_since=event.at), index, event.at)


def closed(state: RoomState, event: Event) -> RoomState:
    key = str(event.data["index"])
    state = stopped(state, event.at)
    done = replace(state.items.get(key, Item()), closed_at=event.at)
    return replace(state, items={**state.items, key: done}, agenda_since=None)


def stopped(state: RoomState, at: datetime) -> RoomState:
    """No item is being treated; what it took is kept."""
    items = {key: replace(item, spent_s=round(item.elapsed_s(at), 3), since=None) if item.since else item
             for key, item in state.items.items()}
    return replace(state, items=items)


def _running(state: RoomState, index: int, at: datetime) -> RoomState:
    item = replace(state.items.get(str(index), Item()), since=at, closed_at=None)
    return replace(state, items={**state.items, str(index): item})
