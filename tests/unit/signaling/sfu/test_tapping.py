"""Taps: what a reader gets of a room, what it may ask for, and that nothing comes after the cut."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from signaling import local_socket
from signaling.engine import EngineRefused, RoomDesired, TapSelection
from signaling.sfu import tap_line
from signaling.sfu.core import rtcp, rtp
from signaling.sfu.model import Connection
from signaling.sfu.rooms import MOST_TAPS
from tests.support.tap_reader import Taken, TapReader
from tests.unit.signaling.sfu.world import ALLOWED, World

pytestmark = pytest.mark.usefixtures("packet_core")


class Tapped(World):
    """A world with a publisher and one tap."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.hub.tap_socket = lambda name: folder / f"{name}.sock"
        self.set(True)
        self.anna: Connection = self.publish("anna")

    def set(self, tap_open: bool, open_: bool = True, camera: bool = True) -> None:
        self.version += 1
        peers = {"anna": replace(ALLOWED, camera=camera), "bob": ALLOWED}
        desired = RoomDesired("r", self.version, 0, open_, peers, tap_open=tap_open)
        self.do(lambda: self.rooms.set_room(desired))

    def tap(self, **selection: Any) -> TapReader:
        place = self.do(lambda: self.rooms.tap("r", TapSelection(**selection)))
        reader = TapReader(place.path)
        self.turn()
        return reader

    def turn(self, *readers: TapReader) -> Taken:
        """Let the loop see its sockets."""
        for _ in range(3):
            self.do(lambda: None)
        return readers[0].read() if readers else Taken()

    def play(self, reader: TapReader, *what: str, times: int = 1) -> Taken:
        """Packets of these streams and what came of them."""
        for _ in range(times):
            self.rig.now += 0.02
            self.send(self.anna, *(what or ("microphone", "q", "h", "f")))
        self.do(lambda: self.clock.half_second(self.rig.now))
        return self.turn(reader)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Tapped]:
    made = Tapped(tmp_path)
    yield made
    made.do(lambda: made.rooms.drop_room("r"))
    assert not list(tmp_path.iterdir())
    made.loop.close()


def kinds(taken: Taken) -> set[tuple[str, str]]:
    """(kind, layer) of what has packets."""
    streams = taken.streams()
    return {(streams[number]["kind"], streams[number]["layer"]) for number, _ in taken.packets}


def test_a_reader_gets_sound_and_the_layer_of_the_height_it_asks_for(world: Tapped) -> None:
    small, large, sound = world.tap(height=90), world.tap(), world.tap(kinds=("microphone",))
    world.play(small)
    for reader in (small, large, sound):
        world.play(reader, times=3)
    assert kinds(world.turn(small)) == {("microphone", ""), ("camera", "q")}
    assert kinds(world.turn(large)) == {("microphone", ""), ("camera", "f")}
    assert kinds(world.turn(sound)) == {("microphone", "")}
    assert large.taken.said[0] == {"open": True}


def test_packets_come_as_they_were_sent_with_a_plain_header(world: Tapped) -> None:
    reader = world.tap(kinds=("microphone",))
    world.play(reader, "microphone", times=4)
    number, packet = reader.taken.packets[-1]
    told = reader.taken.streams()[number]
    parsed = rtp.parse(packet)
    assert parsed is not None and packet[0] == 0x80
    assert (parsed.payload, parsed.payload_type, parsed.ssrc) == (b"opus", told["payload_type"], told["ssrc"])
    assert parsed.sequence == world.sequence and parsed.timestamp == world.sequence * 960
    assert told["source"] == "anna:microphone" and told["codec"] == "opus" and told["clock_rate"] == 48000


def test_only_the_named_sources(world: Tapped) -> None:
    bob = world.publish("bob", session=2)
    reader = world.tap(sources=("bob:camera",))
    for _ in range(3):
        world.send(bob, "microphone", "f")
        world.play(reader)
    assert {stream["source"] for stream in world.turn(reader).streams().values()} == {"bob:camera"}


