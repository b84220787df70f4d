"""``/api/v1/sessions/{id}/restream``: where a broadcast is handed on to. The key is taken and never given out."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.domain.errors import NotFound
from liaison.services import restreams
from web.context import current_actor, house

from . import edge
from . import restream_schemas as s

bp = edge.blueprint("api_restreams")

BASE = "/sessions/<session_id>/restream"


@bp.get(BASE)
@bp.output(s.RestreamOut)
@bp.doc(summary="Show where a broadcast is handed on to", responses=edge.problems(404), security=edge.TOKEN)
def show_restream(session_id: str) -> Response:
    """404 where it is not."""
    return edge.tagged(_shape(edge.known_id(session_id)))


@bp.put(BASE)
@edge.body(bp, s.RestreamIn)
@bp.output(s.RestreamOut)
@bp.doc(summary="Hand a broadcast on", responses=edge.problems(404, 413, 415, 422), security=edge.TOKEN)
def set_restream(session_id: str, data: s.RestreamIn) -> Response:
    """Over RTMP to an address with its key, which is kept sealed; or where all public broadcasts of the installation go."""
    known = edge.known_id(session_id)
    if data.default:
        restreams.hand_on_as_all(house(), current_actor(), known)
    else:
        restreams.set_restream(house(), current_actor(), known, data.address, data.key)
    return edge.tagged(_shape(known))


@bp.delete(BASE)
@bp.output({}, status_code=204)
@bp.doc(summary="Hand a broadcast on no more", responses=edge.problems(404), security=edge.TOKEN)
def remove_restream(session_id: str) -> tuple[str, int]:
    """Also not where all public broadcasts of the installation go."""
    restreams.remove_restream(house(), current_actor(), edge.known_id(session_id))
    return "", 204


def _shape(session_id: str) -> dict[str, Any]:
    found = restreams.restream_of(house(), current_actor(), session_id)
    if found is None:
        raise NotFound()
    return s.RestreamOut.model_validate(found, from_attributes=True).model_dump(mode="json")
