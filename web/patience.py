"""How long the server waits for a request: gunicorn's threaded worker with a limit to slow senders.

A thread that reads half a request would wait for the other half for ever, and a few hundred of them would be all threads there
are. So a connection gets no thread before its first byte, the head of a request must be there within ``HEAD_WITHIN_S``, and a
body must go on coming at ``SLOWEST_BYTES_S``. While many wait at the same time, each may wait less long. Only reading a request
is limited: what a WebSocket does with its socket afterwards is its own affair (heartbeats: web.sockets, web.socket_guard).
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any

from gunicorn import sock as gunicorn_sock
from gunicorn.http.errors import NoMoreData
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_WITHIN_S = 15.0
SLOWEST_BYTES_S = 1024.0
MOST_SILENT = 500
"""Connections that have said nothing yet; of more, the oldest ends. web.server has room for them beside the others."""
CROWD = 32
"""So many threads waiting for requests are many; web.server keeps twice as many for pages."""
CROWDED_WITHIN_S = 3.0
THRONGED_WITHIN_S = 1.0
"""Where as many wait as there are threads for pages, so that those behind them come in."""
LOOK_EVERY_S = 0.5
UNREAD_WITHIN_MS = 60_000
"""A reader that takes nothing of its answer for so long is gone (tcp(7), TCP_USER_TIMEOUT)."""


class Crowd:
    """How many threads of this process wait for a request's next bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Count the block as one that waits."""
        with self._lock:
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    @property
    def patience_s(self) -> float:
        """How long one may wait now."""
        if self._waiting >= 2 * CROWD:
            return THRONGED_WITHIN_S
        return CROWDED_WITHIN_S if self._waiting > CROWD else HEAD_WITHIN_S


class PatientUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads a socket with a limit to the whole head and to a body's pace; who is too slow has said all it had to say."""

    def __init__(self, source: socket.socket, crowd: Crowd, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(source)
        self._crowd, self._now = crowd, now
        self._given_up = False
        self.begin()

    def begin(self) -> None:
        """From now on the head of a request is awaited."""
        self._began, self._earned_s, self._in_body = self._now(), 0.0, False

    def begin_body(self) -> None:
        """The head is here; every kilobyte of the body buys a second."""
        self._began, self._earned_s, self._in_body = self._now(), 0.0, True

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes; none at the end, or when there was no more patience. TimeoutError: the caller's own limit."""
        if self._given_up:
            return b""
        before = self.sock.gettimeout()
        until = None if before is None else self._now() + before
        try:
            with self._crowd.waits():
                data = self._received(self._size(size_hint), until)
        finally:
            with suppress(OSError):  # it may be closed by now
                self.sock.settimeout(before)
        if self._in_body:
            self._earned_s += len(data) / SLOWEST_BYTES_S
        return data

    def _size(self, size_hint: int | None) -> int:
        return min(max(size_hint or 0, self.mxchunk), self.max_body_chunk)

    def _received(self, size: int, until: float | None) -> bytes:
        while True:
            left = self._began + self._crowd.patience_s + self._earned_s - self._now()
            if left <= 0:
                return self._give_up()
            if until is not None and self._now() >= until:
                raise TimeoutError
            self.sock.settimeout(min(left, LOOK_EVERY_S, *([] if until is None else [max(until - self._now(), 0.001)])))
            try:
                data: bytes = self.sock.recv(size)
            except TimeoutError:
                continue
            return data

    def _give_up(self) -> bytes:
        self._given_up = True
        with suppress(OSError):  # not SSLSocket's own shutdown, which would end the encryption of what we still answer
            socket.socket.shutdown(self.sock, socket.SHUT_RD)
        return b""


class PatientConnection(TConn):  # type: ignore[misc]
    """One accepted connection: HTTP/1.1, with TLS where it is configured."""

    sock: Any
    parser: Any
    initialized: bool

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any, crowd: Crowd,
                 elsewhere: Callable[..., None]) -> None:
        super().__init__(cfg, sock, client, server)
        self._crowd, self._elsewhere = crowd, elsewhere
        if sock.family in (socket.AF_INET, socket.AF_INET6) and hasattr(socket, "TCP_USER_TIMEOUT"):
            with suppress(OSError):  # it may be gone already; reading will say so
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_WITHIN_MS)

    def init(self) -> None:
        """In a thread, with the first byte at hand. NoMoreData when the TLS handshake takes too long."""
        if self.initialized:
            return
        self.initialized = True
        if self.cfg.is_ssl:
            self._shake_hands()
        self.sock.setblocking(True)
        self.parser = RequestParser(self.cfg, self.sock, self.client)
        self.parser.unreader = PatientUnreader(self.sock, self._crowd)

    def _shake_hands(self) -> None:
        began = time.monotonic()
        self.sock.settimeout(LOOK_EVERY_S)
        self.sock = gunicorn_sock.ssl_wrap_socket(self.sock, self.cfg)
        with self._crowd.waits():
            while time.monotonic() - began < self._crowd.patience_s:
                with suppress(TimeoutError):
                    return self.sock.do_handshake()  # type: ignore[no-any-return]
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # nothing more is said or heard
        raise NoMoreData()

    def close(self, graceful: bool = False) -> None:
        """The original waits up to 2 s for the client's own end, and would do so in the thread that accepts and hands out."""
        if graceful:
            self._elsewhere(super().close, True)
        else:
            super().close()


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker whose connections have a limit to their slowness."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._crowd = Crowd()

    def accept(self, listener: Any) -> None:
        """As the original, with connections of ours, which wait for their first byte without a thread."""
        try:
            client_sock, client_addr = listener.accept()
        except OSError as exc:
            if exc.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        conn = PatientConnection(self.cfg, client_sock, client_addr, listener.getsockname(), self._crowd, self._elsewhere)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _elsewhere(self, act: Callable[..., None], *args: Any) -> None:
        """In one of the threads; here and now when they are stopped."""
        try:
            self.tpool.submit(act, *args)
        except RuntimeError:
            act(*args)

    def murder_pending(self) -> None:
        """Those that were silent for too long, and the oldest of too many."""
        for conn in islice(self.pending_conns, max(0, len(self.pending_conns) - MOST_SILENT)):
            conn.timeout = 0.0
        super().murder_pending()

    def handle(self, conn: PatientConnection) -> Any:
        """A request on a connection; the time for its head runs from here."""
        if conn.parser is not None:
            conn.parser.unreader.begin()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: PatientConnection) -> Any:
        """The head is read; the application may read the body."""
        conn.parser.unreader.begin_body()
        return super().handle_request(req, conn)
