"""Votes: who may, what counts, what comes out, and that a secret stays one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.errors import Forbidden, IllegalState
from signaling.room.commands import Command, apply
from signaling.room.entering import depart
from signaling.room.state import RoomState, to_json
from signaling.room.view import view
from signaling.room.vote_rules import with_counts
from signaling.room.votes import Vote, count, outcome
from tests.support.conduct import NOW, POINTS, do, fold, happened, room


def voting(kind: str = "open", unit: str = "point", majority: str = "simple", **more: Any) -> RoomState:
    return do(room(), "start_vote", "secretary", title="The budget", kind=kind, unit=unit, majority=majority, **more)


def made(voters: int, **values: Any) -> Vote:
    return Vote("1", "T", "open", "point", values.pop("majority", "simple"), tuple(f"v{n}" for n in range(voters)), NOW, **values)


@pytest.mark.parametrize(("majority", "yes", "no", "abstain", "voters", "expected"), [
    ("simple", 2, 1, 9, 20, "accepted"), ("simple", 1, 1, 0, 20, "rejected"), ("simple", 0, 0, 5, 20, "rejected"),
    ("absolute", 10, 0, 0, 20, "rejected"), ("absolute", 11, 9, 0, 20, "accepted"),
    ("two_thirds", 2, 1, 7, 20, "accepted"), ("two_thirds", 199, 100, 0, 300, "rejected"), ("two_thirds", 200, 100, 0, 300, "accepted"),
    ("two_thirds", 0, 0, 3, 20, "rejected"), ("unanimous", 3, 0, 2, 20, "accepted"), ("unanimous", 19, 1, 0, 20, "rejected"),
    ("unanimous", 0, 0, 2, 20, "rejected"),
])
def test_majorities(majority: str, yes: int, no: int, abstain: int, voters: int, expected: str) -> None:
    assert outcome(made(voters, majority=majority), {"yes": yes, "no": no, "abstain": abstain}) == expected


@given(st.integers(0, 63), st.integers(0, 63), st.integers(0, 63), st.sampled_from(["simple", "absolute", "two_thirds", "unanimous"]))
def test_more_agreement_never_rejects(yes: int, no: int, abstain: int, majority: str) -> None:
    vote, counts = made(190, majority=majority), {"yes": yes, "no": no, "abstain": abstain}
    if outcome(vote, counts) == "accepted":
        assert outcome(vote, counts | {"yes": yes + 1}) == "accepted"


def test_too_few_votes_decide_nothing() -> None:
    assert outcome(made(5, quorum=3), {"yes": 2, "no": 0, "abstain": 0}) == "no_quorum"
    assert outcome(made(5, quorum=3), {"yes": 1, "no": 0, "abstain": 2}) == "accepted", "an abstention is a vote cast"


def test_an_open_vote_shows_who_voted_and_only_then_what() -> None:
    state = do(do(voting(), "cast_vote", "osh", choice="yes"), "cast_vote", "alay", choice="no")
    state = do(state, "cast_vote", "alay", choice="abstain")
    shown = view(state)["vote"]
    assert (shown["voted"], shown["cast"], shown["counts"]) == (["osh-oblast", "alay-district"], {}, {})
    over = do(state, "close_vote", "secretary", confirm=True)
    result = view(over)["votes"][0]
    assert result["cast"] == {"osh-oblast": "yes", "alay-district": "abstain"}
    assert (result["outcome"], result["counts"], result["absent"]) == ("accepted", {"yes": 1, "no": 0, "abstain": 1}, ["naryn-oblast"])
    assert over.vote is None


def test_of_a_secret_vote_the_log_knows_who_and_never_what() -> None:
    state, told = voting("secret"), []
    for by, choice in (("osh", "yes"), ("alay", "no"), ("chair", "yes")):
        state, result = apply(state, Command("cast_vote", by, {"choice": choice}), NOW)
        told += [json.dumps(dict(event.data)) for event in result.events]
        assert result.secret == ("1", choice)
    assert not any(word in line for line in told for word in ("yes", "no\"", "abstain"))
    assert not any(f'"{word}"' in json.dumps(to_json(state)["vote"]) for word in ("yes", "no", "abstain"))
    with pytest.raises(IllegalState):
        do(state, "cast_vote", "osh", choice="no")
    over = do(with_counts(state, {"yes": 2, "no": 1}), "close_vote", "chair", confirm=True)
    assert (over.votes[0].outcome, over.votes[0].counts, set(over.votes[0].cast.values())) == ("accepted", {"yes": 2, "no": 1}, {""})
    assert view(over)["votes"][0]["cast"] == {}


def test_with_two_voters_nothing_is_secret() -> None:
    state = room(without=("deputy", "osh", "alay", "encoder"))
    with pytest.raises(IllegalState):
        do(state, "start_vote", "chair", title="T", kind="secret", unit="person", majority="simple")


def test_a_roll_call_asks_one_after_another() -> None:
    state = voting("roll_call")
    with pytest.raises(IllegalState):
        do(state, "cast_vote", "osh", choice="yes")
    state = do(do(state, "call_voter", "secretary", voter="osh-oblast"), "cast_vote", "osh", choice="yes")
    assert view(state)["vote"]["cast"] == {"osh-oblast": "yes"}, "it was said aloud"
    state = do(state, "record_vote", "secretary", voter="alay-district", choice="no")
    assert do(state, "record_vote", "secretary", voter="alay-district", choice="yes").vote.cast["alay-district"] == "yes"  # type: ignore[union-attr]
    with pytest.raises(IllegalState):
        do(voting(), "record_vote", "secretary", voter="alay-district", choice="no")
    with pytest.raises(IllegalState):
        do(state, "call_voter", "secretary", voter="atlantis")


def test_who_may_vote() -> None:
    with pytest.raises(Forbidden):
        do(voting(), "cast_vote", "osh", choice="yes", voter="alay-district")
    with pytest.raises(Forbidden):
        do(voting(), "cast_vote", "citizen", choice="yes")
    people = voting(unit="person")
    assert people.vote is not None and set(people.vote.voters) == {"chair", "deputy", "osh", "alay"}
    assert do(people, "cast_vote", "osh", choice="yes").vote.cast == {"osh": "yes"}  # type: ignore[union-attr]
    with pytest.raises(IllegalState):
        do(voting(), "start_vote", "chair", title="T", kind="open", unit="point", majority="simple")
    with pytest.raises(IllegalState):
        voting(quorum=len(POINTS) + 1)


def test_a_point_that_stands_for_another_votes_for_it() -> None:
    state = do(room(), "start_roll_call", "secretary")
    state = do(state, "mark_point", "secretary", point="naryn-oblast", mark="represented", represented_by="osh-oblast")
    state = do(state, "start_vote", "chair", title="T", kind="open", unit="point", majority="simple")
    state = do(do(state, "cast_vote", "osh", choice="no"), "cast_vote", "osh", choice="yes", voter="naryn-oblast")
    assert state.vote is not None and state.vote.cast == {"osh-oblast": "no", "naryn-oblast": "yes"}
    with pytest.raises(Forbidden):
        do(state, "cast_vote", "alay", choice="yes", voter="naryn-oblast")


def test_a_lost_line_is_noticed_before_the_vote_is_closed() -> None:
    state = do(voting(), "cast_vote", "chair", choice="yes")
    state = fold(state, *depart(state, "osh", "lost", NOW))
    with pytest.raises(IllegalState) as caught:
        do(state, "close_vote", "chair")
    assert caught.value.details["lost"] == ["osh-oblast"] and "yet: 1." in str(caught.value)
    over = do(state, "close_vote", "chair", confirm=True).votes[0]
    assert (over.lost, over.absent) == (("osh-oblast",), ("osh-oblast", "naryn-oblast"))
    assert do(voting(), "close_vote", "chair").votes[0].lost == (), "who was never there has lost nothing"


def test_a_vote_may_be_broken_off_and_ends_with_the_session() -> None:
    state = do(do(voting(), "cast_vote", "osh", choice="yes"), "cancel_vote", "secretary")
    assert (state.vote, state.votes[0].outcome, state.votes[0].cast) == (None, "cancelled", {})
    ended = fold(voting(), happened("session_closed", reason="limit"))
    assert (ended.vote, ended.votes[0].outcome) == (None, "cancelled")


def test_votes_are_counted_once_each() -> None:
    state = do(do(voting(), "cast_vote", "osh", choice="yes"), "cast_vote", "osh", choice="no")
    assert state.vote is not None and count(state.vote) == {"yes": 0, "no": 1, "abstain": 0}
