"""Streams that behave badly, and ways that change: short PictureIDs, collisions, restarts, probes, moving addresses."""

from __future__ import annotations

import struct

import pytest

from signaling.sfu.core import rtp as rtp_module
from signaling.sfu.core.interface import VIDEO, SrtpPair, StreamSpec
from signaling.sfu.core.python import ADDRESSES_KEPT
from signaling.sfu.core.stream import LARGEST_GAP
from tests.unit.signaling.sfu.rig import (
    HIGH,
    HIGH_SSRC,
    LOW,
    LOW_SSRC,
    OTHER,
    PUBLISHER,
    RTX,
    RTX_SSRC,
    VIEWER,
    Rig,
    address,
    follows,
    numbers,
    pictures,
    rtp,
    vp8,
)

pytestmark = pytest.mark.usefixtures("packet_core")

STRANGER = 7


# ---------------------------------------------------------------------- PictureIDs of 7 bits
def test_short_picture_numbers_go_on_across_their_wraparound_and_a_switch(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(*(rtp(LOW_SSRC, n, 3000 * n, vp8(120 + n, n, key=n == 1, short=True)) for n in range(1, 20)))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    rig.now += 0.1
    sent += rig.receive(*(rtp(HIGH_SSRC, n, 3000 * n, vp8(5 + n, 9 + n, key=n == 1, short=True)) for n in range(1, 5)))
    assert len(sent) == 23 and follows([picture for picture, _ in pictures(sent)], 1 << 7)
    assert follows([tl0 for _, tl0 in pictures(sent)], 1 << 8)
    assert all(rtp_module.vp8(packet.payload).short_at for packet in sent)


def test_short_picture_numbers_under_a_limit(rig: Rig) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    frames = [rtp(LOW_SSRC, n, 3000 * n, vp8(100 + n, n // 2, key=n == 0, tid=n % 2, short=True)) for n in range(80)]
    sent = rig.receive(*frames)
    assert len(sent) == 40 and follows([picture for picture, _ in pictures(sent)], 1 << 7)


def test_a_retransmission_has_the_short_number_too(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(127, key=True, short=True)), rtp(LOW_SSRC, 2, 3000, vp8(0, short=True)))
    rig.core.retransmit(rig.VIDEO_SLOT, numbers(sent), rig.now, rig.now)
    assert [packet.payload[2:] for packet in rig.take()] == [packet.payload for packet in sent]


def test_layer_zero_is_counted_on_without_any_picture_number(rig: Rig) -> None:
    def plain(tl0: int, key: bool) -> bytes:
        return bytes([0x90, 0x40, tl0 & 0xFF]) + (b"\x10\x02\x00\x9d\x01\x2a\x80\x02\x68\x01" if key else b"\x11\x02\x00")

    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(*(rtp(LOW_SSRC, n, 3000 * n, plain(250 + n, n == 0)) for n in range(10)))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    sent += rig.receive(*(rtp(HIGH_SSRC, n, 3000 * n, plain(70 + n, n == 0)) for n in range(3)))
    assert follows([tl0 for _, tl0 in pictures(sent)], 1 << 8)


# ---------------------------------------------------------------------- SSRCs
def test_the_same_ssrc_from_two_publishers_is_two_streams(rig: Rig) -> None:
    rig.core.open(STRANGER)
    rig.core.accept_from(STRANGER, address(STRANGER))
    rig.core.secure(STRANGER, SrtpPair(object(), object()))
    rig.core.add_stream(OTHER, STRANGER, StreamSpec(LOW_SSRC, VIDEO, 90000))
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True, body=b"ours")))
    assert rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2, key=True, body=b"theirs")), connection=STRANGER) == []
    rig.core.close(STRANGER)
    sent += rig.receive(rtp(LOW_SSRC, 2, 3000, vp8(2, body=b"ours")))
    assert [packet.payload[-4:] for packet in sent] == [b"ours", b"ours"] and follows(numbers(sent), 1 << 16)


