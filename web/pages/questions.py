"""What citizens ask of a public session: the form's way in, likes, the list, and the page of one's own question. No account."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import IllegalState, Invalid, RateLimited
from liaison.services import questions
from liaison.services.questions import Asked

from ..context import house, language
from ..errors import for_programs, sentence
from ..forms import field_errors, known_number, texts
from ..limits import limited
from ..security import own_page
from ..visitors import greet, visitor
from .public import question_parts, session_page

bp = Blueprint("questions", __name__)

TRAP = "website"
"""A field that no person sees: who fills it in is a program."""
PER_ADDRESS = "600 per minute"
"""Five hundred people behind one office's address ask in the same minute; the visitor's own limit is in the service."""
REFUSED = (IllegalState, RateLimited)


@bp.post("/public/sessions/<session_id>/questions")
@limited(PER_ADDRESS)
def ask(session_id: str) -> ResponseReturnValue:
    if request.form.get(TRAP):
        return redirect(url_for("public.show", session_id=session_id, _anchor="questions"), 303)
    kiosk = request.form.get("kiosk") == "1"
    try:
        made = questions.ask_question(house(), session_id, asked_in_form(), visitor(), language(), kiosk)
    except Invalid as error:
        return make_response(session_page(session_id, field_errors(error)), 422)
    except REFUSED as error:
        said = {"": f"{sentence(error.message, error.details)} {sentence(error.remedy, error.details)}"}
        return make_response(session_page(session_id, said), 429 if isinstance(error, RateLimited) else 409)
    flash(_("Your question is here. It is looked at before others can read it."), "success")
    return greet(make_response(redirect(url_for(".own", token=made.token, kiosk=1 if kiosk else None), 303)), anew=kiosk)


@bp.get("/public/sessions/<session_id>/questions")
def listed(session_id: str) -> ResponseReturnValue:
    """The list alone, for the page's script."""
    return render_template("questions/_list.html", **question_parts(session_id))


@bp.post("/public/sessions/<session_id>/questions/<number>/like")
@limited(PER_ADDRESS)
def like(session_id: str, number: str) -> ResponseReturnValue:
    likes = questions.like_question(house(), session_id, known_number(number), visitor())
    if for_programs():
        return jsonify(likes=likes)
    return redirect(url_for("public.show", session_id=session_id, _anchor=f"question-{number}"), 303)


@bp.get("/question/<token>")
def own(token: str) -> Response:
    """What became of it. The address is the asker's own."""
    view = questions.own_question(house(), token)
    address = url_for(".own", token=token, _external=True)
    kiosk = request.args.get("kiosk") == "1"
    return own_page(make_response(render_template("questions/own.html", view=view, address=address, kiosk=kiosk)))


def asked_in_form() -> Asked:
    found = texts("text", "name", "place", "contact", "sheet", "category")
    return Asked(**found | {"category": found["category"] or "other"})
