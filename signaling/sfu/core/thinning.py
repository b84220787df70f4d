"""Temporal layers that a slot leaves out (RFC 7741 section 4.2), and how the rest is numbered without gaps.

A missing packet keeps a number free, because nobody knows yet to which layer it belongs: when it comes after all and is
to be left out, padding goes out under its number.
"""

from __future__ import annotations

from typing import NamedTuple

from signaling.sfu.core.rtp import Vp8
from signaling.sfu.core.stream import CACHE_PACKETS, Record, Stream

ALL_LAYERS = 3  # the highest layer that there can be

SENT, LEFT_OUT, OPEN = 0, 1, 2


class Place(NamedTuple):
    """What became of one number of the source."""

    source: int
    out: int
    picture: int  # offset from the source's PictureIDs to the slot's
    limit: int  # the highest layer that passed then
    fate: int


class Thinner:
    """Numbers one source's packets for one slot, from ``head`` (the source's newest number) and ``out`` (the slot's) on."""

    __slots__ = ("frame", "head", "left_out", "limit", "octets", "out", "packets", "picture", "places", "sources")

    def __init__(self, head: int, out: int, picture: int, limit: int) -> None:
        self.head, self.out, self.picture, self.limit = head, out, picture, limit
        self.frame = self.left_out = -1  # the newest frame, and the newest one that was left out
        self.places: list[Place | None] = [None] * CACHE_PACKETS  # by the source's number
        self.sources = [0] * CACHE_PACKETS  # the source's number, by the slot's
        self.packets = self.octets = 0

    def take(self, record: Record, wanted: int, stream: Stream) -> Place | None:
        """The newest packet of the source: where it goes, or None when it is left out."""
        step = (record.sequence - self.head) & 0xFFFF
        if not 0 < step < 0x8000:
            return None
        before, frame = self.limit, record.timestamp << 15 | record.vp8.picture
        if frame != self.frame and record.vp8.start:
            self._decide(record.vp8, wanted, stream)
        leave = record.vp8.tid > self.limit and not record.vp8.key
        self._skip(step - 1, before, leave and frame == self.left_out)
        self.head, self.frame = record.sequence, frame
        if not leave:
            self.packets += 1
            self.octets += len(record.payload or b"")
            return self._put(SENT, self.limit)
        if frame != self.left_out and (record.vp8.picture_at or record.vp8.short_at):
            self.picture = (self.picture - 1) & 0x7FFF
        self.left_out = frame
        self._put(LEFT_OUT, self.limit)
        return None

    def _decide(self, vp8: Vp8, wanted: int, stream: Stream) -> None:
        """Whether the limit changes with this frame: down at once, up with a frame that needs nothing left out."""
        synchronised = vp8.sync and self.limit < vp8.tid <= wanted and vp8.tid == stream.layer_above(self.limit)
        if wanted < self.limit or vp8.key:
            self.limit = wanted
        elif synchronised:
            self.limit = vp8.tid

    def _skip(self, count: int, limit: int, leave: bool) -> None:
        """``count`` packets are missing: parts of a frame that is left out, or nobody knows of what."""
        hidden = max(0, count - CACHE_PACKETS)
        self.head = (self.head + hidden) & 0xFFFF
        self.out = (self.out + (0 if leave else hidden)) & 0xFFFF
        for _ in range(count - hidden):
            self.head = (self.head + 1) & 0xFFFF
            self._put(LEFT_OUT if leave else OPEN, limit)

    def _put(self, fate: int, limit: int) -> Place:
        # head stands on the packet that this is about
        if fate != LEFT_OUT:
            self.out = (self.out + 1) & 0xFFFF
            self.sources[self.out & CACHE_PACKETS - 1] = self.head
        place = Place(self.head, self.out, self.picture, limit, fate)
        self.places[self.head & CACHE_PACKETS - 1] = place
        return place

    def late(self, record: Record) -> Place | None:
        """A packet out of order: its place with what is now to be done with it, or None when nothing is."""
        at = record.sequence & CACHE_PACKETS - 1
        place = self.places[at]
        if place is None or place.source != record.sequence or place.fate != OPEN:
            return None
        place = place._replace(fate=LEFT_OUT if record.vp8.tid > place.limit else SENT)
        self.places[at] = place
        self.packets += 1
        self.octets += len(record.payload or b"") if place.fate == SENT else 0
        return place

    def find(self, out: int) -> Place | None:
        """What went out, or would have gone out, under this number."""
        place = self.places[self.sources[out & CACHE_PACKETS - 1] & CACHE_PACKETS - 1]
        return place if place is not None and place.out == out and place.fate != LEFT_OUT else None

    def idle(self, wanted: int, stream: Stream) -> bool:
        """Whether nothing is left out any more, and nothing shall be."""
        return wanted >= ALL_LAYERS and stream.layer_above(self.limit) > ALL_LAYERS
