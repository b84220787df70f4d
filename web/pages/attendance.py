"""The attendance sheet: a page that follows a live session, and its files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.words import SessionStatus
from liaison.services import attendance
from liaison.services.sessions import SessionView, get_session

from ..context import current_actor, house, language

bp = Blueprint("attendance", __name__)


@bp.get("/sessions/<session_id>/attendance")
def show(session_id: str) -> ResponseReturnValue:
    """The page; ``?part=sheet`` gives the sheet alone, for the page's own refreshing."""
    sheet = attendance.attendance_sheet(house(), current_actor(), session_id)
    view = get_session(house(), current_actor(), session_id)
    template = "attendance/sheet.html" if request.args.get("part") == "sheet" else "attendance/attendance.html"
    return render_template(
        template, session=view, points=sheet["points"], counts=_counts(sheet["points"]), watchers=sheet["watchers"],
        live=view.status == SessionStatus.LIVE, now=house().clock.now(),
        part_url=url_for("attendance.show", session_id=session_id, part="sheet"))


@bp.get("/sessions/<session_id>/attendance.json")
def as_json(session_id: str) -> ResponseReturnValue:
    return jsonify(attendance.attendance_sheet(house(), current_actor(), session_id))


@bp.get("/sessions/<session_id>/attendance.csv")
def as_csv(session_id: str) -> ResponseReturnValue:
    text = attendance.attendance_csv(house(), current_actor(), session_id)
    view = get_session(house(), current_actor(), session_id)
    return _file(view, "\ufeff" + text, "text/csv", "csv")  # the mark tells spreadsheets that it is UTF-8


@bp.get("/sessions/<session_id>/attendance.pdf")
def as_pdf(session_id: str) -> ResponseReturnValue:
    from liaison.reports.attendance_pdf import attendance_pdf  # here: the library costs start-up time

    sheet = attendance.attendance_sheet(house(), current_actor(), session_id)
    view = get_session(house(), current_actor(), session_id)
    return _file(view, attendance_pdf(house(), sheet, language()), "application/pdf", "pdf")


def _file(view: SessionView, body: str | bytes, mimetype: str, ending: str) -> Response:
    return Response(body, mimetype=mimetype, headers={
        "Content-Disposition": f'attachment; filename="attendance-{view.number}.{ending}"'})


def _counts(points: list[dict[str, Any]]) -> dict[str, int]:
    """What the top of the sheet says."""
    came = [point for point in points if point["presences"]]
    here = [point for point in came if any(stay["left_at"] is None for stay in point["presences"])]
    return {"invited": len(points), "came": len(came), "here": len(here),
            "heads": sum(point["headcount"] or 0 for point in points)}
