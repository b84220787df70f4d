"""Who gets what, with the real core and no network: views, layers, budgets, screens, players, lobbies."""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace
from typing import Any

import pytest

from signaling.engine import EngineRefused
from signaling.sfu import assignment, links
from signaling.sfu.core import rtcp as rtcp_module
from signaling.sfu.core.bandwidth import START
from signaling.sfu.model import Connection
from tests.unit.signaling.sfu.world import ALLOWED, Trio, World


def test_height_chooses_the_layer(trio: Trio) -> None:
    world, anna, _, eve = trio
    for height, layer in ((90, "q"), (360, "h"), (1080, "f"), (100, "q")):
        world.view("eve", v0=("anna:camera", height))
        world.send(anna, "q", "h", "f")
        assert world.carries(eve)["v0"] == f"anna:camera/{layer}"
    told = [d["slots"]["v0"]["layer"] for d in world.told("slots") if d["peer"] == "eve" and "v0" in d["slots"]]
    assert told == ["q", "h", "f", "q"]


def test_the_old_picture_stays_until_the_new_one_begins(trio: Trio) -> None:
    world, anna, bob, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q")
    world.view("eve", v0=("bob:camera", 90))
    world.send(bob, "q", key=False)
    assert world.carries(eve)["v0"] == "anna:camera/q"
    world.send(bob, "q")
    assert world.carries(eve)["v0"] == "bob:camera/q"


def test_a_source_that_sends_nothing_leaves_the_slot_empty(trio: Trio) -> None:
    world, anna, _bob, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q")
    world.pass_time(4, lambda: world.send(anna, "q", key=False))
    world.view("eve", v0=("bob:camera", 90))
    assert "v0" not in world.carries(eve)
    assert world.told("slots")[-1]["slots"] == {"v0": None}


def test_a_layer_that_falls_silent_is_replaced_by_the_next(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 720))
    world.send(anna, "q", "h", "f")
    assert world.carries(eve)["v0"] == "anna:camera/f"
    world.pass_time(3, lambda: world.send(anna, "q", "h"))
    assert world.carries(eve)["v0"] == "anna:camera/h"
    world.pass_time(2, lambda: world.send(anna, "q", "h", "f"))
    assert world.carries(eve)["v0"] == "anna:camera/f"


def test_key_frames_are_asked_for_once_and_again_until_they_come(trio: Trio) -> None:
    world, anna, _, _eve = trio
    world.rig.now += 5
    before = len([r for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.KeyFrameRequest)])
    for mid in ("v0", "v1", "v2"):
        world.view("eve", **{mid: ("anna:camera", 90)})
    asked = [r for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.KeyFrameRequest)][before:]
    assert len(asked) == 1, "three viewers, one request"
    world.pass_time(2)
    asked = [r for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.KeyFrameRequest)][before:]
    assert 3 <= len(asked) <= 6
    world.send(anna, "q")
    settled = len(asked)
    world.pass_time(2, lambda: world.send(anna, "q", key=False))
    asked = [r for r in world.rtcp_to(anna) if isinstance(r, rtcp_module.KeyFrameRequest)][before:]
    assert len(asked) <= settled + 1


def test_everybody_is_heard_while_there_is_room_but_nobody_hears_himself(trio: Trio) -> None:
    world, anna, bob, eve = trio
    also = world.subscribe("anna")
    world.send(anna, "microphone")
    world.send(bob, "microphone")
    assert set(world.carries(eve).values()) == {"anna:microphone/", "bob:microphone/"}
    assert set(world.carries(also).values()) == {"bob:microphone/"}


def test_of_many_the_loudest_are_heard_and_the_reserved_always(world: World) -> None:
    names = ["p1", "p2", "p3", "p4", "p5", "p6"]
    world.room(**dict.fromkeys(names, ALLOWED), chair=replace(ALLOWED, reserved=True), eve=ALLOWED)
    people = {name: world.publish(name) for name in [*names, "chair"]}
    eve = world.subscribe("eve")

    def talk() -> None:
        for name, person in people.items():
            world.send(person, "microphone", level=25 if name in ("p5", "p6") else 110)

    world.pass_time(1.5, talk)
    heard = {value for mid, value in world.carries(eve).items() if mid.startswith("a")}
    assert heard == {"p5:microphone/", "p6:microphone/", "chair:microphone/"}
    assert set(world.told("speakers")[-1]["loudest"]) == {"p5", "p6"}


