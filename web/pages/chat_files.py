"""Files of a session's chat: sent before the message that brings them, opened by whoever may read the message.

In a room the resume token of one's place says who asks (``Room-Token``), elsewhere the account.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify, request, send_file
from flask.typing import ResponseReturnValue

from liaison.domain.errors import Forbidden, NotFound
from liaison.domain.file_kinds import CSV, ORDINARY
from liaison.domain.text import storable
from liaison.services import join
from liaison.services.chat_archive import session_file
from liaison.services.chat_files import OpenedFile, Sent
from liaison.services.join import Claims
from signaling.service import RoomService

from ..context import current_actor, house
from ..sent_files import guarded, room_token

bp = Blueprint("chat_files", __name__, url_prefix="/sessions/<session_id>/chat")

MEDIA_TYPES = {kind.suffix: kind.media_type for kind in {*ORDINARY, CSV}}


@bp.url_value_preprocessor
def refuse_unkeepable(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and not all(storable(value) for value in values.values() if isinstance(value, str)):
        raise NotFound()


@bp.post("/files")
def add(session_id: str) -> ResponseReturnValue:
    """``id`` (of the message to come) and ``file``, from somebody in the room: 201 and ``{file}``."""
    token = room_token()
    if token is None:
        raise join.TokenRefused()
    claims = _claims(session_id, token)
    sent = request.files.get("file")
    made = Sent(request.form.get("id", ""), (sent.filename or "") if sent else "", sent.read() if sent else b"")
    return jsonify(file=_rooms().beside.keep_file(claims, made)), 201


@bp.get("/<number>/file")
def file(session_id: str, number: str) -> Response:
    """The file of a message, to be kept: a browser never shows it inside our pages."""
    found = _opened(session_id, number, small=False)
    return guarded(send_file(found.path, mimetype=MEDIA_TYPES[found.kind], as_attachment=True, download_name=found.name,
                             etag=found.digest, max_age=0))


@bp.get("/<number>/thumbnail")
def thumbnail(session_id: str, number: str) -> Response:
    """The small one of a picture."""
    found = _opened(session_id, number, small=True)
    return guarded(send_file(found.path, mimetype="image/webp", etag=found.digest, max_age=0))


def _opened(session_id: str, number: str, small: bool) -> OpenedFile:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound()
    token = room_token()
    if token is None:
        return session_file(house(), current_actor(), session_id, int(number), small)
    return _rooms().beside.open_file(_claims(session_id, token), int(number), small)


def _claims(session_id: str, token: str) -> Claims:
    """Whose place in this room it is. Raises TokenRefused, Forbidden (of another room)."""
    claims = join.check_resume(house(), token)
    if claims.session != session_id:
        raise Forbidden()
    return claims


def _rooms() -> RoomService:
    return cast(RoomService, current_app.extensions["liaison_rooms"])
