"""``/api/v1/closed-periods``, ``/maintenance`` and ``/holidays``: what bounds booking beside other sessions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response

from liaison.domain.actor import require
from liaison.domain.booking import Period
from liaison.domain.errors import Invalid
from liaison.services import closures, maintenance
from liaison.services.holiday_calendar import holidays_between
from web.context import current_actor, house

from . import edge
from . import rule_schemas as s

bp = edge.blueprint("api_rules")

YEAR = timedelta(days=366)
LONGEST = 10 * YEAR


@bp.get("/closed-periods")
@edge.query(bp, s.PeriodQuery)
@bp.output(s.ClosureList)
@bp.doc(summary="List closed periods", responses=edge.problems(422), security=edge.TOKEN)
def list_closures(data: s.PeriodQuery) -> Response:
    """Those that are not over, or those of a period."""
    found = closures.list_closures(house(), current_actor(), data.from_at, data.to_at)
    return edge.tagged({"items": [_closure(view) for view in found], "next": None})


@bp.post("/closed-periods")
@edge.body(bp, s.ClosureIn)
@bp.output(s.ClosureOut, status_code=201)
@bp.doc(summary="Close a period", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def add_closure(data: s.ClosureIn) -> Response:
    """Everywhere, in a province or at a point. Sessions booked in it already stay."""
    view = closures.add_closure(house(), current_actor(), Period(data.starts_at, data.ends_at), data.reason, data.province, data.point)
    return edge.tagged(_closure(view), 201)


@bp.delete("/closed-periods/<closure_id>")
@bp.output({}, status_code=204)
@bp.doc(summary="Open a closed period again", responses=edge.problems(404), security=edge.TOKEN)
def remove_closure(closure_id: str) -> tuple[str, int]:
    closures.remove_closure(house(), current_actor(), edge.known_id(closure_id))
    return "", 204


@bp.get("/maintenance")
@edge.query(bp, s.PeriodQuery)
@bp.output(s.MaintenanceList)
@bp.doc(summary="List maintenance of points", responses=edge.problems(422), security=edge.TOKEN)
def list_maintenance(data: s.PeriodQuery) -> Response:
    """What is not over, or that of a period."""
    found = maintenance.list_maintenance(house(), current_actor(), data.from_at, data.to_at)
    return edge.tagged({"items": [_maintenance(view) for view in found], "next": None})


@bp.post("/maintenance")
@edge.body(bp, s.MaintenanceIn)
@bp.output(s.MaintenanceOut, status_code=201)
@bp.doc(summary="Enter maintenance of a point", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def add_maintenance(data: s.MaintenanceIn) -> Response:
    """While it lasts the point is booked only with ``confirm``, and not reminded."""
    view = maintenance.add_maintenance(house(), current_actor(), data.point, Period(data.starts_at, data.ends_at), data.reason)
    return edge.tagged(_maintenance(view), 201)


@bp.delete("/maintenance/<maintenance_id>")
@bp.output({}, status_code=204)
@bp.doc(summary="End maintenance now", responses=edge.problems(404, 409), security=edge.TOKEN)
def end_maintenance(maintenance_id: str) -> tuple[str, int]:
    """One that has not begun is called off."""
    maintenance.end_maintenance(house(), current_actor(), edge.known_id(maintenance_id))
    return "", 204


@bp.get("/holidays")
@edge.query(bp, s.DaysQuery)
@bp.output(s.HolidayList)
@bp.doc(summary="List holidays", responses=edge.problems(422), security=edge.TOKEN)
def list_holidays(data: s.DaysQuery) -> Response:
    """Of the network's country; without dates, those of the coming year."""
    actor = current_actor()
    require(actor.signed_in, actor)
    first = data.from_day or house().clock.now().astimezone(house().network.zone).date()
    last = data.to_day or _year_after(first)
    if last - first > LONGEST:
        raise Invalid(errors=[{"field": "to", "message": "Ask for ten years at most."}])
    found = holidays_between(house().network, first, last)
    return edge.tagged({"items": [{"date": day.date.isoformat(), "name": day.name} for day in found], "next": None})


def _year_after(first: date) -> date:
    return min(first, date.max - YEAR) + YEAR


def _closure(view: closures.ClosureView) -> dict[str, Any]:
    return s.ClosureOut.model_validate(view, from_attributes=True).model_dump(mode="json")


def _maintenance(view: maintenance.MaintenanceView) -> dict[str, Any]:
    return s.MaintenanceOut.model_validate(view, from_attributes=True).model_dump(mode="json")
