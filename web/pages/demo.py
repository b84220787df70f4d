"""The demonstration's door: ``/demo`` leads into the session that is live now, however often that was booked anew."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from liaison.services.demonstration import live_demonstration

from .. import context

bp = Blueprint("demo", __name__)


@bp.get("/demo")
def enter() -> ResponseReturnValue:
    """To the room; 404 where there is no demonstration."""
    return redirect(url_for("room.room", session_id=live_demonstration(context.house())))
