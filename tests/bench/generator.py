"""The strong load generator: joins are made in Python, then sockets and keys go to one thread in C (``native/``).

One UDP socket a connection. Everything that arrives is counted from its header; one packet in a hundred is decrypted and timed
by the kernel's stamp against the time of sending inside it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass

from tests.bench import proc
from tests.bench.native_library import ffi, functions, library, session
from tests.support.rtc_client import sfu_clients

SAMPLE = 100
CONTROL_SECONDS = 0.01
RECEIVE_BUFFER = 4 << 20
SO_RCVBUFFORCE = 33
MOST_HEARD = 512
MOST_LATENCIES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream to send; see ``lg_stream_spec`` in native/loadgen.h."""

    video: bool
    ssrc: int
    payload_type: int
    per_second: float
    frame_bytes: int
    key_bytes: int = 0
    key_seconds: float = 0.0
    packet_bytes: int = 1000
    size: tuple[int, int] = (320, 180)
    temporal_layers: int = 1
    extension: bytes = b""
    level_at: int = -1
    level: int = 127


@dataclass(frozen=True, slots=True)
class Totals:
    """Counters since the start; the difference of two is what a window saw."""

    sent: int
    sent_octets: int
    send_errors: int
    late_frames: int
    frames: int
    expected: int
    received: int
    received_octets: int
    duplicates: int
    srtp_failures: int
    unmarked: int
    refused: int
    rtcp: int
    picture_loss: int
    nack: int
    key_frames: int

    def since(self, before: Totals) -> Totals:
        """What came in between."""
        return Totals(*(getattr(self, name) - getattr(before, name) for name in self.__slots__))

    @property
    def loss(self) -> float:
        """The share of sequence numbers that did not come."""
        return max(0, self.expected - self.received) / self.expected if self.expected else 0.0


class HandedPeer(sfu_clients.Peer):
    """A connection that gives its socket to the generator once DTLS is through."""

    generator: Generator
    number = -1
    remb = True

    def _take_over(self) -> None:
        assert self.dtls._task is not None
        self.dtls._task.cancel()
        pair = self.ice._connection._nominated[1]
        self._proto, self._addr = pair.protocol, tuple(pair.remote_addr)
        fd = pair.protocol.transport.get_extra_info("socket").fileno()
        self.fd, self._rx, self._tx = fd, self.dtls._rx_srtp, self.dtls._tx_srtp
        self._sock = socket.socket(fileno=os.dup(fd))
        self._sock.connect(self._addr)  # a shorter way through the kernel for what we send, and nobody else's datagrams
        _widen(self._sock)
        self._sock.setsockopt(socket.SOL_SOCKET, sfu_clients.SO_TIMESTAMPNS, 1)
        asyncio.get_running_loop()._remove_reader(fd)  # type: ignore[attr-defined]
        self.generator.take(self)

    async def close(self) -> None:
        self.generator.drop(self)
        await super().close()


def _widen(sock: socket.socket) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:  # not root: as wide as the system lets us
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


class Generator:
    """The thread in C, and what it needs of Python: STUN goes to aioice."""

    def __init__(self, sample: int = SAMPLE) -> None:
        self._lib = library()
        self._functions = functions()
        self._self = self._lib.lg_new(self._functions, sample)
        if not self._self:
            raise MemoryError
        self.peers: dict[int, HandedPeer] = {}
        self.numbers = 0
        self._control = ffi.new("uint8_t[2048]")
        self._pump: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; inside a running event loop."""
        if self._lib.lg_start(self._self):
            raise RuntimeError("the generator's thread could not be started")
        self._pump = asyncio.create_task(self._pump_control())

    def stop(self) -> None:
        """End the thread; connections stay as they are."""
        if self._pump is not None:
            self._pump.cancel()
        self._lib.lg_stop(self._self)

    async def _pump_control(self) -> None:
        whose = ffi.new("int *")
        while True:
            await asyncio.sleep(CONTROL_SECONDS)
            while length := self._lib.lg_take_control(self._self, whose, self._control, len(self._control)):
                peer = self.peers.get(whose[0])
                if peer is not None:
                    peer._control(bytes(ffi.buffer(self._control, length)))

    # ------------------------------------------------------------------ connections and streams
    def take(self, peer: HandedPeer) -> None:
        """Read and write this connection's socket from now on."""
        tx, rx = session(peer._tx), session(peer._rx)
        peer.number = self._lib.lg_add_connection(self._self, peer.fd, tx, rx, peer.remb)
        if peer.number < 0:
            raise sfu_clients.LoadError("the generator has no room for another connection")
        self.peers[peer.number] = peer

    def drop(self, peer: HandedPeer) -> None:
        """Leave a connection alone again."""
        if self.peers.pop(peer.number, None) is not None:
            self._lib.lg_drop_connection(self._self, peer.number)

    def send(self, peer: HandedPeer, stream: Stream) -> int:
        """Begin to send a stream; its number."""
        spec = ffi.new("lg_stream_spec *")
        for name in ("video", "ssrc", "payload_type", "per_second", "frame_bytes", "key_bytes", "key_seconds", "packet_bytes",
                     "temporal_layers", "level_at", "level"):  # fmt: skip
            setattr(spec, name, getattr(stream, name))
        spec.connection, spec.clock_rate = peer.number, 90000 if stream.video else 48000
        spec.width, spec.height = stream.size
        spec.extension_length, spec.number = len(stream.extension), self.numbers
        ffi.buffer(spec.extension)[: len(stream.extension)] = stream.extension
        number = int(self._lib.lg_add_stream(self._self, spec))
        if number < 0:
            raise ValueError(f"this stream cannot be sent: {stream}")
        self.numbers += 1
        return number

    def change(self, stream: int, per_second: float, level: int = 127) -> None:
        """Another rate, another loudness."""
        self._lib.lg_set_stream(self._self, stream, per_second, level)

    # ------------------------------------------------------------------ looking
    def totals(self) -> Totals:
        """All counters."""
        found = ffi.new("lg_totals *")
        self._lib.lg_read_totals(self._self, found)
        return Totals(*(getattr(found, name) for name in Totals.__slots__))

    def heard(self, peer: HandedPeer) -> list[tuple[int, int, int]]:
        """What a connection received so far: (SSRC, payload type, packets) a stream."""
        found = ffi.new(f"lg_heard[{MOST_HEARD}]")
        count = self._lib.lg_read_heard(self._self, peer.number, found, MOST_HEARD)
        return [(found[n].ssrc, found[n].payload_type, found[n].received) for n in range(count)]

    def first_media(self, peer: HandedPeer) -> float | None:
        """The monotonic time of a connection's first media packet."""
        at = int(self._lib.lg_first_media(self._self, peer.number))
        return at / 1e9 if at else None

    def latencies_us(self) -> list[int]:
        """The delays measured since the last call."""
        found = ffi.new("uint32_t[]", MOST_LATENCIES)
        count = self._lib.lg_take_latencies(self._self, found, MOST_LATENCIES)
        return list(ffi.unpack(found, count)) if count else []

    def udp_drops(self) -> int:
        """Datagrams that the kernel dropped because we read too late."""
        return proc.udp_drops([os.getpid()])


def peer_class(generator: Generator, remb: bool) -> type[HandedPeer]:
    """A class of connections for one generator (targets make them by class)."""
    return type("OwnPeer", (HandedPeer,), {"generator": generator, "remb": remb})
