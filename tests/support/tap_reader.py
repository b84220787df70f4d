"""Reads a tap (signaling/sfu/tapping.py): as a class, and as a process of its own: ``python -m tests.support.tap_reader SOCKET``.

The process writes what it reads to its standard output, each message behind its length in four octets; each line on its
standard input goes to the worker.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signaling import local_socket

HEAD = struct.Struct("!BBHQ")
LENGTH = struct.Struct("!I")


@dataclass
class Taken:
    """What was read: ``said`` in JSON; ``packets`` as (stream, RTP packet); ``order``: both, packets as None."""

    said: list[dict[str, Any]] = field(default_factory=list)
    packets: list[tuple[int, bytes]] = field(default_factory=list)
    order: list[dict[str, Any] | None] = field(default_factory=list)

    def take(self, message: bytes) -> None:
        """Sort one message in."""
        if message[:1] == b"{":
            self.said.append(json.loads(message))
            self.order.append(self.said[-1])
        else:
            kind, _, stream, arrived = HEAD.unpack_from(message)
            assert kind == 1 and arrived
            self.packets.append((stream, message[HEAD.size :]))
            self.order.append(None)

    def newest(self, word: str) -> Any:
        """The last message of a kind."""
        return next((message[word] for message in reversed(self.said) if word in message), None)

    def streams(self) -> dict[int, dict[str, Any]]:
        """All that were ever told, by number."""
        told = [message["streams"] for message in self.said if "streams" in message]
        return {int(number): stream for each in told for number, stream in each.items()}


class TapReader:
    """A reader in this process that takes what waits when it is asked to."""

    def __init__(self, path: str) -> None:
        self.taken = Taken()
        self.socket = local_socket.connect(Path(path), 5, socket.SOCK_SEQPACKET)
        self.socket.setblocking(False)

    def read(self) -> Taken:
        """Take what waits; all so far."""
        try:
            while message := self.socket.recv(1 << 16):
                self.taken.take(message)
        except BlockingIOError:
            pass
        return self.taken

    def ask(self, **request: Any) -> None:
        self.socket.send(json.dumps(request).encode())


def main(path: str) -> None:
    """Both ways until one end closes."""
    tap = local_socket.connect(Path(path), 10, socket.SOCK_SEQPACKET)
    waiting = selectors.DefaultSelector()
    waiting.register(tap, selectors.EVENT_READ)
    waiting.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            data = tap.recv(1 << 16) if key.fileobj is tap else os.read(0, 1 << 16)
            if not data:
                return
            if key.fileobj is tap:
                sys.stdout.buffer.write(LENGTH.pack(len(data)) + data)
                sys.stdout.buffer.flush()
            else:
                tap.send(data)


if __name__ == "__main__":
    main(sys.argv[1])
