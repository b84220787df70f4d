"""Every rule by which packets are let in, renumbered, forwarded and counted."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.sfu.core.interface import AUDIO
from signaling.sfu.core.receiving import MOST_SSRCS
from tests.unit.signaling.sfu.rig import (
    HIGH,
    HIGH_SSRC,
    LOW,
    LOW_SSRC,
    OTHER,
    OTHER_SSRC,
    PUBLISHER,
    RTX,
    RTX_SSRC,
    SOUND,
    SOUND_SSRC,
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


# ---------------------------------------------------------------------- carrying
def test_nothing_is_forwarded_before_a_slot_asks(rig: Rig) -> None:
    assert rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True))) == []


def test_a_slot_begins_with_a_key_frame_and_tells_its_timestamp(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    assert rig.core.waited_for(LOW)
    assert rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1))) == []
    sent = rig.receive(rtp(LOW_SSRC, 2, 3000, vp8(2, key=True)))
    assert len(sent) == 1
    assert rig.notes.switched == [(rig.VIDEO_SLOT, LOW, sent[0].timestamp)]
    assert not rig.core.waited_for(LOW)


def test_payload_marker_and_timestamps_pass_unchanged(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 1000, vp8(1, key=True)))
    sent = rig.receive(
        rtp(LOW_SSRC, 2, 4000, vp8(2, body=b"first")), rtp(LOW_SSRC, 3, 4000, vp8(2, start=False, body=b"last"), marker=True)
    )
    assert [packet.marker for packet in sent] == [False, True]
    assert sent[0].timestamp == sent[1].timestamp
    assert sent[0].payload.endswith(b"first") and sent[1].payload.endswith(b"last")
    assert {packet.ssrc for packet in sent} == {5000}


def test_numbers_go_on_across_every_wraparound(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 65500, 0xFFFFF000, vp8(0x7FF0, 250, key=True)))
    for n in range(1, 80):
        sent += rig.receive(rtp(LOW_SSRC, 65500 + n, 0xFFFFF000 + 3000 * n, vp8(0x7FF0 + n, 250 + n)))
    assert len(sent) == 80
    assert follows(numbers(sent), 1 << 16)
    assert follows([p for p, _ in pictures(sent)], 1 << 15)
    assert follows([t for _, t in pictures(sent)], 1 << 8)
    steps = {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(sent)}
    assert steps == {3000}


def test_outgoing_numbers_wrap_too(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 5, 0, vp8(1, key=True)))
    source = 5
    while len(sent) < 45000:
        batch = [rtp(LOW_SSRC, source + n, 0, vp8(source + n)) for n in range(1, 64)]
        sent += rig.receive(*batch)
        source += 63
    assert follows(numbers(sent), 1 << 16)


# ---------------------------------------------------------------------- order and loss
def test_a_late_packet_gets_the_number_that_was_left_for_it(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    first = rig.receive(rtp(LOW_SSRC, 65534, 0, vp8(1, key=True)))[0].sequence
    sent = rig.receive(rtp(LOW_SSRC, 0, 6000, vp8(3)), rtp(LOW_SSRC, 65535, 3000, vp8(2)))
    assert numbers(sent) == [(first + 2) & 0xFFFF, (first + 1) & 0xFFFF]
    assert rig.notes.gaps == [(LOW, 65535, 1)]
    assert rig.notes.repaired == [65535]


def test_a_packet_from_before_the_switch_never_goes_out(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1)))
    rig.receive(rtp(LOW_SSRC, 10, 3000, vp8(2, key=True)))
    assert rig.receive(rtp(LOW_SSRC, 9, 1500, vp8(1))) == []


def test_duplicates_are_dropped(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    packet = rtp(LOW_SSRC, 1, 0, vp8(1, key=True))
    assert len(rig.receive(packet, packet, packet)) == 1
    rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2)))
    assert rig.receive(packet) == []
    assert rig.core.stream_stats(LOW).duplicates == 3


def test_a_duplicate_is_known_even_when_its_payload_has_expired(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    old = rtp(LOW_SSRC, 1, 0, vp8(1, key=True))
    rig.receive(old, rtp(LOW_SSRC, 2, 0, vp8(2)))
    rig.now += 3
    rig.core.expire(rig.now)
    assert rig.receive(old) == []


def test_a_great_jump_is_a_restart_and_nobody_asks_for_it(rig: Rig) -> None:
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1)), rtp(LOW_SSRC, 5000, 0, vp8(2)))
    assert rig.notes.gaps == []


def test_padding_alone_keeps_its_number_but_carries_nothing(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    padding = bytearray(rtp(LOW_SSRC, 2, 0, bytes(9) + b"\x0a"))
    padding[0] |= 0x20
    sent = rig.receive(bytes(padding), rtp(LOW_SSRC, 3, 0, vp8(2)))
    assert [len(packet.payload) > 0 for packet in sent] == [False, True]
    assert follows(numbers(sent), 1 << 16)


# ---------------------------------------------------------------------- sound
def test_sound_switches_at_the_next_packet_and_marks_it(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    rig.stream(OTHER, OTHER_SSRC, AUDIO)
    rig.core.point(rig.AUDIO_SLOT, SOUND)
    sent = rig.receive(rtp(SOUND_SSRC, 1, 0, b"a", pt=111, extensions={1: b"\x85"}))
    sent += rig.receive(rtp(SOUND_SSRC, 2, 960, b"b", pt=111, extensions={1: b"\x05"}))
    rig.core.point(rig.AUDIO_SLOT, OTHER)
    rig.now += 0.02
    sent += rig.receive(rtp(SOUND_SSRC, 3, 1920, b"c", pt=111), rtp(OTHER_SSRC, 70, 5, b"d", pt=111))
    sent += rig.receive(rtp(SOUND_SSRC, 4, 2880, b"e", pt=111))
    assert [packet.payload for packet in sent] == [b"a", b"b", b"c", b"d"]
    assert [packet.marker for packet in sent] == [True, False, False, True]
    assert [packet.extensions[1] for packet in sent[:2]] == [b"\x85", b"\x05"]
    assert follows(numbers(sent), 1 << 16)


def test_levels_are_averaged_between_looks(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    for n, level in enumerate((0x80 | 20, 30, 40)):
        rig.receive(rtp(SOUND_SSRC, n, 960 * n, b"x", pt=111, extensions={1: bytes([level])}))
    assert rig.core.take_level(SOUND) == (3, 30)
    assert rig.core.take_level(SOUND)[0] == 0
    late = rtp(SOUND_SSRC, 1, 960, b"x", pt=111, extensions={1: b"\x7f"})
    rig.receive(rtp(SOUND_SSRC, 3, 2880, b"x", pt=111, extensions={1: b"\x0a"}), late, late)
    assert rig.core.take_level(SOUND) == (1, 10)  # what is dropped is not heard


def test_sending_time_is_written_for_the_receivers_estimate(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    packet = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))[0]
    assert int.from_bytes(packet.extensions[2], "big") == int(rig.now * (1 << 18)) & 0xFFFFFF


# ---------------------------------------------------------------------- reports, counters, bad input
def test_a_slot_counts_across_switches(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(*[rtp(LOW_SSRC, n, 0, vp8(n, key=n == 1)) for n in range(1, 6)])
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    sent = rig.receive(*[rtp(HIGH_SSRC, n, 0, vp8(n, key=n == 3)) for n in range(1, 6)])
    stats = rig.core.slot_stats(rig.VIDEO_SLOT)
    assert stats.packets == 5 + len(sent) == 8
    assert stats.switches == 2
    assert (sent[0].timestamp - stats.timestamp_offset) & 0xFFFFFFFF == 0


def test_closing_forgets_addresses_streams_and_slots(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    rig.core.close(VIEWER)
    assert rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2))) == []
    rig.core.close(PUBLISHER)
    rig.receive(rtp(LOW_SSRC, 3, 0, vp8(3)))
    assert rig.core.counters.unknown_address == 1


def test_an_address_that_moved_on_is_not_taken_from_its_new_owner(rig: Rig) -> None:
    rig.core.accept_from(VIEWER, address(9))
    rig.core.accept_from(PUBLISHER, address(9))
    rig.core.close(VIEWER)
    rig.inbox.waiting.append((address(9), rtp(LOW_SSRC, 1, 0, vp8(1))))
    rig.core.pump(rig.now, rig.now)
    assert rig.core.counters.received == 1


def test_old_addresses_are_forgotten(rig: Rig) -> None:
    for n in range(20, 40):
        rig.core.accept_from(PUBLISHER, address(n))
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1)), connection=20)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1)), connection=39)
    assert (rig.core.counters.unknown_address, rig.core.counters.received) == (1, 1)


def test_a_stranger_is_dropped_before_anything_is_tried(rig: Rig) -> None:
    rig.receive(*[rtp(LOW_SSRC, n, 0, vp8(n)) for n in range(200)], connection=7)
    assert rig.core.counters.unknown_address == 200
    assert rig.core.counters.received == rig.core.counters.not_authentic == 0


def test_an_ssrc_that_stays_unknown_is_refused(rig: Rig) -> None:
    for n in range(200):
        rig.receive(rtp(90000 + n, 1, 0, b"x"))
    assert len(rig.notes.unknown) == 64
    assert rig.core.counters.refused_stream == 200


def test_a_sender_that_invents_ssrcs_is_not_decrypted_for_ever(rig: Rig) -> None:
    """libsrtp keeps a context for each SSRC: the contexts of one connection are bounded, and its known streams go on."""
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    for ssrc in range(5000, 5000 + 3 * MOST_SSRCS, 2):
        rig.receive(rtp(ssrc, 1, 0, b"x"), struct.pack("!BBHI", 0x80, 201, 1, ssrc + 1) + bytes(8))
    assert rig.srtp.decrypted <= MOST_SSRCS + 2
    rig.core.point(rig.VIDEO_SLOT, LOW)
    assert rig.receive(rtp(LOW_SSRC, 2, 3000, vp8(2, key=True)))


def test_rtcp_and_dtls_are_told_apart_from_media(rig: Rig) -> None:
    report = struct.pack("!BBHI", 0x80, 201, 1, 7) + bytes(4)
    rig.receive(report, b"\x16" + bytes(40), b"\x00\x01" + bytes(30), b"\x50" + bytes(30), bytes(3))
    assert rig.notes.rtcp == [(PUBLISHER, report)]
    assert [connection for connection, _ in rig.notes.dtls] == [PUBLISHER]
    assert len(rig.notes.stun) == 1
    assert rig.core.counters.malformed == 2


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=0, max_size=80), st.integers(0, 3))
def test_no_datagram_harms_the_core(data: bytes, form: int) -> None:
    rig = Rig()
    rig.stream(LOW, LOW_SSRC)
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    head = rtp(RTX_SSRC if form == 2 else LOW_SSRC, 2, 0, b"", pt=96)
    ugly = bytes([head[0] | (data[0] & 0x3F if data else 0)]) + head[1:] + data if form else data
    rig.receive(ugly)
    after = rig.receive(rtp(LOW_SSRC, 3, 0, vp8(3)))
    assert len(after) == 1
