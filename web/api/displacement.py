"""Displacement: whom a session of higher priority would displace, and the act itself, in booking and in changing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response

from liaison.domain.displacement import Choice, Fate
from liaison.services import displacement, series_displacement, sessions
from liaison.services.displacement import Answering
from liaison.services.making_way import Displaced
from web.context import current_actor, house

from . import displacement_schemas as s
from . import edge, schemas, shapes

bp = edge.blueprint("api_displacement")


@bp.post("/displacements/preview")
@edge.body(bp, schemas.SessionIn)
@bp.output(s.DisplacedList)
@bp.doc(summary="Show whom a session would displace", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def preview(data: schemas.SessionIn) -> Response:
    """Each session in the way, the points it would lose, and new times at which it is free whole. Nothing is changed. With
    ``recurrence``: those in the way of any date of the series, and of which ``dates``."""
    actor, wanted = shapes.booker(data), shapes.recurrence(data)
    plan = shapes.plan(data, actor)
    if wanted is not None:
        return _list(series_displacement.find_displaced_by_series(house(), actor, plan, wanted))
    return _list(displacement.find_displaced(house(), actor, plan))


@bp.post("/displacements")
@edge.body(bp, s.DisplaceIn)
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(summary="Book and displace", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def displace(data: s.DisplaceIn) -> Response:
    """``displaced`` names exactly the sessions in the way and what becomes of each; all happens at once or nothing. Those
    concerned read the ``reason``. With ``recurrence`` at every date of the series: ``leave_out`` spares those of the dates
    named. With ``request``: an officer's request is approved by it."""
    booking, actor = data.booking, shapes.booker(data.booking)
    plan, wanted, confirmed = shapes.plan(booking, actor), shapes.recurrence(booking), frozenset(booking.confirm)
    choices = _choices(data.displaced)
    if wanted is None:
        answering = Answering(data.request, data.note) if data.request else None
        view = displacement.displace(house(), actor, plan, choices, data.reason, confirmed, answering)
    else:
        view = series_displacement.displace_by_series(house(), actor, plan, wanted, choices, data.reason, confirmed)
    return edge.tagged(shapes.session(view), 201)


@bp.post("/sessions/<session_id>/displacements/preview")
@edge.body(bp, schemas.SessionPatch)
@bp.output(s.DisplacedList)
@bp.doc(summary="Show whom a change would displace", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def preview_change(session_id: str, data: schemas.SessionPatch) -> Response:
    """As for a new session; the fields are those of a change, ``series.scope`` says how far it reaches."""
    known = edge.known_id(session_id)
    return _list(series_displacement.find_displaced_by_dates(house(), current_actor(), known, shapes.edit(data)))


@bp.post("/sessions/<session_id>/displacements")
@edge.body(bp, s.DisplaceByChangeIn)
@bp.output(schemas.SessionOut)
@bp.doc(summary="Change and displace", responses=edge.problems(404, 409, 412, 413, 415, 422), security=edge.TOKEN)
def displace_by_change(session_id: str, data: s.DisplaceByChangeIn) -> Response:
    """As in booking, for a session or dates of a series that are moved or made longer; ``series.stay`` spares those of the dates
    named. Honours ``If-Match`` (412)."""
    known = edge.known_id(session_id)
    expected = edge.expected_version(lambda: sessions.get_session(house(), current_actor(), known).version)
    view = series_displacement.displace_by_dates(
        house(), current_actor(), known, shapes.edit(data.changes), _choices(data.displaced), data.reason, expected,
        frozenset(data.changes.confirm))
    return edge.tagged(shapes.session(view))


def _choices(fates: Iterable[s.FateIn]) -> dict[str, Choice]:
    return {item.session: Choice(Fate.MOVE, item.starts_at) if item.starts_at else Choice(Fate(item.fate or "cancel")) for item in fates}


def _list(found: list[Displaced]) -> Response:
    return edge.tagged({"items": [_shape(one) for one in found], "next": None})


def _shape(one: Displaced) -> dict[str, Any]:
    return s.DisplacedOut(
        session=one.session.id, number=one.session.number, title=one.session.title, starts_at=one.session.starts_at,
        ends_at=one.session.ends_at, priority=one.session.priority, points=list(one.points), displaceable=one.displaceable,
        may_drop=one.may_drop, starts=list(one.starts), dates=list(one.dates)).model_dump(mode="json")
