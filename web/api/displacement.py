"""Displacement: whom a session of higher priority would displace, and the act itself, in booking and in changing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response

from liaison.domain.displacement import Choice, Fate
from liaison.services import displacement, sessions
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
    return _list(displacement.find_displaced(house(), current_actor(), shapes.plan(data, current_actor())))


@bp.post("/displacements")
@edge.body(bp, s.DisplaceIn)
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(summary="Book and displace", responses=edge.problems(409, 413, 415, 422), security=edge.TOKEN)
def displace(data: s.DisplaceIn) -> Response:
    """``displaced`` names exactly the sessions in the way and what becomes of each; all happens at once or nothing. Those
    concerned read the ``reason``."""
    view = displacement.displace(house(), current_actor(), shapes.plan(data.booking, current_actor()), _choices(data.displaced),
                                 data.reason, frozenset(data.booking.confirm))
    return edge.tagged(shapes.session(view), 201)


@bp.post("/sessions/<session_id>/displacements/preview")
@edge.body(bp, schemas.ChangeIn)
@bp.output(s.DisplacedList)
@bp.doc(summary="Show whom a change would displace", responses=edge.problems(404, 413, 415, 422), security=edge.TOKEN)
def preview_change(session_id: str, data: schemas.ChangeIn) -> Response:
    """As for a new session; the fields are those of a change of this date alone."""
    known = edge.known_id(session_id)
    return _list(displacement.find_displaced_by_change(house(), current_actor(), known, shapes.changes(data)))


@bp.post("/sessions/<session_id>/displacements")
@edge.body(bp, s.DisplaceByChangeIn)
@bp.output(schemas.SessionOut)
@bp.doc(summary="Change and displace", responses=edge.problems(404, 409, 412, 413, 415, 422), security=edge.TOKEN)
def displace_by_change(session_id: str, data: s.DisplaceByChangeIn) -> Response:
    """As in booking, for a session that is moved or made longer. Honours ``If-Match`` (412)."""
    known = edge.known_id(session_id)
    expected = edge.expected_version(lambda: sessions.get_session(house(), current_actor(), known).version)
    view = displacement.displace_by_change(
        house(), current_actor(), known, shapes.changes(data.changes), _choices(data.displaced), data.reason, expected,
        frozenset(data.changes.confirm))
    return edge.tagged(shapes.session(view))


def _choices(fates: Iterable[s.FateIn]) -> dict[str, Choice]:
    return {item.session: Choice(Fate.MOVE, item.starts_at) if item.starts_at else Choice(Fate(item.fate or "cancel")) for item in fates}


def _list(found: list[displacement.Displaced]) -> Response:
    return edge.tagged({"items": [_shape(one) for one in found], "next": None})


def _shape(one: displacement.Displaced) -> dict[str, Any]:
    return s.DisplacedOut(
        session=one.session.id, number=one.session.number, title=one.session.title, starts_at=one.session.starts_at,
        ends_at=one.session.ends_at, priority=one.session.priority, points=list(one.points), displaceable=one.displaceable,
        may_drop=one.may_drop, starts=list(one.starts)).model_dump(mode="json")
