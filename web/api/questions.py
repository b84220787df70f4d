"""``/api/v1/sessions/{id}/questions``: what citizens ask of a public session, and what becomes of it."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from flask import Response

from liaison.domain.errors import Invalid
from liaison.services import question_desk, questions
from liaison.services.deputies import standing_in
from liaison.services.question_rows import QuestionView
from liaison.services.questions import Asked
from signaling import session_questions
from web.context import current_actor, house, known_languages, language
from web.forms import known_number

from . import edge
from . import question_schemas as s

bp = edge.blueprint("api_questions")

BASE = "/sessions/<session_id>/questions"


@bp.get(BASE)
@edge.query(bp, s.QuestionQuery)
@bp.output(s.QuestionList)
@bp.doc(summary="List questions of citizens", responses=edge.problems(404, 422), security=edge.OPEN)
def list_questions(session_id: str, data: s.QuestionQuery) -> Response:
    """The most wanted first, answered ones last. With a state: those of the queue, for whoever may decide on them."""
    actor, known = current_actor(), edge.known_id(session_id)
    found = questions.list_questions(house(), known) if data.state is None else question_desk.look_at_queue(
        house(), standing_in(house(), actor, known), known, data.state).items
    return edge.tagged({"items": [_shape(one) for one in found], "next": None})


@bp.post(BASE)
@edge.body(bp, s.QuestionIn)
@bp.output(s.QuestionOut, status_code=201)
@bp.doc(summary="Ask for a citizen in a hall", responses=edge.problems(404, 409, 422), security=edge.TOKEN)
def ask(session_id: str, data: s.QuestionIn) -> Response:
    """By an officer of the point; a repeated Idempotency-Key is the same question."""
    spoken = data.language or language()
    if spoken not in known_languages():
        raise Invalid(errors=[{"field": "language", "message": "This language is not one of the network's."}])
    once = edge.once()
    sheet = sha256(once.key.encode()).hexdigest()[:32] if once else secrets.token_urlsafe(12)
    asked = Asked(data.text, sheet, data.name, data.place, data.contact, data.category)
    made = questions.ask_for_citizen(house(), current_actor(), edge.known_id(session_id), data.point, asked, spoken)
    return edge.tagged(_shape(made), 201)


@bp.post(BASE + "/<number>/decision")
@edge.body(bp, s.DecisionIn)
@bp.output(s.QuestionOut)
@bp.doc(summary="Decide on a question", responses=edge.problems(404, 409, 422), security=edge.TOKEN)
def decide(session_id: str, number: str, data: s.DecisionIn) -> Response:
    """The office, and those who lead the session. The citizen is told."""
    known = edge.known_id(session_id)
    which = (house(), standing_in(house(), current_actor(), known), known, known_number(number))
    if data.act == "merge":
        if data.into is None:
            raise Invalid(errors=[{"field": "into", "message": "This field is missing."}])
        view = question_desk.merge(*which, data.into)
    elif data.act == "decline":
        view = question_desk.decline(*which, data.reason)
    elif data.act == "answer_in_writing":
        view = question_desk.answer_in_writing(*which, data.answer)
    elif data.act == "category":
        view = question_desk.set_category(*which, data.category)
    else:
        act = session_questions.approve_at_desk if data.act == "approve" else session_questions.answer_at_desk
        view = act(*which)
    return edge.tagged(_shape(view))


def _shape(view: QuestionView) -> dict[str, Any]:
    return s.QuestionOut.model_validate(view, from_attributes=True).model_dump(mode="json")
