"""A packet core between two lists: datagrams in, datagrams out, no socket, no encryption, time by hand."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cffi import FFI

from signaling.sfu.ccore import build
from signaling.sfu.core.interface import AUDIO, VIDEO, SlotSpec, SrtpPair, StreamSpec
from signaling.sfu.core.python import PythonCore
from signaling.sfu.core.receiving import READS_A_TURN
from signaling.sfu.core.rtp import Packet, parse
from signaling.sfu.core.rtp import vp8 as parse_vp8

ADDRESS_OCTETS = 8
STRIDE = 2048
PUBLISHER, VIEWER = 1, 2
# Handles of the publisher's streams, and their SSRCs.
LOW, HIGH, OTHER, SOUND, RTX = 10, 11, 12, 13, 14
LOW_SSRC, HIGH_SSRC, OTHER_SSRC, SOUND_SSRC, RTX_SSRC = 1010, 1011, 1012, 1013, 1014


def extension(items: dict[int, bytes]) -> bytes:
    """One-byte header extensions."""
    body = b"".join(bytes([number << 4 | len(value) - 1]) + value for number, value in items.items())
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", 0xBEDE, len(body) // 4) + body


def rtp(
    ssrc: int, sequence: int, timestamp: int, payload: bytes, *, pt: int = 96, marker: bool = False,
    extensions: dict[int, bytes] | None = None,
) -> bytes:  # fmt: skip
    """An RTP packet."""
    first = 0x90 if extensions else 0x80
    head = struct.pack("!BBHII", first, marker << 7 | pt, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + (extension(extensions) if extensions else b"") + payload


def vp8(
    picture: int, tl0: int = 0, key: bool = False, start: bool = True, body: bytes = b"picture", height: int = 360, tid: int = 0,
    sync: bool = True, short: bool = False,
) -> bytes:  # fmt: skip
    """A VP8 payload with PictureID (of 7 bits: ``short``), TL0PICIDX and temporal id."""
    number = bytes([picture & 0x7F]) if short else struct.pack("!H", 0x8000 | picture & 0x7FFF)
    head = bytes([0x90 if start else 0x80, 0xE0]) + number + bytes([tl0 & 0xFF, tid << 6 | sync << 5])
    if key:
        size = struct.pack("<HH", 640, height)
        return head + b"\x10\x02\x00\x9d\x01\x2a" + size + body
    return head + b"\x11\x02\x00" + body


def available() -> list[str]:
    """The cores that there are here; the compiled one is built first where a compiler is."""
    try:
        if build.stale():
            build.build()
    except build.NotBuilt:
        return ["python"]
    return ["python", "c"]


CORES = available()
from signaling.sfu.ccore.core import CCore  # noqa: E402 - what is built is there only now


class Box:
    """Both batches: what arrives is put into ``waiting``, what leaves is found in ``sent`` as (address, datagram)."""

    size, stride = 64, STRIDE
    length_step, length_at, name_step = 1, 0, 1

    def __init__(self) -> None:
        self.data = memoryview(bytearray(self.size * STRIDE))
        self.pointers: list[Any] = list(range(self.size))
        self.lengths = memoryview(bytearray(8 * self.size)).cast("N")
        self.names = memoryview(bytearray(8 * self.size)).cast("N")
        self.waiting: list[tuple[bytes, bytes]] = []
        self.batch: list[tuple[bytes, bytes]] = []
        self.sent_packets: list[tuple[bytes, bytes]] = []
        self.buffers: list[bytearray] = []
        self.count = self.sent = self.failed = 0

    def fill(self) -> int:
        self.batch, self.waiting = self.waiting[: self.size], self.waiting[self.size :]
        for index, (_, datagram) in enumerate(self.batch):
            self.data[index * STRIDE : index * STRIDE + len(datagram)] = datagram
        return len(self.batch)

    def length(self, index: int) -> int:
        return len(self.batch[index][1])

    def address(self, index: int) -> bytes:
        return self.batch[index][0]

    def make_address(self) -> tuple[Any, int]:
        self.buffers.append(bytearray(8))
        return self.buffers[-1], len(self.buffers) - 1

    def flush(self) -> None:
        for index in range(self.count):
            start = index * STRIDE
            datagram = bytes(self.data[start : start + self.lengths[index]])
            self.sent_packets.append((bytes(self.buffers[self.names[index]]), datagram))
        self.sent += self.count
        self.count = 0


class ClearText:
    """libsrtp's functions without encryption; they neither change nor refuse anything."""

    def __init__(self) -> None:
        self.decrypted = 0

    def srtp_protect(self, *_: Any) -> int:
        return 0

    def srtp_unprotect(self, *_: Any) -> int:
        self.decrypted += 1
        return 0

    srtp_protect_rtcp, srtp_unprotect_rtcp = srtp_protect, srtp_unprotect

    def addresses(self) -> tuple[list[Any], tuple[int, int, int, int]]:
        """The same for a compiled core: (what must be kept alive, where the functions are)."""
        ffi = FFI()
        acts = (self.srtp_protect, self.srtp_unprotect, self.srtp_protect_rtcp, self.srtp_unprotect_rtcp)
        kept = [ffi.callback("int(void *, void *, int *)", act) for act in acts]
        found = [int(ffi.cast("uintptr_t", each)) for each in kept]
        return kept, (found[0], found[1], found[2], found[3])


