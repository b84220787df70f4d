"""Date polls on pages: opening one from the times found, the board of answers, answering for a point, booking the time chosen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import require
from liaison.domain.errors import BookingConflict, Invalid, NotFound
from liaison.domain.polls import PollAnswer
from liaison.services import points, poll_answers, polls
from liaison.services.poll_answers import PollLinkView

from .. import context, dates, poll_form
from ..booking_form import FormErrors
from ..context import current_actor, house, language
from ..errors import sentence
from ..forms import field_errors
from ..limits import limited
from ..poll_form import PollForm

bp = Blueprint("polls", __name__)


@bp.get("/polls")
def index() -> ResponseReturnValue:
    return render_template("polls/list.html", polls=polls.list_polls(house(), current_actor()), may_book=current_actor().plans)


@bp.get("/polls/new")
def new() -> ResponseReturnValue:
    """Filled in by the page of times: its ticks become the times proposed."""
    form = poll_form.from_args(request.args, house().network)
    form.answer_by = form.answer_by or poll_form.usual_answer_by(form, dates.today())
    return _form(form, {})


@bp.post("/polls/new")
def create() -> ResponseReturnValue:
    form = poll_form.from_args(request.form, house().network)
    actor = current_actor()
    require(actor.plans, actor)
    try:
        plan, starts, answer_by = poll_form.to_poll(form, house().network.zone, language())
        made = polls.open_poll(house(), actor, plan, starts, answer_by)
    except FormErrors as error:
        return _form(form, dict(error.errors)), 422
    except Invalid as error:
        return _form(form, field_errors(error)), 422
    flash(_("The points are being asked."), "success")
    return redirect(url_for("polls.show", poll_id=made.id), 303)


@bp.get("/polls/<poll_id>")
def show(poll_id: str) -> ResponseReturnValue:
    return _board(poll_id)


@bp.post("/polls/<poll_id>/answer")
def answer(poll_id: str) -> ResponseReturnValue:
    """For a point that the reader acts for."""
    try:
        polls.answer_poll(house(), current_actor(), _id(poll_id), request.form.get("point", ""), _answers())
    except Invalid as error:
        return _board(poll_id, next(iter(field_errors(error).values()))), 422
    flash(_("Your answer is kept."), "success")
    return redirect(url_for("polls.show", poll_id=poll_id), 303)


@bp.post("/polls/<poll_id>/close")
def close(poll_id: str) -> ResponseReturnValue:
    """Book the session at the time chosen; where something is in the way by now, say what."""
    try:
        session = polls.close_poll(house(), current_actor(), _id(poll_id), request.form.get("time", ""))
    except BookingConflict as error:
        return _board(poll_id, sentence(error.message, error.details)), 409
    except Invalid as error:
        return _board(poll_id, next(iter(field_errors(error).values()))), 422
    flash(_("The session is booked. The points are being told."), "success")
    return redirect(url_for("sessions.show", session_id=session.id), 303)


@bp.post("/polls/<poll_id>/drop")
def drop(poll_id: str) -> ResponseReturnValue:
    polls.drop_poll(house(), current_actor(), _id(poll_id))
    flash(_("The poll is closed. No session is booked."), "success")
    return redirect(url_for("polls.index"), 303)


@bp.get("/poll/<token>")
def look(token: str) -> ResponseReturnValue:
    """The page behind a letter's link. Opening it changes nothing."""
    return _asked(token, "")


@bp.post("/poll/<token>")
@limited("600 per minute")
def answer_with_link(token: str) -> ResponseReturnValue:
    try:
        poll_answers.answer_with_poll_link(house(), token, _answers())
    except Invalid as error:
        return _asked(token, next(iter(field_errors(error).values()))), 422
    flash(_("Your answer is kept."), "success")
    return redirect(request.path, 303)


def _asked(token: str, error: str) -> str:
    view = poll_answers.look_at_poll(house(), token)
    _speak(view)
    return render_template("polls/asked.html", view=view, poll=view.poll, error=error, choices=PollAnswer,
                           given=next((one.answers for one in view.poll.points if one.slug == view.slug), {}))


def _speak(view: PollLinkView) -> None:
    """The reader's language, unless this browser has chosen another."""
    if view.language in context.known_languages() and context.LANGUAGE_COOKIE not in request.cookies:
        g.language = view.language


def _answers() -> dict[str, str]:
    """``answer-<time id>`` fields by time's id."""
    return {name.removeprefix("answer-"): value for name, value in request.form.items() if name.startswith("answer-")}


def _board(poll_id: str, error: str = "") -> str:
    poll = polls.get_poll(house(), current_actor(), _id(poll_id))
    return render_template("polls/poll.html", poll=poll, error=error, choices=PollAnswer)


def _form(form: PollForm, errors: dict[str, Any]) -> str:
    actor = current_actor()
    require(actor.plans, actor)
    names = {point.slug: point.name for point in points.list_points(house(), actor)}
    return render_template("polls/form.html", form=form, errors=errors, names=names)


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound() from None
