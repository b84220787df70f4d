"""``/api/v1/sessions``: list, book, show, change, cancel, and a way into the room."""

from __future__ import annotations

from flask import Response, jsonify

from liaison.domain.errors import Invalid
from liaison.domain.words import SessionStatus
from liaison.services import invitations, join, series, series_answers, series_edits, sessions
from liaison.services.sessions import SessionFilter
from web.context import current_actor, house

from . import edge, schemas, shapes

bp = edge.blueprint("api_sessions")


@bp.get("/sessions")
@edge.query(bp, schemas.SessionQuery)
@bp.output(schemas.SessionList)
@bp.doc(summary="List sessions", responses=edge.problems(422), security=edge.OPEN)
def list_sessions(data: schemas.SessionQuery) -> Response:
    """By start. Without a token: public sessions. Officers: also those their points are invited to. The office: all."""
    wanted = SessionFilter(
        from_at=data.from_at, to_at=data.to_at, statuses=_statuses(data.status), kind=data.kind, point=data.point, q=data.q,
        public=data.public, mine=data.mine, newest_first=data.order == "desc")
    page = sessions.list_sessions(house(), current_actor(), wanted, data.cursor, data.limit)
    return edge.tagged({"items": [shapes.session(view) for view in page.items], "next": page.next})


@bp.post("/sessions")
@edge.body(bp, schemas.SessionIn)
@bp.output(schemas.SessionOut, status_code=201)
@bp.doc(summary="Book a session", responses=edge.problems(409, 413, 415, 422), security=edge.TOKEN)
def book_session(data: schemas.SessionIn) -> Response:
    """Refused with 409 and ``conflicts`` when a point is taken, with ``closures`` in a closed period, with ``warnings`` where a
    confirmation is missing. With ``recurrence``: every date of a series or none; its first session is returned, and ``refused`` names
    every ``date`` that cannot be booked with its ``reason`` (``leave_out`` takes them). Honours ``Idempotency-Key``."""
    actor, wanted, confirmed = shapes.booker(data), shapes.recurrence(data), frozenset(data.confirm)
    if wanted is None:
        view = sessions.book_session(house(), actor, shapes.plan(data, actor), edge.once(), confirmed)
    else:
        view = series.book_series(house(), actor, shapes.plan(data, actor), wanted, edge.once(), confirmed)
    return edge.tagged(shapes.session(view), 201, Location=f"{edge.PREFIX}/sessions/{view.id}")


@bp.get("/sessions/<session_id>")
@bp.output(schemas.SessionOut)
@bp.doc(summary="Show a session", responses=edge.problems(404), security=edge.OPEN)
def show_session(session_id: str) -> Response:
    """With an ``ETag``; ``If-None-Match`` is answered with 304."""
    return edge.tagged(shapes.session(sessions.get_session(house(), current_actor(), edge.known_id(session_id))))


@bp.patch("/sessions/<session_id>")
@edge.body(bp, schemas.SessionPatch)
@bp.output(schemas.SessionOut)
@bp.doc(summary="Change a session", responses=edge.problems(404, 409, 412, 413, 415, 422), security=edge.TOKEN)
def change_session(session_id: str, data: schemas.SessionPatch) -> Response:
    """Any of the fields; a move books anew, all points or none. ``series.scope`` reaches further than this date of a series:
    ``refused`` then names the dates (as they are now) that cannot be so, and ``series.stay`` keeps them as they are.
    Honours ``If-Match`` (412)."""
    known = edge.known_id(session_id)
    view = series_edits.change_dates(house(), current_actor(), known, shapes.edit(data), _expected(known), frozenset(data.confirm))
    return edge.tagged(shapes.session(view))


@bp.post("/sessions/<session_id>/cancel")
@edge.body(bp, schemas.CancelIn)
@bp.output(schemas.SessionOut)
@bp.doc(summary="Cancel a session", responses=edge.problems(404, 409, 412, 413, 415, 422), security=edge.TOKEN)
def cancel_session(session_id: str, data: schemas.CancelIn) -> Response:
    """Frees its points and tells everybody invited, with the reason. Honours ``If-Match`` and ``Idempotency-Key``."""
    known = edge.known_id(session_id)
    view = series_edits.cancel_dates(house(), current_actor(), known, data.scope, data.reason, _expected(known), edge.once())
    return edge.tagged(shapes.session(view))


@bp.post("/sessions/<session_id>/answer")
@edge.body(bp, schemas.AnswerIn)
@bp.output(schemas.SessionOut)
@bp.doc(summary="Answer an invitation", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def answer_invitation(session_id: str, data: schemas.AnswerIn) -> Response:
    """For a point that the account acts for (the office: any). It may change until the end. Honours ``Idempotency-Key``."""
    known = edge.known_id(session_id)
    if data.scope == "all":
        view = series_answers.answer_dates(house(), current_actor(), known, data.point, data.answer, data.reason)
    else:
        view = invitations.answer_invitation(house(), current_actor(), known, data.point, data.answer, data.reason, edge.once(),
                                             _who(data))
    return edge.tagged(shapes.session(view))


@bp.post("/sessions/<session_id>/join-tokens")
@edge.body(bp, schemas.JoinIn)
@bp.output(schemas.JoinOut, status_code=201)
@bp.doc(summary="Get a way into the room", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def make_join_token(session_id: str, data: schemas.JoinIn) -> Response:
    """A token for the room, WHIP and WHEP. It is a secret, so a repeated request gets a new one."""
    issued = join.issue_token(house(), current_actor(), edge.known_id(session_id), role=data.role, point=data.point,
                              name=data.name)
    response = jsonify(shapes.way_in(issued))
    response.status_code = 201
    return response


def _who(data: schemas.AnswerIn) -> invitations.WhoComes | None:
    if data.expected is None and data.representatives is None:
        return None
    return invitations.WhoComes(data.expected, tuple(data.representatives or ()))


def _expected(session_id: str) -> int | None:
    return edge.expected_version(lambda: sessions.get_session(house(), current_actor(), session_id).version)


def _statuses(text: str | None) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    if any(status not in set(SessionStatus) for status in wanted):
        raise Invalid(errors=[{"field": "status", "message": "Choose one of the values offered."}])
    return wanted
