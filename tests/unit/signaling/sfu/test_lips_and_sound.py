"""What happens to clocks and stream numbers: lips and sound stay together, and the same SSRC may be used twice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from signaling.sfu.core import rtcp
from signaling.sfu.model import Connection
from tests.unit.signaling.sfu.rig import rtp, vp8
from tests.unit.signaling.sfu.world import ALLOWED, SSRC, Trio, World

RATES = {"microphone": 48_000, "q": 90_000, "h": 90_000, "f": 90_000}
NTP = 1 << 32


@dataclass
class Studio:
    """A publisher's side: every stream has a time base of its own, and all were captured on one clock."""

    world: World
    connection: Connection
    bases: dict[str, int]
    behind_s: float  # how far the publisher's wall clock lags

    def at(self, name: str, moment: float) -> int:
        """The RTP timestamp of something captured at a moment."""
        return round(self.bases[name] + moment * RATES[name]) & 0xFFFFFFFF

    def report(self, *names: str, delay_s: float = 0.0) -> None:
        """Sender reports made ``delay_s`` ago."""
        made_at = self.world.rig.now - delay_s
        for name in names:
            ntp = rtcp.ntp_time(made_at - self.behind_s)
            packet = rtcp.sender_report(self.connection.handle * 100 + SSRC[name], ntp, self.at(name, made_at), 1, 1)
            self.world.rig.inbox.waiting.append((self.connection.address, packet))
        self.world.do(lambda: self.world.rig.core.pump(self.world.rig.now, self.world.rig.now))

    def send(self, name: str) -> None:
        """A packet captured now."""
        world, ssrc = self.world, self.connection.handle * 100 + SSRC[name]
        world.sequence += 1
        timestamp = self.at(name, world.rig.now)
        if name == "microphone":
            packet = rtp(ssrc, world.sequence, timestamp, b"opus", pt=111, extensions={4: b"0", 1: b"\x1e"})
        else:
            picture = vp8(world.sequence, key=True, height={"q": 180, "h": 360, "f": 720}[name], body=bytes(400))
            packet = rtp(ssrc, world.sequence, timestamp, picture, extensions={4: b"1", 10: name.encode()})
        world.rig.inbox.waiting.append((self.connection.address, packet))
        world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))


