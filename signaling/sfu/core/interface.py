"""The packet core's interface: what the Python core implements and a compiled core implements alike.

A core receives, unprotects, rewrites, fans out, caches, retransmits, protects and sends. Who sees what, when key frames
are asked for, how much bandwidth there is: all that is decided by the caller. Connections, streams (one incoming SSRC)
and slots (one outgoing SSRC) are named by small integers that the caller chooses and never reuses.

Addresses are the bytes of the kernel's ``sockaddr`` of the worker's socket. Times are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

AUDIO, VIDEO = "audio", "video"
NO_LEVEL = -1  # a stream without RFC 6464 levels


@dataclass(frozen=True, slots=True)
class SrtpPair:
    """libsrtp's two contexts of a connection (``srtp_t`` as a foreign pointer); ``owner`` keeps them alive."""

    receive: Any
    send: Any
    owner: Any = None


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """An incoming SSRC. ``rtx_of`` is the stream that it repairs (RFC 4588); ``level_id`` an extension id, 0: none."""

    ssrc: int
    kind: str
    clock_rate: int
    level_id: int = 0
    rtx_of: int | None = None


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """An outgoing SSRC. ``extension_id`` is abs-send-time's for video and audio level's for audio; 0: none."""

    kind: str
    ssrc: int
    payload_type: int
    clock_rate: int
    extension_id: int = 0
    rtx_ssrc: int = 0
    rtx_payload_type: int = 0


@dataclass(slots=True)
class StreamStats:
    """Counters of an incoming stream since it was added; ``highest`` is extended by wraparounds (RFC 3550 A.1)."""

    packets: int = 0
    octets: int = 0
    first: int = 0
    highest: int = 0
    jitter: int = 0
    repaired: int = 0
    duplicates: int = 0
    key_frames: int = 0
    height: int = 0
    last_at: float = 0.0
    temporal: tuple[int, ...] = (0, 0, 0, 0)  # octets of each VP8 layer; 0 takes what tells none


@dataclass(slots=True)
class SlotStats:
    """Counters of an outgoing slot; ``timestamp_offset`` turns the source's RTP timestamps into the slot's.

    ``temporal`` is the highest temporal layer that passes now: it follows what was asked for when the stream allows it.
    """

    packets: int = 0
    octets: int = 0
    retransmitted: int = 0
    switches: int = 0
    timestamp_offset: int = 0
    temporal: int = 3


@dataclass(slots=True)
class Counters:
    """What the core did since it was made."""

    received: int = 0
    sent: int = 0
    send_failed: int = 0
    unknown_address: int = 0
    malformed: int = 0
    not_authentic: int = 0
    refused_stream: int = 0
    retransmitted: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What left a core since it was last asked; ``company`` is how many packets went the same way as the average packet."""

    packets: int = 0
    messages: int = 0
    company: float = 0.0


class CoreHandler(Protocol):
    """What a core cannot decide itself. Called while it receives, in the order of the packets."""

    def on_stun(self, data: bytes, address: bytes) -> None:
        """A datagram that looks like STUN, from anybody."""

    def on_dtls(self, connection: int, data: bytes) -> None:
        """A DTLS record from a connection's address."""

    def on_rtcp(self, connection: int, data: bytes, now: float) -> None:
        """An authentic RTCP datagram."""

    def on_unknown_stream(self, connection: int, packet: bytes) -> None:
        """The first authentic packet of an unknown SSRC; add_stream now, and it is handled as any other."""

    def on_gap(self, stream: int, first: int, count: int, now: float) -> None:
        """``count`` packets of a stream are missing from sequence number ``first`` on."""

    def on_repaired(self, stream: int, sequence: int) -> None:
        """A missing packet came after all, late or through RTX."""

    def on_switched(self, slot: int, stream: int, timestamp: int) -> None:
        """The slot now carries the stream; ``timestamp`` is the RTP timestamp of its first packet going out."""

    def on_tapped(self, stream: int, marker: bool, sequence: int, timestamp: int, payload: bytes) -> None:
        """A packet of a tapped stream, in the order of arrival, each once; also when it came late or through RTX."""


