"""``/api/v1/sessions/{id}/protocol``: what the room found and decided: roll call, quorum, checks, votes, speeches, agenda."""

from __future__ import annotations

from flask import Response

from signaling.protocol import meeting_protocol
from web.context import current_actor, house

from . import edge
from .protocol_schemas import ProtocolOut

bp = edge.blueprint("api_protocol")


@bp.get("/sessions/<session_id>/protocol")
@bp.output(ProtocolOut)
@bp.doc(summary="Show the protocol of the meeting", responses=edge.problems(404), security=edge.TOKEN)
def show_protocol(session_id: str) -> Response:
    """For the office and those who lead the session. Of a secret vote there are counts alone."""
    return edge.tagged(meeting_protocol(house(), current_actor(), edge.known_id(session_id)))
