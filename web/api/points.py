"""``/api/v1/points``: the network's points, for everybody."""

from __future__ import annotations

from flask import Response

from liaison.domain.errors import NotFound
from liaison.domain.text import storable
from liaison.services import points
from web.context import current_actor, house

from . import edge, schemas, shapes

bp = edge.blueprint("api_points")


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
