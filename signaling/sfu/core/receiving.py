"""The receiving half of the Python core: datagrams are told apart, decrypted in place, put in order and forwarded."""

from __future__ import annotations

from random import Random
from typing import Any

from signaling.sfu.core.interface import CoreHandler, Counters
from signaling.sfu.core.ports import Connection, Inbox, Outbox, Srtp
from signaling.sfu.core.rtp import HEADER, MAX_PACKET, NO_VP8, Vp8, extensions, older, payload_span, vp8
from signaling.sfu.core.sending import Sender
from signaling.sfu.core.slot import EXTENDED, PLAIN, Slot
from signaling.sfu.core.stream import DUPLICATE, LARGEST_GAP, LATE, Record, Stream

READS_A_TURN = 4  # batches read before other work of the process gets its turn
UNKNOWN_SSRCS = 64  # SSRCs that a connection may try in vain
MOST_SSRCS = 1024  # that a connection may send from in all: libsrtp keeps a context for each, for as long as it lives


class Receiver:
    """What arrives, and what follows from it."""

    def __init__(self, inbox: Inbox, outbox: Outbox, srtp: Srtp, length: Any, random: Random) -> None:
        """``length`` is an ``int *`` for libsrtp to read and write."""
        self.counters = Counters()
        self.handler: CoreHandler
        self._inbox, self._outbox = inbox, outbox
        self._unprotect, self._unprotect_rtcp = srtp.srtp_unprotect, srtp.srtp_unprotect_rtcp
        self._sender = Sender(outbox, srtp, length, self.counters)
        self._length = length
        self._random = random
        self._connections: dict[int, Connection] = {}
        self._by_address: dict[bytes, Connection] = {}
        self._streams: dict[int, Stream] = {}
        self._slots: dict[int, Slot] = {}
        self._now = 0.0
        self._scratch, self._scratch_at = outbox.make_address()

    # ------------------------------------------------------------------ receiving
    def pump(self, now: float, wall: float) -> bool:
        self._now = now
        self._sender.stamp(wall)
        inbox = self._inbox
        more = False
        for _ in range(READS_A_TURN):
            count = inbox.fill()
            for index in range(count):
                self._datagram(index)
            more = count == inbox.size
            if not more:
                break
        self.flush()
        return more

    def flush(self) -> None:
        """Send what is still collected."""
        self._outbox.flush()
        self.counters.sent = self._outbox.sent

    def _datagram(self, index: int) -> None:
        """Tell STUN, DTLS and SRTP apart (RFC 7983 section 7)."""
        inbox = self._inbox
        base, length = index * inbox.stride, inbox.length(index)
        if length < 12:
            self.counters.malformed += 1
            return
        first = inbox.data[base]
        address = inbox.address(index)
        if first < 4:
            self.handler.on_stun(bytes(inbox.data[base : base + length]), address)
            return
        conn = self._by_address.get(address)
        if conn is None:
            self.counters.unknown_address += 1
        elif 128 <= first < 192 and conn.receive is not None:
            if 192 <= inbox.data[base + 1] <= 223:
                self._rtcp(conn, index, base, length)
            elif length <= MAX_PACKET:
                self._rtp(conn, index, base, length)
            else:
                self.counters.malformed += 1
        elif 20 <= first < 64:
            self.handler.on_dtls(conn.handle, bytes(inbox.data[base : base + length]))
        else:
            self.counters.malformed += 1

    def _rtcp(self, conn: Connection, index: int, base: int, length: int) -> None:
        ssrc = int.from_bytes(self._inbox.data[base + 4 : base + 8], "big")
        if self._one_too_many(conn, ssrc):
            return
        self._length[0] = length
        if self._unprotect_rtcp(conn.receive, self._inbox.pointers[index], self._length):
            self.counters.not_authentic += 1
            return
        conn.last_seen = self._now
        conn.ssrcs.add(ssrc)
        data = bytes(self._inbox.data[base : base + self._length[0]])
        self.handler.on_rtcp(conn.handle, data, self._now)

    def _rtp(self, conn: Connection, index: int, base: int, length: int) -> None:
        size, data = self._length, self._inbox.data
        _, second, sequence, timestamp, ssrc = HEADER.unpack_from(data, base)  # a header is never encrypted
        stream = conn.streams.get(ssrc)
        if stream is None and self._one_too_many(conn, ssrc):
            return
        size[0] = length
        if self._unprotect(conn.receive, self._inbox.pointers[index], size):
            self.counters.not_authentic += 1
            return
        conn.last_seen = self._now
        self.counters.received += 1
        end = base + size[0]
        if stream is None:
            conn.ssrcs.add(ssrc)
            stream = self._learn(conn, ssrc, bytes(data[base:end]))
        if stream is None:
            self.counters.refused_stream += 1
            return
        span = payload_span(data, base, end)
        if span is None:
            self.counters.malformed += 1
            return
        begin, stop = span
        level = 127
        if stream.rtx_of is not None:
            if stop - begin < 2:
                return  # padding that probes the sender's bandwidth
            sequence = data[begin] << 8 | data[begin + 1]
            self._repair(stream.rtx_of, second & 0x80, sequence, timestamp, bytes(data[begin + 2 : stop]))
            return
        if stream.level_id:
            raw = extensions(data, base, end).get(stream.level_id)
            level = raw[0] if raw else 127
        self._arrived(stream, second & 0x80, sequence, timestamp, bytes(data[begin:stop]), level)

    def _one_too_many(self, conn: Connection, ssrc: int) -> bool:
        """Before anything is decrypted: whoever invents SSRCs must not fill our memory with their contexts."""
        if len(conn.ssrcs) < MOST_SSRCS or ssrc in conn.ssrcs:
            return False
        self.counters.refused_stream += 1
        return True

    def _learn(self, conn: Connection, ssrc: int, packet: bytes) -> Stream | None:
        """Ask the handler about a new SSRC; one that stays refused is not asked about for ever."""
        if len(conn.refused) < UNKNOWN_SSRCS or ssrc in conn.refused:
            self.handler.on_unknown_stream(conn.handle, packet)
            if ssrc not in conn.streams:
                conn.refused.add(ssrc)
        return conn.streams.get(ssrc)

    def _repair(self, stream: Stream, marker: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """A retransmitted packet: neither counted as received nor as a gap; probes repeat what is known."""
        if stream.highest < 0 or not older(sequence, (stream.highest + 1) & 0xFFFF):
            return
        step = (sequence - stream.highest) & 0xFFFF
        if stream._late(sequence, step) == LATE:
            stream.repaired += 1
            self._late(stream, self._record(stream, marker, sequence, timestamp, payload, 127))

    def _record(self, stream: Stream, marker: int, sequence: int, timestamp: int, payload: bytes, level: int) -> Record:
        found: Vp8 = NO_VP8 if stream.audio else vp8(payload)
        record = Record(marker, sequence, timestamp, payload, level, found, self._now)
        stream.keep(record)
        if stream.tapped:
            self._tell(stream, record)
        return record

    def _tell(self, stream: Stream, record: Record) -> None:
        marker, sequence, timestamp, payload = record[:4]
        self.handler.on_tapped(stream.handle, bool(marker), sequence, timestamp, payload or b"")

    def _arrived(
        self, stream: Stream, marker: int, sequence: int, timestamp: int, payload: bytes, level: int
    ) -> None:
        place = stream.arrive(sequence, timestamp, self._now)
        if place == DUPLICATE:
            return
        stream.packets += 1
        stream.octets += len(payload)
        stream.level_packets += 1
        stream.level_sum += level & 0x7F
        record = self._record(stream, marker, sequence, timestamp, payload, level)
        stream.temporal[record.vp8.tid] += len(payload)
        if place == LATE:
            self._late(stream, record)
            return
        found = record.vp8
        if found.picture_at or found.short_at:
            stream.picture = found.picture
        if found.tl0_at:
            stream.tl0 = found.tl0
        if found.key:
            stream.key_frames += 1
            stream.height = found.height or stream.height
        if 0 < stream.gap <= LARGEST_GAP:
            first = (sequence - stream.gap) & 0xFFFF
            self.handler.on_gap(stream.handle, first, stream.gap, self._now)
        if stream.extended:
            low = level << 16 if stream.audio else self._sender.sending_time
            self._sender.fan_out(stream.extended, record, low, EXTENDED.size)
        if stream.plain:
            self._sender.fan_out(stream.plain, record, 0, PLAIN.size)
        if stream.thinned:
            self._thin(stream, record)
        if stream.waiting and (found.key or stream.audio):
            self._switch(stream, record)

    def _late(self, stream: Stream, record: Record) -> None:
        """A packet out of order goes to those that were already carrying the stream when it was sent."""
        self.handler.on_repaired(stream.handle, record.sequence)
        for slot in stream.slots:
            found = slot.late(record)
            if found is not None:
                epoch, padding = found
                (self._sender.padding if padding else self._sender.one)(slot, record, epoch)

    def _thin(self, stream: Stream, record: Record) -> None:
        """To those that leave temporal layers out, unless the packet belongs to one of these."""
        for slot in stream.thinned:
            epoch = slot.take(record)
            if epoch is not None:
                self._sender.one(slot, record, epoch)
        if any(slot.epoch is not None and slot.epoch.thin is None for slot in stream.thinned):
            self._arrange(stream)

    def _switch(self, stream: Stream, record: Record) -> None:
        """A key frame begins (or sound arrives): whoever waits for it carries the stream from here on."""
        for slot in stream.waiting:
            if slot.stream is not None:
                self._unlink(slot)
            epoch = slot.begin(stream, record, self._now)
            slot.target = None
            stream.slots.append(slot)
            self._sender.one(slot, record, epoch)
            timestamp = (record.timestamp + epoch.timestamp) & 0xFFFFFFFF
            self.handler.on_switched(slot.handle, stream.handle, timestamp)
        stream.waiting.clear()
        self._arrange(stream)

    # ------------------------------------------------------------------ who carries what
    def _unlink(self, slot: Slot) -> None:
        stream = slot.stream
        slot.rest()
        if stream is not None:
            stream.slots.remove(slot)
            self._arrange(stream)

    @staticmethod
    def _arrange(stream: Stream) -> None:
        whole = [slot for slot in stream.slots if slot.epoch is not None and slot.epoch.thin is None]
        stream.plain = [slot.view() for slot in whole if not slot.extension]
        stream.extended = [slot.view() for slot in whole if slot.extension]
        stream.thinned = [slot for slot in stream.slots if slot not in whole]
