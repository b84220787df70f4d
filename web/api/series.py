"""``/api/v1/series``: a series with its dates. It is booked, changed and cancelled through its sessions."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.domain.recurrence_words import describe
from liaison.services.series_views import SeriesView, get_series
from web.context import current_actor, house, language

from . import edge
from .series_schemas import SeriesOut

bp = edge.blueprint("api_series")


@bp.get("/series/<series_id>")
@bp.output(SeriesOut)
@bp.doc(summary="Show a series", responses=edge.problems(404), security=edge.OPEN)
def show_series(series_id: str) -> Response:
    """Its rule, every date that the reader may see with its state, and the dates of the rule that are not booked."""
    return edge.tagged(_shape(get_series(house(), current_actor(), edge.known_id(series_id))))


def _shape(view: SeriesView) -> dict[str, Any]:
    dates = [{"session": one.id, "number": one.number, "status": one.status, "starts_at": one.starts_at, "ends_at": one.ends_at,
              "recurrence_id": one.recurrence_id, "changed": list(one.series_changes)} for one in view.dates]
    return SeriesOut.model_validate({
        "id": view.id, "rule": view.rule_text, "in_words": describe(view.rule, language()), "timezone": view.timezone,
        "endless": view.endless, "booked_until": view.booked_until, "version": view.version, "dates": dates,
        "left_out": [{"date": gap.at, "reason": gap.reason} for gap in view.gaps]}).model_dump(mode="json")
