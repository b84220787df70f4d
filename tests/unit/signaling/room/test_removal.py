"""Whom the chair removes, who stays out with it, and how it lets them in again."""

from __future__ import annotations

import json

import pytest

from liaison.domain.errors import IllegalState
from signaling.room.entering import depart, enter
from signaling.room.errors import Removed
from signaling.room.state import from_json, to_json
from signaling.room.view import view
from tests.support.conduct import NOW, do, fold, room, someone


def test_removal_revokes_the_token_and_the_peer() -> None:
    state = do(room(), "remove_peer", "chair", peer="osh")
    assert "osh" not in state.peers
    for back in (someone("osh"), someone("osh", jti="another"), someone("osh", peer="another")):
        with pytest.raises(Removed):
            enter(state, back, NOW, 50)
    assert enter(state, someone("osh", peer="another", jti="fresh"), NOW, 50)
    with pytest.raises(IllegalState):
        do(room(), "remove_peer", "chair", peer="chair")


def test_a_removed_account_stays_out_until_the_chair_lets_it_in() -> None:
    """Whatever fresh token it brings, under whatever name; its device that is in the room goes on."""
    state = room(without=("osh", "alay"))
    for name, peer in (("osh", "osh"), ("osh", "second"), ("alay", "alay")):
        state = fold(state, *enter(state, someone(name, peer=peer, user=f"user-{name}", jti=f"jti-{peer}"), NOW, 50))
    state = do(state, "remove_peer", "chair", peer="osh")
    fresh = someone("osh", peer="new", jti="fresh", user="user-osh")
    for back in (fresh, someone("citizen", peer="new", jti="fresh", user="user-osh")):
        with pytest.raises(Removed):
            enter(state, back, NOW, 50)
    assert enter(state, someone("osh", peer="second", user="user-osh", jti="jti-second"), NOW, 50)[0].type == "peer_back"
    assert enter(state, someone("osh", peer="new", jti="fresh", user="user-osh", own=False), NOW, 50)  # the office's token
    assert enter(state, someone("chair", peer="new", jti="fresh", user="user-osh"), NOW, 50)
    assert enter(state, someone("osh", peer="new", jti="fresh", user="colleague"), NOW, 50)
    assert [(shown["point"], shown["name"]) for shown in view(state)["removed"].values()] == [("osh-oblast", "osh")]
    assert from_json(json.loads(json.dumps(to_json(state))), state.plan) == state
    state = do(state, "readmit_peer", "chair", peer="osh")
    assert view(state)["removed"] == {} and enter(state, fresh, NOW, 50)
    assert enter(state, someone("osh", user="user-osh"), NOW, 50)  # what it held before is worth something again


def test_a_token_of_the_office_keeps_nobody_else_out() -> None:
    state = room(without=("osh", "alay"))
    for name in ("osh", "alay"):
        state = fold(state, *enter(state, someone(name, user="planner", own=False), NOW, 50))
    state = do(state, "remove_peer", "chair", peer="osh")
    assert enter(state, someone("osh", peer="new", jti="fresh", user="planner", own=False), NOW, 50)
    assert enter(state, someone("osh", peer="new", jti="fresh", user="planner"), NOW, 50)


def test_a_right_that_has_ended_is_no_removal_by_the_chair() -> None:
    state = room(without=("osh",))
    state = fold(state, *enter(state, someone("osh", user="user-osh"), NOW, 50))
    state = fold(state, *depart(state, "osh", "removed", NOW))
    with pytest.raises(Removed):
        enter(state, someone("osh", user="user-osh"), NOW, 50)
    assert state.removals == {} and enter(state, someone("osh", peer="new", jti="fresh", user="user-osh"), NOW, 50)