def test_an_interpreter_is_heard_only_where_asked_for(world: World) -> None:
    world.room(anna=ALLOWED, voice=replace(ALLOWED, role="interpreter"), eve=ALLOWED)
    anna, voice, eve = world.publish("anna"), world.publish("voice"), world.subscribe("eve")
    for _ in range(2):
        world.send(anna, "microphone")
        world.send(voice, "microphone")
    assert set(world.carries(eve).values()) == {"anna:microphone/"}
    with pytest.raises(EngineRefused):
        world.view("eve", i0=("voice:microphone", 180))


def test_the_screen_comes_by_itself_unless_told_otherwise(world: World) -> None:
    world.room(anna=ALLOWED, eve=ALLOWED)
    anna, eve = world.publish("anna", screen=True), world.subscribe("eve")
    world.send(anna, "screen")
    world.send(anna, "screen")
    assert world.carries(eve)["s0"] == "anna:screen/"
    world.view("eve", s0=None)
    assert "s0" not in world.carries(eve)
    world.view("eve", s0=("anna:screen", 720))
    world.send(anna, "screen")
    assert world.carries(eve)["s0"] == "anna:screen/"


def test_nothing_passes_in_the_lobby(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q", "microphone")
    assert world.carries(eve)
    world.room(open_=False, anna=ALLOWED, bob=ALLOWED, eve=ALLOWED)
    assert world.carries(eve) == {}
    world.room(anna=ALLOWED, bob=ALLOWED, eve=replace(ALLOWED, admitted=False))
    world.send(anna, "q", "microphone")
    assert world.carries(eve) == {}
    world.room(anna=ALLOWED, bob=ALLOWED, eve=ALLOWED)
    world.send(anna, "q", "microphone")
    assert world.carries(eve)["v0"] == "anna:camera/q"


def test_a_forbidden_kind_stops_at_once_and_is_not_told(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q", "microphone")
    world.room(anna=replace(ALLOWED, microphone=False), bob=ALLOWED, eve=ALLOWED)
    assert "anna:microphone/" not in world.carries(eve).values()
    assert world.carries(eve)["v0"] == "anna:camera/q"
    world.pass_time(0.2)
    assert {s["id"] for s in world.told("sources")[-1]["sources"]} == {"anna:camera", "bob:camera", "bob:microphone"}


def test_a_players_slots_fill_in_order_and_are_freed(trio: Trio) -> None:
    world, anna, bob, _ = trio
    player = world.play("eve", audio=4, video=2)

    def both() -> None:
        world.send(anna, "microphone", "q", "h", "f")
        world.send(bob, "microphone", "q", "h", "f")

    both()
    assert world.carries(player) == {
        "a0": "anna:microphone/", "a1": "bob:microphone/", "v0": "anna:camera/f", "v1": "bob:camera/f",
    }  # fmt: skip
    world.do(lambda: world.rooms.close("r", "anna", None))
    assert world.carries(player) == {"a1": "bob:microphone/", "v1": "bob:camera/f"}


def test_a_player_never_gets_its_own_group(world: World) -> None:
    world.room(anna=replace(ALLOWED, group="g"), bob=ALLOWED, eve=replace(ALLOWED, group="g"))
    anna, bob = world.publish("anna"), world.publish("bob")
    player = world.play("eve", 4, 4)
    for person in (anna, bob):
        world.send(person, "microphone", "f")
        world.send(person, "microphone", "f")
    assert {value.split(":")[0] for value in world.carries(player).values()} == {"bob"}


def test_a_thin_link_gets_smaller_pictures(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 720))
    world.pass_time(4, lambda: world.send(anna, "q", "h", "f"))
    assert world.carries(eve)["v0"] == "anna:camera/f"
    layers = {layer.rid: layer for layer in eve.slots["v0"].layer.source.layers.values()}  # type: ignore[union-attr]
    layers["q"].rates, layers["h"].rates, layers["f"].rates = (10_000,), (50_000,), (400_000,)
    eve.budget.limit, eve.budget.changed_at = 100_000, world.rig.now
    world.do(lambda: assignment.refresh_connection(world.hub, eve))
    world.send(anna, "q", "h", "f")
    assert world.carries(eve)["v0"] == "anna:camera/h"


def sent_numbers(world: World, viewer: Connection, ssrc: int) -> list[int]:
    """The sequence numbers that went out in a slot."""
    world.rig.core.flush()
    heads = [struct.unpack_from("!xxHxxxxI", data) for where, data in world.rig.outbox.sent_packets if where == viewer.address]
    return [number for number, sender in heads if sender == ssrc]


def starved(world: World, peer: str = "eve") -> dict[str, str]:
    """slot → source that the viewer was told to be too much for its link."""
    now: dict[str, Any] = {}
    for event in world.told("slots"):
        if event["peer"] == peer:
            now.update(event["slots"])
    return {mid: told["source"] for mid, told in now.items() if told is not None and told["layer"] is None}


def test_a_picture_too_much_for_the_link_stops_and_says_so_and_comes_back(trio: Trio) -> None:
    world, anna, bob, eve = trio
    world.view("eve", v0=("anna:camera", 720), v1=("bob:camera", 90))

    def both() -> None:
        world.send(anna, "q", "h", "f", "microphone")
        world.send(bob, "q", "h", "f", "microphone")

    world.pass_time(1, both)
    assert starved(world) == {}
    for source in (anna, bob):
        for rid, rate in (("q", 100_000), ("h", 400_000), ("f", 1_200_000)):
            next(s for s in source.sources.values() if s.video).layers[rid].rates = (rate,)
    eve.budget.limit, eve.budget.changed_at = 150_000, world.rig.now
    world.do(lambda: assignment.refresh_connection(world.hub, eve))
    both()
    assert world.carries(eve)["v0"] == "anna:camera/q" and "v1" not in world.carries(eve)
    assert starved(world) == {"v1": "bob:camera"}
    assert {"anna:microphone/", "bob:microphone/"} <= set(world.carries(eve).values())
    sent = len(world.told("slots"))
    world.do(lambda: assignment.refresh_connection(world.hub, eve))
    assert len(world.told("slots")) == sent, "told once"
    told = assignment.present(world.hub.rooms["r"])
    assert next(data for kind, data in told if kind == "slots")["slots"]["v1"]["layer"] is None
    eve.budget.limit = 2_000_000
    world.do(lambda: assignment.refresh_connection(world.hub, eve))
    both()
    assert world.carries(eve)["v1"] == "bob:camera/q"
    assert starved(world) == {}


def test_a_starved_place_follows_its_source_and_is_emptied_with_it(trio: Trio) -> None:
    world, anna, bob, eve = trio
    eve.budget.limit, eve.budget.doubling, eve.budget.changed_at = 0, False, world.rig.now
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q")
    assert starved(world) == {"v0": "anna:camera"} and "v0" not in world.carries(eve)
    world.view("eve", v0=("bob:camera", 90))
    assert starved(world) == {"v0": "bob:camera"}
    world.view("eve", v0=None)
    assert starved(world) == {} and world.told("slots")[-1]["slots"] == {"v0": None}
    world.view("eve", v0=("bob:camera", 90))
    world.do(lambda: world.rooms.close("r", "bob", None))
    assert starved(world) == {} and world.told("slots")[-1]["slots"] == {"v0": None}
    assert bob.closed


def test_a_viewer_begins_low_and_is_soon_served_in_full(trio: Trio) -> None:
    world, anna, bob, _ = trio
    dan = world.subscribe("eve", limit=START["normal"])

    def both() -> None:
        for _ in range(6):  # 6 × 400 octets every 100 ms
            world.send(anna, "q", "h", "f")
            world.send(bob, "q", "h", "f")

    world.pass_time(3, both)
    dan.budget.limit = START["normal"]
    world.view("eve", v0=("anna:camera", 720), v1=("bob:camera", 90), v2=("anna:camera", 90))
    world.pass_time(0.4, both)
    assert world.carries(dan) == {"v0": "anna:camera/f"}
    world.pass_time(4, both)
    assert world.carries(dan) == {"v0": "anna:camera/f", "v1": "bob:camera/q", "v2": "anna:camera/q"}


def test_temporal_layers_give_way_before_pictures_do(trio: Trio) -> None:
    world, anna, bob, eve = trio
    world.view("eve", v0=("anna:camera", 90), v1=("bob:camera", 90))
    frame = itertools.count()

    def both() -> None:
        for _ in range(4):
            number = next(frame)
            temporal = (0, 2, 1, 2)[number % 4]
            for publisher in (anna, bob):
                world.send(publisher, "q", key=number == 0, temporal=temporal)

    world.pass_time(4, both)
    layer = eve.slots["v1"].layer
    assert layer is not None and len(layer.rates) == 3
    first, second, whole = layer.rates
    assert first == pytest.approx(whole / 4, rel=0.3) and second == pytest.approx(whole / 2, rel=0.3)
    eve.budget.limit, eve.budget.doubling, eve.budget.changed_at = 1.6 * whole, False, world.rig.now
    world.do(lambda: assignment.refresh_connection(world.hub, eve))
    assert (eve.slots["v0"].temporal, eve.slots["v1"].temporal) == (None, 1)
    before = [world.rig.core.slot_stats(eve.slots[mid].handle).packets for mid in ("v0", "v1")]
    world.pass_time(1, both)
    sent = [world.rig.core.slot_stats(eve.slots[mid].handle).packets - was for mid, was in zip(("v0", "v1"), before, strict=True)]
    assert sent[1] == pytest.approx(sent[0] / 2, abs=2)


def test_what_is_sent_again_stays_within_the_viewers_budget(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(1, lambda: [world.send(anna, "q", key=False) if eve.slots["v0"].layer else world.send(anna, "q") for _ in range(10)])
    slot = eve.slots["v0"]
    last = world.rig.core.slot_stats(slot.handle)
    assert last.packets > 80
    eve.budget.limit = 100_000
    links.repair(world.hub, slot, (), world.rig.now)
    numbers = sent_numbers(world, eve, slot.spec.ssrc)[-60:]
    links.repair(world.hub, slot, tuple(numbers), world.rig.now)
    assert 0 < world.rig.core.slot_stats(slot.handle).retransmitted <= 10


def test_sound_is_sent_again_without_being_counted(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.pass_time(1, lambda: world.send(anna, "microphone"))
    slot = next(s for s in eve.slots.values() if s.layer is not None and s.kind == "audio")
    eve.budget.limit, eve.repaired = 0.0, 0
    numbers = sent_numbers(world, eve, slot.spec.ssrc)[-8:]
    links.repair(world.hub, slot, tuple(numbers), world.rig.now)
    assert world.rig.core.slot_stats(slot.handle).retransmitted == 8
    assert eve.repaired == 0


def test_an_old_loss_is_forgotten_while_no_picture_goes_out(trio: Trio) -> None:
    world, _, _, eve = trio
    eve.loss = 0.5
    for _ in range(10):
        links.update(world.hub, eve, world.rig.now)
    assert eve.loss < 0.06


@pytest.mark.parametrize(("sources", "seconds"), [(4, 0.11), (126, 0.3)])
def test_changing_sources_are_told_less_often_the_more_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch, sources: int, seconds: float
) -> None:
    world.room(anna=ALLOWED)
    numbers = itertools.count()
    monkeypatch.setattr(assignment, "_shown_sources", lambda *_: [{"id": next(numbers)}] * sources)
    room, before = world.hub.rooms["r"], len(world.told("sources"))
    for _ in range(300):
        world.rig.now += 0.01
        world.do(lambda: assignment.tell_sources(world.hub, room))
    assert abs(len(world.told("sources")) - before - 3 / seconds) <= 3
