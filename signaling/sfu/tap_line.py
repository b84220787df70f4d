"""A local socket on which one other process of this user reads a tap.

Messages in both directions, their limits kept by the kernel (SOCK_SEQPACKET). A reader that does not read loses packets and
is never waited for; what is said in JSON waits until it can be said, and nothing overtakes it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from signaling import local_socket

LONGEST_REQUEST = 1 << 16
ROOM = 4 << 20  # octets that may lie unread, as far as the kernel allows
MOST_UNSAID = 1000  # then the reader is let go

log = logging.getLogger("liaison.media")


class TapLine:
    """``asked`` gets the reader's requests; ``changed`` is called when a reader has come or gone. A new reader replaces the old."""

    def __init__(self, path: Path, asked: Callable[[dict[str, Any]], None], changed: Callable[[], None]) -> None:
        self.path = path
        self.packets = self.octets = self.lost = 0
        self._asked, self._changed = asked, changed
        self._reader: socket.socket | None = None
        self._unsaid: deque[bytes] = deque()
        self._loop = asyncio.get_running_loop()
        self._listener = local_socket.listen(path, socket.SOCK_SEQPACKET)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    @property
    def read(self) -> bool:
        """Whether somebody reads."""
        return self._reader is not None

    def close(self) -> None:
        """End the line for good."""
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        self.path.unlink(missing_ok=True)
        self._let_go()

    # ------------------------------------------------------------------ the reader
    def _accept(self) -> None:
        with suppress(OSError):
            made, _ = self._listener.accept()
            self._let_go()
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
            self._reader = made
            self._loop.add_reader(made.fileno(), self._readable)
            self._changed()

    def _let_go(self) -> None:
        gone, self._reader = self._reader, None
        self._unsaid.clear()
        if gone is not None:
            self._loop.remove_reader(gone.fileno())
            self._loop.remove_writer(gone.fileno())
            gone.close()

    def _lost(self) -> None:
        self._let_go()
        self._changed()

    def _readable(self) -> None:
        reader = self._reader
        if reader is None:
            return
        try:
            data = reader.recv(LONGEST_REQUEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        try:
            self._asked(dict(json.loads(data)))
        except (ValueError, TypeError, KeyError) as exc:
            log.warning("a tap's reader asked for what cannot be: %r", exc)

    # ------------------------------------------------------------------ to the reader
    def packet(self, data: bytes) -> None:
        """A packet now or never."""
        if self._reader is None:
            return
        try:
            if self._unsaid:
                raise BlockingIOError
            self._reader.send(data)
        except OSError:  # full, or gone: then the loop tells
            self.lost += 1
            return
        self.packets += 1
        self.octets += len(data)

    def say(self, message: dict[str, Any]) -> None:
        """Something that must be known."""
        if self._reader is None:
            return
        if len(self._unsaid) >= MOST_UNSAID:
            log.warning("a tap's reader does not read; let go")
            self._lost()
            return
        self._unsaid.append(json.dumps(message, separators=(",", ":")).encode())
        self._writable()

    def _writable(self) -> None:
        reader = self._reader
        if reader is None:
            return
        try:
            while self._unsaid:
                reader.send(self._unsaid[0])
                self._unsaid.popleft()
        except BlockingIOError:
            self._loop.add_writer(reader.fileno(), self._writable)
            return
        except OSError:
            self._unsaid.clear()
        self._loop.remove_writer(reader.fileno())
