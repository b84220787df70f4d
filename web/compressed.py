"""Style sheets, scripts, icons and playlists compressed for thin links, where no web server in front does it (RFC 9110 section 8.4.1.3).

Only files that are the same for everybody: pages hold secrets, and would tell of them by their compressed length.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict

from flask import Flask, Response, request

TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/vnd.apple.mpegurl"})
ENDPOINTS = frozenset({"static", "broadcast.file", "broadcast.signed_file"})
SMALLEST = 1024
LEVEL = 6
MOST = 400
"""So many compressed files are kept."""


class Compressed:
    """What was compressed lately, by ETag."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def of(self, tag: str, data: bytes) -> bytes:
        with self._lock:
            if tag in self._kept:
                self._kept.move_to_end(tag)
                return self._kept[tag]
        made = gzip.compress(data, LEVEL, mtime=0)
        with self._lock:
            self._kept[tag] = made
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made


def init_compression(app: Flask) -> None:
    """Compress what is worth it, for whoever takes it."""
    kept = Compressed()

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint not in ENDPOINTS or response.mimetype not in TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or not request.accept_encodings["gzip"] or (response.content_length or 0) < SMALLEST:
            return response
        tag, _weak = response.get_etag()
        if tag is None:
            return response
        response.direct_passthrough = False
        response.set_data(kept.of(f"{request.path} {tag}", response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        response.set_etag(tag, weak=True)  # the same file, though not octet for octet
        return response
