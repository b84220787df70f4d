"""A log played again shows what was shown, and to nobody more than that."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from signaling.room.commands import Command, decide
from signaling.room.entering import enter
from signaling.room.events import Event, evolve
from signaling.room.playback import MARKED, Playback, page
from signaling.room.state import Plan, RoomState
from signaling.room.view import for_outside, view
from tests.support.conduct import AGENDA, NOW, POINTS, happened, someone

PLAN = Plan(NOW, NOW + timedelta(hours=1), AGENDA, POINTS)


class Log:
    """A meeting with a closed item in it, and the state after each of its events."""

    def __init__(self) -> None:
        self.now, self.state = NOW, RoomState("s1", plan=PLAN)
        self.events: list[Event] = []
        self.states: list[RoomState] = []
        for name in ("chair", "osh", "alay"):
            self.write(*enter(self.state, someone(name), self.now, 50))
        self.write(happened("session_opened", self.now))
        self.do("next_agenda_item")
        self.do("grant_floor", peer="osh")
        self.do("close_doors", points=["osh-oblast"])
        self.do("raise_hand", "osh", subject="a secret")
        self.do("lower_hand", "osh")
        self.do("open_doors")
        self.do("start_vote", title="Budget", kind="open", unit="point", majority="simple")
        self.do("cast_vote", "osh", choice="yes")
        self.do("close_vote")
        self.write(happened("session_closed", self.now, reason="chair"))

    def write(self, *events: Event) -> None:
        for event in events:
            self.state = evolve(self.state, event)
            self.events.append(event)
            self.states.append(self.state)

    def do(self, name: str, by: str = "chair", /, **fields: Any) -> None:
        self.now += timedelta(seconds=10)
        self.write(*decide(self.state, Command(name, by, fields), self.now).events)

    @property
    def rows(self) -> list[tuple[int, Event]]:
        return list(enumerate(self.events, 1))


def everything(_state: RoomState) -> bool:
    return True


def as_alay(state: RoomState) -> bool:
    return any(peer.point == "alay-district" and not state.cut_off(peer) for peer in state.peers.values())


def patched(room: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What PROTOCOL.md tells clients to do."""
    peers = room["peers"] | changes.get("peers", {})
    return room | changes | {"peers": {key: peer for key, peer in peers.items() if peer is not None}}


def test_patches_lead_from_page_to_page_through_every_state() -> None:
    log = Log()
    after, seen = 0, 0
    room: dict[str, Any] = {}
    while after is not None:
        found = json.loads(json.dumps(page(Playback("s1", PLAN, everything), log.rows, after, 4)))
        assert not room or found["snapshot"] == room
        room = found["snapshot"]
        for event in found["events"]:
            room = patched(room, event["patch"])
            assert room == json.loads(json.dumps(view(log.states[event["seq"] - 1]))), event["type"]
            seen += 1
        after = found["next"]
    assert seen == len(log.events)


def test_the_first_page_brings_the_marks_and_the_end() -> None:
    log = Log()
    found = page(Playback("s1", PLAN, everything), log.rows, 0, 4)
    assert len(found["events"]) == 4 and found["last"] == len(log.events)
    assert [mark["type"] for mark in found["marks"]] == [event.type for event in log.events if event.type in MARKED]
    by_type = {mark["type"]: mark for mark in found["marks"]}
    assert by_type["floor_granted"]["point"] == "osh-oblast" and by_type["agenda_moved"]["index"] == 1
    assert by_type["vote_closed"]["title"] == "Budget" and by_type["vote_closed"]["outcome"]
    assert "marks" not in page(Playback("s1", PLAN, everything), log.rows, 4, 4)


def test_of_a_closed_item_whoever_was_left_out_sees_no_more_than_then() -> None:
    log = Log()
    found = page(Playback("s1", PLAN, as_alay), log.rows, 0)
    assert "a secret" not in json.dumps(found)
    room, seen = found["snapshot"], {"full": 0, "outside": 0}
    for event in found["events"]:
        state = log.states[event["seq"] - 1]
        room = patched(room, event["patch"])
        full = as_alay(state)
        seen["full" if full else "outside"] += 1
        assert room == (view(state) if full else for_outside(view(state))), event["type"]
        assert full or event["data"] == {}
    assert min(seen.values()) > 3
    assert "doors_closed" not in [mark["type"] for mark in found["marks"]] and found["marks"][-1]["type"] == "session_closed"


def test_an_empty_log_is_a_page_without_events() -> None:
    found = page(Playback("s1", PLAN, everything), [], 0)
    assert (found["events"], found["next"], found["last"], found["ends_at"]) == ([], None, 0, None)
    assert found["snapshot"] == view(RoomState("s1", plan=PLAN))