class FedCore(CCore):
    """The compiled core between the same two lists."""

    def __init__(self, inbox: Box, outbox: Box, srtp: ClearText, random: Random) -> None:
        self._inbox, self._outbox = inbox, outbox
        self._kept, addresses = srtp.addresses()
        super().__init__(-1, ADDRESS_OCTETS, addresses, id, random)

    def pump(self, now: float, wall: float) -> bool:
        count = READS_A_TURN * self._inbox.size
        batch, self._inbox.waiting = self._inbox.waiting[:count], self._inbox.waiting[count:]
        self.feed(now, wall, batch)
        return len(batch) == count

    def datagram(self, address: bytes, data: bytes) -> None:
        self._outbox.sent_packets.append((address, data))


def make_core(name: str, inbox: Box, outbox: Box, srtp: ClearText, seed: int) -> PythonCore | FedCore:
    """A core between two boxes."""
    if name == "c":
        return FedCore(inbox, outbox, srtp, Random(seed))
    return PythonCore(inbox, outbox, srtp, [0], Random(seed))


@dataclass
class Notes:
    """A CoreHandler that writes down what it is told."""

    stun: list[bytes] = field(default_factory=list)
    dtls: list[tuple[int, bytes]] = field(default_factory=list)
    rtcp: list[tuple[int, bytes]] = field(default_factory=list)
    unknown: list[bytes] = field(default_factory=list)
    gaps: list[tuple[int, int, int]] = field(default_factory=list)
    repaired: list[int] = field(default_factory=list)
    switched: list[tuple[int, int, int]] = field(default_factory=list)
    tapped: list[tuple[int, bool, int, int, bytes]] = field(default_factory=list)

    def on_stun(self, data: bytes, address: bytes) -> None:
        self.stun.append(data)

    def on_dtls(self, connection: int, data: bytes) -> None:
        self.dtls.append((connection, data))

    def on_rtcp(self, connection: int, data: bytes, now: float) -> None:
        self.rtcp.append((connection, data))

    def on_unknown_stream(self, connection: int, packet: bytes) -> None:
        self.unknown.append(packet)

    def on_gap(self, stream: int, first: int, count: int, now: float) -> None:
        self.gaps.append((stream, first, count))

    def on_repaired(self, stream: int, sequence: int) -> None:
        self.repaired.append(sequence)

    def on_switched(self, slot: int, stream: int, timestamp: int) -> None:
        self.switched.append((slot, stream, timestamp))

    def on_tapped(self, stream: int, marker: bool, sequence: int, timestamp: int, payload: bytes) -> None:
        self.tapped.append((stream, marker, sequence, timestamp, payload))


def address(connection: int) -> bytes:
    return bytes([connection]) * 8


class Rig:
    """One publisher (connection 1) and one viewer (connection 2) with a video slot 50 and an audio slot 60."""

    VIDEO_SLOT, AUDIO_SLOT = 50, 60
    made_of = "python"  # the core of every rig; the fixture packet_core sets it

    def __init__(self, rtx: bool = True, core: str = "") -> None:
        self.inbox, self.outbox = Box(), Box()
        self.srtp = ClearText()
        self.core = make_core(core or self.made_of, self.inbox, self.outbox, self.srtp, 1)
        self.notes = Notes()
        self.core.handler = self.notes
        self.now = 100.0
        for connection in (PUBLISHER, VIEWER):
            self.core.open(connection)
            self.core.accept_from(connection, address(connection))
            self.core.send_to(connection, address(connection))
            self.core.secure(connection, SrtpPair(object(), object()))
        video = SlotSpec(VIDEO, 5000, 96, 90000, 2, 5001 if rtx else 0, 97 if rtx else 0)
        self.core.add_slot(self.VIDEO_SLOT, VIEWER, video)
        self.core.add_slot(self.AUDIO_SLOT, VIEWER, SlotSpec(AUDIO, 6000, 111, 48000, 1))

    def stream(self, handle: int, ssrc: int, kind: str = VIDEO, rtx_of: int | None = None) -> None:
        rate = 90000 if kind == VIDEO else 48000
        self.core.add_stream(handle, PUBLISHER, StreamSpec(ssrc, kind, rate, 1 if kind == AUDIO else 0, rtx_of))

    def receive(self, *datagrams: bytes, connection: int = PUBLISHER) -> list[Packet]:
        """Let datagrams arrive; what goes out to the viewer because of them."""
        self.inbox.waiting += [(address(connection), datagram) for datagram in datagrams]
        while self.core.pump(self.now, self.now):
            pass
        return self.take()

    def take(self) -> list[Packet]:
        """What has gone out to the viewer since the last look."""
        self.core.flush()
        sent, self.outbox.sent_packets = self.outbox.sent_packets, []
        packets = [parse(datagram) for where, datagram in sent if where == address(VIEWER)]
        assert all(packet is not None for packet in packets)
        return [packet for packet in packets if packet is not None]

    def raw(self) -> list[bytes]:
        """The same as datagrams."""
        self.core.flush()
        sent, self.outbox.sent_packets = self.outbox.sent_packets, []
        return [datagram for _, datagram in sent]


def numbers(packets: list[Packet]) -> list[int]:
    """The sequence numbers."""
    return [packet.sequence for packet in packets]


def pictures(packets: list[Packet]) -> list[tuple[int, int]]:
    """PictureID and TL0PICIDX of each packet."""
    found = [parse_vp8(packet.payload) for packet in packets]
    return [(each.picture, each.tl0) for each in found]


def follows(values: list[int], modulus: int) -> bool:
    """Whether each value is one more than the one before."""
    return all((b - a) % modulus == 1 for a, b in itertools.pairwise(values))
