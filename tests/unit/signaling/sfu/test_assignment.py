"""Who gets what, with the real core and no network: views, layers, budgets, screens, players, lobbies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from signaling.engine import EngineRefused, PeerDesired, RoomDesired, Want
from signaling.sfu import assignment, lifecycle
from signaling.sfu.core import rtcp as rtcp_module
from signaling.sfu.core.interface import SrtpPair
from signaling.sfu.journal import Journal
from signaling.sfu.model import Connection, Hub
from signaling.sfu.plane import Plane
from signaling.sfu.rooms import Rooms
from signaling.sfu.timers import Clockwork
from tests.unit.signaling.sfu.rig import Rig, rtp, vp8

ALLOWED = PeerDesired(admitted=True, camera=True, microphone=True, screen=True)
HEAD = (
    "v=0\r\no=- {session} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd{session}\r\na=ice-pwd:"
    + "p" * 24 + "\r\na=fingerprint:sha-256 AA:BB\r\na=setup:{setup}\r\n"
)  # fmt: skip
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
)
LAYERS = "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n"
SSRC = {"microphone": 1, "q": 2, "h": 3, "f": 4, "screen": 5, "rtx": 6}


class World:
    """A worker without process, socket or clock."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.events: list[tuple[str, dict[str, Any]]] = []
        certificate: Any = SimpleNamespace(fingerprint="AA:BB", rtc=None)
        self.hub = Hub(
            self.rig.core, certificate, ("1 1 udp 1 127.0.0.1 9 typ host",), lambda: self.rig.now, lambda: self.rig.now,
            lambda kind, data: self.events.append((kind, data)), lambda raw: ("127.0.0.1", 1),
        )  # fmt: skip
        for _ in range(100):  # the rig's own handles
            self.hub.handle()
        self.rooms = Rooms(self.hub)
        self.rig.core.handler = Plane(self.hub)
        self.clock = Clockwork(self.hub)
        self.version = 0
        self.sequence = 0
        self.loop = asyncio.new_event_loop()

    def room(self, open_: bool = True, **peers: PeerDesired) -> None:
        self.version += 1
        self.do(lambda: self.rooms.set_room(RoomDesired("r", self.version, 0, open_, peers)))

    def do(self, act: Any) -> Any:
        """Run something in the loop, with all that it leaves to be done soon."""

        async def run() -> Any:
            found = act()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return found

        return self.loop.run_until_complete(run())

    def up(self, connection: Connection) -> Connection:
        """As after the handshake, with an address of its own."""
        address = b"peer" + connection.handle.to_bytes(4, "big")
        self.rig.core.accept_from(connection.handle, address)
        self.rig.core.send_to(connection.handle, address)
        self.rig.core.secure(connection.handle, SrtpPair(object(), object()))
        connection.up, connection.address, connection.seen_at = True, address, self.rig.now
        self.do(lambda: self.hub.touch(connection.room))
        return connection

    def publish(self, peer: str, screen: bool = False, name: str = "publish", session: int = 1) -> Connection:
        body = AUDIO.format(mid=0, direction="sendonly") + VIDEO.format(mid=1, direction="sendonly") + LAYERS
        body += VIDEO.format(mid=2, direction="sendonly") if screen else ""
        offer = HEAD.format(session=session, setup="actpass") + body
        self.do(lambda: self.rooms.publish("r", peer, offer, name, None))
        return self.up(self.hub.rooms["r"].connections[peer, name])

    def subscribe(self, peer: str, video: int = 3) -> Connection:
        counts = {"video": video, "audio": 3, "screen": 1, "interpretation": 1}
        offer = self.do(lambda: self.rooms.subscribe("r", peer, "subscribe", counts, 0))  # type: ignore[arg-type]
        answer = offer.sdp.replace("actpass", "active").replace("sendonly", "recvonly")
        self.do(lambda: self.rooms.answer("r", peer, "subscribe", answer))
        return self.up(self.hub.rooms["r"].connections[peer, "subscribe"])

    def play(self, peer: str, audio: int, video: int) -> Connection:
        body = "".join(AUDIO.format(mid=f"a{n}", direction="recvonly") for n in range(audio))
        body += "".join(VIDEO.format(mid=f"v{n}", direction="recvonly") for n in range(video))
        offer = HEAD.format(session=1, setup="actpass") + body
        self.do(lambda: self.rooms.whep("r", peer, offer, "whep:1"))
        return self.up(self.hub.rooms["r"].connections[peer, "whep:1"])

    def send(self, publisher: Connection, *what: str, key: bool = True, level: int = 30) -> None:
        """One packet of each named stream."""
        self.sequence += 1
        for name in what:
            ssrc = publisher.handle * 100 + SSRC[name]
            if name == "microphone":
                extensions = {4: b"0", 1: bytes([level])}
                packet = rtp(ssrc, self.sequence, self.sequence * 960, b"opus", pt=111, extensions=extensions)
            else:
                height = {"q": 180, "h": 360, "f": 720, "screen": 1080}[name]
                extensions = {4: b"2"} if name == "screen" else {4: b"1", 10: name.encode()}
                body = vp8(self.sequence, key=key, height=height, body=bytes(400))
                packet = rtp(ssrc, self.sequence, self.sequence * 3000, body, extensions=extensions)
            self.rig.inbox.waiting.append((publisher.address, packet))
        self.do(lambda: self.rig.core.pump(self.rig.now, self.rig.now))

    def pass_time(self, seconds: float, sending: Any = None) -> None:
        """Let the clock run with all its jobs; ``sending()`` is called every 100 ms."""
        for step in range(round(seconds * 20)):
            self.rig.now += 0.05
            if sending is not None and step % 2 == 0:
                sending()
            self.do(lambda: self.clock.step(self.rig.now))
            if step % 10 == 9:
                self.do(lambda: self.clock.half_second(self.rig.now))
            if step % 20 == 19:
                self.do(lambda: self.clock.second(self.rig.now))

    def view(self, peer: str, **wants: tuple[str, int] | None) -> None:
        told = {mid: Want(*want) if want else None for mid, want in wants.items()}
        self.do(lambda: self.rooms.view("r", peer, "subscribe", told))

    def carries(self, connection: Connection) -> dict[str, str]:
        """slot → source/layer."""
        found = {mid: slot.layer for mid, slot in connection.slots.items() if slot.layer is not None}
        return {mid: f"{layer.source.id}/{layer.rid}" for mid, layer in found.items()}

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [data for each, data in self.events if each == kind]

    def rtcp_to(self, connection: Connection) -> list[Any]:
        """The RTCP sent to a connection so far."""
        self.rig.core.flush()
        sent = [data for where, data in self.rig.outbox.sent_packets if where == connection.address]
        found: list[Any] = []
        for data in sent:
            if 192 <= data[1] <= 223:
                found += rtcp_module.parse(data)
        return found


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.loop.close()


