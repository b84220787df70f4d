"""How many watched a public session: a page for those who conduct it, and open data for everybody once it is over.

Captions are put to its recording on the same page.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.captions import LONGEST_FILE
from liaison.domain.errors import IllegalState, Invalid, NotFound
from liaison.domain.sessions import CHANGEABLE
from liaison.domain.words import SessionStatus
from liaison.services import broadcasts, hall_figures, question_figures, restreams, viewers
from liaison.services.deputies import standing_in
from liaison.services.session_views import SessionView
from signaling.caption_files import languages_of, put_captions

from ..audience import audience
from ..context import current_actor, house, text
from ..errors import sentence
from ..forms import field_errors
from ..layout import endonym
from ..viewer_chart import viewer_chart

bp = Blueprint("viewers", __name__)


@bp.get("/sessions/<session_id>/viewers")
def show(session_id: str) -> ResponseReturnValue:
    return _page(session_id)


@bp.post("/sessions/<session_id>/restream")
def hand_on(session_id: str) -> ResponseReturnValue:
    """To another site; its key is shown to nobody again. With ``default`` = yes: where the whole site is."""
    address = request.form.get("address", "")
    try:
        if request.form.get("default") == "yes":
            restreams.hand_on_as_all(house(), current_actor(), session_id)
        else:
            restreams.set_restream(house(), current_actor(), session_id, address, request.form.get("key", ""))
    except Invalid as error:
        errors = {item["field"]: sentence(item["message"], item) for item in error.details["errors"]}
        return _page(session_id, address, errors), 422
    flash(_("The broadcast is handed on."), "success")
    return redirect(url_for(".show", session_id=session_id), 303)


@bp.post("/sessions/<session_id>/restream/remove")
def keep(session_id: str) -> ResponseReturnValue:
    restreams.remove_restream(house(), current_actor(), session_id)
    flash(_("The broadcast is not handed on any more."), "success")
    return redirect(url_for(".show", session_id=session_id), 303)


@bp.post("/sessions/<session_id>/captions")
def captions(session_id: str) -> ResponseReturnValue:
    """A file of captions for the recording."""
    file = request.files.get("file")
    data = file.stream.read(LONGEST_FILE + 1) if file is not None else b""
    try:
        count = put_captions(house(), standing_in(house(), current_actor(), session_id), session_id, request.form.get("language", ""), data)
    except (Invalid, IllegalState) as error:
        return make_response(_page(session_id, wrong=" ".join(field_errors(error).values())), 422 if isinstance(error, Invalid) else 409)
    flash(_("%(count)s captions are in the recording now.", count=count), "success")
    return redirect(url_for(".show", session_id=session_id), 303)


def _page(session_id: str, address: str = "", errors: dict[str, str] | None = None, wrong: str = "") -> str:
    view, viewing = viewers.viewing_of(house(), current_actor(), session_id)
    live = view.status == SessionStatus.LIVE
    now = audience().watching(session_id) + viewers.watching_elsewhere(house(), session_id, audience().process) if live else None
    return render_template("sessions/viewers.html", session=view, viewing=viewing, chart=viewer_chart(viewing), watching=now,
                           questions=question_figures.question_figures(house(), session_id),
                           halls=hall_figures.open_figures(house(), session_id)[1] if view.public else (),
                           on_air=broadcasts.on_air(house(), session_id), address=address, errors=errors or {}, wrong=wrong,
                           captions=[(code, endonym(code)) for code in languages_of(house(), session_id)], **_restream(view))


def _restream(view: SessionView) -> dict[str, Any]:
    """For those who plan: where it is handed on to, and the form while that can be changed."""
    actor = current_actor()
    known = restreams.restream_of(house(), actor, view.id) if actor.plans else None
    as_all = actor.plans and restreams.may_go_as_all(house(), view) and not (known and known.default)
    return {"restream": known, "as_all": as_all, "may_hand_on": actor.plans and view.broadcast and view.status in CHANGEABLE}


@bp.get("/public/sessions/<session_id>/viewers.csv")
def as_csv(session_id: str) -> ResponseReturnValue:
    view, viewing = viewers.open_viewing(house(), session_id)
    table = "\ufeff" + viewers.viewing_table(viewing)  # the mark tells spreadsheets that it is UTF-8
    return Response(table, mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="viewers-{view.number}.csv"', "Access-Control-Allow-Origin": "*"})


@bp.get("/public/sessions/<session_id>/questions.csv")
def questions_as_csv(session_id: str) -> ResponseReturnValue:
    """What was asked and what became of it, in numbers."""
    figures = question_figures.open_question_figures(house(), session_id)
    if not figures:
        raise NotFound()
    return Response("\ufeff" + question_figures.question_table(figures), mimetype="text/csv", headers={
        "Content-Disposition": 'attachment; filename="questions.csv"', "Access-Control-Allow-Origin": "*"})


@bp.get("/public/sessions/<session_id>/halls.csv")
def halls_as_csv(session_id: str) -> ResponseReturnValue:
    """How many citizens registered and came, by hall; no names."""
    view, rows = hall_figures.open_figures(house(), session_id)
    table = "\ufeff" + hall_figures.figures_table(rows, [text(row["name"]) for row in rows])
    return Response(table, mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="halls-{view.number}.csv"', "Access-Control-Allow-Origin": "*"})


@bp.get("/public/sessions/<session_id>/viewers.json")
def as_json(session_id: str) -> ResponseReturnValue:
    halls = hall_figures.open_figures(house(), session_id)[1]
    response = jsonify(viewers.viewing_data(*viewers.open_viewing(house(), session_id)) | {
        "halls": halls, "questions": question_figures.open_question_figures(house(), session_id)})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