def shown_at(world: World, viewer: Connection, mid: str, timestamp: int) -> float:
    """When the viewer believes that something with this timestamp of the slot was captured, by the slot's last report."""
    slot = viewer.slots[mid]
    report = [r for r in world.rtcp_to(viewer) if isinstance(r, rtcp.SenderReport) and r.ssrc == slot.spec.ssrc][-1]
    behind = ((timestamp - report.timestamp + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
    return report.ntp / NTP + behind / slot.spec.clock_rate


def apart_ms(studio: Studio, viewer: Connection, layer: str) -> float:
    """How far picture and sound of one moment are apart for the viewer."""
    world, moment = studio.world, studio.world.rig.now - 0.25
    offset = {mid: world.rig.core.slot_stats(viewer.slots[mid].handle).timestamp_offset for mid in ("v0", "a0")}
    picture = shown_at(world, viewer, "v0", (studio.at(layer, moment) + offset["v0"]) & 0xFFFFFFFF)
    sound = shown_at(world, viewer, "a0", (studio.at("microphone", moment) + offset["a0"]) & 0xFFFFFFFF)
    return abs(picture - sound) * 1000


@pytest.fixture
def studio(world: World) -> Studio:
    world.room(anna=ALLOWED, eve=ALLOWED)
    bases = {"microphone": 4_000_000_000, "q": 17, "h": 3_000_000_000, "f": 99_999}
    made = Studio(world, world.publish("anna"), bases, 3600.0)
    world.subscribe("eve")
    return made


def eve_of(studio: Studio) -> Connection:
    return studio.world.hub.rooms["r"].connections["eve", "subscribe"]


def play(studio: Studio, layer: str, height: int, seconds: float = 1.0) -> None:
    """The viewer wants a height, and the publisher sends sound and that layer for a while."""
    studio.world.view("eve", v0=("anna:camera", height))
    for _ in range(round(seconds * 20)):
        studio.world.rig.now += 0.05
        studio.send("microphone")
        studio.send(layer)


def test_lips_and_sound_stay_together_across_layers_with_bases_of_their_own(studio: Studio) -> None:
    eve = eve_of(studio)
    play(studio, "q", 90)
    studio.report("q", "microphone")
    assert apart_ms(studio, eve, "q") < 2
    play(studio, "h", 300)
    studio.report("h")
    assert studio.world.carries(eve)["v0"] == "anna:camera/h" and apart_ms(studio, eve, "h") < 2


def test_a_report_that_waited_for_the_switch_is_carried_on_to_now(studio: Studio) -> None:
    """The receiver's answer tells the way there and back: a report as old as it is would make that way longer by its age."""
    eve, world = eve_of(studio), studio.world
    play(studio, "q", 90)
    studio.send("h")
    studio.report("q", "h", "microphone")
    world.pass_time(4, lambda: [studio.send(name) for name in ("microphone", "q", "h")])
    play(studio, "h", 300, 0.1)
    assert world.carries(eve)["v0"] == "anna:camera/h" and apart_ms(studio, eve, "h") < 2
    last = [r for r in world.rtcp_to(eve) if isinstance(r, rtcp.SenderReport) and r.ssrc == eve.slots["v0"].spec.ssrc][-1]
    assert abs(last.ntp - rtcp.ntp_time(world.rig.now)) < NTP // 5


def test_lips_and_sound_stay_together_after_the_publisher_came_back(studio: Studio) -> None:
    eve, world = eve_of(studio), studio.world
    play(studio, "q", 90)
    studio.report("q", "microphone")
    again = Studio(world, world.publish("anna", session=2), {"microphone": 5, "q": 2_222_222_222, "h": 7, "f": 9}, -1800.0)
    play(again, "q", 90)
    again.report("microphone", delay_s=0.3)
    again.report("q")
    play(again, "q", 90)
    again.report("microphone", "q")
    assert world.carries(eve)["v0"] == "anna:camera/q" and apart_ms(again, eve, "q") < 2


def test_a_clock_that_is_set_anew_takes_sound_and_picture_along(studio: Studio) -> None:
    eve = eve_of(studio)
    play(studio, "q", 90)
    studio.report("q", "microphone")
    studio.behind_s += 7200
    play(studio, "q", 90)
    studio.report("q", "microphone")
    assert apart_ms(studio, eve, "q") < 2
    ours = [r.ntp for r in studio.world.rtcp_to(eve) if isinstance(r, rtcp.SenderReport)][-1]
    assert abs(ours - rtcp.ntp_time(studio.world.rig.now)) < NTP // 10


def test_a_clock_that_runs_slow_is_followed(studio: Studio) -> None:
    """An hour of sitting with a clock of 100 ppm: the viewers' reports stay on ours, and lips on sound."""
    eve, world = eve_of(studio), studio.world
    play(studio, "q", 90, 0.2)
    for _ in range(720):
        studio.behind_s += 5 * 100e-6
        world.rig.now += 5
        studio.report("q", "microphone")
    assert studio.connection.clock_offset is not None
    assert abs(studio.connection.clock_offset / NTP - studio.behind_s) < 0.1
    assert apart_ms(studio, eve, "q") < 2


# ---------------------------------------------------------------- one number, two streams


def picture(world: World, publisher: Connection, ssrc: int) -> None:
    world.sequence += 1
    body = vp8(world.sequence, key=True, height=180, body=bytes(200))
    packet = rtp(ssrc, world.sequence, world.sequence * 3000, body, extensions={4: b"1", 10: b"q"})
    world.rig.inbox.waiting.append((publisher.address, packet))
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))


def test_two_publishers_and_a_slot_may_use_one_number(world: World) -> None:
    """SSRCs are unique in a transport only (RFC 3550 section 8.2): each connection is an RTP session of its own."""
    world.room(anna=ALLOWED, bob=ALLOWED, eve=ALLOWED)
    anna, bob, eve = world.publish("anna"), world.publish("bob"), world.subscribe("eve")
    world.view("eve", v0=("anna:camera", 90), v1=("bob:camera", 90))
    number = eve.slots["v1"].spec.ssrc  # and it is that of the slot in which bob is shown, too
    for _ in range(3):
        picture(world, anna, number)
        picture(world, bob, number)
    assert world.carries(eve) == {"v0": "anna:camera/q", "v1": "bob:camera/q"}
    sent = {mid: world.rig.core.slot_stats(eve.slots[mid].handle).packets for mid in ("v0", "v1")}
    assert min(sent.values()) >= 2


def test_a_publisher_that_takes_another_number_goes_on_in_its_slot(trio: Trio) -> None:
    """What a client does when it finds that its number was taken (RFC 3550 section 8.2)."""
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q")
    before = world.rig.core.slot_stats(eve.slots["v0"].handle).packets
    for _ in range(3):
        picture(world, anna, 0xCAFE)
    assert world.carries(eve)["v0"] == "anna:camera/q"
    assert world.rig.core.slot_stats(eve.slots["v0"].handle).packets > before


def test_our_own_number_gives_way(trio: Trio) -> None:
    world, anna, _, _ = trio
    taken = anna.rtcp_ssrc
    picture(world, anna, taken)
    assert anna.rtcp_ssrc != taken
