"""What each agenda item took, and when the meeting will end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from liaison.domain.errors import Forbidden, IllegalState
from signaling.room.agenda import Item, forecast
from signaling.room.view import view
from tests.support.conduct import AGENDA, NOW, do, fold, happened, room

HOUR = timedelta(hours=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_items_keep_what_they_took_even_when_come_back_to() -> None:
    state = do(room(), "next_agenda_item", "secretary", NOW + minutes(15))
    state = do(state, "previous_agenda_item", "chair", NOW + minutes(20))
    state = do(state, "start_item", "secretary", NOW + minutes(30), index=2)
    assert {key: item.elapsed_s(NOW + minutes(31)) for key, item in state.items.items()} == {"0": 1500, "1": 300, "2": 60}
    state = do(state, "close_item", "chair", NOW + minutes(40))
    assert state.items["2"] == Item(600, None, NOW + minutes(40)) and state.agenda_since is None
    assert do(state, "close_item", "chair", NOW + minutes(41)) == state
    again = do(state, "start_item", "chair", NOW + minutes(50), index=2)
    assert again.items["2"] == Item(600, NOW + minutes(50)), "an item may be taken up again"


def test_who_moves_the_agenda() -> None:
    for by in ("osh", "deputy", "citizen", "interpreter"):
        with pytest.raises(Forbidden):
            do(room(), "next_agenda_item", by)
    with pytest.raises(IllegalState):
        do(room(), "start_item", "chair", index=len(AGENDA))
    with pytest.raises(IllegalState):
        do(replace(room(), plan=replace(room().plan, agenda=())), "close_item", "chair")


def test_the_forecast_takes_what_was_planned_for_all_that_is_left() -> None:
    state = room()
    assert forecast(AGENDA, state.items, NOW) == NOW + HOUR
    assert forecast(AGENDA, state.items, NOW + minutes(5)) == NOW + HOUR, "on time"
    assert forecast(AGENDA, state.items, NOW + minutes(25)) == NOW + HOUR + minutes(5), "the first item is five minutes over"
    state = do(state, "next_agenda_item", "chair", NOW + minutes(10))
    assert forecast(AGENDA, state.items, NOW + minutes(10)) == NOW + HOUR, "an item left open may be come back to"
    state = do(do(state, "previous_agenda_item", "chair", NOW + minutes(10)), "close_item", "chair", NOW + minutes(10))
    assert forecast(AGENDA, state.items, NOW + minutes(10)) == NOW + minutes(50), "closed early"
    assert forecast((), {}, NOW) == NOW


def test_the_end_stops_the_clock() -> None:
    state = fold(room(), happened("session_closed", NOW + minutes(7), reason="chair"))
    assert state.items["0"] == Item(420)
    assert view(state)["agenda"]["items"]["0"]["spent_s"] == 420
