"""A formal meeting over real sockets: who waits outside hears nothing, a secret vote stays one, facts that nobody commands are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from liaison.house import House
from liaison.services import join
from liaison.store import tables as t
from signaling import rooms
from signaling.room.commands import Command, decide
from tests.support.live_room import LiveRoom, RoomClient, code, until


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    room.open()
    yield room
    room.stop()


def shown(client: RoomClient) -> dict[str, Any]:
    return dict(client.call("snapshot")["snapshot"])


def watch(live: LiveRoom) -> RoomClient:
    client = live.connect(token=join.watch_token(live.house, live.session)["token"])
    client.join()
    return client


def log(live: LiveRoom) -> list[t.RoomEvent]:
    with live.house.db.read() as db:
        return list(db.scalars(select(t.RoomEvent).where(t.RoomEvent.session_id == live.session).order_by(t.RoomEvent.seq)))


def test_whoever_waits_outside_hears_nothing_until_admitted(live: LiveRoom) -> None:
    chair = live.enter("chair", None)
    assert chair.command("set_rights", lobby=True)["ok"]
    osh = live.enter("point", "osh-oblast")
    assert osh.answer["snapshot"]["peers"] == {} and osh.answer["snapshot"]["phase"] == "live"
    assert osh.answer["snapshot"].keys() == chair.answer["snapshot"].keys()
    assert chair.command("set_stage", mode="gallery")["ok"]
    told = until(lambda: osh.events("stage_set"), "the bare event")[-1]
    assert told["data"] == {} and told["patch"] == {}
    assert not live.engine.rooms[live.session].desired.peers[osh.peer].admitted
    assert chair.command("admit", peer=osh.peer)["ok"]
    assert osh.wait_told("audience") == {"outside": False}
    assert osh.peer in shown(osh)["peers"] and shown(osh)["stage"]["mode"] == "gallery"
    until(lambda: live.engine.rooms[live.session].desired.peers[osh.peer].admitted, "picture and sound")


def test_a_closed_item_empties_the_room_for_whoever_is_cut_off(live: LiveRoom) -> None:
    chair, osh, alay, citizen = live.enter("chair", None), live.enter(), live.enter("point", "alay-district"), watch(live)
    assert chair.command("close_doors", points=["osh-oblast"])["ok"]
    for client in (alay, citizen):
        assert client.wait_told("audience") == {"outside": True}
        assert shown(client)["peers"] == {} and shown(client)["closed_item"] == {"points": None}
    assert osh.told("audience") == [] and len(shown(osh)["peers"]) == 4
    count = {id(client): len(client.heard) for client in (alay, citizen)}
    assert chair.command("grant_floor", peer=osh.peer)["ok"]
    osh.wait_event("floor_granted")
    for client in (alay, citizen):
        news = [data for message, data in list(client.heard)[count[id(client)]:] if message == "event"]
        assert all(one["data"] == {} and one["patch"] == {} for one in news)
    assert chair.command("open_doors")["ok"]
    until(lambda: alay.told("audience")[-1] == {"outside": False}, "let in again")
    assert shown(alay)["floor"] == osh.peer
    assert until(lambda: citizen.told("audience")[-1] == {"outside": False}, "let in again")
    assert shown(citizen)["collisions"] == {}


def test_the_follower_lets_somebody_in_too(live: LiveRoom) -> None:
    """What another process wrote reaches the sockets here through the follower's thread, outside any request."""
    chair = live.enter("chair", None)
    assert chair.command("set_rights", lobby=True)["ok"]
    osh = live.enter("point", "osh-oblast")
    decided = Command("admit", chair.peer, {"peer": osh.peer})
    rooms.transact(live.house, live.session, lambda _db, _session, state: decide(state, decided, live.house.clock.now()).events, "x")
    assert osh.wait_told("audience") == {"outside": False}
    assert osh.peer in shown(osh)["peers"]


def test_a_secret_vote_is_counted_outside_the_log(live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(), live.enter("point", "alay-district")
    secretary = live.enter("secretary", None)
    assert secretary.command("start_vote", title="Budget", kind="secret", unit="point", majority="simple")["ok"]
    cast = {"id": "the-same-command", "name": "cast_vote", "fields": {"choice": "yes"}}
    assert osh.call("command", cast)["ok"] and osh.call("command", cast)["ok"], "sent again it counts once"
    assert code(osh.command("cast_vote", choice="no")) == "illegal_state"
    assert alay.command("cast_vote", choice="no")["ok"] and chair.command("cast_vote", choice="yes")["ok"]
    assert secretary.command("close_vote")["ok"]
    result = shown(osh)["votes"][0]
    assert (result["counts"], result["outcome"], result["cast"]) == ({"yes": 2, "no": 1, "abstain": 0}, "accepted", {})
    cast_rows = [row for row in log(live) if row.type == "vote_cast"]
    assert [set(row.data) for row in cast_rows] == [{"vote", "voter", "by"}] * 3
    with live.house.db.read() as db:
        kept = rooms.read_state(db, live.session)[0].votes[0].cast
        assert set(kept.values()) == {""}
        assert {row.choice for row in db.scalars(select(t.SecretCount))} == {"yes", "no", "abstain"}
    assert '"choice"' not in json.dumps([row.data for row in cast_rows])


def test_a_quorum_and_a_presence_check_are_written_by_themselves(live: LiveRoom) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    assert chair.command("set_quorum", need=2)["ok"]
    assert chair.wait_event("quorum_changed")["data"] == {"has": 2, "need": 2, "reached": True}
    osh.drop()
    lost = until(lambda: [one for one in chair.events("quorum_changed") if not one["data"]["reached"]], "the quorum lost")
    assert lost[-1]["data"]["has"] == 1
    assert chair.command("start_presence_check", seconds=30)["ok"]
    assert chair.command("confirm_presence")["ok"]
    assert chair.wait_event("presence_check_ended")["data"] == {"missing": []}


def test_the_secretary_keeps_the_order_and_sends_nothing(live: LiveRoom) -> None:
    secretary, osh = live.enter("secretary", None), live.enter()
    assert osh.command("raise_hand", subject="Roads")["ok"]
    assert secretary.command("set_list", open=False)["ok"]
    assert code(secretary.command("grant_floor", peer=osh.peer)) == "forbidden"
    assert code(secretary.call("publish", {"epoch": 1, "sdp": "v=0"})) == "forbidden"
    assert shown(osh)["queue"][0]["subject"] == "Roads"
