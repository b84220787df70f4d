"""Bots of a rehearsal: who comes for whom, and that they do what a point would."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.domain.errors import IllegalState, LiaisonError
from signaling.room import bots
from signaling.room.commands import COMMANDS, Command, decide
from signaling.room.entering import depart, enter
from signaling.room.events import evolve
from signaling.room.state import Plan, RoomState, from_json, to_json
from signaling.room.view import view
from tests.support.conduct import AGENDA, NOW, POINTS, VALID, do, fold, happened, room, someone

PLAYED = tuple(slug for slug in POINTS if slug != "big-hall")
SUBJECTS = ("Roads", "Water")


class Rehearsal:
    """A room with its chair, and a clock that lets the bots have their turns."""

    def __init__(self, *people: str) -> None:
        self.now = NOW
        self.state = RoomState("s1", plan=Plan(NOW, NOW + timedelta(hours=1), AGENDA, POINTS, played=PLAYED))
        for name in ("chair", *people):
            self.state = fold(self.state, *enter(self.state, someone(name), NOW, 50))
        self.state = fold(self.state, happened("session_opened"))

    def turn(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            for peer in bots.departures(self.state):
                self.state = fold(self.state, *depart(self.state, peer, "left", self.now))
            for who in bots.arrivals(self.state):
                self.state = fold(self.state, *enter(self.state, who, self.now, 0))
            for command in bots.acts(self.state, self.now, SUBJECTS):
                self.state = fold(self.state, *decide(self.state, command, self.now).events)

    def do(self, name: str, by: str = "chair", /, **fields: Any) -> None:
        self.state = do(self.state, name, by, self.now, **fields)

    @property
    def bots(self) -> set[str]:
        return {peer.point or "" for peer in self.state.peers.values() if peer.via == "bot"}


def test_bots_stand_for_absent_points_and_make_place() -> None:
    play = Rehearsal("osh")
    play.turn(5)
    assert play.bots == set(PLAYED) - {"osh-oblast"}
    play.state = fold(play.state, *enter(play.state, someone("alay"), play.now, 50))
    play.turn()
    assert "alay-district" not in play.bots
    play.state = fold(play.state, *depart(play.state, "osh", "left", play.now))
    play.turn()
    assert play.bots == set(PLAYED) - {"alay-district"}


def test_the_chair_removes_bots_and_lets_them_back() -> None:
    play = Rehearsal()
    play.turn(5)
    play.do("remove_peer", peer="bot-osh-oblast")
    play.turn(5)
    assert "osh-oblast" not in play.bots
    play.do("readmit_peer", peer="bot-osh-oblast")
    play.turn()
    assert play.bots == set(PLAYED)
    play.do("set_bots", mood="none")
    play.turn()
    assert play.bots == set() and view(play.state)["bots"] == "none"


def test_quiet_bots_answer_and_ask_for_nothing() -> None:
    play = Rehearsal()
    play.turn(5)
    play.do("start_presence_check", seconds=30)
    play.turn(20)
    assert play.state.check is not None and set(play.state.check.answered) == set(PLAYED)
    play.do("start_vote", title="Plan", kind="open", unit="point", majority="simple")
    play.turn(20)
    assert play.state.vote is not None and set(play.state.vote.cast) == set(PLAYED)
    play.turn(300)
    assert play.state.hands == ()


@pytest.mark.parametrize("unit", ["point", "person"])
def test_bots_vote_when_they_are_called(unit: str) -> None:
    play = Rehearsal()
    play.turn(5)
    play.do("start_vote", title="Plan", kind="roll_call", unit=unit, majority="simple")
    voter = "osh-oblast" if unit == "point" else "bot-osh-oblast"
    play.turn(30)
    assert play.state.vote is not None and not play.state.vote.cast
    play.do("call_voter", voter=voter)
    play.turn()
    assert set(play.state.vote.cast) == {voter}


def test_a_bot_speaks_when_it_has_the_floor_and_gives_it_back() -> None:
    play = Rehearsal()
    play.turn(5)
    play.do("grant_floor", peer="bot-osh-oblast")
    play.turn()
    assert play.state.peers["bot-osh-oblast"].microphone
    play.do("mute_peer", peer="bot-osh-oblast")
    play.turn()
    assert not play.state.peers["bot-osh-oblast"].microphone
    play.turn(40)
    assert play.state.floor is None and not play.state.peers["bot-osh-oblast"].microphone


def test_a_bot_that_is_called_in_the_roll_switches_its_microphone_on() -> None:
    play = Rehearsal()
    play.turn(5)
    play.do("start_roll_call")
    play.do("call_point", point="naryn-oblast")
    play.turn()
    assert play.state.peers["bot-naryn-oblast"].microphone
    play.do("mark_point", point="naryn-oblast", mark="present")
    play.turn()
    assert not play.state.peers["bot-naryn-oblast"].microphone


def test_lively_bots_ask_for_the_floor_but_not_all_at_once() -> None:
    play = Rehearsal()
    play.do("set_bots", mood="lively")
    play.turn(300)
    assert 1 <= len(play.state.hands) <= bots.HANDS_AT_ONCE
    assert {request.subject for request in play.state.requests.values()} <= set(SUBJECTS)
    play.do("set_list", open=False)
    before = play.state.hands
    play.turn(120)
    assert play.state.hands == before


def test_whoever_is_cut_off_does_nothing() -> None:
    play = Rehearsal()
    play.turn(5)
    play.do("close_doors", points=["osh-oblast"])
    play.do("start_presence_check", seconds=30)
    play.turn(30)
    assert play.state.check is not None and set(play.state.check.answered) <= {"osh-oblast"}


def test_other_rooms_know_no_bots() -> None:
    state = room()
    assert bots.arrivals(state) == [] and bots.acts(state, NOW, SUBJECTS) == [] and view(state)["bots"] is None
    with pytest.raises(IllegalState):
        do(state, "set_bots", "chair", mood="lively")


def test_chance_is_the_same_each_time_it_is_asked() -> None:
    assert bots.chance("a", 1) == bots.chance("a", 1) != bots.chance("b", 1)
    assert 0.4 < sum(bots.chance(number) for number in range(500)) / 500 < 0.6


CHAIRS = st.sampled_from(sorted(name for name, row in COMMANDS.items() if row.who in ("steering", "conducting")))


def steered(state: RoomState, name: str, now: datetime) -> RoomState:
    fields = dict(VALID.get(name, {}))
    if "peer" in fields:
        fields["peer"] = "bot-osh-oblast"
    try:
        return fold(state, *decide(state, Command(name, "chair", fields), now).events)
    except LiaisonError:
        return state


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CHAIRS, st.integers(1, 20)), max_size=15))
def test_whatever_the_chair_does_bots_do_nothing_that_is_refused(steps: list[tuple[str, int]]) -> None:
    play = Rehearsal()
    play.state = replace(play.state, bots=bots.LIVELY)
    play.turn(4)
    for name, seconds in steps:
        if name in ("open_session", "end_session", "extend_session", "set_rights"):  # others own it; a locked room lets nobody in
            continue
        play.state = steered(play.state, name, play.now)
        play.turn(seconds)
        assert from_json(to_json(play.state), play.state.plan) == play.state
    assert evolve(play.state, happened("bots_set", play.now, mood="quiet")).bots == "quiet"
