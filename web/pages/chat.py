"""What was written beside a session: its chat, and the notes with their versions, in which those who lead it may go on writing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import NotFound
from liaison.domain.notes import GENERAL
from liaison.services import chat_archive, notes
from liaison.services.notes import Note, Written
from liaison.services.session_views import SessionView, get_session

from .. import context
from ..forms import whole_number

bp = Blueprint("chat", __name__)


@bp.get("/sessions/<session_id>/chat")
def show(session_id: str) -> ResponseReturnValue:
    """All that this reader may read of it, a page at a time."""
    wanted = request.args.get("after", "")
    after = int(wanted) if _is_number(wanted) else 0
    found = chat_archive.session_chat(context.house(), context.current_actor(), session_id, after)
    view = _session(session_id)
    names = {point.slug: context.text(point.name) for point in view.points}
    messages = [one | {"when": context.local_time(datetime.fromisoformat(one["at"]))} for one in found["items"]]
    first = url_for(".show", session_id=session_id) if after else ""
    return render_template("chat/chat.html", session=view, messages=messages, next=found["next"], names=names, first=first)


@bp.get("/sessions/<session_id>/notes")
def show_notes(session_id: str) -> ResponseReturnValue:
    found = {note.item: note for note in notes.read_notes(context.house(), context.current_actor(), session_id)}
    view = _session(session_id)
    return render_template("chat/notes.html", session=view, parts=_parts(view, found))


@bp.post("/sessions/<session_id>/notes/<number>")
def save_note(session_id: str, number: str) -> ResponseReturnValue:
    """Number 1 is the first agenda item, 0 the session as a whole."""
    text = request.form.get("text", "")
    written = Written(_item(number), text, whole_number("base") or 0)
    kept = notes.write_note(context.house(), context.current_actor(), session_id, written)
    if kept.merged and kept.text != text.replace("\r\n", "\n"):
        flash(_("Somebody else wrote here too. Both texts stand in the notes."), "warning")
    else:
        flash(_("The notes are kept."), "success")
    return redirect(url_for(".show_notes", session_id=session_id, _anchor=f"note-{number}"), 303)


@bp.get("/sessions/<session_id>/notes/<number>")
def versions(session_id: str, number: str) -> ResponseReturnValue:
    """Every version of the notes under one item."""
    item = _item(number)
    found = notes.read_versions(context.house(), context.current_actor(), session_id, item)
    view = _session(session_id)
    title = _title(view, item)
    if title is None and not found:
        raise NotFound()
    return render_template("chat/versions.html", session=view, title=title or "", versions=found)


def _session(session_id: str) -> SessionView:
    return get_session(context.house(), context.current_actor(), session_id)


def _item(number: str) -> int:
    """From what stands in the address. Raises NotFound."""
    if not _is_number(number):
        raise NotFound()
    return int(number) - 1


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _title(view: SessionView, item: int) -> str | None:
    if item == GENERAL:
        return _("On the session as a whole")
    return f"{item + 1}. {context.text(view.agenda[item].title)}" if 0 <= item < len(view.agenda) else None


def _parts(view: SessionView, found: dict[int, Note]) -> list[dict[str, Any]]:
    """Every agenda item and the session as a whole, with its newest notes; items that are no longer on the agenda only with notes."""
    items = [*range(len(view.agenda)), GENERAL]
    items += [item for item in sorted(found) if item not in items]
    return [{"number": item + 1, "title": _title(view, item) or f"{item + 1}.", "note": found.get(item),
             "open": _title(view, item) is not None} for item in items]
