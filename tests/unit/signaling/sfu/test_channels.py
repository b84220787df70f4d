"""Channels of interpretation, with the real core and no network: who is heard in them, when it changes, and where else not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from signaling.sfu.model import Connection
from tests.unit.signaling.sfu.world import ALLOWED, World

VOICE = replace(ALLOWED, role="interpreter")


@dataclass
class Booth:
    world: World
    people: dict[str, Connection] = field(default_factory=dict)
    eve: Connection = field(init=False)

    def on_air(self, muted: str = "", **channels: str) -> None:
        peers = {"anna": ALLOWED, "eve": ALLOWED, "one": VOICE, "two": VOICE}
        self.world.room(channels=channels, **{key: replace(peer, microphone=key != muted) for key, peer in peers.items()})

    def talk(self, *names: str) -> None:
        for name in names or self.people:
            self.world.send(self.people[name], "microphone", level=20)

    @property
    def hears(self) -> dict[str, str]:
        return self.world.carries(self.eve)


@pytest.fixture
def booth(world: World) -> Booth:
    """Anna speaks in the room; two interpreters share the channel ``ky``, eve listens to it."""
    made = Booth(world)
    made.on_air(ky="one")
    made.people = {name: world.publish(name) for name in ("anna", "one", "two")}
    made.eve = world.subscribe("eve")
    made.talk()
    world.view("eve", i0=("channel:ky", 16))
    made.talk()
    return made


def test_a_channel_carries_whoever_is_on_the_air_and_changes_at_the_colleagues_first_packet(booth: Booth) -> None:
    assert booth.hears == {"a0": "anna:microphone/", "i0": "one:microphone/"}
    booth.on_air(ky="two")
    assert booth.hears["i0"] == "one:microphone/", "until the other begins"
    before = booth.world.rig.core.slot_stats(booth.eve.slots["i0"].handle).packets
    booth.talk("one")
    booth.talk("two")
    booth.talk("one")
    assert booth.hears["i0"] == "two:microphone/"
    assert booth.world.rig.core.slot_stats(booth.eve.slots["i0"].handle).packets - before == 2, "the first one's last, the second's first"
    told = [event["slots"]["i0"] for event in booth.world.told("slots") if event["peer"] == "eve" and "i0" in event["slots"]]
    assert [slot["source"] for slot in told] == ["one:microphone", "two:microphone"]


def test_a_channel_without_a_voice_is_said_and_comes_back(booth: Booth) -> None:
    booth.on_air(ky="one", muted="one")
    assert "i0" not in booth.hears and booth.world.told("slots")[-1]["slots"] == {"i0": None}
    booth.on_air(ky="one")
    booth.talk()
    assert booth.hears["i0"] == "one:microphone/"
    booth.on_air()
    assert "i0" not in booth.hears


def test_nobody_hears_the_own_interpretation(booth: Booth) -> None:
    one = booth.world.subscribe("one")
    booth.world.view("one", i0=("channel:ky", 16))
    booth.talk()
    assert booth.world.carries(one) == {"a0": "anna:microphone/"}


def test_interpreters_take_no_speakers_place_and_a_player_of_everything_gets_those_on_the_air(booth: Booth) -> None:
    player = booth.world.play("eve", audio=5, video=0)
    booth.world.pass_time(1.5, booth.talk)
    told = booth.world.told("speakers")[-1]
    assert (list(told["levels"]), told["loudest"]) == (["anna"], ["anna"])
    assert set(booth.world.carries(player).values()) == {"anna:microphone/", "one:microphone/"}
