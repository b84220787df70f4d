"""``/api/v1/points``: the network's points, for everybody; their connections, for those who look after them."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from liaison.domain.errors import NotFound
from liaison.domain.text import storable
from liaison.services import link_history, points
from web.context import current_actor, house

from . import edge, schemas, shapes

bp = edge.blueprint("api_points")

WEEK = timedelta(days=7)


@bp.get("/points")
@edge.query(bp, schemas.PointQuery)
@bp.output(schemas.PointList)
@bp.doc(summary="List the points", responses=edge.problems(422), security=edge.OPEN)
def list_points(data: schemas.PointQuery) -> Response:
    """In the order of the network's list, all at once."""
    found = points.list_points(house(), current_actor(), data.q, data.kind)
    return edge.tagged({"items": [shapes.point(view) for view in found], "next": None})


@bp.get("/points/<slug>")
@bp.output(schemas.PointOut)
@bp.doc(summary="Show a point", responses=edge.problems(404), security=edge.OPEN)
def show_point(slug: str) -> Response:
    """One point by its slug."""
    if not storable(slug):
        raise NotFound()
    return edge.tagged(shapes.point(points.get_point(house(), current_actor(), slug)))


@bp.get("/points/<slug>/link-history")
@edge.query(bp, schemas.LinkHistoryQuery)
@bp.output(schemas.LinkHistoryOut)
@bp.doc(summary="Show how good a point's connection was", responses=edge.problems(404, 422), security=edge.TOKEN)
def show_link_history(slug: str, data: schemas.LinkHistoryQuery) -> Response:
    """A minute an item, while the point was in a room. The office and the help desk see all points, officers their own."""
    if not storable(slug):
        raise NotFound()
    to_at = data.to_at or house().clock.now() + timedelta(minutes=1)
    from_at = data.from_at or house().clock.now() - WEEK
    found, more = link_history.link_samples(house(), current_actor(), slug, from_at, to_at, data.limit)
    return edge.tagged({"items": [shapes.link_minute(sample) for sample in found], "next": edge.stamp(more) if more else None})
