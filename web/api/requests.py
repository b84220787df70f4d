"""``/api/v1/booking-requests``: sessions that are asked for, and the waiting list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from liaison.domain.booking_requests import RequestKind, RequestState
from liaison.services import booking_requests, waiting_list
from liaison.services.booking_requests import RequestView
from web.context import current_actor, house

from . import edge, schemas, shapes
from . import request_schemas as s

bp = edge.blueprint("api_requests")

BASE = "/booking-requests"


@bp.get(BASE)
@edge.query(bp, s.RequestQuery)
@bp.output(s.RequestList)
@bp.doc(summary="List requests", responses=edge.problems(422), security=edge.TOKEN)
def list_requests(data: s.RequestQuery) -> Response:
    """The office sees all, others their own; without ``all``, those that are open."""
    found = booking_requests.list_requests(house(), current_actor(), RequestKind(data.kind), not data.all)
    return edge.tagged({"items": [_shape(view) for view in found], "next": None})


@bp.post(BASE)
@edge.body(bp, s.RequestIn)
@bp.output(s.RequestOut, status_code=201)
@bp.doc(summary="Ask for a session, or wait for a taken time", responses=edge.problems(409, 413, 415, 422), security=edge.TOKEN)
def ask(data: s.RequestIn) -> Response:
    """``asks`` is ``request``: an officer asks the office. ``waiting``: a booker's plan is kept and offered when its time frees."""
    actor = current_actor()
    if data.asks == "request":
        view = booking_requests.ask_for_session(house(), actor, shapes.plan(data, actor), data.note)
    else:
        view = waiting_list.wait_for(house(), actor, shapes.plan(data, actor), frozenset(data.confirm))
    return edge.tagged(_shape(view), 201)


@bp.get(BASE + "/<request_id>")
@bp.output(s.RequestOut)
@bp.doc(summary="Show a request", responses=edge.problems(404), security=edge.TOKEN)
def show(request_id: str) -> Response:
    """With what stands in its way, for the office."""
    return edge.tagged(_shape(booking_requests.get_request(house(), current_actor(), edge.known_id(request_id))))


@bp.post(BASE + "/<request_id>/approve")
@edge.body(bp, s.ApproveIn)
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(summary="Approve a request", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def approve(request_id: str, data: s.ApproveIn) -> Response:
    """Books it, with any field changed that is sent. Refused as a booking would be."""
    known, actor = edge.known_id(request_id), current_actor()
    changes = shapes.changes(data)
    plan = replace(booking_requests.get_request(house(), actor, known).plan, **changes) if changes else None
    view = booking_requests.approve_request(house(), actor, known, plan, data.note, frozenset(data.confirm))
    return edge.tagged(shapes.session(view), 201)


@bp.post(BASE + "/<request_id>/decline")
@edge.body(bp, schemas.CancelIn)
@bp.output(s.RequestOut)
@bp.doc(summary="Decline a request", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def decline(request_id: str, data: schemas.CancelIn) -> Response:
    """With the reason that the officer reads."""
    return edge.tagged(_shape(booking_requests.decline_request(house(), current_actor(), edge.known_id(request_id), data.reason)))


@bp.post(BASE + "/<request_id>/withdraw")
@bp.output(s.RequestOut)
@bp.doc(summary="Withdraw a request", responses=edge.problems(404, 409), security=edge.TOKEN)
def withdraw(request_id: str) -> Response:
    """Also a place on the waiting list, or an offer that is passed on."""
    return edge.tagged(_shape(booking_requests.withdraw_request(house(), current_actor(), edge.known_id(request_id))))


@bp.post(BASE + "/<request_id>/accept")
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(summary="Accept the time offered", responses=edge.problems(404, 409, 422), security=edge.TOKEN)
def accept(request_id: str) -> Response:
    """Books what is held."""
    return edge.tagged(shapes.session(waiting_list.accept_offer(house(), current_actor(), edge.known_id(request_id))), 201)


def _shape(view: RequestView) -> dict[str, Any]:
    plan = view.plan
    return s.RequestOut(
        id=view.id, kind=RequestKind(view.kind), state=RequestState(view.state), title=plan.title, session_kind=plan.kind,
        starts_at=plan.starts_at, ends_at=plan.ends_at, duration_minutes=plan.duration_minutes, points=list(plan.points),
        optional_points=list(plan.optional_points), note=view.note, asked_by=view.asked_by.name if view.asked_by else None,
        created_at=view.created_at, offer_until=view.offer_until, answer=view.answer, answered_at=view.answered_at,
        session=view.session_id, conflicts=list(view.conflicts)).model_dump(mode="json")
