"""What python-engineio leaves open: connections that never ask for anything, and packets that no page of ours sends.

A WebSocket holds a thread from its first byte on, before any token is seen. So the transport below Socket.IO has a limit of
its own, and whoever has not asked for the namespace soon, or has left it, loses the connection. No message holds bytes,
so nobody may announce attachments (python-socketio collects them without a limit), and a message that is too long ends
while it arrives (simple-websocket would first put it together).
"""

from __future__ import annotations

import threading
import time
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

from liaison.process import get_logger

from .frames import SharedFrames

ASK_WITHIN_S = 10.0
"""Socket.IO's clients ask for their namespace in the first second."""
KNOCKING = 32
"""Connections beside the sockets themselves that may be on their way in or out; web.server keeps threads for them."""
BINARY_KINDS = ("5", "6")
CONNECT_KIND = "0"

log = get_logger("liaison.sockets")


class SocketGuard:
    """Stands before one python-socketio server. ``most`` is how many sockets the server may have."""

    def __init__(self, server: Any, most: int) -> None:
        self._server, self._eio, self._most = server, server.eio, most + KNOCKING
        self._lock = threading.Lock()
        self._silent: dict[str, float] = {}
        self._limit_messages()
        self._connect, self._message = self._eio.handlers["connect"], self._eio.handlers["message"]
        self._eio.on("connect", self._on_connect)
        self._eio.on("message", self._on_message)

    def _limit_messages(self) -> None:
        known = self._eio._async["websocket"]
        if isinstance(known, type) and issubclass(known, SimpleWebSocketWSGI):
            self._eio._async = self._eio._async | {"websocket": _limited(known, self._eio.max_http_buffer_size)}

    def _on_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        """What is not None refuses the connection (401)."""
        if len(self._eio.sockets) > self._most:
            return "This server has as many connections as it may have."
        return self._connect(eio_sid, environ)

    def _on_message(self, eio_sid: str, data: Any) -> None:
        if self._strange(eio_sid, data):
            self._end(eio_sid, "a packet that no page sends")
            return
        try:
            self._message(eio_sid, data)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as exc:
            self._end(eio_sid, f"{type(exc).__name__}: {str(exc)[:100]}")

    def _strange(self, eio_sid: str, data: Any) -> bool:
        """Bytes, announced bytes, and a second request for the namespace (each would take another socket's place)."""
        if not isinstance(data, str) or data.startswith(BINARY_KINDS):
            return True
        return data.startswith(CONNECT_KIND) and self._joined(eio_sid)

    def _joined(self, eio_sid: str) -> bool:
        return self._server.manager.sid_from_eio_sid(eio_sid, "/") is not None

    def end_silent(self) -> None:
        """Called every few seconds: end what is connected and in no namespace for too long."""
        now = time.monotonic()
        with self._lock:
            outside = {sid for sid in list(self._eio.sockets) if not self._joined(sid)}
            self._silent = {sid: self._silent.get(sid, now) for sid in outside}
            late = [sid for sid, since in self._silent.items() if now - since > ASK_WITHIN_S]
        for sid in late:
            self._end(sid, "it asked for nothing")

    def _end(self, eio_sid: str, why: str) -> None:
        """Not Server.disconnect: that waits until everything is sent, for ever when nobody reads."""
        log.info("connection ended", why=why)
        socket = self._eio.sockets.pop(eio_sid, None)
        if socket is not None:
            socket.close(wait=False, reason=self._eio.reason.SERVER_DISCONNECT)


def _limited(known: Any, longest: int) -> Any:
    """The WebSocket of python-engineio's, with a limit to its messages and frames made once for all."""
    class Limited(SharedFrames, known):  # type: ignore[misc]
        def __init__(self, handler: Any, server: Any) -> None:
            super().__init__(handler, server)
            self.server_args["max_message_size"] = longest
    return Limited
