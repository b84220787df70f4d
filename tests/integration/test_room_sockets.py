"""The live room through real sockets, on both databases, with a fake media engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from liaison.domain.clock import FixedClock
from liaison.house import House
from liaison.services import join, lifecycle, presence
from liaison.services.attendance import attendance_sheet
from liaison.store import tables as t
from tests.support.live_room import OFFER, LiveRoom, RoomClient, code, until


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    yield room
    room.stop()


def presences(house: House, session: str) -> list[t.Presence]:
    with house.db.read() as db:
        return list(db.scalars(select(t.Presence).where(t.Presence.session_id == session).order_by(t.Presence.id)))


def answered(offer: dict[str, Any]) -> str:
    return str(offer["sdp"]).replace("a=sendonly", "a=recvonly")


# ---------------------------------------------------------------- joining, the lobby, opening


def test_join_lobby_open_and_floor(live: LiveRoom) -> None:
    chair = live.enter("chair", None)
    osh = live.enter(name="A. Aliev")
    assert chair.answer["lobby"] and chair.answer["me"]["point"] == "big-hall"
    assert osh.snapshot["session"]["chair_point"] == "big-hall"
    assert {peer["name"] for peer in osh.snapshot["peers"].values()} >= {"A. Aliev"}
    assert not live.engine.desired[live.session].open
    assert code(osh.command("open_session")) == "forbidden"
    assert chair.command("open_session")["ok"]
    osh.wait_event("session_opened")
    assert osh.snapshot["phase"] == "live"
    until(lambda: live.engine.desired[live.session].open, "the engine's room opened")
    assert osh.command("raise_hand")["ok"]
    until(lambda: chair.snapshot["hands"] == [osh.peer], "the chair sees the hand")
    assert chair.command("grant_floor", peer=osh.peer)["ok"]
    until(lambda: osh.snapshot["floor"] == osh.peer, "the floor")
    assert live.engine.desired[live.session].peers[osh.peer].reserved
    assert chair.snapshot == osh.snapshot == osh.call("snapshot")["snapshot"]


def test_a_socket_that_ends_while_it_joins_leaves_a_peer_that_is_away(live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    chair = live.enter("chair", None)
    osh = RoomClient(live.base, token=live.token())

    def forgotten(*_room: Any, **_socket: Any) -> None:
        raise KeyError(osh.link)

    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(live.service.emitter.io.server, "enter_room", forgotten)  # type: ignore[attr-defined]
        assert code(osh.call("join", osh.auth)) == "not_joined"
    assert chair.wait_event("peer_away")["data"]["peer"] == chair.wait_event("peer_joined")["data"]["peer"]
    assert not [line for line in said if line["event"] == "message failed"]
    osh.io.disconnect()


def test_the_schedulers_acts_reach_the_browsers(live: LiveRoom, clock: FixedClock) -> None:
    osh = live.enter()
    clock.advance(601)
    lifecycle.run_clock(live.house)  # what another process does
    assert osh.wait_event("session_opened")["seq"] == osh.seq


def test_a_repeated_command_does_nothing_twice(live: LiveRoom) -> None:
    chair = live.enter("chair", None)
    command = {"id": "the-same-one", "name": "open_session"}
    first, second = chair.call("command", command), chair.call("command", command)
    assert first["ok"] and second == first
    again = {"id": "once-more-please", "name": "extend_session", "fields": {"minutes": 10}}
    assert chair.call("command", again) == chair.call("command", again)
    assert [event["data"]["minutes"] for event in chair.events("session_extended")] == [10]


def test_events_are_numbered_without_gaps_for_everybody(live: LiveRoom) -> None:
    live.open()
    clients = [live.enter(point=point) for point in ("osh-oblast", "alay-district", "big-hall")]
    for _ in range(5):
        for client in clients:
            client.command("raise_hand")
            client.command("lower_hand")
    last = clients[0].call("snapshot")["seq"]
    for client in clients:
        until(lambda client=client: client.seq == last, "every event")
        seqs = [data["seq"] for data in client.told("event")]
        assert seqs == list(range(seqs[0], last + 1))
        assert client.snapshot["hands"] == []


# ---------------------------------------------------------------- leaving, losing, coming back


def test_a_short_loss_continues_the_same_presence(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter(device={"camera": True, "microphone": False})
    osh.drop()
    chair.wait_event("peer_away")
    assert chair.snapshot["peers"][osh.peer]["away_at"]
    clock.advance(10)
    back = live.resume(osh)
    assert back.peer == osh.peer and back.answer["epoch"] == osh.answer["epoch"]
    until(lambda: chair.snapshot["peers"][osh.peer]["away_at"] is None, "back")
    assert not chair.snapshot["peers"][osh.peer]["microphone"]
    stays = [stay for stay in presences(live.house, live.session) if stay.peer_id == osh.peer]
    assert [(stay.drops, stay.left_at) for stay in stays] == [(1, None)]


def test_a_long_loss_closes_at_the_last_evidence_and_a_return_begins_anew(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    gone_at = clock.now()
    osh.drop()
    chair.wait_event("peer_away")
    clock.advance(9)
    live.renew()
    clock.advance(12)
    live.renew()
    live.alive(chair)
    assert presence.close_stale(live.house) == [osh.peer]
    assert chair.wait_event("peer_left")["data"]["reason"] == "lost"
    back = live.resume(osh)
    assert back.peer == osh.peer
    stays = [stay for stay in presences(live.house, live.session) if stay.peer_id == osh.peer]
    assert [(stay.left_at, stay.reason) for stay in stays] == [(gone_at, "lost"), (None, None)]
    sheet = {point["slug"]: point for point in attendance_sheet(live.house, live.planner, live.session)["points"]}
    assert sheet["osh-oblast"]["drops"] == 1


def test_leave_is_at_once(live: LiveRoom) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    assert osh.call("leave") == {"ok": True}
    assert osh.wait_told("bye") == {"reason": "left"}
    assert chair.wait_event("peer_left")["data"] == {"peer": osh.peer, "reason": "left"}
    assert [stay.reason for stay in presences(live.house, live.session) if stay.peer_id == osh.peer] == ["left"]


def test_a_newer_socket_of_the_peer_takes_the_place_over(live: LiveRoom) -> None:
    osh = live.enter()
    newer = live.resume(osh)
    assert osh.wait_told("bye") == {"reason": "replaced"}
    assert newer.peer == osh.peer
    until(lambda: not osh.io.connected, "the older socket closed")
    assert newer.call("snapshot")["snapshot"]["peers"][osh.peer]["away_at"] is None


def test_removal_revokes_both_tokens(live: LiveRoom) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    assert chair.command("remove_peer", peer=osh.peer)["ok"]
    assert osh.wait_told("bye") == {"reason": "removed"}
    assert [stay.reason for stay in presences(live.house, live.session) if stay.peer_id == osh.peer] == ["removed"]
    assert osh.peer not in live.engine.desired[live.session].peers
    for auth in ({"token": osh.auth["token"]}, {"resume": osh.answer["resume"]}):
        client = live.connect(**auth)
        assert code(client.call("join", auth)) == "removed"


def test_the_end_says_goodbye_to_everybody(live: LiveRoom) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    assert chair.command("end_session")["ok"]
    assert chair.wait_told("bye") == osh.wait_told("bye") == {"reason": "ended"}
    assert live.session not in live.engine.desired
    assert {stay.reason for stay in presences(live.house, live.session)} == {"ended"}
    late = live.connect(resume=osh.answer["resume"])
    assert code(late.call("join", {"resume": osh.answer["resume"]})) == "illegal_state"


# ---------------------------------------------------------------- another web process, a restart of one


def test_two_web_processes_serve_one_room(live: LiveRoom) -> None:
    other = live.second_process()
    try:
        here, there = live.enter("chair", None), other.enter()
        here.wait_event("peer_joined")
        assert here.command("open_session")["ok"]
        there.wait_event("session_opened")
        assert there.command("raise_hand")["ok"]
        until(lambda: here.snapshot["hands"] == [there.peer], "the hand raised at the other process")
        moved = live.resume(there)
        assert moved.peer == there.peer
        assert there.wait_told("bye") == {"reason": "replaced"}
        assert not other.leads
    finally:
        other.stop()


def test_after_a_restart_of_the_web_process_clients_return_to_the_same_place(
        live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    live.open()
    osh = live.enter()
    assert osh.call("publish", {"epoch": 1, "sdp": OFFER})["ok"]
    monkeypatch.setattr(live.service, "disconnected", lambda link: None)  # killed: it notices nothing any more
    live.service.stop()
    again = live.second_process()
    try:
        back = again.resume(osh)
        assert (back.peer, back.answer["epoch"], back.snapshot["phase"]) == (osh.peer, osh.answer["epoch"], "live")
        assert (osh.peer, "publish") in live.engine.rooms[live.session].connections
        until(lambda: again.leads, "the lease taken over")
    finally:
        again.stop()


# ---------------------------------------------------------------- media


def test_publish_subscribe_view(live: LiveRoom) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    assert "a=mid:1" in osh.call("publish", {"epoch": 1, "sdp": OFFER, "kinds": {"0": "microphone", "1": "camera"}})["sdp"]
    offer = chair.call("subscribe", {"epoch": 1, "connection": "subscribe"})
    assert len(offer["slots"]) == 30
    assert chair.call("answer", {"epoch": 1, "connection": "subscribe", "sdp": answered(offer)}) == {"ok": True}
    camera = f"{osh.peer}:camera"
    assert chair.call("view", {"connection": "subscribe", "slots": {"v3": {"source": camera, "height": 180}}}) == {"ok": True}
    assert chair.wait_told("slots")["slots"]["v3"]["source"] == camera
    assert not osh.told("slots")
    assert {source["id"] for source in chair.wait_told("sources")["sources"]} == {camera, f"{osh.peer}:microphone"}
    assert code(chair.call("view", {"connection": "subscribe", "slots": {"v99": None}})) == "media_refused"
    live.engine.speak(live.session, {osh.peer: 20})
    assert chair.wait_told("speakers") == {"levels": {osh.peer: 20}, "loudest": [osh.peer]}
    late = live.enter("watcher", None)
    assert late.wait_told("sources")["sources"]


def test_a_sender_alone_is_told_which_of_its_layers_anybody_watches(live: LiveRoom) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    assert osh.call("publish", {"epoch": 1, "sdp": OFFER})["ok"]
    live.engine.layers(live.session, osh.peer, {"camera": ["q"]})
    assert osh.wait_told("layers") == {"wanted": {"camera": ["q"]}}
    live.engine.layers(live.session, osh.peer, {"camera": ["q", "f"]})
    until(lambda: osh.told("layers")[-1] == {"wanted": {"camera": ["q", "f"]}}, "the change")
    assert not chair.told("layers")
    osh.drop()
    assert live.resume(osh).wait_told("layers") == {"wanted": {"camera": ["q", "f"]}}
    live.engine.restart_worker()
    assert not live.resume(osh).told("layers")


def test_what_the_room_says_is_what_the_engine_permits(live: LiveRoom) -> None:
    live.open()
    chair, osh = live.enter("chair", None), live.enter()
    permitted = lambda: live.engine.desired[live.session].peers[osh.peer]  # noqa: E731
    assert permitted().microphone and permitted().camera and not permitted().screen
    osh.command("set_media", microphone=False)
    assert not permitted().microphone
    osh.command("set_media", microphone=True)
    osh.command("start_screen")
    assert permitted().microphone and permitted().screen
    chair.command("mute_peer", peer=osh.peer)
    assert not permitted().microphone
    watcher = live.enter("watcher", None)
    assert not live.engine.desired[live.session].peers[watcher.peer].microphone


def test_the_tablet_steers_without_media_and_is_not_counted(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    tablet, osh = live.enter("chair", None, via="control"), live.enter()
    assert tablet.command("mute_peer", peer=osh.peer)["ok"]
    assert code(tablet.call("publish", {"epoch": 1, "sdp": OFFER})) == "forbidden"
    assert code(tablet.call("subscribe", {"epoch": 1, "connection": "subscribe"})) == "forbidden"
    clock.advance(60)
    live.alive(tablet, osh)
    sheet = {point["slug"]: point for point in attendance_sheet(live.house, live.planner, live.session)["points"]}
    assert (sheet["big-hall"]["present_seconds"], sheet["osh-oblast"]["present_seconds"]) == (0, 60)
    client = live.connect(token=live.token())
    assert code(client.call("join", {"token": client.auth["token"], "via": "control"})) == "forbidden"


def test_a_wall_screen_only_receives_and_is_not_counted(live: LiveRoom, clock: FixedClock) -> None:
    live.open()
    wall = live.enter("chair", None, via="wall")
    assert code(wall.call("publish", {"epoch": 1, "sdp": OFFER})) == "forbidden"
    for name in ("raise_hand", "mute_all", "grant_next", "end_session"):
        assert code(wall.command(name)) == "forbidden"
    assert wall.call("subscribe", {"epoch": 1, "connection": "wall"})["ok"]
    clock.advance(60)
    live.alive(wall)
    sheet = {point["slug"]: point for point in attendance_sheet(live.house, live.planner, live.session)["points"]}
    assert sheet["big-hall"]["present_seconds"] == 0


def test_an_officer_types_in_who_sits_there(live: LiveRoom) -> None:
    osh = live.enter()
    assert osh.command("set_headcount", headcount=12, representatives=["A. Aliev", " "])["ok"]
    assert "representatives" not in osh.wait_event("headcount_set")["data"]
    again = live.resume(osh)
    assert (again.answer["me"]["headcount"], again.answer["me"]["representatives"]) == (12, ["A. Aliev"])
    assert code(live.enter("watcher", None).command("set_headcount", headcount=1)) == "forbidden"


def test_the_watcher_over_the_limit_is_refused(house: House) -> None:
    from dataclasses import replace

    few = replace(house, settings=house.settings.model_copy(update={"watchers": 2}))
    live = LiveRoom(few)
    try:
        live.open()
        for _ in range(2):
            token = join.watch_token(few, live.session)["token"]
            watcher = live.connect(token=token)
            watcher.join()
            assert watcher.snapshot["session"]["points"][0]["answer"] is None
            assert code(watcher.call("publish", {"epoch": 1, "sdp": OFFER})) == "forbidden"
        client = live.connect(token=token)
        assert code(client.call("join", {"token": token})) == "room_full"
        with pytest.raises(join.RoomFull):
            join.watch_token(few, live.session)
    finally:
        live.stop()


def test_quality_is_told_to_the_others(live: LiveRoom) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    assert osh.call("report", {"quality": "poor", "loss": 0.2}) == {"ok": True}
    live.service.keeper.tell_quality()
    assert until(lambda: chair.told("quality"), "quality")[-1] == {"peers": {osh.peer: "poor"}}
    late = live.enter("interpreter", None)
    assert late.wait_told("quality") == {"peers": {osh.peer: "poor"}}
