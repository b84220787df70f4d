"""Gates between a client and the service that can be shut: the network that a test takes away.

``TcpGate`` carries HTTP and WebSockets, ``UdpGate`` media. Announce the UDP gate's port to clients with
``LIAISON_MEDIA_HOST=127.0.0.1:PORT`` and open pages at the TCP gate's ``url``. A shut gate drops silently: nothing is
refused or reset, as on a cable that was pulled.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import Self

from tests.support.ports import LOOPBACK

STUN_USERNAME = 0x0006
STUN_MAGIC = b"\x21\x12\xa4\x42"
CHUNK = 65536


def stun_username(datagram: bytes) -> str:
    """The USERNAME of a STUN message (RFC 8489, section 14.3), or the empty string: ``server ufrag:client ufrag``."""
    if len(datagram) < 20 or datagram[0] > 3 or datagram[4:8] != STUN_MAGIC:
        return ""
    position = 20
    while position + 4 <= len(datagram):
        kind = int.from_bytes(datagram[position : position + 2], "big")
        length = int.from_bytes(datagram[position + 2 : position + 4], "big")
        if kind == STUN_USERNAME:
            return datagram[position + 4 : position + 4 + length].decode(errors="replace")
        position += 4 + (length + 3) // 4 * 4
    return ""


class _Gate:
    """A thread with a selector."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True, name=type(self).__name__)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._running = False
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            with contextlib.suppress(OSError):
                key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _run(self) -> None:
        while self._running:
            for key, _mask in self._selector.select(0.05):
                key.data()


class UdpGate(_Gate):
    """Forwards datagrams to the media port, each client through a socket of its own (as a NAT does).

    ``cut()`` drops everything; ``cut(ufrag)`` only the client whose ICE ufrag (in its own SDP) that is; ``mend``
    undoes it. ``loss`` is the share of datagrams, 0–1, that is dropped evenly in both directions.
    """

    def __init__(self, target_port: int, front: socket.socket | None = None) -> None:
        """``front``: where clients send to, already bound; else a port of its own."""
        super().__init__()
        self._target = (LOOPBACK, target_port)
        self._front = _set_up(front) if front is not None else _udp()
        if front is None:
            self._front.bind((LOOPBACK, 0))
        self.port = int(self._front.getsockname()[1])
        self.address = f"{LOOPBACK}:{self.port}"
        self._clients: dict[tuple[str, int], socket.socket] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._cut: set[str] = set()
        self._all_cut = False
        self.loss = 0.0
        self._owed = 0.0
        self.forwarded = 0
        self.dropped = 0
        self._selector.register(self._front, selectors.EVENT_READ, self._from_client)

    def cut(self, ufrag: str | None = None) -> None:
        if ufrag is None:
            self._all_cut = True
        else:
            self._cut.add(ufrag)

    def mend(self, ufrag: str | None = None) -> None:
        if ufrag is None:
            self._all_cut = False
            self._cut.clear()
        else:
            self._cut.discard(ufrag)

    def _passes(self, client: tuple[str, int]) -> bool:
        self._owed += self.loss
        if self._owed >= 1:
            self._owed -= 1
            passes = False
        else:
            passes = not self._all_cut and self._names.get(client, "") not in self._cut
        self.forwarded += passes
        self.dropped += not passes
        return passes

    def _from_client(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                datagram, client = self._front.recvfrom(CHUNK)
                name = stun_username(datagram)
                if ":" in name:
                    self._names[client] = name.split(":", 1)[1]
                if self._passes(client):
                    self._upstream(client).send(datagram)

    def _upstream(self, client: tuple[str, int]) -> socket.socket:
        known = self._clients.get(client)
        if known is None:
            known = self._clients[client] = _udp()
            known.connect(self._target)
            self._selector.register(known, selectors.EVENT_READ, lambda: self._from_server(client))
        return known

    def _from_server(self, client: tuple[str, int]) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                datagram = self._clients[client].recv(CHUNK)
                if self._passes(client):
                    self._front.sendto(datagram, client)


def _udp() -> socket.socket:
    return _set_up(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


def _set_up(made: socket.socket) -> socket.socket:
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return made


class TcpGate:
    """Forwards TCP connections to the service; while shut it carries no byte and accepts no connection's data."""

    def __init__(self, target_port: int, listener: socket.socket | None = None) -> None:
        """``listener``: where clients connect to, already listening; else a port of its own."""
        self._target = (LOOPBACK, target_port)
        self._listener = listener or socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._open = threading.Event()
        self._open.set()
        self._running = True
        self._sockets: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True, name="TcpGate")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._running = False
        self._open.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()
        self._thread.join(5)

    def cut(self) -> None:
        """Carry nothing from now on; connections stay open and hear nothing."""
        self._open.clear()

    def mend(self) -> None:
        """Carry again; connections of before the cut are gone, as after a change of address."""
        self.reset()
        self._open.set()

    def reset(self) -> None:
        """Close every connection."""
        for known in list(self._sockets):
            with contextlib.suppress(OSError):
                known.shutdown(socket.SHUT_RDWR)
            known.close()
        self._sockets.clear()

    def _accept(self) -> None:
        while self._running:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._sockets.add(client)
        self._open.wait()
        try:
            server = socket.create_connection(self._target, 10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self._sockets.add(server)
        threading.Thread(target=self._carry, args=(client, server), daemon=True).start()
        self._carry(server, client)

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._open.wait()
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            self._sockets.discard(end)
