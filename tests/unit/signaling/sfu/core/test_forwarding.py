"""Every rule by which packets are renumbered, forwarded, kept back and sent again."""

from __future__ import annotations

import itertools
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.sfu.core import rtp as rtp_module
from signaling.sfu.core.interface import AUDIO
from signaling.sfu.core.python import MOST_SSRCS
from signaling.sfu.core.rtp import Packet
from tests.unit.signaling.sfu.rig import PUBLISHER, VIEWER, Rig, address, rtp, vp8

LOW, HIGH, OTHER, SOUND, RTX = 10, 11, 12, 13, 14
LOW_SSRC, HIGH_SSRC, OTHER_SSRC, SOUND_SSRC, RTX_SSRC = 1010, 1011, 1012, 1013, 1014


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.stream(LOW, LOW_SSRC)
    made.stream(HIGH, HIGH_SSRC)
    return made


def numbers(packets: list[Packet]) -> list[int]:
    return [packet.sequence for packet in packets]


def pictures(packets: list[Packet]) -> list[tuple[int, int]]:
    found = [rtp_module.vp8(packet.payload) for packet in packets]
    return [(each.picture, each.tl0) for each in found]


def follows(values: list[int], modulus: int) -> bool:
    """Whether each value is one more than the one before."""
    return all((b - a) % modulus == 1 for a, b in itertools.pairwise(values))


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


# ---------------------------------------------------------------------- switching
def test_the_old_layer_goes_on_until_the_new_one_has_a_key_frame(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 100, 0, vp8(7, 3, key=True)))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    rig.now += 0.033
    sent += rig.receive(rtp(HIGH_SSRC, 900, 77000, vp8(500, 90)), rtp(LOW_SSRC, 101, 3000, vp8(8, 4)))
    rig.now += 0.033
    sent += rig.receive(rtp(HIGH_SSRC, 901, 80000, vp8(501, 91, key=True)))
    sent += rig.receive(rtp(LOW_SSRC, 102, 6000, vp8(9, 5)), rtp(HIGH_SSRC, 902, 83000, vp8(502, 92)))
    assert len(sent) == 4
    assert follows(numbers(sent), 1 << 16)
    assert follows([p for p, _ in pictures(sent)], 1 << 15)
    assert follows([t for _, t in pictures(sent)], 1 << 8)
    assert (sent[2].timestamp - sent[1].timestamp) & 0xFFFFFFFF == int(0.033 * 90000)


def test_time_that_passes_without_packets_passes_in_timestamps(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    before = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))[0]
    rig.core.point(rig.VIDEO_SLOT, None)
    rig.now += 10
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    after = rig.receive(rtp(HIGH_SSRC, 1, 0, vp8(1, key=True)))[0]
    assert (after.sequence - before.sequence) & 0xFFFF == 1
    assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == 900000


def test_a_switch_under_loss_leaves_the_missing_number_to_the_old_source(rig: Rig) -> None:
    """The packet lost before the switch comes late through RTX; a NACK for it is answered from the old source."""
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    first = rig.receive(rtp(LOW_SSRC, 10, 0, vp8(1, key=True)))[0].sequence
    rig.receive(rtp(LOW_SSRC, 12, 6000, vp8(3)))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    switched = rig.receive(rtp(HIGH_SSRC, 40, 0, vp8(50, key=True)))[0]
    assert switched.sequence == (first + 3) & 0xFFFF
    repair = struct.pack("!H", 11) + vp8(2, body=b"lost and found")
    assert rig.receive(rtp(RTX_SSRC, 1, 3000, repair, pt=97)) == []
    assert rig.core.retransmit(rig.VIDEO_SLOT, [(first + 1) & 0xFFFF], rig.now, rig.now) == 1
    again = rig.take()[0]
    assert (again.ssrc, again.payload_type) == (5001, 97)
    assert struct.unpack("!H", again.payload[:2])[0] == (first + 1) & 0xFFFF
    assert again.payload.endswith(b"lost and found")
    assert rtp_module.vp8(again.payload[2:]).picture == (rtp_module.vp8(switched.payload).picture - 2) & 0x7FFF


