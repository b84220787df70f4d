"""RTCP packets that the engine reads and writes: SR, RR (RFC 3550), NACK and PLI (RFC 4585), FIR (RFC 5104), REMB."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

SR, RR, BYE, RTPFB, PSFB = 200, 201, 203, 205, 206
REMB_NAME = b"REMB"
NTP_EPOCH = 2_208_988_800  # seconds between 1900 and 1970

_HEAD = struct.Struct("!BBH")
_FEEDBACK = struct.Struct("!BBHII")
_SENDER = struct.Struct("!BBHIIIIII")
_BLOCK = struct.Struct("!IIIIII")
_PAIR = struct.Struct("!HH")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """``ntp`` is the 64-bit NTP time at which ``timestamp`` was sampled."""

    ssrc: int
    ntp: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says about one stream; ``fraction_lost`` is 0…1, ``last_sr`` and ``delay`` are in 1/65536 s."""

    ssrc: int
    fraction_lost: float
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int


@dataclass(frozen=True, slots=True)
class Nack:
    """Sequence numbers of a stream that the receiver misses."""

    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFrameRequest:
    """PLI or FIR for a stream."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Remb:
    """The receiver's estimate of what it can take, in bit/s."""

    bitrate: int


Report = SenderReport | ReportBlock | Nack | KeyFrameRequest | Remb


def parse(data: bytes) -> Iterator[Report]:
    """The reports in a (compound or reduced-size) RTCP datagram; what is cut short ends the reading."""
    at = 0
    while at + 4 <= len(data):
        first, kind, words = _HEAD.unpack_from(data, at)
        end = at + 4 * (words + 1)
        if first & 0xC0 != 0x80 or end > len(data):
            return
        yield from _one(kind, first & 31, data[at:end])
        at = end


def _one(kind: int, count: int, packet: bytes) -> Iterator[Report]:
    if kind == SR and len(packet) >= 28:
        ssrc, high, low, timestamp = struct.unpack_from("!IIII", packet, 4)
        yield SenderReport(ssrc, high << 32 | low, timestamp)
        yield from _blocks(packet, 28, count)
    elif kind == RR and len(packet) >= 8:
        yield from _blocks(packet, 8, count)
    elif kind == RTPFB and count == 1 and len(packet) >= 16:
        yield Nack(struct.unpack_from("!I", packet, 8)[0], tuple(_sequences(packet)))
    elif kind == PSFB and len(packet) >= 12:
        yield from _payload_specific(count, packet)


def signed_lost(lost: int) -> int:
    """The cumulative loss, which duplicates may bring below zero (RFC 3550 section 6.4.1)."""
    return lost - 0x1000000 if lost & 0x800000 else lost


def _blocks(packet: bytes, at: int, count: int) -> Iterator[ReportBlock]:
    for _ in range(count):
        if at + 24 > len(packet):
            return
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(packet, at)
        yield ReportBlock(ssrc, (loss >> 24) / 256, loss & 0xFFFFFF, highest, jitter, last_sr, delay)
        at += 24


def _sequences(packet: bytes) -> Iterator[int]:
    for at in range(12, len(packet) - 3, 4):
        first, mask = _PAIR.unpack_from(packet, at)
        yield first
        for bit in range(16):
            if mask >> bit & 1:
                yield (first + 1 + bit) & 0xFFFF


def _payload_specific(form: int, packet: bytes) -> Iterator[Report]:
    if form == 1:
        yield KeyFrameRequest(struct.unpack_from("!I", packet, 8)[0])
    elif form == 4:
        for at in range(12, len(packet) - 7, 8):
            yield KeyFrameRequest(struct.unpack_from("!I", packet, at)[0])
    elif form == 15 and packet[12:16] == REMB_NAME and len(packet) >= 20:
        exponent, mantissa = packet[17] >> 2, (packet[17] & 3) << 16 | packet[18] << 8 | packet[19]
        yield Remb(mantissa << exponent)


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    """An SR without report blocks."""
    high, low = ntp >> 32 & 0xFFFFFFFF, ntp & 0xFFFFFFFF
    return _SENDER.pack(0x80, SR, 6, ssrc, high, low, timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)


def receiver_report(sender: int, blocks: Sequence[ReportBlock]) -> bytes:
    """RRs of at most 31 blocks each; one empty RR when there is nothing to report."""
    out = b""
    for start in range(0, max(1, len(blocks)), 31):
        part = blocks[start : start + 31]
        out += struct.pack("!BBHI", 0x80 | len(part), RR, 1 + 6 * len(part), sender)
        for block in part:
            loss = min(255, int(block.fraction_lost * 256)) << 24 | min(max(0, block.lost), 0x7FFFFF)
            highest = block.highest & 0xFFFFFFFF
            out += _BLOCK.pack(block.ssrc, loss, highest, block.jitter & 0xFFFFFFFF, block.last_sr, block.delay)
    return out


def picture_loss(sender: int, ssrc: int) -> bytes:
    """A PLI."""
    return _FEEDBACK.pack(0x81, PSFB, 2, sender, ssrc)


def nack(sender: int, ssrc: int, sequences: Iterable[int]) -> bytes:
    """A generic NACK; ``sequences`` in ascending (modular) order."""
    fci = b""
    pending = list(sequences)
    at = 0
    while at < len(pending):
        first, mask = pending[at], 0
        at += 1
        while at < len(pending) and 0 < (pending[at] - first) & 0xFFFF <= 16:
            mask |= 1 << ((pending[at] - first) & 0xFFFF) - 1
            at += 1
        fci += _PAIR.pack(first, mask)
    return _FEEDBACK.pack(0x81, RTPFB, 2 + len(fci) // 4, sender, ssrc) + fci


def remb(sender: int, bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """A REMB (draft-alvestrand-rmcat-remb) for the streams, bit/s."""
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    fci = REMB_NAME + bytes((len(ssrcs), exponent << 2 | mantissa >> 16, mantissa >> 8 & 255, mantissa & 255))
    fci += b"".join(struct.pack("!I", ssrc) for ssrc in ssrcs)
    return _FEEDBACK.pack(0x8F, PSFB, 2 + len(fci) // 4, sender, 0) + fci


def ntp_time(unix_seconds: float) -> int:
    """The 64-bit NTP form of a POSIX time."""
    return int((unix_seconds + NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
