"""The packet core in pure Python: the reference, and what serves where no compiler is.

Hot paths are written for speed: what each slot of a stream needs for sending lies flat in a list of tuples, headers go
straight into the send buffers, SRTP works in place, and a batch leaves in one call. Buffers, libsrtp's functions and
randomness come from outside, so nothing here touches a socket or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable

from signaling.sfu.core import rtcp
from signaling.sfu.core.interface import SlotSpec, SlotStats, SrtpPair, StreamSpec, StreamStats, Traffic
from signaling.sfu.core.ports import Connection
from signaling.sfu.core.receiving import Receiver
from signaling.sfu.core.slot import Slot
from signaling.sfu.core.stream import Stream
from signaling.sfu.core.thinning import ALL_LAYERS

ADDRESSES_KEPT = 4  # from which one connection's packets are taken


class PythonCore(Receiver):
    """Implements :class:`signaling.sfu.core.interface.Core`."""

    name = "python"

    # ------------------------------------------------------------------ connections
    def open(self, connection: int) -> None:
        self._connections[connection] = Connection(connection, *self._outbox.make_address())

    def accept_from(self, connection: int, address: bytes) -> None:
        conn = self._connections[connection]
        if self._by_address.get(address) is not conn:
            self._by_address[address] = conn
            conn.accepted.append(address)
        for old in conn.accepted[:-ADDRESSES_KEPT]:
            self._refuse(conn, old)
        del conn.accepted[:-ADDRESSES_KEPT]

    def _refuse(self, conn: Connection, address: bytes) -> None:
        if self._by_address.get(address) is conn and address not in conn.accepted[-ADDRESSES_KEPT:]:
            del self._by_address[address]

    def send_to(self, connection: int, address: bytes) -> None:
        self._connections[connection].address_buffer[0 : len(address)] = address

    def secure(self, connection: int, srtp: SrtpPair) -> None:
        conn = self._connections[connection]
        conn.receive, conn.send, conn.owner = srtp.receive, srtp.send, srtp.owner

    def close(self, connection: int) -> None:
        self._outbox.flush()  # what is collected still points at this connection's address
        conn = self._connections.pop(connection)
        accepted, conn.accepted = conn.accepted, []
        for address in accepted:
            self._refuse(conn, address)
        for stream in list(conn.streams.values()):
            if stream.handle in self._streams:
                self.drop_stream(stream.handle)
        for slot in [s for s in self._slots.values() if s.connection is conn]:
            self.point(slot.handle, None)
            del self._slots[slot.handle]
        conn.receive = conn.send = None

    def last_seen(self, connection: int) -> float:
        return self._connections[connection].last_seen

    # ------------------------------------------------------------------ streams and slots
    def add_stream(self, stream: int, connection: int, spec: StreamSpec) -> None:
        conn = self._connections[connection]
        repaired = self._streams[spec.rtx_of] if spec.rtx_of is not None else None
        self._streams[stream] = conn.streams[spec.ssrc] = Stream(stream, conn, spec, repaired)

    def drop_stream(self, stream: int) -> None:
        gone = self._streams.pop(stream)
        gone.connection.streams.pop(gone.ssrc, None)
        for repair in [s for s in gone.connection.streams.values() if s.rtx_of is gone]:
            self.drop_stream(repair.handle)
        for slot in list(gone.slots):
            self._unlink(slot)
        for slot in gone.waiting:
            slot.target = None
        gone.waiting.clear()
        gone.ring.clear()

    def add_slot(self, slot: int, connection: int, spec: SlotSpec) -> None:
        self._slots[slot] = Slot(slot, self._connections[connection], spec, self._random)

    def point(self, slot: int, stream: int | None) -> None:
        target = self._slots[slot]
        wanted = self._streams[stream] if stream is not None else None
        if target.target is not None:
            target.target.waiting.remove(target)
            target.target = None
        if wanted is None:
            self._unlink(target)
        elif wanted is not target.stream:
            target.target = wanted
            wanted.waiting.append(target)

    def clear(self, slot: int) -> None:
        self._unlink(self._slots[slot])

    def limit_temporal(self, slot: int, highest: int | None) -> None:
        target = self._slots[slot]
        if not target.audio:
            target.limit_temporal(ALL_LAYERS if highest is None else max(0, min(highest, ALL_LAYERS)))
            if target.stream is not None:
                self._arrange(target.stream)

    def waited_for(self, stream: int) -> bool:
        return bool(self._streams[stream].waiting)

    def tap(self, stream: int, on: bool) -> None:
        self._streams[stream].tapped = on

    def repeat(self, stream: int, sequences: Iterable[int]) -> int:
        source = self._streams[stream]
        kept = [record for sequence in sequences if (record := source.cached(sequence & 0xFFFF)) is not None]
        for record in kept:
            self._tell(source, record)
        return len(kept)

    # ------------------------------------------------------------------ sending
    def send(self, connection: int, data: bytes) -> None:
        self._sender.raw(self._connections[connection].address, data)

    def send_anywhere(self, address: bytes, data: bytes) -> None:
        self._scratch[0 : len(address)] = address
        self._sender.raw(self._scratch_at, data)
        self._outbox.flush()  # before the scratch address serves the next

    def send_rtcp(self, connection: int, data: bytes) -> None:
        self._sender.rtcp(self._connections[connection], data)

    def send_reports(self, stream: int, ntp: int, timestamp: int) -> None:
        for slot in self._streams[stream].slots:
            stats = slot.stats()
            told = (timestamp + stats.timestamp_offset, stats.packets, stats.octets)
            self._sender.rtcp(slot.connection, rtcp.sender_report(slot.ssrc, ntp, *told))

    def retransmit(self, slot: int, sequences: Iterable[int], now: float, wall: float) -> int:
        target = self._slots[slot]
        self._sender.stamp(wall)
        done = 0
        for sequence in sequences:
            found = target.find(sequence)
            if found is not None and target.may_resend(sequence, now):
                self._sender.one(target, *found, rtx=bool(target.rtx_ssrc))
                done += 1
        target.retransmitted += done
        self.counters.retransmitted += done
        return done

    # ------------------------------------------------------------------ housekeeping
    def expire(self, now: float) -> None:
        for stream in self._streams.values():
            stream.expire(now)

    def take_traffic(self) -> Traffic:
        return Traffic()

    def take_level(self, stream: int) -> tuple[int, int]:
        return self._streams[stream].take_level()

    def stream_stats(self, stream: int) -> StreamStats:
        return self._streams[stream].stats()

    def slot_stats(self, slot: int) -> SlotStats:
        return self._slots[slot].stats()
