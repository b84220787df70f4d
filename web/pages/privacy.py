"""What is kept of a citizen: by the address of one's own question, and for requests in writing by the administrator's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import ANONYMOUS, require
from liaison.domain.errors import Invalid
from liaison.services import privacy, questions, seats

from ..context import current_actor, house
from ..forms import field_errors
from ..limits import limited
from ..security import own_page

bp = Blueprint("privacy", __name__)

PER_ADDRESS = "60 per minute"


@bp.get("/question/<token>/data.json")
@limited(PER_ADDRESS)
def own_data(token: str) -> Response:
    return _file(privacy.export(house(), ANONYMOUS, privacy.asker_of(house(), token)))


@bp.post("/question/<token>/erase")
@limited(PER_ADDRESS)
def erase_own(token: str) -> ResponseReturnValue:
    session_id = questions.own_question(house(), token).own.session_id
    privacy.erase(house(), ANONYMOUS, privacy.asker_of(house(), token))
    flash(_("Your name, your address and what was not published are erased."), "success")
    return redirect(url_for("public.show", session_id=session_id), 303)


@bp.get("/seat/<token>/data.json")
@limited(PER_ADDRESS)
def own_seat(token: str) -> Response:
    seats.own_seat(house(), token)
    return _file(privacy.export(house(), ANONYMOUS, privacy.holder_of(house(), token)))


@bp.post("/seat/<token>/erase")
@limited(PER_ADDRESS)
def erase_seat(token: str) -> ResponseReturnValue:
    """The ticket stays good; name and address are gone."""
    seats.own_seat(house(), token)
    privacy.erase(house(), ANONYMOUS, privacy.holder_of(house(), token))
    flash(_("Your name and your address are erased. The ticket stays good."), "success")
    return redirect(url_for("halls.ticket", token=token), 303)


@bp.get("/admin/privacy")
def office() -> ResponseReturnValue:
    require(current_actor().administers, current_actor())
    return render_template("admin/privacy.html", found=None, mail="", phone="", errors={})


@bp.post("/admin/privacy")
def asked() -> ResponseReturnValue:
    """``act``: look, download or erase; the address stands in no line of a log."""
    actor, act = current_actor(), request.form.get("act", "look")
    require(actor.administers, actor)
    typed = {name: request.form.get(name, "") for name in ("mail", "phone")}
    try:
        subject = privacy.subject_of(**typed)
    except Invalid as error:
        return make_response(render_template("admin/privacy.html", found=None, errors=field_errors(error), **typed), 422)
    if act == "erase":
        counts = privacy.erase(house(), actor, subject)
        flash(_("Erased: %(count)s entries.", count=sum(counts.values())), "success")
        return redirect(url_for(".office"), 303)
    found = privacy.export(house(), actor, subject)
    return _file(found) if act == "download" else render_template("admin/privacy.html", found=found, errors={}, **typed)


def _file(found: dict[str, Any]) -> Response:
    response = jsonify(found)
    response.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    return own_page(response)
