"""One outgoing stream whose source and layer change while its numbering never breaks.

Sequence numbers, timestamps, VP8 PictureIDs and TL0PICIDXs go on where they were. An *epoch* is a span of outgoing
sequence numbers with one source; it maps a NACK back to the source's own numbers.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Any, NamedTuple

from signaling.sfu.core.interface import AUDIO, SlotSpec, SlotStats
from signaling.sfu.core.rtp import older
from signaling.sfu.core.stream import Record, Stream
from signaling.sfu.core.thinning import ALL_LAYERS, LEFT_OUT, Place, Thinner

EPOCHS_KEPT = 6
LONG, SHORT = 0x4000, 0x1000  # an epoch of more than LONG numbers forgets its beginning: numbers wrap
RESEND_SECONDS = 0.03  # a packet is not sent again sooner than this after the last time
RESENT_KEPT = 256

PLAIN = struct.Struct("!BBHII")
EXTENDED = struct.Struct("!BBHIIII")  # with one word of one-byte header extensions
PICTURE = struct.Struct("!H")
TIME_EXTENSION = 2 << 24  # abs-send-time: three octets
ONE_WORD = 0xBEDE0001


class Epoch(NamedTuple):
    """Offsets (modulo their field) from the source's numbers to the slot's."""

    start: int  # first outgoing sequence number
    source_start: int  # the source's number of that packet; what comes before it is never forwarded
    stream: Stream
    sequence: int
    timestamp: int
    picture: int
    tl0: int
    since: int  # source_start, extended by wraparounds
    continued: bool = False  # the epoch before has the same source, without a break
    thin: Thinner | None = None  # where temporal layers are left out, it has the offsets of the numbers and pictures

    def at(self, place: Place) -> Epoch:
        """The offsets of one packet of a thinned source."""
        return self._replace(sequence=(place.out - place.source) & 0xFFFF, picture=place.picture)


class Slot:
    """State of one outgoing SSRC."""

    __slots__ = (
        "audio",
        "clock_rate",
        "connection",
        "epoch",
        "epochs",
        "extension",
        "handle",
        "last_at",
        "last_picture",
        "last_sequence",
        "last_timestamp",
        "last_tl0",
        "limit",
        "marked_octets",
        "marked_packets",
        "octets",
        "packets",
        "payload_type",
        "resent",
        "retransmitted",
        "rtx_payload_type",
        "rtx_sequence",
        "rtx_ssrc",
        "ssrc",
        "stream",
        "switches",
        "target",
    )

    def __init__(self, handle: int, connection: Any, spec: SlotSpec, random: Random) -> None:
        self.handle = handle
        self.connection = connection
        self.audio = spec.kind == AUDIO
        self.ssrc, self.payload_type, self.clock_rate = spec.ssrc, spec.payload_type, spec.clock_rate
        self.rtx_ssrc, self.rtx_payload_type = spec.rtx_ssrc, spec.rtx_payload_type
        # Without RTX a retransmission has the same SSRC and number as the first sending, and under GCM it must then
        # be the same to the bit: such a slot carries no sending time.
        usable = spec.extension_id if self.audio or spec.rtx_ssrc else 0
        self.extension = usable << 28 | (0 if self.audio else TIME_EXTENSION) if usable else 0
        self.stream: Stream | None = None
        self.target: Stream | None = None
        self.epoch: Epoch | None = None
        self.epochs: list[Epoch] = []
        self.last_sequence = random.randrange(1000, 30000)
        self.last_timestamp = random.randrange(1 << 31)
        self.last_picture = random.randrange(1 << 14)
        self.last_tl0 = random.randrange(1 << 8)
        self.last_at = 0.0
        self.rtx_sequence = random.randrange(1 << 15)
        self.resent: dict[int, float] = {}
        self.packets = self.octets = self.marked_packets = self.marked_octets = 0
        self.retransmitted = self.switches = 0
        self.limit = ALL_LAYERS  # highest temporal layer that is wanted

    def begin(self, stream: Stream, record: Record, now: float) -> Epoch:
        """Start to carry ``stream`` with ``record``; the time that has passed passes in timestamps too."""
        self.rest()
        elapsed = int((now - self.last_at) * self.clock_rate) if self.last_at else 0
        timestamp = self.last_timestamp + max(elapsed, self.clock_rate // 100)
        start, picture = (self.last_sequence + 1) & 0xFFFF, (self.last_picture + 1 - record.vp8.picture) & 0x7FFF
        thin = None
        if self.limit < ALL_LAYERS and not self.audio:
            thin = Thinner((record.sequence - 1) & 0xFFFF, self.last_sequence, picture, self.limit)
            thin.take(record, self.limit, stream)
        self._enter(
            Epoch(
                start,
                record.sequence,
                stream,
                (start - record.sequence) & 0xFFFF,
                (timestamp - record.timestamp) & 0xFFFFFFFF,
                picture,
                (self.last_tl0 + 1 - record.vp8.tl0) & 0xFF,
                stream.highest,
                thin=thin,
            )
        )
        # the record itself is already counted in the stream
        self.marked_packets, self.marked_octets = stream.packets - 1, stream.octets - len(record.payload or b"")
        self.switches += 1
        assert self.epoch is not None
        return self.epoch

    def _enter(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)
        del self.epochs[:-EPOCHS_KEPT]
        self.epoch, self.stream = epoch, epoch.stream

    def rest(self) -> None:
        """Stop carrying; remember where the numbering stands."""
        stream, epoch = self.stream, self.epoch
        if stream is None or epoch is None:
            return
        self._shorten()
        self.last_sequence, picture = self._stand(stream, epoch)
        self.last_timestamp = (stream.timestamp + epoch.timestamp) & 0xFFFFFFFF
        self.last_picture = (stream.picture + picture) & 0x7FFF
        self.last_tl0 = (stream.tl0 + epoch.tl0) & 0xFF
        self.last_at = stream.last_at
        self._count()
        self.stream = self.epoch = None

    def _shorten(self) -> None:
        """Forget the beginning of a long epoch, and all before it: nothing of that is kept anywhere."""
        stream, epoch = self.stream, self.epoch
        if stream is None or epoch is None or stream.highest - epoch.since < LONG:
            return
        since = stream.highest - SHORT
        start = (self._stand(stream, epoch)[0] - SHORT) & 0xFFFF
        self.epoch = epoch._replace(start=start, source_start=since & 0xFFFF, since=since, continued=False)
        self.epochs[:] = [self.epoch]

    @staticmethod
    def _stand(stream: Stream, epoch: Epoch) -> tuple[int, int]:
        """(newest outgoing number, offset of the pictures)"""
        if epoch.thin is not None:
            return epoch.thin.out, epoch.thin.picture
        return (stream.highest + epoch.sequence) & 0xFFFF, epoch.picture

    def _count(self) -> None:
        """Put what the present epoch has sent into the counters."""
        self.packets, self.octets = self._sent()
        if self.stream is not None:
            self.marked_packets, self.marked_octets = self.stream.packets, self.stream.octets

    def _sent(self) -> tuple[int, int]:
        stream, thin = self.stream, self.epoch.thin if self.epoch is not None else None
        if thin is not None:
            return self.packets + thin.packets, self.octets + thin.octets
        if stream is not None:
            return self.packets + stream.packets - self.marked_packets, self.octets + stream.octets - self.marked_octets
        return self.packets, self.octets

    # ------------------------------------------------------------------ temporal layers
    def limit_temporal(self, highest: int) -> None:
        """Leave layers above ``highest`` out, now or whenever something is carried."""
        self.limit = highest
        if self.epoch is not None and self.epoch.thin is None and highest < ALL_LAYERS:
            self._go_on(thin=True)

    def take(self, record: Record) -> Epoch | None:
        """The newest packet of a source that is thinned: with which offsets it goes out, if it does."""
        stream, epoch = self.stream, self.epoch
        if stream is None or epoch is None or epoch.thin is None:
            return None
        place = epoch.thin.take(record, self.limit, stream)
        if record.vp8.start and epoch.thin.idle(self.limit, stream):
            self._go_on(thin=False)
        return epoch.at(place) if place is not None else None

    def _go_on(self, thin: bool) -> None:
        """Another epoch with the same source, from its next packet on."""
        stream, epoch = self.stream, self.epoch
        if stream is None or epoch is None:
            return
        self._shorten()
        self._count()
        head = epoch.thin.head if epoch.thin is not None else stream.highest & 0xFFFF
        out, picture = self._stand(stream, epoch)
        thinner = Thinner(head, out, picture, ALL_LAYERS) if thin else None
        start, source_start = (out + 1) & 0xFFFF, (head + 1) & 0xFFFF
        offsets = ((out - head) & 0xFFFF, epoch.timestamp, picture, epoch.tl0)
        self._enter(Epoch(start, source_start, stream, *offsets, stream.highest + 1, True, thinner))

    def late(self, record: Record) -> tuple[Epoch, bool] | None:
        """A packet out of order: with which offsets it goes out, and whether only as padding."""
        self._shorten()
        for epoch in reversed(self.epochs):
            if not older(record.sequence, epoch.source_start):
                if epoch.thin is None:
                    return epoch, False
                place = epoch.thin.late(record)
                return (epoch.at(place), place.fate == LEFT_OUT) if place is not None else None
            if not epoch.continued:
                return None
        return None

    def view(self) -> tuple[Any, ...]:
        """What the fan-out loop needs, flat."""
        epoch, conn = self.epoch, self.connection
        assert epoch is not None
        offsets = (epoch.sequence, epoch.timestamp, epoch.picture, epoch.tl0)
        return (conn.send, conn.address, self.ssrc, self.payload_type, self.extension, *offsets)

    def write(self, data: Any, at: int, record: Record, epoch: Epoch, low: int) -> int:
        """Write the packet as it goes out into ``data`` from ``at``; its length.

        The same record and epoch give the same bytes, but for ``low`` (the value of the header extension).
        """
        marker = 0x80 if self.audio and record.sequence == epoch.source_start else record.marker
        sequence = (record.sequence + epoch.sequence) & 0xFFFF
        timestamp = (record.timestamp + epoch.timestamp) & 0xFFFFFFFF
        second = marker | self.payload_type
        if self.extension:
            EXTENDED.pack_into(data, at, 0x90, second, sequence, timestamp, self.ssrc, ONE_WORD, self.extension | low)
            size = EXTENDED.size
        else:
            PLAIN.pack_into(data, at, 0x80, second, sequence, timestamp, self.ssrc)
            size = PLAIN.size
        payload = record.payload or b""
        data[at + size : at + size + len(payload)] = payload
        self._renumber(data, at + size, record, epoch)
        return size + len(payload)

    @staticmethod
    def _renumber(data: Any, at: int, record: Record, epoch: Epoch) -> None:
        vp8 = record.vp8
        if vp8.picture_at:
            PICTURE.pack_into(data, at + vp8.picture_at, 0x8000 | (vp8.picture + epoch.picture) & 0x7FFF)
        elif vp8.short_at:
            data[at + vp8.short_at] = (vp8.picture + epoch.picture) & 0x7F
        if vp8.tl0_at:
            data[at + vp8.tl0_at] = (vp8.tl0 + epoch.tl0) & 0xFF

    def write_rtx(self, data: Any, at: int, record: Record, epoch: Epoch, low: int) -> int:
        """The same packet as a retransmission (RFC 4588 section 4): own SSRC and numbers, the original number first."""
        size = EXTENDED.size if self.extension else PLAIN.size
        length = self.write(data, at, record, epoch, low)
        data[at + size + 2 : at + length + 2] = bytes(data[at + size : at + length])
        PICTURE.pack_into(data, at + size, (record.sequence + epoch.sequence) & 0xFFFF)
        self.rtx_sequence = (self.rtx_sequence + 1) & 0xFFFF
        data[at + 1] = data[at + 1] & 0x80 | self.rtx_payload_type
        PICTURE.pack_into(data, at + 2, self.rtx_sequence)
        data[at + 8 : at + 12] = self.rtx_ssrc.to_bytes(4, "big")
        return length + 2

    def find(self, sequence: int) -> tuple[Record, Epoch] | None:
        """The cached packet that went out under this number."""
        if self.epoch is None and older(self.last_sequence, sequence):
            return None  # the number is still to be used, for another packet
        self._shorten()
        for epoch in reversed(self.epochs):
            if not older(sequence, epoch.start):
                if epoch.thin is not None:
                    return self._find_thinned(epoch, epoch.thin.find(sequence))
                record = epoch.stream.cached((sequence - epoch.sequence) & 0xFFFF)
                return (record, epoch) if record is not None else None
        return None

    @staticmethod
    def _find_thinned(epoch: Epoch, place: Place | None) -> tuple[Record, Epoch] | None:
        record = epoch.stream.cached(place.source) if place is not None else None
        if place is None or record is None or record.vp8.tid > place.limit:
            return None
        return record, epoch.at(place)

    def may_resend(self, sequence: int, now: float) -> bool:
        """Whether the number was not sent again a moment ago; notes that it is now."""
        if now - self.resent.get(sequence, 0.0) < RESEND_SECONDS:
            return False
        self.resent.pop(sequence, None)
        self.resent[sequence] = now
        while len(self.resent) > RESENT_KEPT:
            del self.resent[next(iter(self.resent))]
        return True

    def stats(self) -> SlotStats:
        """The counters, with what the present source has added."""
        offset, temporal = 0, ALL_LAYERS
        if self.epoch is not None:
            offset, temporal = self.epoch.timestamp, self.epoch.thin.limit if self.epoch.thin is not None else ALL_LAYERS
        return SlotStats(*self._sent(), self.retransmitted, self.switches, offset, temporal)
