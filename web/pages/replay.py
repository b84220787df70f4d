"""A session that is over, seen again: the room's interface without controls, driven by the recorded log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.errors import Invalid, NotFound
from liaison.domain.text import storable
from liaison.services.session_views import SessionView
from signaling.replay import may_replay, open_replay, replay_page

from ..context import current_actor, house
from ..replay_strings import replay_strings
from .room import boot_of, room_page

bp = Blueprint("replay", __name__)

LAST_SEQ = 2**31 - 1


@bp.get("/sessions/<session_id>/replay")
def show(session_id: str) -> ResponseReturnValue:
    session = open_replay(house(), current_actor(), _known(session_id))
    boot = boot_of(session, "room") | {"log_url": url_for(".log", session_id=session.id), "token_url": ""}
    boot["strings"] |= replay_strings()
    return room_page("room/replay.html", session, boot, "replay/main.js", url_for("sessions.show", session_id=session.id))


@bp.get("/sessions/<session_id>/replay.json")
def log(session_id: str) -> ResponseReturnValue:
    """A page of the log: ``?after=`` the number of the last event that is known."""
    return jsonify(replay_page(house(), current_actor(), _known(session_id), _after(request.args.get("after", "0"))))


@bp.app_context_processor
def words() -> dict[str, Any]:
    """For the session's page: whether it leads here."""
    def replayable(session: SessionView) -> bool:
        return may_replay(house(), current_actor(), session)
    return {"may_replay": replayable}


def _known(session_id: str) -> str:
    if not storable(session_id):
        raise NotFound()
    return session_id


def _after(given: str) -> int:
    if not (given.isascii() and given.isdigit() and int(given[:11]) <= LAST_SEQ):
        raise Invalid(errors=[{"field": "after", "message": "Give the number of an event."}])
    return int(given)
