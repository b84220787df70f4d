"""The page behind a mail's answer link. Opening it changes nothing (mail scanners open links); its buttons answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import Invalid
from liaison.services.answer_links import AnswerView, LinkState, look_at_answer
from liaison.services.invitations import answer_with_link
from liaison.services.series_answers import answer_dates_with_link, dates_to_answer

from .. import context
from ..forms import field_errors, texts, who_comes
from ..limits import limited

bp = Blueprint("answer", __name__, url_prefix="/answer")


@bp.get("/<token>")
def look(token: str) -> ResponseReturnValue:
    """The session, the point and the buttons."""
    view = look_at_answer(context.house(), token)
    _speak(view)
    form = {"reason": view.reason, "expected": view.expected, "representatives": "\n".join(view.representatives)}
    return _page(view, form, {}, 200 if view.state is LinkState.OPEN else 410)


@bp.post("/<token>")
@limited("600 per minute")
def answer(token: str) -> ResponseReturnValue:
    """Keep the answer; a mind may be changed until the session is over."""
    view = look_at_answer(context.house(), token)
    _speak(view)
    form = texts("answer", "reason", "starts_at", "scope", "expected", "representatives")
    if view.state is not LinkState.OPEN:
        return _page(view, form, {}, 410)
    if form["starts_at"] != stamp(view.starts_at):
        return _page(view, form, {"": _("The session was moved while this page was open. Look at the new time and answer again.")}, 409)
    try:
        if form["scope"] == "all" and dates_to_answer(context.house(), view.invitation_id):
            answer_dates_with_link(context.house(), view.invitation_id, form["answer"], form["reason"], address=context.address(),
                                   user_id=view.user_id)
        else:
            answer_with_link(context.house(), view.invitation_id, form["answer"], form["reason"], address=context.address(),
                             user_id=view.user_id, expected_start=view.starts_at, who=who_comes())
    except Invalid as error:
        return _page(view, form, field_errors(error), 422)
    flash(_("Your answer is kept. You can change it here until the session is over."), "success")
    return redirect(request.path, 303)


def stamp(value: datetime) -> str:
    """The start that the page shows, to notice that it has changed when the answer comes."""
    return value.astimezone(UTC).isoformat()


def _speak(view: AnswerView) -> None:
    """The reader's language, unless this browser has chosen another."""
    if view.language in context.known_languages() and context.LANGUAGE_COOKIE not in request.cookies:
        g.language = view.language


def _page(view: AnswerView, form: Mapping[str, Any], errors: dict[str, str], status: int) -> ResponseReturnValue:
    page = render_template("answer/answer.html", view=view, form=form, errors=errors, states=LinkState,
                           starts_at=stamp(view.starts_at), dates=dates_to_answer(context.house(), view.invitation_id))
    return make_response(page, status)
