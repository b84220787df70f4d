"""The protocol of a meeting on paper: what was found and decided in the room."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from signaling.protocol import meeting_protocol

from ..context import current_actor, house, language

bp = Blueprint("protocol", __name__)


@bp.get("/sessions/<session_id>/protocol.pdf")
def as_pdf(session_id: str) -> ResponseReturnValue:
    from liaison.reports.protocol_pdf import protocol_pdf  # here: the library costs start-up time

    facts = meeting_protocol(house(), current_actor(), session_id)
    return Response(protocol_pdf(house(), facts, language()), mimetype="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="protocol-{facts["session"]["number"]}.pdf"'})
