"""Broadcasts' files and their viewers' words, answered in front of Flask: what 150 players ask for all the time must cost next to
nothing. Whatever is not plainly in order goes on to the ordinary pages (``pages/broadcast.py``), which answer the same.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from limits import parse
from limits.errors import StorageError
from pydantic import ValidationError
from werkzeug.wsgi import wrap_file

from liaison.domain.errors import LiaisonError, NotFound, RoomFull
from liaison.house import House
from liaison.services.broadcasts import FILE
from liaison.services.signed_broadcasts import in_force

from .audience import HereIn, Viewers
from .compressed import SMALLEST, Compressed
from .pages import broadcast as pages

ADDRESS = re.compile(r"/(?:live|signed/(\d{1,12})/([\w-]{22}))/([0-9a-f-]{36})/([a-z0-9./-]+)", re.ASCII)
PLAYLIST = ".m3u8"
LONGEST_WORD = 1000
Start = Callable[..., Any]
Environ = dict[str, Any]


class LiveFiles:
    """A WSGI application before another. None from one of its parts: the other shall answer."""

    def __init__(self, app: Flask, house: House) -> None:
        self._app, self._next, self._house = app, app.wsgi_app, house
        self._viewers: Viewers = app.extensions["liaison_viewers"]
        self._compressed = Compressed()
        self._often = parse(pages.HERE_LIMIT)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        found = ADDRESS.fullmatch(environ.get("PATH_INFO", ""))
        if found is not None:
            answer = self._answer(environ, start, *found.groups())
            if answer is not None:
                return answer
        return self._next(environ, start)

    def _answer(self, environ: Environ, start: Start, until: str | None, mark: str | None, session: str,
                name: str) -> Iterable[bytes] | None:
        if until is not None and not in_force(self._house, until, mark or "", session):
            return None
        method = environ["REQUEST_METHOD"]
        try:
            with self._app.app_context():
                (pages.PUBLIC if until is None else pages.SIGNED).of(session)
                if name == "here" and method == "POST":
                    return self._here(environ, start, session)
                if method != "GET" or "HTTP_RANGE" in environ:
                    return None
                if name == "state.json":
                    body = json.dumps(pages.STATE.of(session)).encode()
                    return self._sent(start, [body], len(body), "application/json", pages.A_MOMENT)
        except LiaisonError:
            return None
        return self._file(environ, start, self._house.settings.broadcasts_folder / session / name) if FILE.fullmatch(name) else None

    # ---------------------------------------------------------------- files

    def _file(self, environ: Environ, start: Start, path: Path) -> Iterable[bytes] | None:
        try:
            file = path.open("rb")
        except OSError:
            return None
        known = os.fstat(file.fileno())
        tag = f'W/"{known.st_mtime_ns:x}-{known.st_size:x}"'
        playlist = path.suffix == PLAYLIST
        more = [("ETag", tag), *([("Vary", "Accept-Encoding")] if playlist else [])]
        more += [] if playlist else [("X-Accel-Expires", str(pages.IN_FRONT_S))]
        cached = pages.A_SECOND if playlist else pages.FOR_EVER
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            file.close()
            return self._sent(start, [], None, None, cached, "304 NOT MODIFIED", more)
        if not playlist:
            return self._sent(start, wrap_file(environ, file, 1 << 16), known.st_size, pages.TYPES[path.suffix], cached, more=more)
        with file:
            body = file.read()
        if known.st_size >= SMALLEST and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = self._compressed.of(f"{path} {tag}", body)
            more.append(("Content-Encoding", "gzip"))
        return self._sent(start, [body], len(body), pages.TYPES[PLAYLIST], cached, more=more)

    def _sent(self, start: Start, body: Iterable[bytes], length: int | None, kind: str | None, cached: str, status: str = "200 OK",
              more: Iterable[tuple[str, str]] = ()) -> Iterable[bytes]:
        self._count("broadcast.file", status)
        about = [("Content-Type", kind), ("Content-Length", str(length))] if kind is not None else []
        start(status, [*about, ("Cache-Control", cached), ("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"),
                       *more])
        return body

    def _count(self, endpoint: str, status: str, method: str = "GET") -> None:
        self._app.extensions["liaison_metrics"].requests.labels(endpoint, method, int(status[:3])).inc()

    # ---------------------------------------------------------------- viewers

    def _here(self, environ: Environ, start: Start, session: str) -> Iterable[bytes] | None:
        """A page says that it plays. What was read of it is there again for whoever answers instead."""
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdigit() or int(length) > LONGEST_WORD or environ.get("CONTENT_TYPE") != "application/json":
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)
        try:
            said = HereIn.model_validate_json(body)
            if pages.STATE.of(session) is None or not self._may_speak(environ):
                return None
            self._viewers.here(session, said)
        except (ValidationError, NotFound, RoomFull):
            return None
        self._count("broadcast.here", "204 NO CONTENT", "POST")
        start("204 NO CONTENT", [("Cache-Control", "no-cache")])
        return []

    def _may_speak(self, environ: Environ) -> bool:
        strategy = self._app.extensions["liaison_limiter"].limiter
        try:
            return bool(strategy.hit(self._often, "page", "broadcast.here", environ.get("REMOTE_ADDR", "")))
        except StorageError:
            return True


def init_live_files(app: Flask, house: House) -> None:
    """Inside of whatever says where a request comes from."""
    app.wsgi_app = LiveFiles(app, house)  # type: ignore[method-assign, assignment]
