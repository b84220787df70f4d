"""Under gevent: frames written straight into the socket, while nothing else waits to be sent on it.

python-engineio puts each packet into a queue of its socket, from which a greenlet of its own takes it: with hundreds of sockets
in a room that is most of what a message costs. Greenlets change places only where they wait, so the sender may write by itself
whenever that writer waits at an empty queue; what the kernel does not take at once goes into the queue, and everything after it too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from engineio.packet import MESSAGE


class Rest(bytes):
    """What is left of a frame."""


class RestPacket:
    """The rest of a frame in the writer's queue, as if it were a packet."""

    def __init__(self, rest: bytes) -> None:
        self._rest = Rest(rest)

    def encode(self) -> Rest:
        return self._rest


def is_of_greenlets(socket: Any) -> bool:
    """Whether this is gevent's own socket, without TLS above it: it never blocks, and only greenlets write to it."""
    gevent = sys.modules.get("gevent.socket")
    return gevent is not None and type(socket) is gevent.socket


class Straight:
    """Takes the place of ``send`` and ``poll`` of python-engineio's socket, whose writer calls ``poll``. ``frame`` makes the whole
    frame of a text, or says None when it does not frame this message."""

    def __init__(self, transport: Any, frame: Callable[[Any], bytes | None], socket: Any) -> None:
        self._transport, self._frame, self._socket = transport, frame, socket
        self._queued, self._wait = transport.send, transport.poll
        self._free = False  # the writer waits for the queue: no frame is half sent
        transport.send, transport.poll = self.send, self.poll

    def poll(self) -> Any:
        self._free = True
        try:
            return self._wait()
        finally:
            self._free = False

    def send(self, packet: Any) -> None:
        """As python-engineio's: raises its SocketIsClosedError, ends a socket whose client has been silent for too long."""
        if packet.packet_type != MESSAGE or not (self._free and self._transport.queue.empty()):
            self._queued(packet)
        elif self._transport.check_ping_timeout():
            self._write(packet)

    def _write(self, packet: Any) -> None:
        frame = self._frame(packet.encode())
        if frame is None:
            self._queued(packet)
            return
        try:
            taken = os.write(self._socket.fileno(), frame)  # never waits, as the socket's own ``send`` would
        except BlockingIOError:
            taken = 0
        except OSError:  # the writer meets the same, and ends the connection
            self._queued(packet)
            return
        if taken < len(frame):
            self._transport.queue.put(RestPacket(frame[taken:]))