@pytest.fixture
def trio(world: World) -> tuple[World, Connection, Connection, Connection]:
    """Anna and Bob publish, Eve looks."""
    world.room(anna=ALLOWED, bob=ALLOWED, eve=ALLOWED)
    anna, bob = world.publish("anna"), world.publish("bob")
    eve = world.subscribe("eve")
    for person in (anna, bob):
        world.send(person, "microphone", "q", "h", "f")
    return world, anna, bob, eve


Trio = tuple[World, Connection, Connection, Connection]


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
    layers["q"].bitrate, layers["h"].bitrate, layers["f"].bitrate = 10_000, 50_000, 400_000
    eve.budget.limit, eve.budget.changed_at = 100_000, world.rig.now
    world.do(lambda: assignment.refresh_connection(world.hub, eve))
    world.send(anna, "q", "h", "f")
    assert world.carries(eve)["v0"] == "anna:camera/h"


def test_sender_reports_lie_on_one_clock_and_on_the_slots_timestamps(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q", "microphone")
    theirs = rtcp_module.ntp_time(world.rig.now - 3600)  # her clock is an hour behind
    for name, timestamp in (("q", 90_000), ("microphone", 48_000)):
        packet = rtcp_module.sender_report(anna.handle * 100 + SSRC[name], theirs, timestamp, 1, 1)
        world.rig.inbox.waiting.append((anna.address, packet))
    world.rig.outbox.sent_packets.clear()
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    reports = {r.ssrc: r for r in world.rtcp_to(eve) if isinstance(r, rtcp_module.SenderReport)}
    picture, sound = eve.slots["v0"], eve.slots["a0"]
    assert {picture.spec.ssrc, sound.spec.ssrc} <= reports.keys()
    ours = rtcp_module.ntp_time(world.rig.now)
    assert abs(reports[picture.spec.ssrc].ntp - ours) < 1 << 20
    assert reports[picture.spec.ssrc].ntp == reports[sound.spec.ssrc].ntp
    offset = world.rig.core.slot_stats(picture.handle).timestamp_offset
    assert reports[picture.spec.ssrc].timestamp == (90_000 + offset) & 0xFFFFFFFF


def test_the_publisher_is_told_what_arrives_and_what_it_may_send(trio: Trio) -> None:
    world, anna, _, _ = trio
    world.rig.outbox.sent_packets.clear()
    world.pass_time(1.1, lambda: world.send(anna, "q"))
    reports = world.rtcp_to(anna)
    assert any(isinstance(r, rtcp_module.Remb) and r.bitrate > 2_500_000 for r in reports)
    blocks = [r for r in reports if isinstance(r, rtcp_module.ReportBlock)]
    assert {b.ssrc for b in blocks} == {anna.handle * 100 + SSRC[n] for n in ("microphone", "q", "h", "f")}


def test_a_reloaded_page_replaces_its_connection(trio: Trio) -> None:
    world, anna, _, eve = trio
    world.view("eve", v0=("anna:camera", 90))
    world.send(anna, "q")
    again = world.publish("anna", session=2)
    assert again is not anna and anna.closed
    assert [d["reason"] for d in world.told("disconnected")] == ["replaced"]
    world.send(again, "q")
    world.send(again, "q")
    assert world.carries(eve)["v0"] == "anna:camera/q"


def test_a_further_offer_changes_the_connection(trio: Trio) -> None:
    world, anna, _, _ = trio
    ufrag = anna.local.ufrag
    again = world.publish("anna", screen=True)
    assert again is anna and anna.local.ufrag == ufrag
    assert set(world.hub.rooms["r"].sources) >= {"anna:screen", "anna:camera"}
    world.publish("anna")
    assert "anna:screen" not in world.hub.rooms["r"].sources


def test_kinds_are_checked(world: World) -> None:
    world.room(anna=ALLOWED)
    offer = HEAD.format(session=1, setup="actpass") + AUDIO.format(mid=0, direction="sendonly")
    with pytest.raises(EngineRefused, match="bad_request"):
        world.do(lambda: world.rooms.publish("r", "anna", offer, "publish", {"0": "camera"}))


def test_consent_runs_out_after_thirty_seconds(trio: Trio) -> None:
    world, anna, bob, _ = trio
    for _ in range(40):
        world.rig.now += 1
        world.send(bob, "q", key=False)
        world.do(lambda: world.clock.second(world.rig.now))
    assert anna.closed and not bob.closed
    gone = [d for d in world.told("disconnected") if d["peer"] == "anna"]
    assert [d["reason"] for d in gone] == ["consent"]
    assert [d["peer"] for d in world.told("media_lost") if d["peer"] == "anna"] == ["anna"]


def test_signs_of_life_name_every_connected_peer(trio: Trio) -> None:
    world, *_ = trio
    world.do(lambda: world.clock.five_seconds(world.rig.now))
    assert set(world.told("alive")[-1]["peers"]) == {"anna", "bob", "eve"}


def test_too_many_connections_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MOST_CONNECTIONS", 1)
    world.room(anna=ALLOWED, bob=ALLOWED)
    world.publish("anna")
    with pytest.raises(EngineRefused, match="full"):
        world.publish("bob")


def test_rtx_streams_are_learnt_by_their_repaired_rid(trio: Trio) -> None:
    world, anna, _, _ = trio
    packet = rtp(anna.handle * 100 + SSRC["rtx"], 1, 0, b"\x00\x01" + vp8(1), pt=97, extensions={4: b"1", 11: b"h"})
    world.rig.inbox.waiting.append((anna.address, packet))
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    assert world.rig.core.counters.refused_stream == 0
    alien = rtp(999, 1, 0, b"\x00\x01" + vp8(1), pt=97, extensions={4: b"1", 11: b"z"})
    world.rig.inbox.waiting.append((anna.address, alien))
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    assert world.rig.core.counters.refused_stream == 1


def test_the_journal_keeps_what_is_durable_until_it_is_acknowledged() -> None:
    delivered: list[dict[str, Any]] = []
    journal = Journal("boot", delivered.append)
    journal.emit("connected", {"room": "r"})
    journal.emit("speakers", {"room": "r"})
    journal.emit("alive", {"room": "r", "peers": {"a": 1}})
    journal.emit("alive", {"room": "r", "peers": {"a": 2}})
    assert [e.get("seq") for e in delivered] == [1, None, 2, 3]
    assert [e["seq"] for e in journal.unacknowledged()] == [1, 3]
    journal.ack(1)
    assert [e["data"]["peers"] for e in journal.unacknowledged()] == [{"a": 2}]
