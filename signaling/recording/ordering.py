"""Packets of one stream in their order, and frames of them. Pure: no clock, times come in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .payloads import is_key, vp8_payload

RTP = struct.Struct("!BBHII")  # RFC 3550 section 5.1: what a tap hands on, without extensions
WAIT_S = 0.6
"""A packet that is missing for so long is not waited for any more: the worker has asked for it again by then."""
MOST_WAITING = 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with its RTP timestamp and when its last packet arrived (POSIX seconds)."""

    timestamp: int
    arrived: float
    data: bytes
    key: bool


@dataclass(slots=True)
class _Packet:
    timestamp: int
    marker: bool
    payload: bytes
    arrived: float


class Frames:
    """One stream. Pictures begin with a key frame, and after a loss wait for the next (``needs_key``)."""

    def __init__(self, video: bool) -> None:
        self.needs_key = video
        self.lost = 0
        self._video = video
        self._next: int | None = None
        self._waiting: dict[int, _Packet] = {}
        self._gathered: list[_Packet] = []
        self._broken = False

    def take(self, packet: bytes, arrived: float) -> Iterator[Frame]:
        """The frames that this packet makes whole."""
        _, second, sequence, timestamp, _ = RTP.unpack_from(packet)
        number = self._unrolled(sequence)
        if number < (self._next or 0):
            return  # too late, or a second time
        self._waiting[number] = _Packet(timestamp, bool(second & 0x80), packet[RTP.size:], arrived)
        self._give_up(arrived)
        assert self._next is not None
        while (found := self._waiting.pop(self._next, None)) is not None:
            self._next += 1
            yield from self._came(found)

    def _unrolled(self, sequence: int) -> int:
        if self._next is None:
            self._next = sequence + (1 << 16)
        ahead = ((sequence - self._next + (1 << 15)) & 0xFFFF) - (1 << 15)
        return self._next + ahead

    def _give_up(self, now: float) -> None:
        """Go on behind what is missing too long."""
        first = min(self._waiting)
        if first != self._next and (now - self._waiting[first].arrived > WAIT_S or len(self._waiting) > MOST_WAITING):
            assert self._next is not None
            self.lost += first - self._next
            self._next, self._broken = first, True

    def _came(self, packet: _Packet) -> Iterator[Frame]:
        if not self._video:
            if packet.payload:
                yield Frame(packet.timestamp, packet.arrived, packet.payload, key=True)
            self._broken = False
            return
        if self._gathered and self._gathered[-1].timestamp != packet.timestamp:
            yield from self._frame()
        if packet.payload:
            self._gathered.append(packet)
            if packet.marker:
                yield from self._frame()

    def _frame(self) -> Iterator[Frame]:
        """What has been gathered, unless a part is missing or what it rests on."""
        gathered, self._gathered = self._gathered, []
        data = self._put_together(gathered)
        broken, self._broken = self._broken, False
        key = is_key(data)
        if broken or (self.needs_key and not key):
            self.needs_key = True
            return
        self.needs_key = False
        yield Frame(gathered[0].timestamp, gathered[-1].arrived, data, key)

    def _put_together(self, packets: list[_Packet]) -> bytes:
        try:
            return b"".join(vp8_payload(packet.payload) for packet in packets)
        except IndexError:  # too short to be one
            self._broken = True
            return b""
