"""The planning office's day: today's sessions, missing answers, what changed; the whole week on one sheet; a session's history."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.actor import require
from liaison.domain.errors import Invalid
from liaison.services import audit_log, desk, sessions
from liaison.services.session_lists import SessionFilter
from liaison.services.views import sessions_of_period

from .. import audit_words, dates
from .. import calendar_grid as grid
from ..context import current_actor, house
from .readiness import STATES

bp = Blueprint("desk", __name__)


@bp.get("/desk")
def show() -> ResponseReturnValue:
    actor = current_actor()
    found = desk.look_at_desk(house(), actor)
    return render_template("desk/desk.html", desk=found, now=house().clock.now(), may_book=actor.plans, words=audit_words,
                           room_states=STATES)


@bp.post("/desk/seen")
def seen() -> ResponseReturnValue:
    """The changes shown have been read; those that came since the page was made stay."""
    try:
        at = datetime.fromisoformat(request.form.get("at", ""))
    except ValueError:
        raise Invalid("This is not a date.") from None
    if at.tzinfo is None:
        raise Invalid("This is not a date.")
    desk.mark_seen(house(), current_actor(), at)
    return redirect(url_for(".show"), 303)


@bp.get("/week-sheet")
def week_sheet() -> ResponseReturnValue:
    """A week for the wall: one landscape page."""
    actor = current_actor()
    require(actor.signed_in, actor)
    first = grid.week_start(dates.picked(request.args.get("date")))
    days = [first + timedelta(days=index) for index in range(7)]
    period = SessionFilter(from_at=dates.at(days[0]), to_at=dates.at(days[-1] + timedelta(days=1)))
    columns = grid.lay_out(days, sessions_of_period(house(), actor, period), house().network.zone)
    week = timedelta(days=7)
    return render_template("desk/week_sheet.html", days=columns, heading=dates.week_heading(days[0], days[-1]), first=first,
                           before=first - week, after=first + week, now=house().clock.now())


@bp.get("/sessions/<session_id>/history")
def history(session_id: str) -> ResponseReturnValue:
    """Who changed what, before and after."""
    actor = current_actor()
    session = sessions.get_session(house(), actor, session_id)
    lines = audit_log.session_history(house(), actor, session_id)
    return render_template("desk/history.html", session=session, lines=lines, words=audit_words)
