"""Tapped streams: their packets come to the handler in clear, each once, whatever slots do."""

from __future__ import annotations

import struct

import pytest

from signaling.sfu.core.interface import AUDIO
from tests.unit.signaling.sfu.rig import HIGH, HIGH_SSRC, LOW, LOW_SSRC, RTX, RTX_SSRC, SOUND, SOUND_SSRC, Rig, rtp, vp8

pytestmark = pytest.mark.usefixtures("packet_core")


def sequences(rig: Rig) -> list[int]:
    return [sequence for _, _, sequence, _, _ in rig.notes.tapped]


def test_a_tapped_stream_is_told_whole_and_without_any_slot(rig: Rig) -> None:
    rig.core.tap(LOW, True)
    payload = vp8(1, 2, key=True, body=b"as it was sent")
    rig.receive(rtp(LOW_SSRC, 65535, 7, payload, marker=True), rtp(HIGH_SSRC, 1, 7, vp8(1, key=True)))
    rig.receive(rtp(LOW_SSRC, 0, 3007, vp8(2, tid=2)))
    assert rig.notes.tapped == [(LOW, True, 65535, 7, payload), (LOW, False, 0, 3007, vp8(2, tid=2))]


def test_each_packet_is_told_once_in_the_order_of_arrival(rig: Rig) -> None:
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.tap(LOW, True)
    one, two, four = (rtp(LOW_SSRC, n, 3000 * n, vp8(n)) for n in (1, 2, 4))
    repair = rtp(RTX_SSRC, 9, 9000, struct.pack("!H", 3) + vp8(3, body=b"repaired"), pt=97, marker=True)
    rig.receive(one, four, two, two, repair, repair, one)
    assert sequences(rig) == [1, 4, 2, 3]
    assert rig.notes.tapped[-1] == (LOW, True, 3, 9000, vp8(3, body=b"repaired"))


def test_padding_is_not_told_as_payload(rig: Rig) -> None:
    rig.core.tap(LOW, True)
    padded = bytearray(rtp(LOW_SSRC, 1, 0, vp8(1) + b"\x00\x00\x03"))
    padded[0] |= 0x20
    rig.receive(bytes(padded))
    assert rig.notes.tapped[0][4] == vp8(1)


def test_sound_is_told_too(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    rig.core.tap(SOUND, True)
    rig.receive(rtp(SOUND_SSRC, 5, 960, b"opus", pt=111, extensions={1: b"\x10"}))
    assert rig.notes.tapped == [(SOUND, False, 5, 960, b"opus")]


def test_nothing_is_told_after_the_cut(rig: Rig) -> None:
    rig.core.tap(LOW, True)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1)))
    rig.core.tap(LOW, False)
    rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2)))
    assert sequences(rig) == [1]


def test_what_the_reader_missed_is_told_again_while_it_is_kept(rig: Rig) -> None:
    rig.receive(*(rtp(LOW_SSRC, n, 3000 * n, vp8(n)) for n in (65534, 65535, 0, 1)))
    assert rig.core.repeat(LOW, [65535, 1, 7, 0x10000]) == 3
    assert sequences(rig) == [65535, 1, 0]
    rig.core.expire(rig.now + 2)
    assert rig.core.repeat(LOW, [65535, 1]) == 0


def test_what_is_unknown_cannot_be_tapped(rig: Rig) -> None:
    rig.core.drop_stream(HIGH)
    for act in (lambda: rig.core.tap(HIGH, True), lambda: rig.core.repeat(HIGH, [1])):
        with pytest.raises(KeyError):
            act()
