"""``/api/v1/sessions/{id}/chat`` and ``…/notes``: what was written beside a session, for those who may read it."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from liaison.services import notes
from liaison.services.chat_archive import session_chat
from liaison.services.notes import Note
from web.context import current_actor, house

from . import edge
from .chat_schemas import ChatOut, ChatQuery, NotesOut

bp = edge.blueprint("api_chat")


@bp.get("/sessions/<session_id>/chat")
@edge.query(bp, ChatQuery)
@bp.output(ChatOut)
@bp.doc(summary="Show the chat", responses=edge.problems(404, 422), security=edge.TOKEN)
def show_chat(session_id: str, data: ChatQuery) -> Response:
    """Oldest first. The office and those who lead the session read it all, officers what their points could hear."""
    found = session_chat(house(), current_actor(), edge.known_id(session_id), data.cursor, data.limit)
    return edge.tagged(found | {"items": [_message(found["session"], one) for one in found["items"]]})


@bp.get("/sessions/<session_id>/notes")
@bp.output(NotesOut)
@bp.doc(summary="Show the notes", responses=edge.problems(404), security=edge.TOKEN)
def show_notes(session_id: str) -> Response:
    """The newest version under each agenda item, for the office that plans and those who lead the session."""
    found = notes.read_notes(house(), current_actor(), edge.known_id(session_id))
    return edge.tagged({"items": [_note(note) for note in found], "next": None})


def _message(session_id: str, one: dict[str, Any]) -> dict[str, Any]:
    if one["file"] is None:
        return one
    return one | {"file": one["file"] | {"address": url_for("chat_files.file", session_id=session_id, number=one["seq"])}}


def _note(note: Note) -> dict[str, object]:
    return {"item": note.item, "version": note.version, "at": edge.stamp(note.at), "name": note.name, "text": note.text}
