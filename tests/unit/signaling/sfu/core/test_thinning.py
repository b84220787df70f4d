"""Slots that leave temporal layers out: which packets pass, and that the receiver sees no gap."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.sfu.core import rtp as rtp_module
from signaling.sfu.core.interface import AUDIO, VIDEO, SlotSpec
from signaling.sfu.core.rtp import Packet
from tests.unit.signaling.sfu.rig import (
    HIGH,
    HIGH_SSRC,
    LOW,
    LOW_SSRC,
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

PATTERN = (0, 2, 1, 2)
ALL = [2, 1, 2, 0, 2, 1, 2, 0]


class Sender:
    """A publisher of one layer in frames of two packets, with temporal layers 0, 2, 1, 2."""

    def __init__(self, ssrc: int = LOW_SSRC, sequence: int = 100, picture: int = 50, tl0: int = 9) -> None:
        self.ssrc, self.sequence, self.picture, self.tl0, self.timestamp = ssrc, sequence, picture, tl0, 1000
        self.frames = 0

    def frame(self, key: bool = False, sync: bool = True, tid: int | None = None) -> list[bytes]:
        """The packets of the next frame."""
        tid = PATTERN[self.frames % 4] if tid is None else tid
        self.frames += 1
        self.picture += 1
        self.tl0 += tid == 0
        self.timestamp += 3000
        made = []
        for start in (True, False):
            self.sequence += 1
            body = struct.pack("!IB", self.sequence, tid)
            payload = vp8(self.picture, self.tl0, key and start, start, body, tid=tid, sync=sync)
            made.append(rtp(self.ssrc, self.sequence, self.timestamp, payload, marker=not start))
        return made

    def frames_of(self, count: int, sync: bool = True) -> list[bytes]:
        return [packet for _ in range(count) for packet in self.frame(sync=sync)]


def layers(packets: list[Packet]) -> list[int]:
    """The temporal layer of each frame that went out whole."""
    found = [(packet.payload[-1], rtp_module.vp8(packet.payload).start) for packet in packets]
    return [tid for tid, start in found if start]


def source_of(packet: Packet) -> int:
    """The number under which the packet came in."""
    return int.from_bytes(packet.payload[-5:-1], "big")


def whole(packets: list[Packet]) -> None:
    """The numbers follow on each other, and so do the pictures of two packets each."""
    assert follows(numbers(packets), 1 << 16)
    assert follows([picture for picture, _ in pictures(packets)][::2], 1 << 15)
    assert follows([picture for picture, _ in pictures(packets)][1::2], 1 << 15)


@pytest.fixture
def sender(rig: Rig) -> Sender:
    """A publisher whose picture is already shown in the video slot; its first frame has gone out."""
    made = Sender()
    rig.core.point(rig.VIDEO_SLOT, LOW)
    assert len(rig.receive(*made.frame(key=True))) == 2
    return made


# ---------------------------------------------------------------------- which packets pass
@pytest.mark.parametrize(("limit", "expected"), [(0, [0, 0]), (1, [1, 0, 1, 0]), (2, ALL), (None, ALL)])
def test_only_layers_up_to_the_limit_pass(rig: Rig, sender: Sender, limit: int | None, expected: list[int]) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, limit)
    sent = rig.receive(*sender.frames_of(8))
    assert layers(sent) == expected
    whole(sent)


def test_a_source_without_layers_passes_whole(rig: Rig) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    plain = [b"\x10" + bytes([key, 2, 0]) + b"\x9d\x01\x2a\x80\x02\x68\x01" for key in (0x10, 0x11, 0x11, 0x11)]
    sent = rig.receive(*(rtp(LOW_SSRC, 7 + n, 3000 * n, payload) for n, payload in enumerate(plain)))
    assert len(sent) == 4 and follows(numbers(sent), 1 << 16)


def test_a_lower_limit_holds_from_the_next_frame_on(rig: Rig, sender: Sender) -> None:
    first, second = sender.frame(tid=2)
    sent = rig.receive(first)
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent += rig.receive(second)
    assert len(sent) == 2
    assert rig.receive(*sender.frame(tid=2)) == []
    sent += rig.receive(*sender.frame(tid=0))
    whole(sent)
    assert rig.core.slot_stats(rig.VIDEO_SLOT).temporal == 0


def test_a_limit_that_comes_too_late_for_a_frame_waits_for_the_next(rig: Rig, sender: Sender) -> None:
    """Its first packet is lost: nobody can tell where the frame begins."""
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    _, second = sender.frame(tid=2)
    assert len(rig.receive(second)) == 1
    assert rig.receive(*sender.frame(tid=2)) == []


def test_a_higher_limit_waits_for_a_synchronised_frame_of_each_layer(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(4))
    rig.core.limit_temporal(rig.VIDEO_SLOT, None)
    sent += rig.receive(*sender.frames_of(4, sync=False))
    assert layers(sent) == [0, 0]
    sent += rig.receive(*sender.frames_of(8))
    assert layers(sent) == [0, 0, 1, 2, 0, 2, 1, 2, 0]  # the synchronised frame of layer 2 before layer 1 does not do
    whole(sent)
    assert rig.core.slot_stats(rig.VIDEO_SLOT).temporal == 3


def test_a_key_frame_lifts_the_limit_at_once(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(4, sync=False))
    rig.core.limit_temporal(rig.VIDEO_SLOT, None)
    sent += rig.receive(*sender.frame(key=True, tid=0))
    sent += rig.receive(*sender.frame(tid=2, sync=False))
    assert layers(sent) == [0, 0, 2]
    whole(sent)


def test_a_middle_limit_is_kept_when_it_is_raised_from_below(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(4))
    rig.core.limit_temporal(rig.VIDEO_SLOT, 1)
    sent += rig.receive(*sender.frames_of(8))
    assert layers(sent) == [0, 1, 0, 1, 0]
    whole(sent)
    assert rig.core.slot_stats(rig.VIDEO_SLOT).temporal == 1


def test_a_limit_that_is_taken_back_at_once_changes_nothing(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.core.limit_temporal(rig.VIDEO_SLOT, None)
    sent = rig.receive(*sender.frames_of(4))
    assert layers(sent) == [2, 1, 2, 0]
    whole(sent)


def test_a_limit_stays_when_the_slot_changes_its_source(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(7))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    other = Sender(HIGH_SSRC, 40000, 30000, 200)
    sent += rig.receive(*other.frame(key=True), *other.frames_of(4))
    assert layers(sent) == [0, 0, 0]
    whole(sent)
    assert follows([tl0 for _, tl0 in pictures(sent)][::2], 1 << 8)
    rig.core.point(rig.VIDEO_SLOT, None)
    assert rig.core.slot_stats(rig.VIDEO_SLOT).packets == 2 + len(sent)


def test_sound_knows_no_layers(rig: Rig) -> None:
    rig.stream(SOUND, SOUND_SSRC, AUDIO)
    rig.core.limit_temporal(rig.AUDIO_SLOT, 0)
    rig.core.point(rig.AUDIO_SLOT, SOUND)
    packets = [rtp(SOUND_SSRC, n, 960 * n, b"\x90\xe0\x80\x01\x02\xff", pt=111) for n in range(5)]
    assert len(rig.receive(*packets)) == 5


def test_other_slots_of_the_source_keep_all(rig: Rig, sender: Sender) -> None:
    rig.core.add_slot(51, 2, SlotSpec(VIDEO, 7000, 96, 90000))
    rig.core.point(51, LOW)
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frame(key=True, tid=0), *sender.frames_of(4))
    assert layers([packet for packet in sent if packet.ssrc == 5000]) == [0, 0]
    assert layers([packet for packet in sent if packet.ssrc == 7000]) == [0, 1, 2, 0, 2]


# ---------------------------------------------------------------------- wraparound
def test_every_number_wraps_under_a_limit(rig: Rig) -> None:
    sender = Sender(sequence=65500, picture=0x7FF0, tl0=250)
    sender.timestamp = 0xFFFFF000
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sent = rig.receive(*sender.frame(key=True))
    for _ in range(100):
        sent += rig.receive(*sender.frame())
    assert layers(sent) == [0] * 26
    whole(sent)
    assert follows([tl0 for _, tl0 in pictures(sent)][::2], 1 << 8)


def test_outgoing_numbers_wrap_under_a_limit(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 1)
    newest = rig.receive(*sender.frames_of(4))[-1].sequence
    for _ in range(4):  # missing packets keep their numbers free
        sender.sequence += (65500 - newest) // 4
        rig.receive(*sender.frame(tid=0))
    sent = rig.receive(*sender.frames_of(80))
    assert sent[0].sequence > 65000 and sent[-1].sequence < 100
    whole(sent)
    rig.now += 0.1
    assert rig.core.retransmit(rig.VIDEO_SLOT, numbers(sent[-40:]), rig.now, rig.now) == 40


# ---------------------------------------------------------------------- order
def test_reordered_frames_keep_their_places(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    left_out, passing = sender.frame(tid=2), sender.frame(tid=0)
    sent = rig.receive(left_out[0], passing[1], passing[0], left_out[1])
    sent.sort(key=lambda packet: packet.sequence)
    assert follows(numbers(sent), 1 << 16)
    assert sent[0].payload == b"" and source_of(sent[1]) + 1 == source_of(sent[2])
    assert len({picture for picture, _ in pictures(sent[1:])}) == 1


def test_a_late_packet_of_a_frame_that_passes_gets_the_number_kept_for_it(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.receive(*sender.frames_of(3))
    first, late = sender.frame()
    sent = rig.receive(first, *sender.frames_of(4))
    sent += rig.receive(late)
    sent.sort(key=lambda packet: packet.sequence)
    assert follows(numbers(sent), 1 << 16)
    assert layers(sent) == [0, 0]
    assert source_of(sent[1]) == source_of(sent[0]) + 1
    assert pictures(sent)[0] == pictures(sent)[1]


def test_padding_fills_the_number_kept_for_a_packet_that_is_left_out_after_all(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(3))
    lost = sender.frame(tid=2)  # the whole frame is missing: two numbers are kept
    sent += rig.receive(*sender.frame(tid=0))
    assert (sent[1].sequence - sent[0].sequence) & 0xFFFF == 1
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    sent += rig.receive(lost[1])
    repair = struct.pack("!H", int.from_bytes(lost[0][2:4], "big")) + lost[0][12:]
    sent += rig.receive(rtp(RTX_SSRC, 1, sender.timestamp - 3000, repair, pt=97))
    sent.sort(key=lambda packet: packet.sequence)
    assert [packet.payload for packet in sent[:2]] == [b"", b""]
    assert follows(numbers(sent), 1 << 16) and len(sent) == 4
    assert sent[0].timestamp == sent[1].timestamp
    assert rig.core.retransmit(rig.VIDEO_SLOT, numbers(sent[:2]), rig.now, rig.now) == 0
    assert rig.receive(*lost) == []


def test_a_packet_missing_inside_a_frame_that_is_left_out_keeps_no_number(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    head = [rtp(LOW_SSRC, 103 + n, 90000, vp8(60, 10, start=n == 0, tid=2)) for n in range(3)]
    assert rig.receive(head[0], head[2]) == []
    sender.sequence, sender.picture = 105, 60
    sender.timestamp = 90000
    after = rig.receive(*sender.frame(tid=0))
    assert rig.receive(head[1]) == []
    after += rig.receive(*sender.frame(tid=0))
    assert rig.core.slot_stats(rig.VIDEO_SLOT).packets == 2 + len(after) == 6
    whole(after)


def test_packets_from_before_the_limit_still_come_late(rig: Rig, sender: Sender) -> None:
    first, late = sender.frame(tid=2)
    sent = rig.receive(first, *sender.frame(tid=0))
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent += rig.receive(*sender.frame(tid=2), *sender.frame(tid=0))
    rig.core.limit_temporal(rig.VIDEO_SLOT, None)
    sent += rig.receive(*sender.frame(key=True, tid=0), *sender.frame(tid=2))
    sent += rig.receive(late)
    sent.sort(key=lambda packet: packet.sequence)
    assert layers(sent) == [2, 0, 0, 0, 2]
    whole(sent)


def test_a_packet_from_before_the_switch_never_goes_out_under_a_limit(rig: Rig) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sender = Sender()
    rig.core.point(rig.VIDEO_SLOT, LOW)
    before = sender.frame(tid=0)
    rig.receive(before[0], *sender.frame(key=True, tid=0))
    assert rig.receive(before[1]) == []


def test_a_restart_with_a_jump_of_numbers_goes_on(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.receive(*sender.frames_of(4))
    sender.sequence += 9000
    sent = rig.receive(*sender.frame(key=True, tid=0), *sender.frame(tid=2), *sender.frame(tid=0))
    assert layers(sent) == [0, 0]
    whole(sent)


# ---------------------------------------------------------------------- sending again
def test_a_nack_finds_the_packet_across_thinning_changes(rig: Rig, sender: Sender) -> None:
    sent = rig.receive(*sender.frames_of(3))
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent += rig.receive(*sender.frames_of(5))
    rig.core.limit_temporal(rig.VIDEO_SLOT, 1)
    sent += rig.receive(*sender.frames_of(8))
    rig.core.limit_temporal(rig.VIDEO_SLOT, None)
    sent += rig.receive(*sender.frames_of(8))
    whole(sent)
    rig.now += 0.1
    assert rig.core.retransmit(rig.VIDEO_SLOT, numbers(sent), rig.now, rig.now) == len(sent)
    for original, again in zip(sent, rig.take(), strict=True):
        assert again.payload == struct.pack("!H", original.sequence) + original.payload
        assert again.timestamp == original.timestamp


def test_a_number_that_nothing_went_out_under_is_not_found(rig: Rig, sender: Sender) -> None:
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(8))
    beyond = [(sent[-1].sequence + n) & 0xFFFF for n in range(1, 12)]
    assert rig.core.retransmit(rig.VIDEO_SLOT, beyond, rig.now, rig.now) == 0


def test_a_kept_number_is_answered_from_the_old_source_after_a_switch(rig: Rig, sender: Sender) -> None:
    rig.stream(RTX, RTX_SSRC, rtx_of=LOW)
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    rig.receive(*sender.frames_of(3))
    missing, left_out = sender.frame(tid=0), sender.frame(tid=2)
    after = rig.receive(missing[0], *sender.frame(tid=0))
    rig.core.point(rig.VIDEO_SLOT, HIGH)
    rig.receive(*Sender(HIGH_SSRC).frame(key=True))
    for lost in (missing[1], *left_out):
        repair = struct.pack("!H", int.from_bytes(lost[2:4], "big")) + lost[12:]
        assert rig.receive(rtp(RTX_SSRC, int.from_bytes(lost[2:4], "big"), 0, repair, pt=97)) == []
    kept = [(after[0].sequence + n) & 0xFFFF for n in (1, 2, 3)]
    assert rig.core.retransmit(rig.VIDEO_SLOT, kept, rig.now, rig.now) == 1
    again = rig.take()[0]
    assert source_of(again) == int.from_bytes(missing[1][2:4], "big")
    assert rtp_module.vp8(again.payload[2:]).picture == rtp_module.vp8(after[0].payload).picture


# ---------------------------------------------------------------------- counting
def test_octets_are_counted_by_layer(rig: Rig, sender: Sender) -> None:
    before = rig.core.stream_stats(LOW).temporal
    rig.core.limit_temporal(rig.VIDEO_SLOT, 0)
    sent = rig.receive(*sender.frames_of(8))
    stats = rig.core.stream_stats(LOW)
    size = len(sent[0].payload)
    assert [now - then for now, then in zip(stats.temporal, before, strict=True)] == [4 * size, 4 * size, 8 * size, 0]
    assert sum(stats.temporal) == stats.octets
    slot = rig.core.slot_stats(rig.VIDEO_SLOT)
    assert slot.packets == 2 + len(sent)
    assert slot.octets == before[0] + 4 * size


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_the_receiver_of_a_thinned_stream_sees_no_gap(seed: int) -> None:
    """Limits change at random; packets come in disorder and twice, but all of them come."""
    dice, rig = random.Random(seed), Rig()
    rig.stream(LOW, LOW_SSRC)
    rig.core.point(rig.VIDEO_SLOT, LOW)
    sender = Sender(sequence=dice.randrange(65536), picture=dice.randrange(1 << 15), tl0=dice.randrange(256))
    sent = rig.receive(*sender.frame(key=True))
    for _ in range(30):
        if dice.random() < 0.3:
            rig.core.limit_temporal(rig.VIDEO_SLOT, dice.choice([0, 1, 2, None]))
        batch = [packet for _ in range(dice.randrange(1, 6)) for packet in sender.frame(sync=dice.random() < 0.4)]
        if dice.random() < 0.4:
            dice.shuffle(batch)
        rig.inbox.waiting += [(address(PUBLISHER), datagram) for datagram in batch]
        sent += rig.receive()
    first = sent[0].sequence
    sent.sort(key=lambda packet: (packet.sequence - first) & 0xFFFF)
    assert follows(numbers(sent), 1 << 16)
    told = [packet for packet in sent if packet.payload]
    order = [(source_of(packet) - source_of(told[0])) & 0xFFFFFFFF for packet in told]
    assert order == sorted(order)