def test_a_publisher_that_comes_back_with_another_ssrc_goes_on_in_the_same_slot(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 65535, 0xFFFFFFF0, vp8(0x7FFF, 255, key=True)))
    rig.core.drop_stream(LOW)
    rig.core.add_stream(OTHER, PUBLISHER, StreamSpec(9999, VIDEO, 90000))
    rig.core.point(rig.VIDEO_SLOT, OTHER)
    rig.now += 0.2
    sent += rig.receive(rtp(9999, 5, 77, vp8(3, 8, key=True)), rtp(LOW_SSRC, 0, 0, vp8(0)))
    assert follows(numbers(sent), 1 << 16) and len(sent) == 2
    assert pictures(sent)[1] == ((pictures(sent)[0][0] + 1) & 0x7FFF, (pictures(sent)[0][1] + 1) & 0xFF)
    assert (sent[1].timestamp - sent[0].timestamp) & 0xFFFFFFFF == pytest.approx(0.2 * 90000, abs=2)


def test_a_jump_of_numbers_and_timestamps_is_no_loss_to_ask_for(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(*(rtp(LOW_SSRC, n, 3000 * n, vp8(n, key=n == 1)) for n in range(1, 4)))
    jitter = rig.core.stream_stats(LOW).jitter
    jumped = 3 + LARGEST_GAP + 2
    sent += rig.receive(rtp(LOW_SSRC, jumped, 0x90000000, vp8(5, key=True)), rtp(LOW_SSRC, jumped + 1, 0x90000BB8, vp8(6)))
    assert len(sent) == 5 and rig.notes.gaps == []
    assert rig.core.stream_stats(LOW).jitter <= jitter + 3000


# ---------------------------------------------------------------------- probes
def test_padding_alone_on_a_layer_keeps_the_numbering_whole(rig: Rig) -> None:
    """A sender without RTX probes with packets that hold padding only; what follows must not look lost."""
    rig.core.point(rig.VIDEO_SLOT, LOW)
    probe = bytearray(rtp(LOW_SSRC, 2, 0, bytes(219) + b"\xdc"))
    probe[0] |= 0x20
    sent = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)), bytes(probe), rtp(LOW_SSRC, 3, 3000, vp8(2)))
    assert follows(numbers(sent), 1 << 16) and [len(packet.payload) for packet in sent][1] == 0
    assert follows([picture for picture, _ in pictures([sent[0], sent[2]])], 1 << 15)
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    probe[3] = 4
    sent += rig.receive(bytes(probe), rtp(LOW_SSRC, 5, 6000, vp8(3, tid=1)), rtp(LOW_SSRC, 6, 9000, vp8(4)))
    assert follows(numbers(sent), 1 << 16) and len(sent) == 5


def test_a_flood_of_repeated_rtx_changes_nothing(rig: Rig) -> None:
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(*(rtp(LOW_SSRC, n, 3000 * n, vp8(n, key=n == 1)) for n in range(1, 6)))
    probes = [rtp(RTX_SSRC, n, 0, struct.pack("!H", 1 + n % 5) + vp8(1 + n % 5), pt=97) for n in range(200)]
    assert rig.receive(*probes) == []
    stats = rig.core.stream_stats(LOW)
    assert (stats.packets, stats.repaired, stats.duplicates) == (5, 0, 200) and rig.notes.repaired == [] and len(sent) == 5


# ---------------------------------------------------------------------- addresses
def test_a_connection_moves_without_a_new_handshake(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    rig.core.accept_from(PUBLISHER, address(80))
    rig.core.accept_from(VIEWER, address(81))
    rig.core.send_to(VIEWER, address(81))
    for place in (PUBLISHER, 80):  # what was on its way from the old address counts too
        rig.inbox.waiting.append((address(place), rtp(LOW_SSRC, 2 if place == 80 else 3, 0, vp8(2))))
    rig.core.pump(rig.now, rig.now)
    rig.core.flush()
    sent = [place for place, _ in rig.outbox.sent_packets]
    assert sent == [address(81)] * 2


def test_only_the_newest_addresses_are_listened_to_and_another_may_take_one_over(rig: Rig) -> None:
    for place in range(80, 80 + ADDRESSES_KEPT):
        rig.core.accept_from(PUBLISHER, address(place))
    assert rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1))) == [] and rig.core.stream_stats(LOW).packets == 0
    assert rig.core.counters.unknown_address == 1
    rig.core.accept_from(VIEWER, address(80))
    rig.receive(rtp(LOW_SSRC, 2, 0, vp8(1)), connection=80)
    assert rig.core.stream_stats(LOW).packets == 0
    rig.core.close(VIEWER)
    rig.receive(rtp(LOW_SSRC, 3, 0, vp8(1)), connection=80)
    rig.receive(rtp(LOW_SSRC, 4, 0, vp8(1)), connection=81)
    assert rig.core.stream_stats(LOW).packets == 1
