"""What a room needs to know of its session's booking: the data of ``session_opened`` and ``session_changed`` events."""

from __future__ import annotations

from typing import Any

from ..domain.recording import what_is_kept
from ..store import tables as t
from .conflicts import rfc3339


def session_facts(session: t.Session) -> dict[str, Any]:
    """JSON values: id, number, status, title, kind, starts_at, ends_at, extended_to (RFC 3339), public, record,
    points [{id, slug, name, required}], agenda [{title, minutes}], chair {point_id, user_id}, deputy_user_id,
    secretary_user_id, quorum, checks_minutes."""
    return {
        "id": session.id, "number": session.number, "status": str(session.status), "title": session.title,
        "kind": session.kind, "starts_at": rfc3339(session.starts_at), "ends_at": rfc3339(session.ends_at),
        "extended_to": rfc3339(session.extended_to) if session.extended_to else None,
        "public": session.public, "record": what_is_kept(session.recording, session.broadcast),
        "points": [{"id": i.point_id, "slug": i.point.slug, "name": i.point.name, "required": i.required}
                   for i in session.invitations],
        "agenda": [{"title": item.title, "minutes": item.minutes} for item in session.agenda],
        "chair": {"point_id": session.chair_point_id, "user_id": session.chair_user_id},
        "deputy_user_id": session.deputy_user_id, "secretary_user_id": session.secretary_user_id,
        "quorum": session.quorum, "checks_minutes": session.checks_minutes,
    }
