"""Rehearsals of a booked session: started and removed from its page."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.services import rehearsals
from liaison.services.rehearsals import Rehearsal
from liaison.services.session_views import SessionView
from signaling.service import RoomService

from ..context import current_actor, house
from ..limits import limited

bp = Blueprint("rehearsal", __name__)


@bp.post("/sessions/<session_id>/rehearsal")
@limited("30 per minute")
def start(session_id: str) -> ResponseReturnValue:
    """Into the rehearsal's room; it is made if there is none."""
    made = rehearsals.start_rehearsal(house(), current_actor(), session_id)
    return redirect(url_for("room.room", session_id=made), 303)


@bp.post("/rehearsals/<session_id>/remove")
def remove(session_id: str) -> ResponseReturnValue:
    """End it for everybody in it, and remove it with its log."""
    rehearsals.end_rehearsal(house(), current_actor(), session_id)
    cast(RoomService, current_app.extensions["liaison_rooms"]).follower.caught_up(session_id)  # so that its pages hear of the end
    rehearsed = rehearsals.remove_rehearsal(house(), current_actor(), session_id)
    flash(_("The rehearsal is removed."), "success")
    return redirect(url_for("sessions.show", session_id=rehearsed), 303)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """For the session's page."""
    def may_rehearse(session: SessionView) -> bool:
        return rehearsals.may_rehearse(current_actor(), session)

    def rehearsals_of(session: SessionView) -> list[Rehearsal]:
        return rehearsals.rehearsals_of(house(), session.id)
    return {"may_rehearse": may_rehearse, "rehearsals_of": rehearsals_of}
