"""The list of speakers and the clock of a speech."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.errors import Forbidden, IllegalState
from signaling.room.entering import depart, enter
from signaling.room.errors import NoSuchPeer
from signaling.room.floor import Limits, Speech
from signaling.room.floor_rules import spoken
from signaling.room.state import RoomState
from signaling.room.view import view
from tests.support.conduct import NOW, do, fold, room, someone


def later(state: RoomState, seconds: float, name: str, by: str, /, **fields: object) -> RoomState:
    return do(state, name, by, NOW + timedelta(seconds=seconds), **fields)


def test_points_of_order_go_before_all_others() -> None:
    state = do(do(room(), "raise_hand", "osh", subject="Roads"), "raise_hand", "alay")
    state = do(do(state, "raise_hand", "deputy", order=True), "raise_hand", "chair", order=True)
    assert state.hands == ("deputy", "chair", "osh", "alay")
    assert view(state)["queue"][2]["subject"] == "Roads"
    state = do(state, "raise_hand", "alay", order=True)
    assert state.hands == ("deputy", "chair", "alay", "osh")
    assert do(state, "raise_hand", "alay").hands == ("deputy", "chair", "osh", "alay"), "an ordinary request stands last"


def test_the_list_is_reordered_by_those_who_conduct() -> None:
    state = do(do(do(room(), "raise_hand", "osh"), "raise_hand", "alay"), "raise_hand", "deputy")
    assert do(state, "move_hand", "secretary", peer="deputy", index=0).hands == ("deputy", "osh", "alay")
    assert do(state, "move_hand", "chair", peer="osh", index=9).hands == ("alay", "deputy", "osh")
    with pytest.raises(Forbidden):
        do(state, "move_hand", "osh", peer="osh", index=0)
    with pytest.raises(IllegalState):
        do(state, "move_hand", "chair", peer="encoder", index=0)


def test_a_closed_list_takes_points_of_order_only() -> None:
    state = do(do(room(), "raise_hand", "osh"), "set_list", "secretary", open=False)
    with pytest.raises(IllegalState):
        do(state, "raise_hand", "alay")
    assert do(state, "raise_hand", "alay", order=True).hands == ("alay", "osh")
    assert do(state, "raise_hand", "osh", subject="Water").requests["osh"].subject == "Water", "who is in it stays in it"
    assert do(do(state, "set_list", "chair", open=True), "raise_hand", "alay").hands == ("osh", "alay")


def test_the_next_speaker_is_the_first_who_is_here() -> None:
    state = do(do(room(), "raise_hand", "osh"), "raise_hand", "alay")
    state = fold(state, *depart(state, "osh", "lost", NOW))
    assert [row["here"] for row in view(state)["queue"]] == [False, True]
    state = do(state, "grant_next", "chair")
    assert (state.floor, state.hands) == ("alay", ("osh",))
    with pytest.raises(IllegalState):
        do(do(state, "lower_hand", "secretary", peer="osh"), "grant_next", "chair")
    with pytest.raises(NoSuchPeer):
        do(state, "grant_floor", "chair", peer="osh")


# ---------------------------------------------------------------- the clock


def test_the_clock_is_not_disturbed_by_the_list() -> None:
    state = later(do(room(), "set_limits", "chair", speech_s=300), 0, "grant_floor", "chair", peer="osh")
    state = later(later(state, 30, "raise_hand", "alay"), 40, "raise_hand", "deputy")
    state = later(later(state, 50, "move_hand", "chair", peer="deputy", index=0), 55, "set_list", "chair", open=False)
    assert state.speech is not None
    assert (state.speech.elapsed_s(NOW + timedelta(seconds=60)), state.speech.limit_s) == (60, 300)


def test_a_pause_stops_the_clock() -> None:
    state = later(room(), 0, "grant_floor", "chair", peer="osh")
    state = later(later(state, 20, "pause_speech", "chair"), 80, "resume_speech", "chair")
    assert state.speech is not None
    assert state.speech.elapsed_s(NOW + timedelta(seconds=90)) == 30
    state = later(state, 90, "release_floor", "osh")
    assert state.spoken == {"osh-oblast": 30}


def test_a_point_of_order_interrupts_and_gives_the_floor_back() -> None:
    state = later(do(room(), "set_limits", "chair", speech_s=120), 0, "grant_floor", "chair", peer="osh")
    state = later(later(state, 40, "raise_hand", "alay", order=True), 50, "grant_floor", "chair", peer="alay")
    assert state.floor == "alay" and view(state)["speech"]["interrupted"] == "osh"
    state = later(state, 70, "take_floor_back", "chair")
    assert state.speech == Speech("osh", NOW + timedelta(seconds=70), NOW, 50.0, 120.0)
    assert state.spoken == {"osh-oblast": 50, "alay-district": 20}


def test_somebody_else_called_meanwhile_ends_the_interrupted_speech() -> None:
    state = later(room(), 0, "grant_floor", "chair", peer="osh")
    state = later(later(state, 10, "raise_hand", "alay", order=True), 20, "grant_floor", "chair", peer="alay")
    state = later(state, 30, "grant_floor", "chair", peer="deputy")
    assert (state.floor, state.interrupted) == ("deputy", None)
    assert later(state, 40, "take_floor_back", "chair").floor is None


def test_a_delegations_time_runs_out_and_the_chair_may_give_more() -> None:
    state = do(room(), "set_limits", "secretary", speech_s=60, delegation_s=90)
    state = later(later(state, 0, "grant_floor", "chair", peer="osh"), 70, "release_floor", "osh")
    state = later(state, 80, "grant_floor", "chair", peer="osh")
    assert state.speech is not None and state.speech.limit_s == 20
    state = later(state, 110, "release_floor", "osh")
    with pytest.raises(IllegalState):
        later(state, 120, "grant_floor", "chair", peer="osh")
    state = later(state, 120, "grant_floor", "chair", peer="osh", seconds=30)
    assert state.speech is not None and state.speech.limit_s == 30
    state = later(state, 130, "extend_speech", "chair", seconds=60)
    assert state.speech is not None and state.speech.limit_s == 90


def test_phases_of_a_speech() -> None:
    speech = Speech("osh", NOW, NOW, 0.0, 300.0)
    phases = [speech.phase(NOW + timedelta(seconds=seconds)) for seconds in (0, 269, 270, 299, 300, 400)]
    assert phases == ["green", "green", "yellow", "yellow", "red", "red"]
    assert Speech("osh", NOW, NOW, 0.0, 60.0).yellow_s == 12
    assert Speech("osh", NOW, NOW).phase(NOW + timedelta(days=1)) == "green"


@given(st.none() | st.integers(10, 1000), st.none() | st.integers(10, 1000), st.floats(0, 2000))
def test_no_allowance_is_over_a_limit(speech_s: int | None, delegation_s: int | None, so_far: float) -> None:
    allowance = Limits(speech_s, delegation_s).allowance_s(so_far)
    assert (allowance is None) == (speech_s is None and delegation_s is None)
    if allowance is not None:
        assert 0 <= allowance <= min(limit for limit in (speech_s, delegation_s) if limit is not None)


# ---------------------------------------------------------------- lost lines


def test_a_lost_line_keeps_the_place_in_the_list() -> None:
    state = do(do(room(), "raise_hand", "osh", subject="Roads"), "raise_hand", "alay")
    state = fold(state, *depart(state, "osh", "lost", NOW))
    assert state.hands == ("osh", "alay")
    back = fold(state, *enter(state, someone("osh"), NOW, 50))
    assert back.hands == ("osh", "alay") and back.peers["osh"].hand_at is not None
    other = fold(state, *enter(state, someone("osh", peer="osh-2"), NOW, 50))
    assert other.hands == ("osh-2", "alay") and other.requests["osh-2"].subject == "Roads"
    assert fold(state, *enter(state, someone("deputy", peer="x"), NOW, 50)).hands == ("osh", "alay")
    gone = do(room(), "raise_hand", "osh")
    assert fold(gone, *depart(gone, "osh", "left", NOW)).hands == (), "who leaves gives its place up"


def test_a_speaker_whose_line_is_lost_stands_first_and_keeps_its_time() -> None:
    state = do(room(), "set_limits", "chair", speech_s=100)
    state = later(later(state, 0, "grant_floor", "chair", peer="osh"), 10, "raise_hand", "alay")
    state = fold(state, *depart(state, "osh", "lost", NOW + timedelta(seconds=40)))
    assert (state.floor, state.hands, state.spoken) == (None, ("osh", "alay"), {"osh-oblast": 40})
    state = fold(state, *enter(state, someone("osh", peer="osh-2"), NOW + timedelta(seconds=90), 50))
    state = later(state, 100, "grant_next", "chair")
    assert state.speech is not None
    assert (state.speech.peer, state.speech.elapsed_s(NOW + timedelta(seconds=110)), state.speech.limit_s) == ("osh-2", 50, 100)
    assert spoken(state, NOW + timedelta(seconds=110)) == {"osh-oblast": 50}


def test_an_interrupted_speaker_whose_line_is_lost_stands_first_too() -> None:
    state = later(room(), 0, "grant_floor", "chair", peer="osh")
    state = later(later(state, 10, "raise_hand", "alay", order=True), 20, "grant_floor", "chair", peer="alay")
    state = fold(state, *depart(state, "osh", "lost", NOW + timedelta(seconds=25)))
    assert (state.floor, state.interrupted, state.hands) == ("alay", None, ("osh",))
    assert state.requests["osh"].spent_s == 20
    assert later(state, 30, "release_floor", "alay").floor is None


def test_nobody_but_those_who_conduct_lowers_the_hand_of_somebody_away() -> None:
    state = do(room(), "raise_hand", "osh")
    state = fold(state, *depart(state, "osh", "lost", NOW))
    with pytest.raises(Forbidden):
        do(state, "lower_hand", "alay", peer="osh")
    assert do(state, "lower_hand", "chair", peer="osh").requests == {}
