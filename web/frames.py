"""One WebSocket frame for all who are told the same.

simple-websocket makes a frame for each socket, and with permessage-deflate (which every browser offers) compresses it for each
against all that this socket has heard before, at a quarter of a megabyte of memory a socket. Here the server takes no context
over (RFC 7692, 7.1.1.1, which it may decide alone), so that a message becomes the same bytes for everybody, made once.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

from .straight import Rest, Straight, is_of_greenlets

DEFLATE, NO_TAKEOVER, WINDOW = "permessage-deflate", "server_no_context_takeover", "_window_bits="
OFFERED = "HTTP_SEC_WEBSOCKET_EXTENSIONS"
WORTH_DEFLATING = 200
"""Bytes; without a context less than that hardly becomes shorter."""
TEXT_WHOLE, COMPRESSED = 0x81, 0x40


def frame_of(text: str, deflate: bool) -> bytes:
    """A whole text message from a server (RFC 6455, 5.2), compressed where that is allowed and worth it (RFC 7692, 7.2.1)."""
    data, first = text.encode(), TEXT_WHOLE
    if deflate and len(data) >= WORTH_DEFLATING:
        press = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data, first = (press.compress(data) + press.flush(zlib.Z_SYNC_FLUSH))[:-4], first | COMPRESSED
    if len(data) < 126:
        return struct.pack("!BB", first, len(data)) + data
    if len(data) < 1 << 16:
        return struct.pack("!BBH", first, 126, len(data)) + data
    return struct.pack("!BBQ", first, 127, len(data)) + data


def without_takeover(offers: str) -> str:
    """A client's offers of extensions, as if each of deflate asked that the server take no context over."""
    return ", ".join(f"{offer}; {NO_TAKEOVER}" if _is_deflate(offer) and NO_TAKEOVER not in offer else offer
                     for offer in _offers(offers))


def offers_deflate(offers: str) -> bool:
    return any(_is_deflate(offer) for offer in _offers(offers))


def _offers(offers: str) -> list[str]:
    return [offer.strip() for offer in offers.split(",")]


def _is_deflate(offer: str) -> bool:
    return offer.split(";")[0].strip() == DEFLATE


class SharedFrames(SimpleWebSocketWSGI):  # type: ignore[misc]
    """The WebSocket of python-engineio's; the same text sent to many in a row is framed for the first of them only."""

    _last: dict[bool, tuple[str, bytes]] = {}
    app: Any

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        offers = environ.get(OFFERED, "")
        self._own_way = WINDOW in offers  # a window of the client's choice: rare, and left to wsproto
        self._deflate = offers_deflate(offers)
        if self._deflate:
            environ = environ | {OFFERED: without_takeover(offers)}
        self._handler, self.app = self.app, self._serve
        return super().__call__(environ, start_response)

    def _serve(self, _connection: Any) -> Any:
        """python-engineio's handler is a method of its socket."""
        if is_of_greenlets(self.ws.sock):
            Straight(self._handler.__self__, self.frame, self.ws.sock)
        return self._handler(self)

    def send(self, message: Any) -> Any:
        """Raises OSError when the connection has ended."""
        frame = message if isinstance(message, Rest) else self.frame(message)
        if frame is None:
            return super().send(message)
        if not self.ws.connected:
            raise OSError
        self.ws.sock.sendall(frame)
        return None

    def frame(self, text: Any) -> bytes | None:
        """The whole frame of a text; None where wsproto must make it."""
        if self._own_way or not isinstance(text, str):
            return None
        known = self._last.get(self._deflate)
        if known is None or known[0] is not text:  # the very same text: python-engineio keeps a packet's
            known = self._last[self._deflate] = text, frame_of(text, self._deflate)
        return known[1]