def test_pointing_back_before_the_key_frame_changes_nothing(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    assert not rig.core.waited_for(HIGH)
    assert rig.receive(rtp(HIGH_SSRC, 1, 0, vp8(1, key=True))) == []
    assert len(rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2)))) == 1
    assert len(rig.notes.switched) == 1


def test_clearing_stops_at_once_but_still_waits(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    rig.core.clear(rig.VIDEO_SLOT)
    assert rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2))) == []
    assert len(rig.receive(rtp(HIGH_SSRC, 1, 0, vp8(1, key=True)))) == 1


def test_a_source_that_leaves_and_rejoins_goes_on_where_the_slot_stood(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)), rtp(LOW_SSRC, 2, 3000, vp8(2)))
    rig.core.drop_stream(LOW)
    assert rig.receive(rtp(LOW_SSRC, 3, 6000, vp8(3))) == []
    rig.stream(OTHER, OTHER_SSRC)
    rig.now += 2
    rig.core.point(rig.VIDEO_SLOT, OTHER)
    sent += rig.receive(rtp(OTHER_SSRC, 40000, 123456, vp8(9, key=True)))
    assert follows(numbers(sent), 1 << 16)
    assert follows([p for p, _ in pictures(sent)], 1 << 15)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_outgoing_number_is_ever_used_for_two_different_packets(seed: int) -> None:
    """Loss, reordering, duplicates, RTX and switches at random: under GCM a repeated number would break the cipher."""
    dice, rig = random.Random(seed), Rig(rtx=True)
    rig.stream(LOW, LOW_SSRC)
    rig.stream(HIGH, HIGH_SSRC)
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    heads = {LOW_SSRC: dice.randrange(65536), HIGH_SSRC: dice.randrange(65536)}
    seen: dict[tuple[int, int], bytes] = {}
    recent: list[bytes] = []
    out: list[int] = []
    for _ in range(150):
        rig.now += dice.random() * 0.05
        act = dice.random()
        if act < 0.1:
            rig.core.point(rig.VIDEO_SLOT, dice.choice([LOW, HIGH, None]))
        ssrc = dice.choice([LOW_SSRC, HIGH_SSRC])
        heads[ssrc] += dice.choice([1, 1, 1, 2, 3])
        packet = rtp(ssrc, heads[ssrc], heads[ssrc] * 300, vp8(heads[ssrc], key=dice.random() < 0.2, body=dice.randbytes(8)))
        recent.append(packet)
        batch = [packet, *dice.sample(recent, min(len(recent), dice.choice([0, 0, 1, 3])))]
        lost = struct.pack("!H", (heads[LOW_SSRC] - dice.randrange(4)) & 0xFFFF)
        if dice.random() < 0.3:
            batch.append(rtp(RTX_SSRC, dice.randrange(65536), 0, lost + vp8(1, body=dice.randbytes(8)), pt=97))
        dice.shuffle(batch)
        rig.inbox.waiting += [(address(PUBLISHER), datagram) for datagram in batch]
        rig.core.pump(rig.now, rig.now)
        if out and dice.random() < 0.4:
            rig.core.retransmit(rig.VIDEO_SLOT, dice.choices(out[-20:], k=3), rig.now, rig.now)
        for datagram in rig.raw():
            parsed = rtp_module.parse(datagram)
            assert parsed is not None
            key = (parsed.ssrc, parsed.sequence)
            assert key not in seen, "the same SSRC and number went out twice"
            seen[key] = datagram
            if parsed.ssrc == 5000:
                out.append(parsed.sequence)
        recent = recent[-30:]


# ---------------------------------------------------------------------- sending again
def test_a_nack_is_answered_once_and_not_again_at_once(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sequence = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))[0].sequence
    assert rig.core.retransmit(rig.VIDEO_SLOT, [sequence], rig.now, rig.now) == 1
    assert rig.core.retransmit(rig.VIDEO_SLOT, [sequence], rig.now + 0.01, rig.now) == 0
    assert rig.core.retransmit(rig.VIDEO_SLOT, [sequence], rig.now + 0.1, rig.now) == 1
    first, second = rig.take()
    assert (second.sequence - first.sequence) & 0xFFFF == 1


