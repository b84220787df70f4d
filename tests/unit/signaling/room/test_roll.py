"""Roll call, quorum, presence checks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liaison.domain.errors import Forbidden, IllegalState, Invalid
from signaling.room.entering import depart, enter, go_away
from signaling.room.roll_rules import check_due, follows
from signaling.room.state import RoomState
from tests.support.conduct import NOW, POINTS, do, fold, room, someone


def settle(state: RoomState, seconds: float = 0) -> RoomState:
    return fold(state, *follows(state, NOW + timedelta(seconds=seconds)))


def test_the_secretary_calls_and_marks() -> None:
    state = do(do(room(), "start_roll_call", "secretary"), "call_point", "secretary", point="osh-oblast")
    assert state.roll is not None and state.roll.current == "osh-oblast"
    state = do(state, "mark_point", "secretary", point="osh-oblast", mark="present", name="A. Aliev")
    state = do(state, "mark_point", "chair", point="naryn-oblast", mark="represented", represented_by="osh-oblast")
    assert state.roll is not None
    assert {slug: (mark.mark, mark.by, mark.name) for slug, mark in state.roll.marks.items()} == {
        "osh-oblast": ("present", None, "A. Aliev"), "naryn-oblast": ("represented", "osh-oblast", "")}
    state = do(state, "end_roll_call", "secretary")
    assert state.roll is not None and state.roll.current is None
    with pytest.raises(IllegalState):
        do(state, "call_point", "secretary", point="osh-oblast")


def test_what_a_roll_call_refuses() -> None:
    with pytest.raises(IllegalState):
        do(room(), "call_point", "chair", point="osh-oblast")
    state = do(room(), "start_roll_call", "chair")
    with pytest.raises(Invalid):
        do(state, "call_point", "chair", point="atlantis")
    with pytest.raises(Invalid):
        do(state, "mark_point", "chair", point="osh-oblast", mark="represented", represented_by="osh-oblast")
    with pytest.raises(Forbidden):
        do(state, "mark_point", "osh", point="osh-oblast", mark="present")


def test_who_counts_for_the_quorum() -> None:
    state = do(room(), "start_roll_call", "chair")
    assert state.points_here() == POINTS[:4], "of each of them a device with picture and sound is in the room"
    absent = do(state, "mark_point", "chair", point="osh-oblast", mark="absent")
    assert "osh-oblast" not in absent.points_here()
    stood_for = do(absent, "mark_point", "chair", point="naryn-oblast", mark="represented", represented_by="big-hall")
    assert "naryn-oblast" in stood_for.points_here()
    left = fold(stood_for, *depart(stood_for, "chair", "left", NOW))
    assert "naryn-oblast" not in left.points_here(), "whoever stood for it has left"
    away = fold(room(), *go_away(room(), "osh", "link-osh", NOW))
    assert "osh-oblast" not in away.points_here()


def test_the_quorum_is_recorded_when_it_is_reached_and_lost() -> None:
    state = do(room(), "set_quorum", "secretary", need=4)
    events = follows(state, NOW)
    assert [dict(event.data) for event in events] == [{"has": 4, "need": 4, "reached": True}]
    state = fold(state, *events)
    assert follows(state, NOW) == ()
    state = fold(state, *depart(state, "osh", "lost", NOW))
    assert [dict(event.data) for event in follows(state, NOW)] == [{"has": 3, "need": 4, "reached": False}]
    state = settle(state)
    state = fold(state, *enter(state, someone("osh"), NOW, 50))
    assert [event.data["reached"] for event in follows(state, NOW)] == [True]
    assert do(state, "set_quorum", "chair", need=None).quorum is None
    with pytest.raises(IllegalState):
        do(state, "set_quorum", "chair", need=len(POINTS) + 1)


def test_a_presence_check_ends_when_all_answered_or_the_time_is_over() -> None:
    state = do(room(), "start_presence_check", "secretary", seconds=30)
    assert state.check is not None and state.check.asked == POINTS[:4]
    assert do(state, "start_presence_check", "chair") == state, "one at a time"
    for peer in ("chair", "osh", "deputy"):
        state = do(state, "confirm_presence", peer)
    assert follows(state, NOW + timedelta(seconds=29)) == ()
    over = follows(state, NOW + timedelta(seconds=30))
    assert [dict(event.data) for event in over] == [{"missing": ["alay-district"]}]
    state = do(state, "confirm_presence", "alay")
    assert [dict(event.data) for event in follows(state, NOW)] == [{"missing": []}]
    with pytest.raises(IllegalState):
        do(settle(state), "confirm_presence", "osh")


def test_checks_come_at_random_about_every_so_often() -> None:
    state = do(room(), "set_presence_checks", "chair", minutes=20)
    due = check_due(state)
    assert due is not None and NOW + timedelta(minutes=10) <= due <= NOW + timedelta(minutes=30)
    assert follows(state, due - timedelta(seconds=1)) == ()
    state = fold(state, *follows(state, due))
    assert state.check is not None and state.check.at == due
    following = check_due(state)
    assert following is not None and following >= due + timedelta(minutes=10)
    assert check_due(do(state, "set_presence_checks", "chair", minutes=None)) is None
