"""What every MediaEngine does, held against the real one (with a worker process) and the fake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signaling.engine import (
    EngineEvent,
    EngineRefused,
    EngineUnavailable,
    MediaEngine,
    PeerDesired,
    RoomDesired,
    TapSelection,
    Want,
)
from tests.fakes.fake_engine import FakeEngine
from tests.support.media import MediaWorker
from tests.support.ports import wait_until
from tests.support.rtc_client import Client, Loop, publisher_lines

ALLOWED = PeerDesired(admitted=True, camera=True, microphone=True, screen=True)
OFFER_HEAD = (
    "v=0\r\no=- 77 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdabcdabcdabcdabcdabcd\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AA"] * 32) + "\r\na=setup:actpass\r\n"
)
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n"
PLAYER = (OFFER_HEAD + AUDIO + VIDEO).replace("sendonly", "recvonly")


class Rig:
    """An engine, its events, and a way to bring a publisher up."""

    def __init__(self, engine: MediaEngine, restart: Callable[[], None], loop: Loop | None) -> None:
        self.engine, self.restart, self.loop = engine, restart, loop
        self.events: list[EngineEvent] = []
        engine.on_event(self.events.append)

    def publish(self, peer: str) -> Client | None:
        """A publisher that is connected and sends."""
        if self.loop is None:
            self.engine.publish("r", peer, OFFER_HEAD + AUDIO + VIDEO)
            return None
        client = Client(self.loop, publisher_lines())
        client.connect(self.engine.publish("r", peer, client.offer()))
        client.start_sending()
        return client

    def seen(self, kind: str, **fields: Any) -> list[EngineEvent]:
        return [e for e in list(self.events) if e.kind == kind and all(e.data.get(k) == v for k, v in fields.items())]

    def wait(self, kind: str, **fields: Any) -> EngineEvent:
        """The first event like this, soon."""
        deadline = time.monotonic() + 30
        while not (found := self.seen(kind, **fields)):
            assert time.monotonic() < deadline, f"no {kind} {fields} among {[e.kind for e in self.events]}"
            time.sleep(0.02)
        return found[0]

    def room(self, version: int = 1, open_: bool = True, **peers: PeerDesired) -> None:
        self.engine.set_room(RoomDesired("r", version, 0, open_, peers))


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWorker]:
    """One worker process for all tests here; each leaves its room empty."""
    with MediaWorker(tmp_path_factory.mktemp("media")) as made:
        yield made


@pytest.fixture(params=["fake", "embedded"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The same tests for both."""
    if request.param == "fake":
        fake = FakeEngine()
        made = Rig(fake, fake.restart_worker, None)
        fake.start()
        yield made
        return
    worker: MediaWorker = request.getfixturevalue("worker")
    loop = Loop()

    def restart() -> None:
        worker.kill()
        worker.start()
        worker.until(lambda: made.seen("worker_down"), "the death")
        worker.until(worker.engine.available, "the new worker", 60)

    made = Rig(worker.engine, restart, loop)
    made.events += worker.seen("worker_up")[-1:]
    yield made
    loop.stop()
    worker.engine.drop_room("r")
    for event in worker.events:
        if event.seq is not None:
            worker.engine.ack(event.boot_id, event.seq)


def refused(code: str, call: Callable[..., Any], *args: Any, **named: Any) -> None:
    with pytest.raises(EngineRefused) as caught:
        call(*args, **named)
    assert caught.value.code == code


def test_the_first_event_says_that_the_worker_is_up(rig: Rig) -> None:
    up = rig.wait("worker_up")
    assert up.boot_id and up.seq is None and rig.engine.available()


def test_what_is_unknown_is_refused_by_name(rig: Rig) -> None:
    engine = rig.engine
    refused("unknown_room", engine.publish, "r", "anna", OFFER_HEAD + AUDIO)
    rig.room(anna=ALLOWED)
    refused("unknown_peer", engine.publish, "r", "bob", OFFER_HEAD + AUDIO)
    refused("unknown_connection", engine.answer, "r", "anna", "subscribe", OFFER_HEAD + AUDIO)
    refused("unknown_connection", engine.trickle, "r", "anna", "publish", "a=candidate:1 1 udp 1 1.2.3.4 5 typ host")
    refused("unknown_connection", engine.view, "r", "anna", "subscribe", {})
    refused("unknown_connection", engine.restart_ice, "r", "anna", "subscribe")
    refused("bad_sdp", engine.publish, "r", "anna", "hello")
    refused("bad_request", engine.whep, "r", "anna", PLAYER, "subscribe")


