"""Who gets what, with the real core and no network: views, layers, budgets, screens, players, lobbies."""

from __future__ import annotations

from dataclasses import replace

from signaling.sfu import assignment
from signaling.sfu.core import rtcp as rtcp_module
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
    world.view("eve", i0=("voice:microphone", 180))
    world.send(voice, "microphone")
    assert world.carries(eve)["i0"] == "voice:microphone/"


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
