"""Who may write to whom, by the rules of the room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from liaison.domain.chat import ALL, CHAIR, HELP_DESK, PEER, Doors
from liaison.domain.errors import Forbidden, IllegalState, LiaisonError
from signaling.room.chat_rules import doors_of, hears, held_in, reader_of, require_may_attach, require_may_say
from signaling.room.errors import NoSuchPeer
from signaling.room.stage import Closed, Rights
from signaling.room.state import CLOSED, LIVE, Peer, RoomState

NOW = datetime(2027, 3, 1, 4, tzinfo=UTC)
ROLES = ("chair", "deputy", "secretary", "point", "interpreter", "watcher")


def room(**changes: object) -> RoomState:
    peers = {role: Peer(role, f"{role}-point" if role in ("chair", "deputy", "point") else None, role, role, "browser", NOW,
                        user=f"account-{role}", jti=f"token-{role}") for role in ROLES}
    return replace(RoomState("s", phase=LIVE, peers=peers), **changes)


def may(state: RoomState, role: str, to: str, receiver: str | None = None) -> bool:
    try:
        require_may_say(state, state.peers[role], to, receiver)
    except LiaisonError:
        return False
    return True


@pytest.mark.parametrize(("rule", "to", "expected"), [
    ("all", ALL, {"chair", "deputy", "secretary", "point", "interpreter"}),
    ("all", CHAIR, {"chair", "deputy", "secretary", "point", "interpreter"}),
    ("chair", ALL, {"chair", "secretary"}),
    ("chair", CHAIR, {"chair", "deputy", "secretary", "point", "interpreter"}),
    ("chair", HELP_DESK, {"chair", "deputy", "secretary", "point", "interpreter"}),
    ("none", ALL, {"chair", "secretary"}),
    ("none", CHAIR, {"chair", "secretary"}),
    ("none", HELP_DESK, {"chair", "secretary"}),
])
def test_the_rules_of_the_room(rule: str, to: str, expected: set[str]) -> None:
    state = room(rights=Rights(chat=rule))
    assert {role for role in ROLES if may(state, role, to)} == expected


@pytest.mark.parametrize(("rule", "expected"), [
    ("all", {"chair", "deputy", "secretary", "point", "interpreter"}), ("leading", {"chair", "deputy", "secretary"}), ("none", set())])
def test_whose_messages_may_bring_files(rule: str, expected: set[str]) -> None:
    state = room(rights=Rights(files=rule))
    found = set()
    for role in ROLES:
        try:
            require_may_attach(state, state.peers[role])
            found.add(role)
        except Forbidden:
            pass
    assert found == expected
    acting = replace(state, acting="point")
    if rule == "leading":
        require_may_attach(acting, acting.peers["point"])
    for shut in (replace(state, phase=CLOSED), replace(state, peers={"chair": replace(state.peers["chair"], held=True)})):
        with pytest.raises((Forbidden, IllegalState)):
            require_may_attach(shut, shut.peers["chair"])


def test_only_those_who_lead_answer_one_participant() -> None:
    state = room()
    assert {role for role in ROLES if may(state, role, PEER, "point")} == {"chair", "deputy", "secretary"}
    for receiver in ("nobody", "watcher", None):
        with pytest.raises(NoSuchPeer):
            require_may_say(state, state.peers["chair"], PEER, receiver)


def test_neither_machines_nor_those_outside_nor_after_the_end() -> None:
    state = room()
    for via in ("whip", "whep", "wall"):
        machine = replace(state.peers["point"], via=via)
        assert not hears(state, machine)
        with pytest.raises(Forbidden):
            require_may_say(state, machine, ALL, None)
    waiting = replace(state.peers["point"], held=True)
    assert not hears(state, waiting)
    with pytest.raises(Forbidden):
        require_may_say(state, waiting, CHAIR, None)
    with pytest.raises(IllegalState):
        require_may_say(room(phase=CLOSED), state.peers["chair"], ALL, None)


def test_what_was_true_when_it_was_said() -> None:
    assert doors_of(room()) is None
    assert doors_of(room(closed_item=Closed(("osh",)), acting="deputy")) == Doors(("osh",), "deputy")
    state = room()
    held = replace(state.peers["point"], held=True)
    assert held_in(state) == frozenset()
    assert held_in(state.with_peer(held)) == {"point", "account-point", "token-point"}
    assert held_in(state.with_peer(replace(held, own=False))) == {"point", "token-point"}
    assert reader_of(room(acting="deputy"), state.peers["deputy"]).role == "chair"
