"""What the engine is asked for, from the room's state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from signaling.desired import desired
from signaling.room.floor import Speech
from signaling.room.state import CLOSED, LIVE, LOBBY, Peer, RoomState

NOW = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


def peer(name: str, role: str = "point", via: str = "browser", **fields: Any) -> Peer:
    return Peer(name, "osh-oblast", role, name, via, NOW, **fields)


def room(*peers: Peer, **fields: Any) -> RoomState:
    return RoomState("s1", peers={p.id: p for p in peers}, **{"phase": LIVE} | fields)


def test_nothing_flows_before_the_opening_but_everything_is_known() -> None:
    wanted = desired(room(peer("a", camera=True), phase=LOBBY, epoch=3), 7, 1)
    assert (wanted.room, wanted.version, wanted.epoch, wanted.open, wanted.worker) == ("s1", 7, 3, False, 1)
    assert not wanted.peers["a"].admitted and wanted.peers["a"].camera and not wanted.tap_open
    assert not desired(room(phase=CLOSED), 1, 0).open
    assert desired(room(), 1, 0).tap_open


def test_a_peer_sends_what_it_has_switched_on_and_nothing_else() -> None:
    wanted = desired(room(peer("a", camera=True, microphone=False), peer("w", "watcher", camera=True, microphone=True)), 1, 0)
    assert (wanted.peers["a"].camera, wanted.peers["a"].microphone, wanted.peers["a"].screen) == (True, False, False)
    assert not (wanted.peers["w"].camera or wanted.peers["w"].microphone) and wanted.peers["w"].receive


def test_what_is_known_of_the_points_line_goes_along() -> None:
    wanted = desired(room(peer("a"), peer("w", "watcher")), 1, 0, {"osh-oblast": "thin"})
    assert wanted.peers["a"].link == "thin"
    assert desired(room(peer("a")), 1, 0).peers["a"].link == "normal"


def test_one_screen() -> None:
    wanted = desired(room(peer("a"), peer("b"), screen="a"), 1, 0)
    assert (wanted.peers["a"].screen, wanted.peers["b"].screen) == (True, False)


def test_a_reserved_slot_for_the_floor_the_chair_and_the_acting_deputy() -> None:
    people = (peer("f", microphone=True), peer("c", "chair", microphone=True), peer("d", "deputy", microphone=True),
              peer("m", "chair"), peer("o", microphone=True))
    wanted = desired(room(*people, speech=Speech("f", NOW, NOW), acting="d"), 1, 0)
    assert {name for name, p in wanted.peers.items() if p.reserved} == {"f", "c", "d"}


def test_tablets_have_no_media_and_encoders_one_direction() -> None:
    wanted = desired(room(peer("t", "chair", "control", microphone=True), peer("i", via="whip", camera=True),
                          peer("e", via="whep", camera=True)), 1, 0)
    wall = desired(room(peer("w", "chair", "wall", camera=True, microphone=True)), 1, 0).peers["w"]
    assert wall.admitted and wall.receive and not (wall.camera or wall.microphone)
    assert not (wanted.peers["t"].admitted or wanted.peers["t"].microphone or wanted.peers["t"].receive)
    assert wanted.peers["i"].camera and not wanted.peers["i"].receive
    assert wanted.peers["e"].receive and not wanted.peers["e"].camera
