"""Documents of a session: the list, the files and their pages for those who may see them, and adding, changing, removing.

``Room-Token`` is the resume token of somebody's place in the room: whoever came in without an account sees the documents by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import Invalid, LiaisonError, NotFound
from liaison.domain.file_kinds import PAPERS, plain_name
from liaison.domain.text import storable
from liaison.services import documents
from liaison.services.disk import DiskFull
from liaison.services.document_rights import Reader, reader_of
from liaison.services.documents import DocumentView, Placing
from liaison.services.file_scan import ScannerSilent

from ..context import current_actor, house
from ..errors import for_programs
from ..forms import field_errors, safe_next
from ..sent_files import guarded, room_token

bp = Blueprint("documents", __name__, url_prefix="/sessions/<session_id>/documents")

MEDIA_TYPES = {kind.suffix: kind.media_type for kind in PAPERS}


@bp.url_value_preprocessor
def refuse_unkeepable(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and not all(storable(value) for value in values.values() if isinstance(value, str)):
        raise NotFound()


def _reader() -> Reader:
    return reader_of(house(), current_actor(), room_token())


@bp.get("")
def index(session_id: str) -> Response:
    """``{items, may_add}``: what the reader may see."""
    found = documents.list_documents(house(), _reader(), session_id)
    may_add = documents.may_add_documents(house(), current_actor(), session_id)
    return jsonify(items=[_as_json(one) for one in found], may_add=may_add)


@bp.get("/<document_id>/file")
def file(session_id: str, document_id: str) -> Response:
    """The document, to be kept: a browser never shows it inside our pages."""
    found, path = documents.read_file(house(), _reader(), session_id, document_id)
    response = send_file(path, mimetype=MEDIA_TYPES[found.kind], as_attachment=True, download_name=f"{found.title}.{found.kind}",
                         etag=path.name, max_age=0)
    return guarded(response)


@bp.get("/<document_id>/pages/<number>")
def page(session_id: str, document_id: str, number: str) -> Response:
    """A page's picture; ``?small=1`` for thin links. Asked again each time, sent again only when it is another."""
    found = documents.read_page(house(), _reader(), session_id, document_id, _whole(number), request.args.get("small") == "1")
    return guarded(send_file(found.file, mimetype="image/webp", etag=found.digest, max_age=0))


@bp.get("/<document_id>/pages/<number>/text")
def text(session_id: str, document_id: str, number: str) -> Response:
    """What the page says, as far as the file tells it: ``{text, width, height}``."""
    found = documents.read_page(house(), _reader(), session_id, document_id, _whole(number))
    return jsonify(text=found.text, width=found.width, height=found.height)


def _whole(number: str) -> int:
    """A page's number out of an address."""
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise NotFound()
    return int(number)


# ---------------------------------------------------------------- keeping the list


@bp.post("")
def add(session_id: str) -> ResponseReturnValue:
    """``file``, ``title`` (else the file's name), ``item``, ``public``, ``points``. For programs 201 and the document."""
    sent = request.files.get("file")
    placing = _placing()
    if sent is not None and not placing.title:
        placing = replace(placing, title=plain_name(sent.filename or "", documents.LONGEST_TITLE))
    try:
        made = documents.add_document(house(), current_actor(), session_id, sent.read() if sent else b"", placing)
    except (Invalid, ScannerSilent, DiskFull) as error:
        return _refused(session_id, error)
    if for_programs():
        return jsonify(_as_json(made)), 201
    flash(_("The document is there: %(title)s.", title=made.title), "success")
    return _back(session_id)


@bp.post("/<document_id>")
def change(session_id: str, document_id: str) -> ResponseReturnValue:
    try:
        documents.change_document(house(), current_actor(), session_id, document_id, _placing())
    except Invalid as error:
        return _refused(session_id, error)
    flash(_("Saved."), "success")
    return _back(session_id)


@bp.post("/<document_id>/delete")
def remove(session_id: str, document_id: str) -> ResponseReturnValue:
    documents.remove_document(house(), current_actor(), session_id, document_id)
    flash(_("The document is gone."), "success")
    return _back(session_id)


def _placing() -> Placing:
    typed = request.form.get("item", "").strip()
    known = typed.isascii() and typed.isdigit() and len(typed) < 5
    item = int(typed) if known else None if not typed else -1
    return Placing(request.form.get("title", "").strip(), item, request.form.get("public") == "1",
                   tuple(request.form.getlist("points")))


def _refused(session_id: str, error: LiaisonError) -> ResponseReturnValue:
    """For people on the session's page, where the form is; programs are answered by the edge."""
    if for_programs():
        raise error
    flash(" ".join(field_errors(error).values()), "danger")
    return _back(session_id)


def _back(session_id: str) -> ResponseReturnValue:
    return redirect(safe_next(url_for("sessions.show", session_id=session_id)) + "#documents", 303)


def _as_json(one: DocumentView) -> dict[str, Any]:
    address = url_for("documents.file", session_id=one.session_id, document_id=one.id).removesuffix("/file")
    return {"id": one.id, "item": one.item, "title": one.title, "kind": one.kind, "size": one.size, "pages": one.pages,
            "public": one.public, "points": one.points, "by": one.uploaded_by, "changeable": one.changeable, "address": address}