class Core(Protocol):
    """See the module's text."""

    name: str
    handler: CoreHandler

    @property
    def counters(self) -> Counters:
        """What it did so far."""

    def take_traffic(self) -> Traffic:
        """What left since the last call; nothing is told by a core that puts no packets together."""

    def open(self, connection: int) -> None:
        """Make a connection known; until :meth:`secure` only its DTLS passes."""

    def accept_from(self, connection: int, address: bytes) -> None:
        """Packets from ``address`` belong to this connection from now on."""

    def send_to(self, connection: int, address: bytes) -> None:
        """Everything to this connection goes to ``address`` from now on."""

    def secure(self, connection: int, srtp: SrtpPair) -> None:
        """The handshake is done."""

    def close(self, connection: int) -> None:
        """Forget the connection, its addresses, streams and slots."""

    def last_seen(self, connection: int) -> float:
        """When the last authentic RTP or RTCP packet came; 0.0: never."""

    def add_stream(self, stream: int, connection: int, spec: StreamSpec) -> None:
        """Accept an incoming SSRC; nothing of it is forwarded until a slot is pointed at it."""

    def drop_stream(self, stream: int) -> None:
        """Forget the SSRC; its slots keep their numbering and carry nothing."""

    def add_slot(self, slot: int, connection: int, spec: SlotSpec) -> None:
        """Make an outgoing SSRC."""

    def point(self, slot: int, stream: int | None) -> None:
        """Let the slot carry ``stream`` from its next key frame (audio: next packet) on, or nothing, at once.

        Until the key frame the slot goes on with what it carries.
        """

    def clear(self, slot: int) -> None:
        """The slot carries nothing from now on; a stream that it waits for is still waited for."""

    def limit_temporal(self, slot: int, highest: int | None) -> None:
        """Forward only VP8 temporal layers up to ``highest`` (None: all) in a video slot, whatever it carries.

        A lower limit holds from the next frame on; a higher one from a frame on that needs nothing left out: a key frame,
        or a frame of the next layer that is marked as synchronised. Receivers see no gap. Streams that tell no layers pass
        whole.
        """

    def waited_for(self, stream: int) -> bool:
        """Whether a slot waits for a key frame of the stream."""

    def tap(self, stream: int, on: bool) -> None:
        """Hand every packet of the stream to the handler too, or no more from now on."""

    def repeat(self, stream: int, sequences: Iterable[int]) -> int:
        """Hand packets to the handler again as far as the cache still has them; how many."""

    def pump(self, now: float, wall: float) -> bool:
        """Treat what has arrived and send what follows from it; True when more may be waiting."""

    def flush(self) -> None:
        """Send what is still collected."""

    def send(self, connection: int, data: bytes) -> None:
        """Send a datagram as it is (DTLS)."""

    def send_anywhere(self, address: bytes, data: bytes) -> None:
        """Send a datagram as it is to any address (STUN)."""

    def send_rtcp(self, connection: int, data: bytes) -> None:
        """Protect and send an RTCP datagram."""

    def send_reports(self, stream: int, ntp: int, timestamp: int) -> None:
        """A sender report (RFC 3550 section 6.4.1) to all who receive the stream: its ``timestamp`` stands for ``ntp``."""

    def retransmit(self, slot: int, sequences: Iterable[int], now: float, wall: float) -> int:
        """Send again what the slot's receiver misses and the cache still has; how many."""

    def expire(self, now: float) -> None:
        """Let packets older than a second out of the caches."""

    def take_level(self, stream: int) -> tuple[int, int]:
        """(packets, mean level 0…127 or NO_LEVEL) of an audio stream since the last call."""

    def stream_stats(self, stream: int) -> StreamStats:
        """Counters of a stream."""

    def slot_stats(self, slot: int) -> SlotStats:
        """Counters of a slot."""
