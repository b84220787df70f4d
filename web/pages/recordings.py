"""Recordings of a session: a page for those who lead it, their files, and for everybody what is where in the recording."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import IllegalState, Invalid
from liaison.services import broadcasts, disk, recordings
from liaison.services.deputies import standing_in
from liaison.services.session_views import SessionView
from signaling.contents import contents_of

from ..context import current_actor, house
from ..forms import field_errors
from .broadcast import TYPES, look_anew

bp = Blueprint("recordings", __name__)

MKV = "video/x-matroska"


@bp.get("/sessions/<session_id>/recordings")
def show(session_id: str) -> ResponseReturnValue:
    return _page(session_id)


def _page(session_id: str, error: str = "") -> str:
    view = recordings.look_at_recordings(house(), standing_in(house(), current_actor(), session_id), session_id)
    names = {point.slug: point.name for point in view.session.points}
    return render_template("sessions/recordings.html", session=view.session, recording=view, names=names, error=error,
                           rests=disk.recording_rests(house()), contents=contents_of(house(), view.session))


@bp.post("/sessions/<session_id>/recordings/publish")
def publish(session_id: str) -> ResponseReturnValue:
    """``published`` = yes: everybody may watch; else nobody but those who lead the session."""
    published = request.form.get("published") == "yes"
    recordings.publish(house(), current_actor(), session_id, published)
    look_anew(session_id)
    flash(_("Everybody may watch the recording now.") if published else _("The recording is withheld from everybody else."), "success")
    return _back(session_id)


@bp.post("/sessions/<session_id>/recordings/hold")
def hold(session_id: str) -> ResponseReturnValue:
    """``held`` = yes with a ``reason``: kept beyond its time."""
    held = request.form.get("held") == "yes"
    try:
        recordings.hold(house(), current_actor(), session_id, held, request.form.get("reason", ""))
    except Invalid as error:
        return make_response(_page(session_id, " ".join(field_errors(error).values())), 422)
    flash(_("The recordings are held until the hold is ended.") if held else _("The hold is ended."), "success")
    return _back(session_id)


@bp.post("/sessions/<session_id>/recordings/remove")
def remove(session_id: str) -> ResponseReturnValue:
    """``what``: composite or tracks."""
    try:
        recordings.remove(house(), current_actor(), session_id, request.form.get("what", ""))
        look_anew(session_id)
    except IllegalState as error:
        return make_response(_page(session_id, " ".join(field_errors(error).values())), 409)
    flash(_("Removed for good."), "success")
    return _back(session_id)


def _back(session_id: str) -> Response:
    return make_response(redirect(url_for(".show", session_id=session_id), 303))


@bp.get("/sessions/<session_id>/recordings/checksums.txt")
def checksums(session_id: str) -> Response:
    view = recordings.look_at_recordings(house(), standing_in(house(), current_actor(), session_id), session_id)
    return Response(recordings.checksums(view), mimetype="text/plain", headers={
        "Content-Disposition": f'attachment; filename="{view.session.number}.sha256"'})


@bp.get("/sessions/<session_id>/recordings/tracks/<name>")
def track(session_id: str, name: str) -> Response:
    path = recordings.track_file(house(), standing_in(house(), current_actor(), session_id), session_id, name)
    return _private(path, MKV, path.name)


@bp.get("/sessions/<session_id>/recordings/play/<path:name>")
def play(session_id: str, name: str) -> Response:
    """The broadcast's files for those who lead the session, whether it is published or not."""
    path = recordings.composite_file(house(), standing_in(house(), current_actor(), session_id), session_id, name)
    return _private(path, TYPES[path.suffix], path.name if name == recordings.WHOLE else "")


def _private(path: Path, kind: str, name: str) -> Response:
    """Nothing between may keep it; a part of it may be asked for (RFC 9110 section 14)."""
    response = send_file(path, mimetype=kind, conditional=True, as_attachment=bool(name), download_name=name or None)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


# ---------------------------------------------------------------- for everybody


@bp.get("/public/sessions/<session_id>/recording.json")
def contents(session_id: str) -> Response:
    """What is where in the recording, for programs."""
    view = broadcasts.public_session(house(), session_id)
    composite = recordings.public_composite(house(), view)
    response = jsonify(session=_of(view), seconds=composite.seconds, octets=composite.octets, sha256=composite.sha256,
                       contents=contents_of(house(), view))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _of(view: SessionView) -> dict[str, object]:
    return {"id": view.id, "number": view.number, "title": dict(view.title)}


@bp.get("/public/sessions/<session_id>/recording.mp4")
def whole(session_id: str) -> Response:
    view, path = recordings.public_file(house(), session_id)
    return send_file(path, mimetype="video/mp4", conditional=True, as_attachment=True, download_name=f"{view.number}.mp4")
