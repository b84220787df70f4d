"""The files of broadcasts, and the page that other sites put into theirs. In production nginx serves the files (deploy/)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, jsonify, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue

from liaison.domain.errors import NotFound
from liaison.services import broadcasts, signed_broadcasts
from liaison.services.session_views import SessionView

from ..audience import audience, broadcast_of, read_here, watched
from ..context import current_actor, house
from ..limits import limited

Found = TypeVar("Found")

bp = Blueprint("broadcast", __name__)

KEPT_S = 5.0
"""A session that was public a moment ago is not looked up again for each of its viewers' segments."""
LOOKED_S = 1.0
HERE_LIMIT = "500 per second"
"""By address: a whole district may sit behind one."""
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mp4": "video/mp4", ".m4s": "video/iso.segment", ".vtt": "text/vtt"}
IN_FRONT_S = 60
"""A server in front that does not ask for ``shown`` asks again whether it may still be seen (X-Accel-Expires, ngx_http_proxy_module)."""
FOR_EVER, A_SECOND, A_MOMENT = "public, max-age=31536000, immutable", "public, max-age=1", "public, max-age=3"


class Kept(Generic[Found]):
    """What was found of a session a moment ago is not looked up again for each of its viewers. What raises is asked again."""

    def __init__(self, find: Callable[[str], Found], seconds: float) -> None:
        self._find, self._seconds = find, seconds
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, Found]] = {}

    def of(self, session_id: str) -> Found:
        now = time.monotonic()
        with self._lock:
            kept = self._found.get(session_id)
        if kept is not None and kept[0] > now:
            return kept[1]
        found = self._find(session_id)
        with self._lock:
            self._found = {known: kept for known, kept in self._found.items() if kept[0] > now} | {session_id: (now + self._seconds, found)}
        return found

    def forget(self, session_id: str) -> None:
        """Look anew the next time."""
        with self._lock:
            self._found.pop(session_id, None)


def _shown(session_id: str) -> SessionView:
    view = broadcasts.public_session(house(), session_id)
    if not broadcasts.is_shown(house(), view):
        raise NotFound()
    return view


def _given(session_id: str) -> SessionView:
    view = signed_broadcasts.broadcast_session(house(), session_id)
    if not broadcasts.is_shown(house(), view):
        raise NotFound()
    return view


PUBLIC, SIGNED = Kept(_shown, KEPT_S), Kept(_given, KEPT_S)


def _look(session_id: str) -> dict[str, Any]:
    found = watched(house(), session_id)
    if found is None:
        raise NotFound()
    return found


STATE = Kept(_look, LOOKED_S)
"""Of sessions that may be watched."""


def _session(until: str | None, mark: str | None, session_id: str) -> SessionView:
    """The session that an address shows. Raises NotFound."""
    if until is None:
        return PUBLIC.of(session_id)
    if not signed_broadcasts.in_force(house(), until, mark or "", session_id):
        raise NotFound()
    return SIGNED.of(session_id)


def look_anew(session_id: str) -> None:
    """Who may watch has changed."""
    for kept in (PUBLIC, SIGNED, STATE):
        kept.forget(session_id)


@bp.get("/live/<session_id>/state.json")
@bp.get("/signed/<until>/<mark>/<session_id>/state.json", endpoint="signed_state")
def state(session_id: str, until: str | None = None, mark: str | None = None) -> Response:
    """What is on now; the same for everybody, so that whatever stands in front may keep it a moment."""
    return _open(jsonify(STATE.of(_session(until, mark, session_id).id)), A_MOMENT)


@bp.post("/live/<session_id>/here")
@bp.post("/signed/<until>/<mark>/<session_id>/here", endpoint="signed_here")
@limited(HERE_LIMIT)
def here(session_id: str, until: str | None = None, mark: str | None = None) -> ResponseReturnValue:
    """A page says that it plays (or, with ``quality`` null, that it is left). RoomFull: there is no place for it."""
    said = read_here(request.get_json(silent=True))
    session = _session(until, mark, session_id).id
    STATE.of(session)
    audience().here(session, said)
    return "", 204


@bp.get("/live/<session_id>/shown")
@bp.get("/signed/<until>/<mark>/<session_id>/shown", endpoint="signed_shown")
def shown(session_id: str, until: str | None = None, mark: str | None = None) -> ResponseReturnValue:
    """For a server in front, before its cache answers: 204, or 403 for what nobody may watch, or may watch no more. Looked up anew."""
    try:
        if until is not None and not signed_broadcasts.in_force(house(), until, mark or "", session_id):
            raise NotFound()
        there = broadcasts.state_of(house(), (_shown if until is None else _given)(session_id).id) is not None
    except NotFound:
        there = False
    return "", 204 if there else 403


@bp.get("/live/<session_id>/<path:name>")
@bp.get("/signed/<until>/<mark>/<session_id>/<path:name>", endpoint="signed_file")
def file(session_id: str, name: str, until: str | None = None, mark: str | None = None) -> Response:
    """A playlist or a segment."""
    path = broadcasts.broadcast_file(house(), _session(until, mark, session_id).id, name)
    response = send_file(path, mimetype=TYPES[path.suffix], conditional=True)
    return _open(response, A_SECOND if path.suffix == ".m3u8" else FOR_EVER)


@bp.get("/sessions/<session_id>/broadcast")
def watch(session_id: str) -> ResponseReturnValue:
    """For whoever may see the session: to its signed address."""
    return redirect(signed_broadcasts.signed_path(house(), current_actor(), session_id), 303)


@bp.get("/signed/<until>/<mark>/<session_id>")
def signed(until: str, mark: str, session_id: str) -> ResponseReturnValue:
    """The player for whoever has the address."""
    view = _session(until, mark, session_id)
    return render_template("public/signed.html", session=view, broadcast=watched(house(), view.id), live_url=request.path)


@bp.get("/embed/<session_id>")
def embed(session_id: str) -> ResponseReturnValue:
    """The player alone, for pages of others."""
    view = broadcasts.public_session(house(), session_id)
    return render_template("public/embed.html", session=view, broadcast=broadcast_of(house(), view.id))


def _open(response: Response, cached: str) -> Response:
    """Any player of any site may read it."""
    response.headers["Cache-Control"] = cached
    response.headers["Access-Control-Allow-Origin"] = "*"
    if cached == FOR_EVER:
        response.headers["X-Accel-Expires"] = str(IN_FRONT_S)
    response.headers.pop("Vary", None)
    return response
