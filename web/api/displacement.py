"""``/api/v1/displacements``: whom a session of higher priority would displace, and the act itself."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.domain.displacement import Choice, Fate
from liaison.services import displacement
from web.context import current_actor, house

from . import displacement_schemas as s
from . import edge, schemas, shapes

bp = edge.blueprint("api_displacement")


@bp.post("/displacements/preview")
@edge.body(bp, schemas.SessionIn)
@bp.output(s.DisplacedList)
@bp.doc(summary="Show whom a session would displace", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def preview(data: schemas.SessionIn) -> Response:
    """Each session in the way, the points it would lose, and new times at which it is free whole. Nothing is changed."""
    found = displacement.find_displaced(house(), current_actor(), shapes.plan(data, current_actor()))
    return edge.tagged({"items": [_shape(one) for one in found], "next": None})


@bp.post("/displacements")
@edge.body(bp, s.DisplaceIn)
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(summary="Book and displace", responses=edge.problems(409, 413, 415, 422), security=edge.TOKEN)
def displace(data: s.DisplaceIn) -> Response:
    """``displaced`` names exactly the sessions in the way and what becomes of each; all happens at once or nothing."""
    choices = {item.session: Choice(Fate.MOVE, item.starts_at) if item.starts_at else Choice(Fate(item.fate or "cancel"))
               for item in data.displaced}
    view = displacement.displace(house(), current_actor(), shapes.plan(data.booking, current_actor()), choices, data.reason,
                                 frozenset(data.booking.confirm))
    return edge.tagged(shapes.session(view), 201)


def _shape(one: displacement.Displaced) -> dict[str, Any]:
    return s.DisplacedOut(
        session=one.session.id, number=one.session.number, title=one.session.title, starts_at=one.session.starts_at,
        ends_at=one.session.ends_at, priority=one.session.priority, points=list(one.points), displaceable=one.displaceable,
        may_drop=one.may_drop, starts=list(one.starts)).model_dump(mode="json")
