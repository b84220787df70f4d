"""The help desk's room: one press leads in; the office and the help desk see who waits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.services import desk_chat, help_desk
from liaison.services.desk_chat import DeskMessage

from .. import context
from ..forms import whole_number
from ..limits import limited

bp = Blueprint("help_desk", __name__, url_prefix="/help-desk")


@bp.post("")
@limited("60 per minute")
def enter() -> ResponseReturnValue:
    session_id = help_desk.open_help_desk(context.house(), context.current_actor())
    return redirect(url_for("room.room", session_id=session_id), 303)


@bp.get("/state.json")
def state() -> Response:
    """For the script of the pages that show who waits."""
    found = help_desk.look_at_help_desk(context.house(), context.current_actor())
    names = [_("%(point)s since %(time)s", point=context.text(one.name), time=context.local_time(one.since)) for one in found.callers]
    messages = [_message(one) for one in desk_chat.messages_to_desk(context.house(), context.current_actor())]
    answer = jsonify(callers=names, helped=found.helped, waiting=len(found.waiting), messages=messages)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/answer")
@limited("120 per minute")
def answer() -> Response:
    """An answer to somebody who wrote out of a session."""
    form = request.form
    seq = desk_chat.answer_message(context.house(), context.current_actor(), form.get("session", ""), whole_number("seq") or 0,
                                   form.get("text", ""), form.get("id", ""))
    return jsonify(seq=seq)


def _message(one: DeskMessage) -> dict[str, Any]:
    who = ", ".join(part for part in (context.text(one.point_name), one.name) if part)
    address = url_for("chat_files.file", session_id=one.session, number=one.seq) if one.file else ""
    return {"session": one.session, "seq": one.seq, "who": who, "when": f"{one.number} · {context.local_time(one.at)}", "text": one.text,
            "file": one.file, "address": address, "answers": one.answers, "open": one.live}


def may_enter() -> bool:
    """For templates: whether this reader may enter."""
    return help_desk.may_enter(context.current_actor())


@bp.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {"may_enter_help_desk": may_enter}
