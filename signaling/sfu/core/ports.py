"""What the Python core needs of the world around it: buffers to read and write, libsrtp's functions, addresses."""

from __future__ import annotations

from typing import Any, Protocol

from signaling.sfu.core.stream import Stream


class Inbox(Protocol):
    """Where received datagrams lie: datagram ``i`` at ``i * stride`` of ``data``."""

    size: int
    stride: int
    data: memoryview
    pointers: list[Any]

    def fill(self) -> int:
        """Read what waits; how many datagrams, at most ``size``."""

    def length(self, index: int) -> int:
        """Octets of a datagram."""

    def address(self, index: int) -> bytes:
        """Its sender's sockaddr."""


class Outbox(Protocol):
    """Where datagrams are collected for sending; see signaling.sfu.datagrams for the layout of the two arrays."""

    size: int
    stride: int
    data: memoryview
    pointers: list[Any]
    lengths: memoryview
    length_step: int
    length_at: int
    names: memoryview
    name_step: int
    count: int
    sent: int
    failed: int

    def flush(self) -> None:
        """Send all and start anew."""

    def make_address(self) -> tuple[Any, int]:
        """(writable buffer for a sockaddr, its place in memory)."""


class Srtp(Protocol):
    """libsrtp's four functions; each returns 0 when it worked and changes the length in place."""

    srtp_protect: Any
    srtp_unprotect: Any
    srtp_protect_rtcp: Any
    srtp_unprotect_rtcp: Any


class Connection:
    """What the core knows of a connection."""

    __slots__ = (
        "accepted",
        "address",
        "address_buffer",
        "handle",
        "last_seen",
        "owner",
        "receive",
        "refused",
        "send",
        "ssrcs",
        "streams",
    )

    def __init__(self, handle: int, address_buffer: Any, address: int) -> None:
        self.handle = handle
        self.address_buffer = address_buffer
        self.address = address
        self.receive: Any = None
        self.send: Any = None
        self.owner: Any = None
        self.accepted: list[bytes] = []
        self.streams: dict[int, Stream] = {}
        self.refused: set[int] = set()
        self.ssrcs: set[int] = set()
        self.last_seen = 0.0
