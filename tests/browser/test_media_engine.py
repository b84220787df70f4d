"""Real Chromium against a real media worker: simulcast in, slots out, switched many times, without a freeze."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from tests.support.gates import UdpGate
from tests.support.media import ROOM, SENDER, Browsing, MediaWorker
from tests.support.ports import LOOPBACK, free_udp_ports

RED, BLUE, SCREEN = "#d02020", "#2060c0", "#20a0a0"
SWITCHES = 30


@pytest.fixture(scope="module")
def gate() -> Iterator[UdpGate]:
    """What stands between the browsers and the worker; every test leaves it open."""
    with UdpGate(free_udp_ports()) as made:
        yield made


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, gate: UdpGate) -> Iterator[MediaWorker]:
    """A worker that announces the gate, for the whole file; every test drops its room."""
    port = gate._target[1]
    with MediaWorker(tmp_path_factory.mktemp("media"), media_port=port, media_host=f"{LOOPBACK}:{gate.port}") as made:
        yield made


@pytest.fixture(scope="module")
def anna_and_bob(worker: MediaWorker, chromium: Browser) -> Iterator[tuple[Browsing, Browsing]]:
    """Their browsers: Anna's is red and sounds at 440 Hz, Bob's blue, at 880 Hz."""
    size = {"width": 640, "height": 360, "frames_per_second": 10}
    anna = Browsing(worker, chromium, "anna", RED, 440, **size)
    bob = Browsing(worker, chromium, "bob", BLUE, 880, **size)
    yield anna, bob
    anna.close()
    bob.close()


@pytest.fixture
def pair(worker: MediaWorker, gate: UdpGate, anna_and_bob: tuple[Browsing, Browsing]) -> Iterator[tuple[Browsing, Browsing]]:
    """Anna and Bob, both publishing two layers and subscribed."""
    worker.events.clear()
    worker.room({"anna": SENDER, "bob": SENDER})
    for person in anna_and_bob:
        person.publish()
        person.subscribe(video=4)
    yield anna_and_bob
    gate.loss = 0.0
    gate.mend()
    for person in anna_and_bob:
        person.open()
    worker.engine.drop_room(ROOM)
    worker.until(lambda: ROOM not in worker.engine.stats()["rooms"], "the end of the room")


def carried(worker: MediaWorker, peer: str, mid: str) -> tuple[str, str] | None:
    """(source, layer) that the events last told for a slot."""
    told = worker.shown(peer).get(mid)
    return (told["source"], told["layer"]) if told else None


def test_slots_switch_source_and_layer_many_times_without_a_freeze(
    worker: MediaWorker, pair: tuple[Browsing, Browsing]
) -> None:
    anna, _bob = pair
    anna.view(v0=("bob:camera", 90), v1=("bob:camera", 90))
    worker.until(lambda: carried(worker, "anna", "v0") and carried(worker, "anna", "v1"), "the first pictures")
    worker.until(lambda: anna.inbound("v1").get("framesDecoded", 0) > 20, "decoded pictures")
    before, steady_before = anna.inbound("v0"), anna.inbound("v1")
    wishes = [("anna:camera", 360, "h"), ("bob:camera", 360, "h"), ("bob:camera", 90, "q"), ("anna:camera", 90, "q")]
    for turn in range(SWITCHES):
        source, height, layer = wishes[turn % len(wishes)]
        anna.view(v0=(source, height))
        wanted = (source, layer)
        worker.until(lambda wanted=wanted: carried(worker, "anna", "v0") == wanted, f"switch {turn} to {wanted}")
        time.sleep(0.15)
    last = wishes[(SWITCHES - 1) % len(wishes)][0]
    worker.until(lambda: anna.sees("v0", RED if last.startswith("anna") else BLUE), "the right colour at the end")
    after, steady_after = anna.inbound("v0"), anna.inbound("v1")
    assert after["framesDecoded"] - before["framesDecoded"] > SWITCHES
    # a busy machine may freeze any picture; a switch must not add to it
    frozen = after["freezeCount"] - before["freezeCount"]
    assert frozen <= steady_after["freezeCount"] - steady_before["freezeCount"]
    assert after.get("packetsLost", 0) == 0
    switched = [e.data["slots"]["v0"] for e in worker.seen("slots", peer="anna") if e.data["slots"].get("v0")]
    assert len(switched) >= SWITCHES and all(told["rtp_timestamp"] > 0 for told in switched)


def test_everybody_hears_and_sees_the_right_person(worker: MediaWorker, pair: tuple[Browsing, Browsing]) -> None:
    anna, bob = pair
    anna.view(v0=("bob:camera", 360))
    bob.view(v0=("anna:camera", 180))
    worker.until(lambda: anna.sees("v0", BLUE) and bob.sees("v0", RED), "each other's colour")
    worker.until(lambda: anna.person.hears_tone(880) and bob.person.hears_tone(440), "each other's tone")
    assert not anna.person.hears_tone(440)
    worker.until(lambda: worker.seen("speakers"), "who speaks")
    transport = worker.engine.stats(ROOM)["rooms"][ROOM]["peers"]["anna"]
    assert transport["publish"]["srtp"] == "SRTP_AEAD_AES_128_GCM"


def test_a_screen_takes_its_slot_and_gives_it_back(worker: MediaWorker, pair: tuple[Browsing, Browsing]) -> None:
    anna, bob = pair
    anna.share()
    worker.until(lambda: carried(worker, "bob", "s0") == ("anna:screen", ""), "the screen")
    worker.until(lambda: bob.sees("s0", SCREEN), "the screen's picture")
    anna.unshare()
    worker.until(lambda: carried(worker, "bob", "s0") is None, "the screen's end")
    bob.view(v0=("anna:camera", 90))
    worker.until(lambda: bob.sees("v0", RED), "the camera, still")


def test_a_wish_survives_the_source(worker: MediaWorker, pair: tuple[Browsing, Browsing]) -> None:
    """Anna reloads: the slot that shows her goes empty and is filled again without being asked."""
    anna, bob = pair
    bob.view(v0=("anna:camera", 180))
    worker.until(lambda: bob.sees("v0", RED), "anna")
    worker.engine.close(ROOM, "anna", "publish")
    worker.until(lambda: carried(worker, "bob", "v0") is None, "nobody")
    anna.publish()
    worker.until(lambda: carried(worker, "bob", "v0") is not None, "anna again")
    worker.until(lambda: bob.sees("v0", RED), "her picture")


def test_a_forbidden_camera_disappears_at_once(worker: MediaWorker, pair: tuple[Browsing, Browsing]) -> None:
    _, bob = pair
    bob.view(v0=("anna:camera", 180))
    worker.until(lambda: carried(worker, "bob", "v0"), "anna")
    worker.room({"anna": replace(SENDER, camera=False), "bob": SENDER})
    worker.until(lambda: carried(worker, "bob", "v0") is None, "nobody")
    packets = bob.inbound("v0")["packetsReceived"]
    time.sleep(0.7)
    assert bob.inbound("v0")["packetsReceived"] == packets


def test_ice_restarts_without_a_new_handshake(worker: MediaWorker, pair: tuple[Browsing, Browsing]) -> None:
    anna, bob = pair
    bob.view(v0=("anna:camera", 180))
    worker.until(lambda: bob.sees("v0", RED), "anna")
    anna.restart_publisher_ice()
    offer = worker.engine.restart_ice(ROOM, "bob", "subscribe")
    worker.engine.answer(ROOM, "bob", "subscribe", bob.page.evaluate("s => subscribeAnswer(s)", offer.sdp))
    time.sleep(1.5)
    before = bob.inbound("v0")["framesDecoded"]
    worker.until(lambda: bob.inbound("v0")["framesDecoded"] > before + 10, "pictures go on")
    assert len(worker.seen("connected", peer="anna", connection="publish")) == 1
    assert len(worker.seen("connected", peer="bob")) == 2  # publish, subscribe: once each
    assert not worker.seen("disconnected")


def test_lost_packets_are_asked_for_and_sent_again(
    worker: MediaWorker, pair: tuple[Browsing, Browsing], gate: UdpGate
) -> None:
    anna, bob = pair
    bob.view(v0=("anna:camera", 360))
    worker.until(lambda: bob.sees("v0", RED), "anna")
    gate.loss = 0.05
    before = bob.inbound("v0")["framesDecoded"]
    worker.until(lambda: bob.inbound("v0").get("retransmittedPacketsReceived", 0) > 0, "a lost packet of the picture, sent again")
    worker.until(lambda: asked_for_sound(anna) and bob.inbound("a0")["nackCount"] > 0, "sound asked for again, both ways")
    worker.until(lambda: bob.inbound("v0")["framesDecoded"] - before > 25, "a picture that moves on despite the loss")
    worker.until(lambda: camera_repaired(worker) > 0, "the worker asks the publisher, and gets")
    gate.loss = 0.0
    stats = worker.engine.stats(ROOM)["rooms"][ROOM]["peers"]
    assert sum(slot["retransmitted"] for slot in stats["bob"]["subscribe"]["slots"].values()) > 0
    assert sum(slot["retransmitted"] for mid, slot in stats["bob"]["subscribe"]["slots"].items() if mid.startswith("a")) > 0


def camera_repaired(worker: MediaWorker) -> int:
    """Packets of Anna's camera that were lost and came after all."""
    peers = worker.engine.stats(ROOM)["rooms"][ROOM]["peers"]
    return sum(int(layer["repaired"]) for layer in peers["anna"]["publish"]["sources"]["camera"].values())


def asked_for_sound(person: Browsing) -> bool:
    """Whether the worker has asked this page for lost packets of its microphone, and got some."""
    sent = person.person.rtp("outbound-rtp", "audio")[0]
    return sent["nackCount"] > 0 and sent["retransmittedPacketsSent"] > 0


def test_a_cut_network_comes_back_by_itself(
    worker: MediaWorker, pair: tuple[Browsing, Browsing], gate: UdpGate
) -> None:
    _anna, bob = pair
    bob.view(v0=("anna:camera", 180))
    worker.until(lambda: bob.sees("v0", RED), "anna")
    for name in bob.person.ufrags():
        gate.cut(name)
    worker.until(lambda: worker.seen("media_lost", peer="bob"), "the loss")
    before = bob.inbound("v0")["framesDecoded"]
    gate.mend()
    began = time.monotonic()
    worker.until(lambda: bob.inbound("v0")["framesDecoded"] > before + 3, "pictures again")
    assert time.monotonic() - began < 5
    assert not worker.seen("disconnected")