def test_a_room_state_that_is_not_newer_changes_nothing(rig: Rig) -> None:
    rig.room(5, anna=ALLOWED)
    rig.room(4)
    rig.room(5)
    rig.engine.subscribe("r", "anna")
    rig.engine.set_room(RoomDesired("r", 1, 1, True, {}))
    refused("unknown_peer", rig.engine.subscribe, "r", "anna")


def test_slots_are_offered_by_name(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    offer = rig.engine.subscribe("r", "anna")
    kinds = {slot.mid: slot.kind for slot in offer.slots}
    assert len(kinds) == 30
    assert (kinds["v0"], kinds["v24"], kinds["a2"], kinds["s0"], kinds["i0"]) == (
        "video", "video", "audio", "screen", "interpretation",
    )  # fmt: skip
    assert offer.sdp.count("m=") == 30 and offer.sdp.startswith("v=0")
    wall = rig.engine.subscribe("r", "anna", "wall", video=24, audio=0, screen=0, interpretation=0, first_video=25)
    assert [slot.mid for slot in wall.slots] == [f"v{n}" for n in range(25, 49)]


def test_slots_are_pointed_only_where_that_makes_sense(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.engine.subscribe("r", "anna")
    view = rig.engine.view
    refused("unknown_slot", view, "r", "anna", "subscribe", {"v99": None})
    refused("unknown_slot", view, "r", "anna", "subscribe", {"a0": Want("bob:microphone")})
    refused("bad_request", view, "r", "anna", "subscribe", {"v0": Want("bob:camera", 0)})
    refused("unknown_source", view, "r", "anna", "subscribe", {"v0": Want("bob:microphone")})
    refused("unknown_source", view, "r", "anna", "subscribe", {"i0": Want("bob:microphone")})
    refused("unknown_source", view, "r", "anna", "subscribe", {"v0": Want("channel:ky")})
    view("r", "anna", "subscribe", {"v0": Want("bob:camera", 90), "i0": Want("channel:ky"), "s0": None})


def test_an_answer_that_does_not_fit_is_refused(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.engine.subscribe("r", "anna")
    refused("bad_sdp", rig.engine.answer, "r", "anna", "subscribe", OFFER_HEAD + AUDIO)


def test_who_may_not_receive_gets_no_slots(rig: Rig) -> None:
    rig.room(encoder=PeerDesired(admitted=True, camera=True, receive=False))
    refused("not_permitted", rig.engine.subscribe, "r", "encoder")
    refused("not_permitted", rig.engine.whep, "r", "encoder", PLAYER, "whep:1")


def test_a_player_is_answered(rig: Rig) -> None:
    rig.room(viewer=ALLOWED)
    answer = rig.engine.whep("r", "viewer", PLAYER, "whep:1")
    assert answer.count("a=sendonly") == 2


def test_new_credentials_restart_ice_and_candidates_do_not(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.engine.publish("r", "anna", OFFER_HEAD + AUDIO)
    candidate = "a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\n"
    if rig.loop is not None:  # the fake takes every name for a new one
        assert rig.engine.trickle("r", "anna", "publish", candidate) is None
    assert rig.engine.trickle("r", "anna", "publish", "a=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\n") is None
    answer = rig.engine.trickle("r", "anna", "publish", "a=ice-ufrag:new\r\na=ice-pwd:" + "x" * 24 + "\r\n")
    assert answer is not None and "a=ice-ufrag:" in answer and "a=ice-pwd:" in answer
    refused("bad_sdp", rig.engine.trickle, "r", "anna", "publish", "nonsense")


def test_restarting_a_subscriber_offers_the_same_slots(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    first = rig.engine.subscribe("r", "anna")
    again = rig.engine.restart_ice("r", "anna", "subscribe")
    assert again.slots == first.slots and again.sdp != first.sdp
    rig.engine.publish("r", "anna", OFFER_HEAD + AUDIO)
    refused("bad_request", rig.engine.restart_ice, "r", "anna", "publish")


def test_a_publisher_is_told_connected_with_its_sources(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.publish("anna")
    connected = rig.wait("connected", room="r", peer="anna", connection="publish")
    assert connected.seq is not None and connected.data["at"].tzinfo is not None
    both = {"anna:camera", "anna:microphone"}
    wait_until(lambda: any({source["id"] for source in told.data["sources"]} == both for told in rig.seen("sources", room="r")), 30,
               "both sources")
    assert set(rig.engine.stats("r")["rooms"]["r"]["peers"]["anna"]) == {"publish"}
    assert rig.engine.stats()["workers"][0]["rooms"] == 1


def test_health_joins_the_workers_figures_and_the_clients(rig: Rig) -> None:
    rig.room(anna=PeerDesired(point="osh-oblast", admitted=True, camera=True, microphone=True))
    rig.publish("anna")
    rig.wait("connected", peer="anna")
    for freezes in (2, 1):
        rig.engine.report("r", "anna", {"quality": "fair", "rtt_ms": 80, "down": {"freezes": freezes, "frozen_ms": 100}})
    rig.engine.report("r", "nobody", {"quality": "poor"})
    rig.engine.report("nowhere", "anna", {"quality": "poor"})
    anna = rig.engine.health()[0]["r"]["anna"]
    assert anna.keys() == {"point", "up", "down", "told"} and anna["point"] == "osh-oblast"
    assert {key: anna["told"][key] for key in ("count", "quality", "rtt_ms", "freezes", "frozen_ms")} == {
        "count": 2, "quality": "fair", "rtt_ms": 80, "freezes": 3, "frozen_ms": 200}
    assert set(rig.engine.health()[0]["r"]) == {"anna"}


def test_a_source_that_is_forbidden_disappears(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.publish("anna")
    rig.wait("connected", peer="anna")
    rig.room(2, anna=PeerDesired(admitted=True, camera=True))
    deadline = time.monotonic() + 20
    while [s["id"] for s in rig.seen("sources")[-1].data["sources"]] != ["anna:camera"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_peer_that_is_no_longer_desired_is_disconnected(rig: Rig) -> None:
    rig.room(anna=ALLOWED, bob=ALLOWED)
    rig.publish("anna")
    rig.wait("connected", peer="anna")
    rig.room(2, bob=ALLOWED)
    gone = rig.wait("disconnected", peer="anna")
    assert gone.data["reason"] == "closed" and gone.data["last_seen_at"].tzinfo is not None
    assert "anna" not in rig.engine.stats("r")["rooms"]["r"]["peers"]


def test_closing_and_dropping_may_be_repeated(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.publish("anna")
    rig.wait("connected", peer="anna")
    for _ in range(2):
        rig.engine.close("r", "anna", "publish")
        rig.engine.close("r", "nobody")
        rig.engine.close("nowhere", "nobody")
    rig.wait("disconnected", peer="anna")
    for _ in range(2):
        rig.engine.drop_room("r")
    assert rig.engine.stats()["rooms"] == {}


def test_durable_events_are_told_again_until_acknowledged(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    rig.publish("anna")
    first = rig.wait("connected", peer="anna")
    rig.engine.replay()
    deadline = time.monotonic() + 20
    while len(rig.seen("connected", peer="anna")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert {e.seq for e in rig.seen("connected", peer="anna")} == {first.seq}
    rig.engine.ack("another life", 10**6)
    assert first.seq is not None
    rig.engine.ack(first.boot_id, first.seq)
    rig.engine.replay()
    rig.engine.close("r", "anna")
    rig.wait("disconnected", peer="anna")
    assert len(rig.seen("connected", peer="anna")) == 2


def test_taps_are_opened_and_ended_by_name(rig: Rig) -> None:
    selection = TapSelection(kinds=("microphone",), height=180)
    refused("unknown_room", rig.engine.tap, "r", selection)
    rig.room(anna=ALLOWED)
    place, other = rig.engine.tap("r", selection), rig.engine.tap("r", TapSelection())
    assert place.id != other.id and place.path != other.path and Path(place.path).is_absolute()
    refused("bad_request", rig.engine.tap, "r", TapSelection(height=0))
    rig.engine.untap("r", place.id)
    rig.engine.untap("r", place.id)


def test_a_new_worker_has_a_new_boot_id_and_the_rooms_again(rig: Rig) -> None:
    rig.room(anna=ALLOWED)
    before = rig.wait("worker_up").boot_id
    rig.restart()
    deadline = time.monotonic() + 30
    while len(rig.seen("worker_up")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert rig.seen("worker_down")
    assert rig.seen("worker_up")[-1].boot_id != before
    assert len(rig.engine.subscribe("r", "anna").slots) == 30


def test_an_unreachable_worker_is_said_and_the_room_is_remembered(tmp_path: Path) -> None:
    with MediaWorker(tmp_path) as worker:
        worker.kill()
        worker.until(lambda: not worker.engine.available(), "the death")
        with pytest.raises(EngineUnavailable):
            worker.room({"anna": ALLOWED})
        with pytest.raises(EngineUnavailable):
            worker.engine.subscribe("room", "anna")
        worker.start()
        worker.until(worker.engine.available, "the new worker", 60)
        assert worker.engine.subscribe("room", "anna").slots


def test_the_fake_says_it_too() -> None:
    fake = FakeEngine()
    fake.start()
    fake.kill_worker()
    with pytest.raises(EngineUnavailable):
        fake.set_room(RoomDesired("r", 1, peers={"anna": ALLOWED}))
    fake.restart_worker()
    assert fake.subscribe("r", "anna").slots
