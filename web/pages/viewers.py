"""How many watched a public session: a page for those who conduct it, and open data for everybody once it is over."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from liaison.domain.words import SessionStatus
from liaison.services import broadcasts, hall_figures, viewers

from ..audience import audience
from ..context import current_actor, house, text
from ..viewer_chart import viewer_chart

bp = Blueprint("viewers", __name__)


@bp.get("/sessions/<session_id>/viewers")
def show(session_id: str) -> ResponseReturnValue:
    view, viewing = viewers.viewing_of(house(), current_actor(), session_id)
    live = view.status == SessionStatus.LIVE
    now = audience().watching(session_id) + viewers.watching_elsewhere(house(), session_id, audience().process) if live else None
    return render_template("sessions/viewers.html", session=view, viewing=viewing, chart=viewer_chart(viewing), watching=now,
                           halls=hall_figures.open_figures(house(), session_id)[1], on_air=broadcasts.on_air(house(), session_id))


@bp.get("/public/sessions/<session_id>/viewers.csv")
def as_csv(session_id: str) -> ResponseReturnValue:
    view, viewing = viewers.open_viewing(house(), session_id)
    table = "\ufeff" + viewers.viewing_table(viewing)  # the mark tells spreadsheets that it is UTF-8
    return Response(table, mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="viewers-{view.number}.csv"', "Access-Control-Allow-Origin": "*"})


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
    response = jsonify(viewers.viewing_data(*viewers.open_viewing(house(), session_id)) | {"halls": halls})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
