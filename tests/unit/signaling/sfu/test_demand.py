"""Layers that nobody watches rest at their sender, and go on as soon as somebody does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from signaling.sfu import assignment
from signaling.sfu.core import rtcp
from signaling.sfu.demand import PAUSE_SECONDS
from tests.unit.signaling.sfu.world import ALLOWED, Trio, World

ALL = ["q", "h", "f"]


def told(world: World, peer: str = "anna") -> Any:
    """What a sender was told last."""
    found = [data["wanted"] for data in world.told("layers") if data["peer"] == peer]
    return found[-1] if found else None


def test_a_new_sender_sends_all_until_some_seconds_nobody_wants_the_rest(trio: Trio) -> None:
    world, anna, _, eve = trio
    assert told(world) == {"camera": ALL}
    world.view("eve", v0=("anna:camera", 360))
    world.pass_time(PAUSE_SECONDS - 1, lambda: world.send(anna, *ALL))
    assert told(world) == {"camera": ALL}
    world.pass_time(2, lambda: world.send(anna, *ALL))
    assert told(world) == {"camera": ["h"]}
    assert world.carries(eve)["v0"] == "anna:camera/h"
    assert told(world, "bob") == {"camera": []}


def test_it_is_told_once(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(10, lambda: world.send(anna, "q"))
    assert [data["wanted"]["camera"] for data in world.told("layers") if data["peer"] == "anna"] == [ALL, ["q"]]


def test_a_layer_wanted_again_goes_on_at_once_and_the_lower_one_is_seen_meanwhile(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(8, lambda: world.send(anna, "q", key=False) if world.carries(eve) else world.send(anna, *ALL))
    assert told(world) == {"camera": ["q"]}
    world.view("eve", v0=("anna:camera", 720))
    assert told(world) == {"camera": ["q", "f"]}
    assert world.carries(eve)["v0"] == "anna:camera/q"
    world.send(anna, "q", key=False)
    world.send(anna, "f")  # its first packet is a key frame
    assert world.carries(eve)["v0"] == "anna:camera/f"
    world.pass_time(6, lambda: world.send(anna, "f"))
    assert told(world) == {"camera": ["f"]}


def test_a_new_viewer_sees_the_layer_that_flows_until_the_wanted_one_comes(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(8, lambda: world.send(anna, "q"))
    bob = world.subscribe("bob")
    world.view("bob", v0=("anna:camera", 720))
    world.send(anna, "q")
    assert world.carries(bob)["v0"] == "anna:camera/q"
    world.pass_time(0.5, lambda: world.send(anna, "q", "f"))
    assert world.carries(bob)["v0"] == "anna:camera/f"
    assert world.carries(eve)["v0"] == "anna:camera/q"


def test_a_layer_that_does_not_come_when_asked_for_is_asked_for_on_and_passed_over(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 720))
    world.pass_time(12, lambda: world.send(anna, "q", "h"))
    assert world.carries(eve)["v0"] == "anna:camera/h"
    assert told(world) == {"camera": ["h", "f"]}
    world.pass_time(4, lambda: world.send(anna, "h", "f"))
    assert world.carries(eve)["v0"] == "anna:camera/f"


def test_a_source_that_nobody_watches_is_no_broken_source(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.send(anna, *ALL)
    world.pass_time(8, lambda: world.send(anna, "microphone"))
    assert told(world) == {"camera": []}
    assert {s["id"]: s["active"] for s in world.told("sources")[-1]["sources"]}["anna:camera"] is True
    world.view("eve", v0=("anna:camera", 90))
    assert told(world) == {"camera": ["q"]}
    world.send(anna, "q")
    assert world.carries(eve)["v0"] == "anna:camera/q"


def test_a_camera_that_never_sent_before_it_was_paused_is_asked_for_too(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.pass_time(8)
    assert told(world) == {"camera": []}
    world.view("eve", v0=("anna:camera", 360))
    assert "h" in told(world)["camera"]
    world.pass_time(0.2, lambda: world.send(anna, "q", "h"))
    assert world.carries(eve)["v0"] == "anna:camera/h"


def test_in_the_lobby_the_smallest_picture_goes_on(world: World) -> None:
    world.room(open_=False, anna=ALLOWED, eve=ALLOWED)
    anna = world.publish("anna", screen=True)
    world.subscribe("eve")
    world.pass_time(8, lambda: world.send(anna, *ALL))
    assert told(world) == {"camera": ["q"], "screen": [""]}


def test_a_screen_rests_when_nobody_is_there(world: World) -> None:
    world.room(anna=ALLOWED, eve=ALLOWED)
    anna = world.publish("anna", screen=True)
    world.pass_time(8, lambda: world.send(anna, "screen"))
    assert told(world) == {"camera": [], "screen": []}
    eve = world.subscribe("eve")
    assert told(world)["screen"] == [""]
    world.send(anna, "screen")
    assert world.carries(eve)["s0"] == "anna:screen/"


def test_an_encoder_is_told_nothing_and_goes_on(world: World) -> None:
    world.room(anna=ALLOWED, eve=ALLOWED)
    anna, eve = world.publish("anna", name="whip:1"), world.subscribe("eve")
    world.pass_time(8, lambda: world.send(anna, *ALL))
    assert told(world) is None
    world.view("eve", v0=("anna:camera", 720))
    world.send(anna, *ALL)
    assert world.carries(eve)["v0"] == "anna:camera/f"


def test_whoever_begins_to_listen_is_told_what_each_sender_was_told(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(8, lambda: world.send(anna, "q"))
    events = assignment.present(world.hub.rooms["r"])
    assert [data for kind, data in events if kind == "layers" and data["peer"] == "anna"] == [
        {"room": "r", "peer": "anna", "wanted": {"camera": ["q"]}}
    ]


def test_a_new_connection_begins_with_all_again(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(8, lambda: world.send(anna, "q"))
    world.do(lambda: world.rooms.close("r", "anna", "publish"))
    world.publish("anna", session=2)
    assert told(world) == {"camera": ALL}


def test_key_frames_are_asked_of_what_is_resumed_and_of_nothing_else(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(8, lambda: world.send(anna, "q"))
    before = len(world.rtcp_to(anna))
    world.view("eve", v0=("anna:camera", 720))
    asked = {report.ssrc for report in world.rtcp_to(anna)[before:] if isinstance(report, rtcp.KeyFrameRequest)}
    layers = next(source for source in anna.sources.values() if source.kind == "camera").layers
    assert asked <= {layers["f"].ssrc} if "f" in layers else not asked


def test_what_may_not_be_seen_rests(trio: Trio) -> None:
    world, anna, bob, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.pass_time(1, lambda: world.send(anna, *ALL))
    world.room(anna=replace(ALLOWED, camera=False), bob=ALLOWED, eve=ALLOWED)
    world.pass_time(6, lambda: world.send(bob, "q"))
    assert told(world) == {"camera": []}
    assert "v0" not in world.carries(eve)
