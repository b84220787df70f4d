"""``/api/v1/sessions/{id}/attendance``: who was there, as JSON and CSV."""

from __future__ import annotations

from flask import Response

from liaison.services import attendance
from web.context import current_actor, house

from . import edge, schemas

bp = edge.blueprint("api_attendance")


@bp.get("/sessions/<session_id>/attendance")
@bp.output(schemas.AttendanceOut)
@bp.doc(summary="Show the attendance sheet", responses=edge.problems(404), security=edge.TOKEN)
def show_attendance(session_id: str) -> Response:
    """A row a point. The office and the chair see all points, officers their own."""
    return edge.tagged(attendance.attendance_sheet(house(), current_actor(), edge.known_id(session_id)))


@bp.get("/sessions/<session_id>/attendance.csv")
@bp.doc(summary="Download the attendance sheet", security=edge.TOKEN,
        responses={200: {"description": "One point a row, times in UTC.", "content": {"text/csv": {"schema": {"type": "string"}}}}}
        | edge.problems(404))
def download_attendance(session_id: str) -> Response:
    """The same as CSV (RFC 4180)."""
    known = edge.known_id(session_id)
    text = attendance.attendance_csv(house(), current_actor(), known)
    # The byte order mark tells spreadsheet programs that the names are UTF-8.
    return Response("\ufeff" + text, mimetype="text/csv",
                    headers={"Content-Disposition": f'attachment; filename="attendance-{known}.csv"'})
