"""``/api/v1/find-times``: the best times for a session that is not booked yet."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify

from liaison.domain.finding import Hours, Wanted
from liaison.services import finding
from web.context import current_actor, house
from web.dates import today

from . import edge
from . import finding_schemas as s

bp = edge.blueprint("api_finding")


@bp.post("/find-times")
@edge.body(bp, s.FindIn)
@bp.output(s.FoundOut)
@bp.doc(summary="Find a time", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def find_times(data: s.FindIn) -> Response:
    """Times at which all required are free come first, then those with fewest optional ones missing, then the earliest, spread
    over the days. Where no time suits all required, those with fewest of them missing. Each says who is missing and why."""
    chair = data.chair.user if data.chair else None
    found = finding.find_times(house(), current_actor(), _wanted(data), chair, data.except_session)
    return jsonify(s.FoundOut.model_validate(_shape(found)).model_dump(mode="json"))


def _wanted(data: s.FindIn) -> Wanted:
    lunch = (data.lunch.starts, data.lunch.ends) if data.lunch else None
    hours = Hours(data.hours_from, data.hours_to, frozenset(day - 1 for day in data.weekdays), lunch)
    chair_point = (data.chair.point,) if data.chair and data.chair.point else ()
    optional = tuple(slug for slug in data.optional_points if slug not in chair_point)
    return Wanted(required=(*chair_point, *data.points), optional=optional, minutes=data.duration_minutes,
                  first_day=data.first_day or today(), days=data.days, hours=hours, step=data.step_minutes,
                  before=data.setup_minutes, after=data.clear_minutes, near=data.near, limit=data.limit, broadcast=data.broadcast)


def _shape(found: finding.Found) -> dict[str, Any]:
    return {"items": [_offer(offer) for offer in found.offers], "wanted": found.wanted, "suits_required": found.suits_required}


def _offer(offer: finding.OfferView) -> dict[str, Any]:
    missing = [{"point": item.slug or None, "name": item.name, "required": item.required,
                "held_by": [_holder(holder) for holder in item.holders]} for item in offer.missing]
    return asdict(offer) | {"missing": missing}


def _holder(holder: finding.Holder) -> dict[str, Any]:
    session = {"id": holder.session_id, "number": holder.number, "title": holder.title} if holder.title is not None else None
    return {"starts_at": holder.period.starts_at, "ends_at": holder.period.ends_at, "session": session, "reason": holder.reason}
