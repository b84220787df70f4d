"""The help desk's room: one press leads in; the office and the help desk see who waits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.services import help_desk

from .. import context
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
    answer = jsonify(callers=names, helped=found.helped, waiting=len(found.waiting))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def may_enter() -> bool:
    """For templates: whether this reader may enter."""
    return help_desk.may_enter(context.current_actor())


@bp.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {"may_enter_help_desk": may_enter}
