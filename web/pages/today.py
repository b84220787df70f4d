"""An officer's day: the next session with one large button, later ones, answers, and who was there."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from liaison.domain.actor import Actor, require
from liaison.domain.questions import open_to_questions
from liaison.domain.words import AccountRole, Answer, SessionStatus
from liaison.services import points
from liaison.services.points import PointView
from liaison.services.sessions import SessionFilter, SessionView
from liaison.services.views import sessions_of_period

from ..context import current_actor, house
from .sessions import LOBBY_OPENS, joinable

bp = Blueprint("today", __name__)

AHEAD = timedelta(days=60)
BEHIND = timedelta(days=3)
"""Ended sessions stay this long, so that the headcount may still be given."""
OVER = (SessionStatus.ENDED, SessionStatus.CANCELLED)


@bp.get("/today")
def show() -> ResponseReturnValue:
    actor = current_actor()
    require(actor.signed_in, actor)
    mine = _mine(actor)
    coming = [view for view in mine if view.status not in OVER]
    first = _first(coming)
    return render_template(
        "today/today.html", own_points=_own_points(actor), next=first, later=[view for view in coming if view is not first],
        ended=[view for view in mine if view.status == SessionStatus.ENDED], step=next_step(first) if first else "",
        asks=_asks(actor, first), now=house().clock.now(), mark=_mark(mine), opens_at=first.starts_at - LOBBY_OPENS if first else None)


@bp.get("/today/state")
def state() -> ResponseReturnValue:
    """For the page's script: a mark that changes when the page would look different."""
    actor = current_actor()
    require(actor.signed_in, actor)
    return jsonify(mark=_mark(_mine(actor)))


def next_step(view: SessionView) -> str:
    """What the one large button does: ``join``, ``answer`` or (a plain line) ``wait``."""
    if joinable(view):
        return "join"
    own = [point for point in view.points if point.slug in view.own_points]
    open_answers = [point for point in own if view.shown_answer(point.slug, point.answer) == Answer.PENDING]
    return "answer" if open_answers else "wait"


def _asks(actor: Actor, view: SessionView | None) -> bool:
    """Whether an officer may type the questions of citizens who sit beside him."""
    officer = actor.role is AccountRole.OFFICER
    return view is not None and officer and open_to_questions(view.public, view.kind, view.questions, view.status)


def _mine(actor: Actor) -> list[SessionView]:
    now = house().clock.now()
    return sessions_of_period(house(), actor, SessionFilter(from_at=now - BEHIND, to_at=now + AHEAD, mine=True), most=100)


def _first(coming: list[SessionView]) -> SessionView | None:
    """What is live, else the next that the points did not decline."""
    live = [view for view in coming if view.status == SessionStatus.LIVE]
    return next(iter(live or [view for view in coming if not _declined(view)]), None)


def _declined(view: SessionView) -> bool:
    own = [point.answer for point in view.points if point.slug in view.own_points]
    return bool(own) and all(answer == Answer.DECLINED for answer in own)


def _own_points(actor: Actor) -> list[PointView]:
    return [point for point in points.list_points(house(), actor) if point.id in actor.points]


def _mark(mine: list[SessionView]) -> str:
    return ",".join(f"{view.id[-8:]}.{view.version}.{view.status}.{_step_mark(view)}" for view in mine)


def _step_mark(view: SessionView) -> str:
    soon: datetime = view.starts_at - LOBBY_OPENS
    answers = "".join((point.answer or "-")[0] for point in view.points if point.slug in view.own_points)
    return f"{answers}{int(house().clock.now() >= soon)}"