def test_a_channel_is_read_by_its_language_and_an_interpreter_nowhere_else(world: Tapped) -> None:
    voice = replace(ALLOWED, role="interpreter")

    def on_air(**channels: str) -> None:
        world.version += 1
        peers = {"anna": ALLOWED, "one": voice, "two": voice}
        world.do(lambda: world.rooms.set_room(RoomDesired("r", world.version, 0, True, peers, tap_open=True, channels=channels)))

    on_air(ky="one")
    people = [world.anna, world.publish("one", session=2), world.publish("two", session=3)]
    channels, floor = world.tap(kinds=(), channels=("ky", "ru")), world.tap(kinds=("microphone",), sources=())

    def heard(reader: TapReader) -> list[tuple[str, str | None]]:
        for _ in range(3):
            for person in people:
                world.send(person, "microphone")
            world.play(reader, "q")
        streams = world.turn(reader).streams()
        return list(dict.fromkeys((streams[number]["source"], streams[number]["channel"]) for number, _ in reader.taken.packets))

    assert heard(channels) == [("one:microphone", "ky")]
    on_air(ky="two")
    assert heard(channels)[1:] == [("two:microphone", "ky")]
    on_air(ru="two")
    assert heard(channels)[2:] == [("two:microphone", "ru")]
    assert heard(floor) == [("anna:microphone", None)]


def test_nothing_comes_after_the_cut_and_all_comes_back(world: Tapped) -> None:
    reader = world.tap()
    assert world.play(reader, times=3).packets
    world.send(world.anna, "microphone")
    world.set(False)  # answered: from here on nothing more
    before = len(world.turn(reader).packets)
    world.play(reader, times=5)
    assert len(reader.taken.packets) == before
    cut = reader.taken.order.index({"open": False})
    assert None not in reader.taken.order[cut:]
    world.set(True)
    assert len(world.play(reader, times=5).packets) > before
    assert reader.taken.newest("open") is True


def test_a_room_that_closes_and_a_kind_that_is_forbidden_are_cut_too(world: Tapped) -> None:
    reader = world.tap()
    world.play(reader, times=3)
    world.set(True, camera=False)
    before = world.turn(reader).packets[:]
    world.play(reader, times=3)
    new = reader.taken.packets[len(before) :]
    assert {reader.taken.streams()[number]["kind"] for number, _ in new} == {"microphone"}
    world.set(True, open_=False)
    before = world.turn(reader).packets[:]
    assert world.play(reader, times=3).packets == before


def test_a_reader_may_ask_for_key_frames_and_for_what_it_lost(world: Tapped) -> None:
    reader = world.tap(kinds=("camera",))
    world.play(reader, "f", times=4)
    number, last = reader.taken.packets[-1]
    world.rig.now += 1
    asked = len([r for r in world.rtcp_to(world.anna) if isinstance(r, rtcp.KeyFrameRequest)])
    reader.ask(key=number)
    world.turn(reader)
    assert len([r for r in world.rtcp_to(world.anna) if isinstance(r, rtcp.KeyFrameRequest)]) == asked + 1
    before = len(reader.taken.packets)
    reader.ask(again=number, sequences=[world.sequence, world.sequence + 9])
    world.turn(reader)
    assert [packet for _, packet in reader.taken.packets[before:]] == [last]


@pytest.mark.parametrize("request_", [b"hello", b"[]", b'{"key": "x"}', b'{"again": 1, "sequences": {"a": 1}}', b'{"key": 900}'])
def test_a_bad_request_harms_nobody(world: Tapped, request_: bytes) -> None:
    reader = world.tap()
    world.play(reader, times=3)
    reader.socket.send(request_)
    before = len(world.turn(reader).packets)
    assert len(world.play(reader, times=3).packets) > before


