"""The files of broadcasts, and the page that other sites put into theirs. In production nginx serves the files (deploy/)."""

from __future__ import annotations

import threading
import time

from flask import Blueprint, Response, jsonify, render_template, send_file
from flask.typing import ResponseReturnValue

from liaison.domain.errors import NotFound
from liaison.services import broadcasts

from ..context import house

bp = Blueprint("broadcast", __name__)

KEPT_S = 5.0
"""A session that was public a moment ago is not looked up again for each of its viewers' segments."""
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mp4": "video/mp4", ".m4s": "video/iso.segment"}
FOR_EVER, A_SECOND, A_MOMENT = "public, max-age=31536000, immutable", "public, max-age=1", "public, max-age=3"


class Known:
    """Sessions that were found public lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def require(self, session_id: str) -> None:
        """Raises NotFound."""
        now = time.monotonic()
        with self._lock:
            if self._until.get(session_id, 0.0) > now:
                return
        broadcasts.public_session(house(), session_id)
        with self._lock:
            self._until = {known: until for known, until in self._until.items() if until > now} | {session_id: now + KEPT_S}


_known = Known()


@bp.get("/live/<session_id>/state.json")
def state(session_id: str) -> Response:
    """What is on now; the same for everybody, so that whatever stands in front may keep it a moment."""
    found = broadcasts.broadcast_of(house(), session_id)
    if found is None:
        raise NotFound()
    return _open(jsonify(found), A_MOMENT)


@bp.get("/live/<session_id>/<path:name>")
def file(session_id: str, name: str) -> Response:
    """A playlist or a segment."""
    _known.require(session_id)
    path = broadcasts.broadcast_file(house(), session_id, name)
    response = send_file(path, mimetype=TYPES[path.suffix], conditional=True)
    return _open(response, A_SECOND if path.suffix == ".m3u8" else FOR_EVER)


@bp.get("/embed/<session_id>")
def embed(session_id: str) -> ResponseReturnValue:
    """The player alone, for pages of others."""
    view = broadcasts.public_session(house(), session_id)
    return render_template("public/embed.html", session=view, broadcast=broadcasts.broadcast_of(house(), session_id))


def _open(response: Response, cached: str) -> Response:
    """Any player of any site may read it."""
    response.headers["Cache-Control"] = cached
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers.pop("Vary", None)
    return response
