"""Batches of UDP datagrams in memory that recvmmsg(2) and sendmmsg(2) read and write; no compiler is needed.

The kernel's structures are laid out by cffi in ABI mode. Everything that never changes is filled in once; per datagram
only a length and an address are written, through memoryviews of machine words.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from cffi import FFI

STRIDE = 2048
BATCH = 64
SOCKADDR = 32  # octets reserved for an address; sockaddr_in6 has 28

_ffi = FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                    void *msg_control; size_t msg_controllen; int msg_flags; };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
    int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
    """
)
_libc: Any = _ffi.dlopen(None)
_WORD = _ffi.sizeof("size_t")
_MESSAGE = _ffi.sizeof("struct mmsghdr")
_NAME_STEP = _MESSAGE // _WORD
_LEN_STEP, _LEN_AT = _MESSAGE // 4, _ffi.offsetof("struct mmsghdr", "msg_len") // 4
_IOV_STEP, _IOV_AT = _ffi.sizeof("struct iovec") // _WORD, _ffi.offsetof("struct iovec", "iov_len") // _WORD


def _words(array: Any, form: str) -> memoryview:
    return memoryview(_ffi.buffer(array)).cast("B").cast(form)  # type: ignore[call-overload, no-any-return]


class _Batch:
    """Buffers, iovecs and message headers wired together."""

    def __init__(self, size: int, name_length: int) -> None:
        self.size, self.stride = size, STRIDE
        self._buffer = _ffi.new(f"char[{size * STRIDE}]")
        self._iovecs = _ffi.new(f"struct iovec[{size}]")
        self.messages = _ffi.new(f"struct mmsghdr[{size}]")
        self.data = memoryview(_ffi.buffer(self._buffer)).cast("B")
        self.pointers: list[Any] = [self._buffer + index * STRIDE for index in range(size)]
        for index in range(size):
            self._iovecs[index].iov_base, self._iovecs[index].iov_len = self.pointers[index], STRIDE
            header = self.messages[index].msg_hdr
            header.msg_iov, header.msg_iovlen = _ffi.addressof(self._iovecs, index), 1
            header.msg_namelen = name_length
        self.lengths = _words(self._iovecs, "N")
        self.length_step, self.length_at = _IOV_STEP, _IOV_AT
        self.names = _words(self.messages, "N")
        self.name_step = _NAME_STEP


class ReceiveBatch(_Batch):
    """Reads datagrams from a non-blocking socket; implements ``Inbox``."""

    def __init__(self, fd: int, name_length: int, size: int = BATCH) -> None:
        super().__init__(size, name_length)
        self._fd, self._name_length = fd, name_length
        self._addresses = _ffi.new(f"char[{size * SOCKADDR}]")
        self._address_view = memoryview(_ffi.buffer(self._addresses)).cast("B")
        for index in range(size):
            self.messages[index].msg_hdr.msg_name = self._addresses + index * SOCKADDR
        self._received = _words(self.messages, "I")

    def fill(self) -> int:
        """Read what waits; how many datagrams."""
        count = int(_libc.recvmmsg(self._fd, self.messages, self.size, socket.MSG_DONTWAIT, _ffi.NULL))
        return max(0, count)

    def length(self, index: int) -> int:
        """Octets of a datagram."""
        return int(self._received[index * _LEN_STEP + _LEN_AT])

    def address(self, index: int) -> bytes:
        """Its sender's sockaddr."""
        start = index * SOCKADDR
        return bytes(self._address_view[start : start + self._name_length])


class SendBatch(_Batch):
    """Collects datagrams and sends them in one call; implements ``Outbox``."""

    def __init__(self, fd: int, name_length: int, size: int = BATCH) -> None:
        super().__init__(size, name_length)
        self._fd = fd
        self.count = self.sent = self.failed = 0

    def make_address(self) -> tuple[Any, int]:
        """(writable buffer for a sockaddr, its place in memory)."""
        buffer = _ffi.new(f"char[{SOCKADDR}]")
        return _ffi.buffer(buffer), int(_ffi.cast("uintptr_t", buffer))

    def flush(self) -> None:
        """Send all and start anew.

        A full socket buffer drops the rest, as a full link would; a datagram that cannot be sent is passed over.
        """
        start, count = 0, self.count
        self.count = 0
        while start < count:
            done = int(_libc.sendmmsg(self._fd, self.messages + start, count - start, socket.MSG_DONTWAIT))
            if done > 0:
                start += done
                self.sent += done
            elif _ffi.errno == errno.EINTR:
                continue
            elif _ffi.errno in (errno.EAGAIN, errno.ENOBUFS):
                self.failed += count - start
                return
            else:
                self.failed += 1
                start += 1
