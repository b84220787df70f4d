"""Frames out of packets that come late, twice, or not at all."""

from __future__ import annotations

import itertools
import struct

import pytest

from signaling.recording.ordering import MOST_WAITING, RTP, WAIT_S, Frame, Frames
from signaling.recording.payloads import is_key, vp8_payload

KEY = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00" + b"k" * 20
DELTA = b"\x11\x00\x00" + b"d" * 20


def packets(*frames: bytes, first: int = 65_530, size: int = 12) -> list[bytes]:
    """RTP of VP8 frames, each in packets of some octets; sequence numbers run over their end."""
    numbers = itertools.count(first)
    made = []
    for index, frame in enumerate(frames):
        parts = [frame[at:at + size] for at in range(0, len(frame), size)]
        for place, part in enumerate(parts):
            marker = 0x80 if place == len(parts) - 1 else 0
            descriptor = b"\x10" if place == 0 else b"\x00"
            made.append(RTP.pack(0x80, marker | 96, next(numbers) & 0xFFFF, index * 3000, 7) + descriptor + part)
    return made


def taken(frames: Frames, sent: list[bytes], at: float = 0.0) -> list[bytes]:
    return [frame.data for packet in sent for frame in frames.take(packet, at)]


def test_frames_come_whole_in_their_order_over_the_end_of_the_numbers() -> None:
    sent = packets(KEY, DELTA, DELTA, KEY, DELTA)
    assert taken(Frames(True), sent) == [KEY, DELTA, DELTA, KEY, DELTA]


@pytest.mark.parametrize("order", [(0, 2, 1, 4, 3, 5, 6, 7), (0, 1, 1, 2, 0, 3, 4, 5, 6, 7, 7), (0, 7, 6, 5, 4, 3, 2, 1)])
def test_late_and_repeated_packets_change_nothing(order: tuple[int, ...]) -> None:
    sent = packets(KEY, DELTA, DELTA[:12], DELTA)
    assert len(sent) == 8
    assert taken(Frames(True), [sent[index] for index in order]) == [KEY, DELTA, DELTA[:12], DELTA]


def test_pictures_begin_with_a_key_frame() -> None:
    frames = Frames(True)
    assert taken(frames, packets(DELTA, DELTA)) == [] and frames.needs_key
    assert taken(frames, packets(KEY, DELTA, first=65_534)) == [KEY, DELTA] and not frames.needs_key


def test_after_a_loss_pictures_wait_for_the_next_key_frame() -> None:
    sent = packets(KEY, DELTA, DELTA, KEY, DELTA)
    lost = sent[:3] + sent[4:]
    frames = Frames(True)
    early = taken(frames, lost[:6])
    assert early == [KEY] and not frames.needs_key, "what is missing may still come"
    later = taken(frames, lost[6:], WAIT_S + 0.1)
    assert later == [KEY, DELTA] and frames.lost == 1


def test_sound_goes_on_at_once_behind_a_loss() -> None:
    sent = [RTP.pack(0x80, 111, number, number * 960, 7) + bytes([number]) for number in range(6)]
    frames = Frames(False)
    assert taken(frames, [sent[0], sent[1], sent[3]]) == [b"\0", b"\1"]
    assert taken(frames, sent[4:], WAIT_S + 0.1) == [b"\3", b"\4", b"\5"] and not frames.needs_key


def test_what_waits_is_bounded() -> None:
    sent = [RTP.pack(0x80, 111, number, number * 960, 7) + b"x" for number in range(MOST_WAITING + 10)]
    assert len(taken(Frames(False), [sent[0], *sent[2:]])) == MOST_WAITING + 9


def test_packets_without_a_payload_are_no_frames() -> None:
    sent = packets(KEY, DELTA)
    probe = RTP.pack(0x80, 96, 65_533, 0, 7)
    assert taken(Frames(True), [*sent[:3], probe, *packets(DELTA, first=65_534)]) == [KEY, DELTA]


@pytest.mark.parametrize(("descriptor", "rest"), [
    (b"\x10", b"x"), (b"\x90\x80\x12", b"x"), (b"\x90\x80\x92\x34", b"x"), (b"\x80\xf0\x92\x34\x05\x20", b"x"), (b"\x80\x20\x40", b"x"),
    (b"\x80\x40\x07", b"x")])
def test_the_descriptor_is_left_out(descriptor: bytes, rest: bytes) -> None:
    assert vp8_payload(descriptor + rest) == rest


@pytest.mark.parametrize("damaged", [b"\x80", b"\x80\x80"])
def test_a_damaged_packet_breaks_its_frame_alone(damaged: bytes) -> None:
    frames = Frames(True)
    broken = RTP.pack(0x80, 0x80 | 96, 1, 0, 7) + damaged
    assert taken(frames, [broken, *packets(KEY, first=2)]) == [KEY]


def test_key_frames_are_known() -> None:
    assert [is_key(frame) for frame in (KEY, DELTA, KEY[:5], b"")] == [True, False, False, False]
    assert struct.unpack_from("<HH", KEY, 6) == (320, 180)


def test_times_are_those_of_the_frame() -> None:
    frames = Frames(True)
    found = [frame for index, packet in enumerate(packets(KEY)) for frame in frames.take(packet, float(index))]
    assert found == [Frame(0, 2.0, KEY, True)]