def test_what_is_gone_or_was_never_sent_is_not_sent_again(rig: Rig) -> None:
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sequence = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))[0].sequence
    assert rig.core.retransmit(rig.VIDEO_SLOT, [(sequence + 5) & 0xFFFF, (sequence - 5) & 0xFFFF], rig.now, 0) == 0
    rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2)))
    rig.core.expire(rig.now + 2)
    assert rig.core.retransmit(rig.VIDEO_SLOT, [sequence], rig.now + 2, 0) == 0


def test_without_rtx_the_same_bytes_are_sent_again() -> None:
    rig = Rig(rtx=False)
    rig.stream(LOW, LOW_SSRC)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.inbox.waiting.append((address(PUBLISHER), rtp(LOW_SSRC, 1, 0, vp8(1, key=True))))
    rig.core.pump(rig.now, rig.now)
    original = rig.raw()
    sequence = rtp_module.parse(original[0])
    assert sequence is not None
    rig.now += 0.5
    rig.core.retransmit(rig.VIDEO_SLOT, [sequence.sequence], rig.now, rig.now)
    assert rig.raw() == original


def test_sound_is_never_sent_again(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    rig.core.point(rig.AUDIO_SLOT, SOUND)
    sequence = rig.receive(rtp(SOUND_SSRC, 1, 0, b"opus", pt=111))[0].sequence
    assert rig.core.retransmit(rig.AUDIO_SLOT, [sequence], rig.now, rig.now) == 0


# ---------------------------------------------------------------------- RTX from the publisher
def test_a_repaired_packet_is_forwarded_under_its_own_number(rig: Rig) -> None:
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    first = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))[0].sequence
    rig.receive(rtp(LOW_SSRC, 3, 6000, vp8(3)))
    repair = rtp(RTX_SSRC, 900, 3000, struct.pack("!H", 2) + vp8(2, body=b"repaired"), pt=97, marker=True)
    sent = rig.receive(repair)
    assert numbers(sent) == [(first + 1) & 0xFFFF]
    assert sent[0].payload.endswith(b"repaired") and sent[0].marker and sent[0].payload_type == 96
    assert rig.core.stream_stats(LOW).packets == 2
    assert rig.core.stream_stats(LOW).repaired == 1
    again = rtp(RTX_SSRC, 901, 3000, struct.pack("!H", 2) + vp8(2), pt=97)
    assert rig.receive(again) == []


def test_rtx_probes_are_dropped(rig: Rig) -> None:
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    duplicate = rtp(RTX_SSRC, 1, 0, struct.pack("!H", 1) + vp8(1, key=True), pt=97)
    padding = bytearray(rtp(RTX_SSRC, 2, 0, bytes(199) + b"\xc8", pt=97))
    padding[0] |= 0x20
    ahead = rtp(RTX_SSRC, 3, 0, struct.pack("!H", 9) + vp8(9), pt=97)
    ancient = rtp(RTX_SSRC, 4, 0, struct.pack("!H", 60000) + vp8(9), pt=97)
    assert rig.receive(duplicate, bytes(padding), ahead, ancient) == []


def test_dropping_a_stream_drops_what_repairs_it(rig: Rig) -> None:
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.drop_stream(LOW)
    rig.receive(rtp(RTX_SSRC, 1, 0, struct.pack("!H", 1) + vp8(1), pt=97))
    assert len(rig.notes.unknown) == 1


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


def test_a_sender_that_invents_ssrcs_is_not_decrypted_for_ever(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """libsrtp keeps a context for each SSRC: the contexts of one connection are bounded, and its known streams go on."""
    decrypted: list[int] = []
    for name in ("_unprotect", "_unprotect_rtcp"):
        monkeypatch.setattr(rig.core, name, lambda *_: decrypted.append(1) or 0)
    rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))
    for ssrc in range(5000, 5000 + 3 * MOST_SSRCS, 2):
        rig.receive(rtp(ssrc, 1, 0, b"x"), struct.pack("!BBHI", 0x80, 201, 1, ssrc + 1) + bytes(8))
    assert len(decrypted) <= MOST_SSRCS + 2
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
