"""The sending half of the Python core: packets are written straight into the outbox, protected there, and addressed."""

from __future__ import annotations

from typing import Any

from signaling.sfu.core.interface import Counters
from signaling.sfu.core.ports import Connection, Outbox, Srtp
from signaling.sfu.core.rtp import NO_VP8
from signaling.sfu.core.slot import EXTENDED, ONE_WORD, PICTURE, PLAIN, Epoch, Slot
from signaling.sfu.core.stream import Record

PADDING = b"\x01"  # one octet, which tells how many there are
TAG_ROOM = 160  # octets that protection may add


class Sender:
    """Fills one outbox. ``length`` is an ``int *`` for libsrtp to read and write."""

    def __init__(self, outbox: Outbox, srtp: Srtp, length: Any, counters: Counters) -> None:
        self._outbox, self._length, self._counters = outbox, length, counters
        self._protect, self._protect_rtcp = srtp.srtp_protect, srtp.srtp_protect_rtcp
        self.sending_time = 0

    def stamp(self, wall: float) -> None:
        """The time that video packets carry from now on (abs-send-time: 6.18 fixed point seconds)."""
        self.sending_time = int(wall * 262144) & 0xFFFFFF

    def fan_out(self, views: list[tuple[Any, ...]], record: Record, low: int, head: int) -> None:
        """Write, protect and address one packet for every slot in ``views``; the loop that costs."""
        marker, sequence, timestamp, payload, _, (picture_at, picture, tl0_at, tl0, _, _, _, _, _, short_at), _ = record
        assert payload is not None
        out, protect, size = self._outbox, self._protect, self._length
        data, pointers, lengths, names, stride = out.data, out.pointers, out.lengths, out.names, out.stride
        length_step, length_at, name_step, full = out.length_step, out.length_at, out.name_step, out.size
        pack = EXTENDED.pack_into if head == EXTENDED.size else PLAIN.pack_into
        pack_picture = PICTURE.pack_into
        total = head + len(payload)
        index, failed = out.count, 0
        for srtp, address, ssrc, payload_type, extension, to_seq, to_time, to_picture, to_tl0 in views:
            base = index * stride
            if extension:
                pack(data, base, 0x90, marker | payload_type, (sequence + to_seq) & 0xFFFF,
                     (timestamp + to_time) & 0xFFFFFFFF, ssrc, ONE_WORD, extension | low)  # fmt: skip
            else:
                pack(data, base, 0x80, marker | payload_type, (sequence + to_seq) & 0xFFFF,
                     (timestamp + to_time) & 0xFFFFFFFF, ssrc)  # fmt: skip
            start = base + head
            data[start : base + total] = payload
            if picture_at:
                pack_picture(data, start + picture_at, 0x8000 | (picture + to_picture) & 0x7FFF)
            elif short_at:
                data[start + short_at] = (picture + to_picture) & 0x7F
            if tl0_at:
                data[start + tl0_at] = (tl0 + to_tl0) & 0xFF
            size[0] = total
            if protect(srtp, pointers[index], size):
                failed += 1
                continue
            lengths[index * length_step + length_at] = size[0]
            names[index * name_step] = address
            index += 1
            if index == full:
                out.count = index
                out.flush()
                index = 0
        out.count = index
        self._counters.send_failed += failed

    def padding(self, slot: Slot, record: Record, epoch: Epoch) -> None:
        """An empty packet under the number that was kept free for one that is left out (RFC 3550 section 5.1)."""
        out = self._outbox
        base = out.count * out.stride
        empty = record._replace(marker=0, payload=PADDING, vp8=NO_VP8)
        length = slot.write(out.data, base, empty, epoch, self.sending_time)
        out.data[base] |= 0x20
        self._seal(slot.connection, length, self._protect)

    def one(self, slot: Slot, record: Record, epoch: Epoch, rtx: bool = False) -> None:
        out = self._outbox
        base = out.count * out.stride
        low = record.level << 16 if slot.audio else self.sending_time
        write = slot.write_rtx if rtx else slot.write
        length = write(out.data, base, record, epoch, low)
        self._seal(slot.connection, length, self._protect)

    def _seal(self, conn: Connection, length: int, protect: Any) -> None:
        """Protect what lies at the outbox's next place and put it on the way to the connection."""
        out, size = self._outbox, self._length
        if conn.send is None:
            return
        size[0] = length
        if protect(conn.send, out.pointers[out.count], size):
            self._counters.send_failed += 1
            return
        self._post(conn.address, size[0])

    def _post(self, address: int, length: int) -> None:
        out = self._outbox
        out.lengths[out.count * out.length_step + out.length_at] = length
        out.names[out.count * out.name_step] = address
        out.count += 1
        if out.count == out.size:
            out.flush()

    def raw(self, address: int, data: bytes) -> None:
        """Send a datagram as it is."""
        base = self._outbox.count * self._outbox.stride
        self._outbox.data[base : base + len(data)] = data
        self._post(address, len(data))

    def rtcp(self, conn: Connection, data: bytes) -> None:
        """Protect and send an RTCP datagram."""
        if len(data) + TAG_ROOM <= self._outbox.stride:
            base = self._outbox.count * self._outbox.stride
            self._outbox.data[base : base + len(data)] = data
            self._seal(conn, len(data), self._protect_rtcp)
