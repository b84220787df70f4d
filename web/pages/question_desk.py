"""Questions of citizens as the office, those who lead the session, and officers with a citizen beside them work with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor
from liaison.domain.errors import IllegalState, Invalid, LiaisonError, NotFound, RateLimited
from liaison.domain.questions import QuestionState
from liaison.house import House
from liaison.services import audit_log, question_desk, questions
from liaison.services.deputies import standing_in
from liaison.services.session_views import get_session
from signaling import session_questions

from .. import audit_words
from ..context import current_actor, house, known_languages, language
from ..forms import field_errors, known_number
from ..question_words import CATEGORIES, categories
from .public import new_sheet
from .questions import asked_in_form

bp = Blueprint("question_desk", __name__)


@bp.get("/sessions/<session_id>/questions")
def show(session_id: str) -> ResponseReturnValue:
    return _desk(session_id)


@bp.get("/sessions/<session_id>/questions/news.json")
def news(session_id: str) -> ResponseReturnValue:
    """For the page's script: whether there is anything new."""
    return jsonify(question_desk.queue_mark(house(), standing_in(house(), current_actor(), session_id), session_id))


@bp.get("/sessions/<session_id>/questions/log")
def log(session_id: str) -> ResponseReturnValue:
    """Who decided what on which question, and why."""
    actor = standing_in(house(), current_actor(), session_id)
    lines = audit_log.moderation_log(house(), actor, session_id)
    return render_template("questions/log.html", session=get_session(house(), actor, session_id), lines=lines, words=audit_words)


@bp.post("/sessions/<session_id>/questions/<number>/<act>")
def decide(session_id: str, number: str, act: str) -> ResponseReturnValue:
    """One decision; back to the same list."""
    if act not in ACTS:
        raise NotFound()
    try:
        ACTS[act](session_id, known_number(number))
    except (Invalid, IllegalState) as error:
        return make_response(_desk(session_id, error), 422 if isinstance(error, Invalid) else 409)
    looked_at = _looked_at(request.form)
    shown = looked_at.get("category_shown")
    return redirect(url_for(".show", session_id=session_id, state=looked_at["state"], category_shown=shown), 303)


@bp.get("/sessions/<session_id>/questions/hall")
def hall(session_id: str) -> ResponseReturnValue:
    return _hall(session_id, {})


@bp.post("/sessions/<session_id>/questions/hall")
def ask_in_hall(session_id: str) -> ResponseReturnValue:
    """An officer has typed what a citizen beside him asks."""
    wanted = request.form.get("language", "")
    spoken = wanted if wanted in known_languages() else language()
    try:
        made = questions.ask_for_citizen(house(), current_actor(), session_id, request.form.get("point", ""), asked_in_form(), spoken)
    except (Invalid, IllegalState, RateLimited) as error:
        return make_response(_hall(session_id, field_errors(error)), 422)
    flash(_("The question has gone to the session with the number %(number)s.", number=made.number), "success")
    return redirect(url_for(".hall", session_id=session_id), 303)


def _into() -> int:
    """The number typed of the question that stays. Raises Invalid."""
    typed = request.form.get("into", "").strip().lstrip("№#")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise Invalid(errors=[{"field": "into", "message": "Choose another question, one that stands."}])
    return int(typed)


def _acting(session_id: str) -> tuple[House, Actor, str]:
    return house(), standing_in(house(), current_actor(), session_id), session_id


ACTS: Mapping[str, Callable[[str, int], object]] = {
    "approve": lambda session, number: session_questions.approve_at_desk(*_acting(session), number),
    "decline": lambda session, number: question_desk.decline(*_acting(session), number, request.form.get("reason", "")),
    "merge": lambda session, number: question_desk.merge(*_acting(session), number, _into()),
    "category": lambda session, number: question_desk.set_category(*_acting(session), number, request.form.get("category", "")),
    "live": lambda session, number: session_questions.answer_at_desk(*_acting(session), number),
    "written": lambda session, number: question_desk.answer_in_writing(*_acting(session), number, request.form.get("answer", "")),
}


def _looked_at(sent: Mapping[str, str]) -> dict[str, str]:
    """Which list stands on the page: a state, and perhaps one category."""
    state, category = sent.get("state", ""), sent.get("category_shown", "")
    return {"state": state if state in set(QuestionState) else QuestionState.WAITING.value,
            **({"category_shown": category} if category in CATEGORIES else {})}


def _desk(session_id: str, error: LiaisonError | None = None) -> str:
    actor = standing_in(house(), current_actor(), session_id)
    looked_at = _looked_at(request.values)
    queue = question_desk.look_at_queue(house(), actor, session_id, looked_at["state"], looked_at.get("category_shown", ""))
    return render_template(
        "questions/desk.html", session=get_session(house(), actor, session_id), queue=queue, looked_at=looked_at,
        states=list(QuestionState), categories=categories(), error=" ".join(field_errors(error).values()) if error else "")


def _hall(session_id: str, errors: dict[str, str]) -> str:
    actor = current_actor()
    typed = questions.typed_at(house(), actor, session_id)
    view = get_session(house(), actor, session_id)
    return render_template(
        "questions/hall.html", session=view, typed=typed, errors=errors, sheet=request.form.get("sheet") or new_sheet(),
        categories=categories(), own=[point for point in view.points if point.slug in view.own_points],
        open=questions.openness(house(), session_id))
