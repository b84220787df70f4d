"""Slots that go from one source to another, and packets that are sent again."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.sfu.core import rtp as rtp_module
from signaling.sfu.core.interface import AUDIO
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
    Rig,
    address,
    follows,
    numbers,
    pictures,
    rtp,
    vp8,
)

pytestmark = pytest.mark.usefixtures("packet_core")


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
        if act > 0.9:
            rig.core.limit_temporal(rig.VIDEO_SLOT, dice.choice([0, 1, None]))
        ssrc = dice.choice([LOW_SSRC, HIGH_SSRC])
        heads[ssrc] += dice.choice([1, 1, 1, 2, 3])
        form = {"key": dice.random() < 0.2, "tid": dice.choice([0, 0, 1, 2]), "sync": dice.random() < 0.5}
        packet = rtp(ssrc, heads[ssrc], heads[ssrc] * 300, vp8(heads[ssrc], body=dice.randbytes(8), **form))
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


def test_a_number_that_is_still_to_be_used_is_never_sent_before(rig: Rig) -> None:
    """The source goes on while the slot rests; under GCM its packets must not go out under numbers that others will get."""
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sequence = rig.receive(rtp(LOW_SSRC, 1, 0, vp8(1, key=True)))[0].sequence
    rig.core.point(rig.VIDEO_SLOT, None)
    rig.receive(rtp(LOW_SSRC, 2, 0, vp8(2)), rtp(LOW_SSRC, 3, 0, vp8(3)))
    assert rig.core.retransmit(rig.VIDEO_SLOT, [sequence + 1, sequence + 2], rig.now, 0) == 0
    assert rig.core.retransmit(rig.VIDEO_SLOT, [sequence], rig.now, 0) == 1


def jump(rig: Rig, sequence: int, by: int) -> int:
    """The source goes on for ``by`` packets of which only few arrive; its newest number."""
    for end in range(sequence + 8000, sequence + by, 8000):
        rig.receive(rtp(LOW_SSRC, end, 0, vp8(2)))
    return sequence + by


@pytest.mark.parametrize("carried", [33_000, 50_000, 66_000, 100_000])
def test_a_packet_is_found_however_long_the_slot_carries_its_source(rig: Rig, carried: int) -> None:
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    rig.receive(rtp(HIGH_SSRC, 9, 0, vp8(7, key=True)))
    rig.core.point(rig.VIDEO_SLOT, LOW)
    rig.receive(rtp(LOW_SSRC, 100, 0, vp8(1, key=True)))
    newest = jump(rig, 100, carried)
    sent = rig.receive(rtp(LOW_SSRC, newest, 0, vp8(2)), rtp(LOW_SSRC, newest + 2, 0, vp8(4)), rtp(LOW_SSRC, newest + 1, 0, vp8(3)))
    assert [(packet.sequence - sent[0].sequence) & 0xFFFF for packet in sent] == [0, 2, 1]
    assert rig.core.retransmit(rig.VIDEO_SLOT, numbers(sent), rig.now, rig.now) == 3
    rig.take()
    rig.core.point(rig.VIDEO_SLOT, None)
    assert rig.core.retransmit(rig.VIDEO_SLOT, numbers(sent), rig.now + 0.1, rig.now) == 3
    before = [(sent[0].sequence - n) & 0xFFFF for n in range(1, 300)]
    assert rig.core.retransmit(rig.VIDEO_SLOT, before, rig.now + 0.1, rig.now) == 0


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


def test_sound_is_sent_again_to_the_bit(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    rig.core.point(rig.AUDIO_SLOT, SOUND)
    for number in (1, 2):  # the first one is marked, the second is not
        rig.inbox.waiting.append((address(PUBLISHER), rtp(SOUND_SSRC, number, 960 * number, b"opus", pt=111, extensions={1: b"\x85"})))
    rig.core.pump(rig.now, rig.now)
    original = rig.raw()
    first = rtp_module.parse(original[0])
    assert first is not None
    rig.now += 0.5
    assert rig.core.retransmit(rig.AUDIO_SLOT, [first.sequence, first.sequence + 1 & 0xFFFF], rig.now, rig.now + 5) == 2
    assert rig.raw() == original


def test_lost_sound_is_told_and_forwarded_under_its_own_number_when_it_comes(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    rig.core.point(rig.AUDIO_SLOT, SOUND)
    first = rig.receive(rtp(SOUND_SSRC, 65535, 0, b"one", pt=111))[0].sequence
    rig.receive(rtp(SOUND_SSRC, 1, 1920, b"three", pt=111))
    assert rig.notes.gaps == [(SOUND, 0, 1)]
    late = rig.receive(rtp(SOUND_SSRC, 0, 960, b"two", pt=111))
    assert numbers(late) == [(first + 1) & 0xFFFF] and late[0].payload == b"two"
    assert rig.notes.repaired == [0]
    assert rig.receive(rtp(SOUND_SSRC, 0, 960, b"two", pt=111)) == []


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
