"""The worker's figures: rates a window long, what was asked for again, key frames, and each peer in both directions."""

from __future__ import annotations

from typing import Any

from signaling.sfu import stats
from signaling.sfu.core import rtcp
from signaling.sfu.model import Connection
from tests.unit.signaling.sfu.world import ALLOWED, Trio, World


def receive(world: World, connection: Connection, *packets: bytes) -> None:
    world.rig.inbox.waiting += [(connection.address, packet) for packet in packets]
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))


def block(ssrc: int, highest: int, lost: int, jitter: int = 0) -> rtcp.ReportBlock:
    return rtcp.ReportBlock(ssrc, 0.0, lost & 0xFFFFFF, highest, jitter, 0, 0)


def of(world: World, peer: str) -> dict[str, Any]:
    found: dict[str, Any] = stats.health(world.hub)["r"][peer]
    return found


def test_both_directions_of_a_peer(trio: Trio) -> None:
    world, anna, *_ = trio
    world.view("eve", v0=("anna:camera", 720))
    world.pass_time(12, lambda: world.send(anna, "f", "q", "microphone"))
    up, down = of(world, "anna")["up"], of(world, "eve")["down"]
    assert of(world, "anna")["down"] is None and of(world, "eve")["up"] is None
    assert 50_000 < up["bitrate"] < 90_000, "two streams of ten packets of 400 octets a second"
    assert up["kinds"].keys() == {"audio", "video"} and up["kinds"]["video"] > 10 * up["kinds"]["audio"]
    assert (up["loss"], up["expected"] >= 100) == (0.0, True)
    assert 25_000 < down["bitrate"] < 45_000 and (down["layer"], down["height"]) == ("f", 720)


def test_what_stops_comes_to_nothing(trio: Trio) -> None:
    world, anna, _bob, _eve = trio
    world.pass_time(12, lambda: world.send(anna, "q"))
    assert of(world, "anna")["up"]["bitrate"] > 0
    world.pass_time(11)
    assert of(world, "anna")["up"]["bitrate"] == 0


def test_loss_on_the_way_to_us(trio: Trio) -> None:
    world, anna, _bob, _eve = trio

    def every_fifth_missing() -> None:
        world.sequence += world.sequence % 5 == 4
        world.send(anna, "q")
    world.pass_time(12, every_fifth_missing)
    up = of(world, "anna")["up"]
    assert 0.1 < up["loss"] < 0.3 and up["asked_again"] > 10


def test_loss_and_jitter_that_a_viewer_tells(trio: Trio) -> None:
    world, anna, _bob, eve = trio
    world.view("eve", v0=("anna:camera", 180))
    world.send(anna, "q")
    slot = eve.slots["v0"]
    told = 0

    def watch() -> None:
        nonlocal told
        world.send(anna, "q")
        told += 10
        receive(world, eve, rtcp.receiver_report(1, [block(slot.spec.ssrc, 1000 + told, told // 10, jitter=900)]))
    world.pass_time(12, watch)
    down = of(world, "eve")["down"]
    assert down["loss"] == 0.1 and down["jitter_ms"] == 10.0
    shown = stats.connection_stats(world.hub, eve)["slots"]["v0"]
    assert (shown["loss"], shown["lost"], shown["jitter_ms"], shown["layer"], shown["height"]) == (0.1, told // 10, 10.0, "q", 180)


def test_a_loss_may_be_below_zero() -> None:
    assert [rtcp.signed_lost(lost) for lost in (0, 5, 0x7FFFFF, 0x800000, 0xFFFFFD)] == [0, 5, 0x7FFFFF, -0x800000, -3]


def test_who_asks_for_what(trio: Trio) -> None:
    world, anna, _bob, eve = trio
    world.view("eve", v0=("anna:camera", 180))
    world.send(anna, "q")
    slot = eve.slots["v0"]
    before = of(world, "anna")["up"]["keys_asked"]
    receive(world, eve, rtcp.nack(1, slot.spec.ssrc, [5, 6, 9]), rtcp.picture_loss(1, slot.spec.ssrc))
    down = of(world, "eve")["down"]
    assert (down["asked_again"], down["keys_asked"]) == (3, 1)
    world.pass_time(1)
    assert of(world, "anna")["up"]["keys_asked"] > before


def test_windows_are_spread_over_the_seconds(world: World) -> None:
    world.room(**{f"p{n}": ALLOWED for n in range(10)})
    made = [world.publish(f"p{n}") for n in range(10)]
    world.pass_time(1)
    assert len({round(world.rig.now - connection.measured_at) % 5 for connection in made}) == 5


def test_a_clients_report_stays_until_it_leaves(trio: Trio) -> None:
    world, *_ = trio
    for _ in range(2):
        world.rooms.report("r", "anna", {"quality": "poor", "down": {"freezes": 2, "frozen_ms": 700}})
    world.rooms.report("r", "stranger", {"quality": "good"})
    told = of(world, "anna")["told"]
    assert (told["quality"], told["count"], told["freezes"], told["frozen_ms"]) == ("poor", 2, 4, 1400)
    assert of(world, "bob")["told"] is None
    world.room(bob=ALLOWED, eve=ALLOWED)
    assert "anna" not in stats.health(world.hub)["r"]
    assert world.hub.rooms["r"].reports == {}


def test_key_frames_that_we_asked_for_are_counted_by_layer(trio: Trio) -> None:
    world, anna, _bob, _eve = trio
    world.view("eve", v0=("anna:camera", 360))
    world.pass_time(2)
    layers = stats.connection_stats(world.hub, anna)["sources"]["camera"]
    assert layers["h"]["keys_asked"] >= 2 and layers["h"]["jitter_ms"] == 0
