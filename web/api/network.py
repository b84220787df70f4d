"""``/api/v1``: what every point is at this moment; mobile points and their routes; contact data and state of points."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.domain.errors import NotFound
from liaison.domain.routes import Stop
from liaison.domain.text import storable
from liaison.services import mobile_points, points
from liaison.services.mobile_points import MobilePlan, StopPlan
from liaison.services.network_states import PointStatus, SessionAt, count_states, network_states
from web import context
from web.context import current_actor, house

from . import edge, shapes
from . import network_schemas as schemas
from .schemas import PointOut

bp = edge.blueprint("api_network")


@bp.get("/network")
@bp.output(schemas.NetworkOut)
@bp.doc(summary="Show what every point is at this moment", responses=edge.problems(), security=edge.TOKEN)
def show_network() -> Response:
    """Every point in use, in the network's order: its state and why, its live and its next session."""
    statuses = network_states(house(), current_actor())
    counts = {str(state): count for state, count in count_states(statuses).items()}
    return edge.tagged({"at": edge.stamp(house().clock.now()), "counts": counts, "items": [_status(status) for status in statuses],
                        "next": None})


@bp.post("/points")
@edge.body(bp, schemas.MobileIn)
@bp.output(PointOut, status_code=201)
@bp.doc(summary="Make a mobile point", responses=edge.problems(409, 413, 415, 422), security=edge.TOKEN)
def add_point(data: schemas.MobileIn) -> Response:
    """For administrators. Points of the network come from its file."""
    view = mobile_points.add_mobile_point(house(), current_actor(), MobilePlan(**data.model_dump()))
    return edge.tagged(shapes.point(view), 201, Location=f"{edge.PREFIX}/points/{view.slug}")


@bp.patch("/points/<slug>")
@edge.body(bp, schemas.PointPatch)
@bp.output(PointOut)
@bp.doc(summary="Change a point's contact data or state", responses=edge.problems(404, 413, 415, 422), security=edge.TOKEN)
def change_point(slug: str, data: schemas.PointPatch) -> Response:
    """For administrators and the help desk. A point that is not ``active`` is invited to no session."""
    return edge.tagged(shapes.point(points.change_point(house(), current_actor(), known(slug), **data.model_dump())))


@bp.get("/points/<slug>/route")
@bp.output(schemas.RouteOut)
@bp.doc(summary="Show a mobile point's route", responses=edge.problems(404), security=edge.TOKEN)
def show_route(slug: str) -> Response:
    """Every stop, by start."""
    stops = mobile_points.route_of(house(), current_actor(), known(slug))
    return edge.tagged({"items": [_stop(stop) for stop in stops], "next": None})


@bp.post("/points/<slug>/route")
@edge.body(bp, schemas.StopIn)
@bp.output(schemas.StopOut, status_code=201)
@bp.doc(summary="Add a stop to a mobile point's route", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def add_stop(slug: str, data: schemas.StopIn) -> Response:
    """For the office and the help desk. Refused with 409 and ``stop_overlaps`` when another stop is in the way."""
    place = {"": data.place} if isinstance(data.place, str) else data.place
    stop = mobile_points.add_stop(house(), current_actor(), known(slug), StopPlan(**data.model_dump() | {"place": place}))
    return edge.tagged(_stop(stop), 201)


@bp.delete("/points/<slug>/route/<stop_id>")
@bp.output({}, status_code=204)
@bp.doc(summary="Take a stop out of a mobile point's route", responses=edge.problems(404, 409), security=edge.TOKEN)
def remove_stop(slug: str, stop_id: str) -> tuple[str, int]:
    mobile_points.remove_stop(house(), current_actor(), known(slug), edge.known_id(stop_id))
    return "", 204


def known(slug: str) -> str:
    """The slug if it can be one at all. Raises NotFound."""
    if not storable(slug):
        raise NotFound()
    return slug


def _status(status: PointStatus) -> dict[str, Any]:
    lon, lat = status.place or (None, None)
    route, verdict = status.route, status.verdict
    return {"slug": status.point.slug, "state": str(verdict.state), "trouble": str(verdict.trouble) if verdict.trouble else None,
            "since": edge.stamp(verdict.since) if verdict.since else None, "lat": lat, "lon": lon, "session": _session(status.live),
            "next": _session(status.next), "stop": _stop(route.now) if route and route.now else None,
            "next_stop": _stop(route.next) if route and route.next else None}


def _session(session: SessionAt | None) -> dict[str, Any] | None:
    return {"id": session.id, "title": session.title, "starts_at": edge.stamp(session.starts_at)} if session else None


def _stop(stop: Stop) -> dict[str, Any]:
    return {"id": stop.id, "place": dict(stop.place), "display_place": context.text(dict(stop.place)), "lat": stop.lat, "lon": stop.lon,
            "starts_at": edge.stamp(stop.starts_at), "ends_at": edge.stamp(stop.ends_at), "note": stop.note}
