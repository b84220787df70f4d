"""``/api/v1/polls``: which of several times suits the points, where none is clear."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.services import polls
from web.context import current_actor, house

from . import edge, schemas, shapes
from . import poll_schemas as s

bp = edge.blueprint("api_polls")


@bp.get("/polls")
@bp.output(s.PollList)
@bp.doc(summary="List date polls", responses=edge.problems(), security=edge.TOKEN)
def list_polls() -> Response:
    """Open ones first, then the newest; officers: those in which their points are asked."""
    return edge.tagged({"items": [_shape(one) for one in polls.list_polls(house(), current_actor())], "next": None})


@bp.post("/polls")
@edge.body(bp, s.PollIn)
@bp.output(s.PollOut, status_code=201)
@bp.doc(summary="Ask the points which times suit them", responses=edge.problems(413, 415, 422), security=edge.TOKEN)
def open_poll(data: s.PollIn) -> Response:
    """Nothing is booked yet; every point gets a letter with a link."""
    actor = shapes.booker(data.booking)
    starts = [data.booking.starts_at, *data.times]
    return edge.tagged(_shape(polls.open_poll(house(), actor, shapes.plan(data.booking, actor), starts, data.answer_by)), 201)


@bp.get("/polls/<poll_id>")
@bp.output(s.PollOut)
@bp.doc(summary="Show a date poll", responses=edge.problems(404), security=edge.TOKEN)
def show_poll(poll_id: str) -> Response:
    """Its times with what was said of each."""
    return edge.tagged(_shape(polls.get_poll(house(), current_actor(), edge.known_id(poll_id))))


@bp.post("/polls/<poll_id>/answer")
@edge.body(bp, s.PollAnswerIn)
@bp.output(s.PollOut)
@bp.doc(summary="Say which times suit a point", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def answer_poll(poll_id: str, data: s.PollAnswerIn) -> Response:
    """For a point that the account acts for (the office: any); it may change while the poll is open."""
    return edge.tagged(_shape(polls.answer_poll(house(), current_actor(), edge.known_id(poll_id), data.point, data.answers)))


@bp.post("/polls/<poll_id>/close")
@edge.body(bp, s.PollCloseIn)
@bp.output(schemas.SessionOut)
@bp.doc(summary="Book the session at one of the times", responses=edge.problems(404, 409, 413, 415, 422), security=edge.TOKEN)
def close_poll(poll_id: str, data: s.PollCloseIn) -> Response:
    """The poll stays open when something is in the way (409)."""
    return edge.tagged(shapes.session(polls.close_poll(house(), current_actor(), edge.known_id(poll_id), data.time)))


@bp.delete("/polls/<poll_id>")
@bp.doc(summary="Close a poll without a session", responses=edge.problems(404, 409), security=edge.TOKEN)
def drop_poll(poll_id: str) -> tuple[str, int]:
    """Nobody is asked or reminded any more."""
    polls.drop_poll(house(), current_actor(), edge.known_id(poll_id))
    return "", 204


def _shape(view: polls.PollView) -> dict[str, Any]:
    times = [s.PollTimeOut.model_validate(one, from_attributes=True) for one in view.times]
    points = [s.PolledPointOut.model_validate(one, from_attributes=True) for one in view.points]
    return s.PollOut(
        id=view.id, status=view.status, title=view.plan.title, duration_minutes=view.plan.duration_minutes,  # type: ignore[arg-type]
        answer_by=view.answer_by, times=times, points=points, best=view.best, session=view.session_id).model_dump(mode="json")