def test_all_sources_lie_on_the_clock_of_the_worker(world: Tapped) -> None:
    reader = world.tap(kinds=("microphone",))
    world.play(reader, "microphone", times=3)
    theirs = rtcp.ntp_time(world.rig.now) - (77 << 32)  # a clock that is 77 seconds slow
    report = rtcp.sender_report(world.anna.handle * 100 + 1, theirs, 4800, 1, 1)
    world.rig.inbox.waiting.append((world.anna.address, report))
    world.do(lambda: world.rig.core.pump(world.rig.now, world.rig.now))
    told = next(message for message in world.turn(reader).said if "report" in message)
    assert told == {"report": 1, "ntp": [*divmod(rtcp.ntp_time(world.rig.now), 1 << 32)], "timestamp": 4800}


def test_a_tap_keeps_what_it_reads_from_being_paused_and_no_more(world: Tapped) -> None:
    reader = world.tap(kinds=("camera",), height=360)
    world.pass_time(8, lambda: world.send(world.anna, "q", "h", "f"))
    assert world.told("layers")[-1]["wanted"] == {"camera": ["h"]}
    reader.socket.close()
    world.turn()
    world.pass_time(8, lambda: world.send(world.anna, "h"))
    assert world.told("layers")[-1]["wanted"] == {"camera": []}


def test_a_reader_that_does_not_read_loses_packets_but_never_the_cut(world: Tapped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap_line, "ROOM", 10_000)
    reader = world.tap()
    for _ in range(5):
        world.rig.now += 0.01
        for _ in range(50):
            world.send(world.anna, "f")
        world.do(lambda: world.clock.half_second(world.rig.now))
    world.set(False)
    taken = world.turn(reader)
    for _ in range(50):
        taken = world.turn(reader)
    told = next(iter(world.rooms.stats("r")["r"]["taps"].values()))
    assert told["lost"] > 0 and told["packets"] == len(taken.packets)
    assert taken.newest("open") is False


def test_a_new_reader_takes_the_place_of_the_old(world: Tapped) -> None:
    place = world.do(lambda: world.rooms.tap("r", TapSelection(kinds=("microphone",))))
    first = TapReader(place.path)
    world.turn()
    world.play(first, "microphone", times=2)
    second = TapReader(place.path)
    world.turn()
    assert first.socket.recv(1 << 16) == b"" or first.read()
    assert world.play(second, "microphone", times=2).packets
    assert second.taken.said[0] == {"open": True}


def test_without_a_reader_nothing_is_tapped(world: Tapped) -> None:
    world.do(lambda: world.rooms.tap("r", TapSelection()))
    world.send(world.anna, "microphone", "f")
    assert not any(layer.taps for layer in world.hub.layers.values())


def test_a_tap_ends_when_it_is_told_to_or_its_source_or_its_room_goes(world: Tapped) -> None:
    place = world.do(lambda: world.rooms.tap("r", TapSelection()))
    reader, other = TapReader(place.path), world.tap()
    world.turn()
    world.play(reader, times=2)
    world.do(lambda: world.rooms.untap("r", place.id))
    world.do(lambda: world.rooms.untap("r", place.id))
    reader.read()
    assert reader.socket.recv(10) == b""
    world.do(lambda: world.rooms.close("r", "anna", None))
    world.do(lambda: world.clock.half_second(world.rig.now))
    assert world.turn(other).newest("streams") == {}
    world.do(lambda: world.rooms.drop_room("r"))
    other.read()
    assert other.socket.recv(10) == b""


def test_what_cannot_be_tapped_is_refused(world: Tapped) -> None:
    def refused(code: str, room: str, **selection: Any) -> None:
        with pytest.raises(EngineRefused) as caught:
            world.do(lambda: world.rooms.tap(room, TapSelection(**selection)))
        assert caught.value.code == code

    refused("unknown_room", "nowhere")
    refused("bad_request", "r", height=0)
    for _ in range(MOST_TAPS):
        world.do(lambda: world.rooms.tap("r", TapSelection()))
    refused("full", "r")


def test_the_socket_is_this_users_own(world: Tapped) -> None:
    place = world.do(lambda: world.rooms.tap("r", TapSelection()))
    assert Path(place.path).stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError, match="wrong type"):
        local_socket.connect(Path(place.path), 5, socket.SOCK_STREAM)
