"""The ``session`` part of a snapshot: what the booking says, for those in the room."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from liaison.domain.errors import NotFound
from liaison.store import tables as t

from .room.state import stamp


def booking_view(db: DbSession, session_id: str) -> dict[str, Any]:
    """As in PROTOCOL.md. Raises NotFound."""
    session = db.get(t.Session, session_id)
    if session is None:
        raise NotFound()
    chair = session.chair_user
    return {
        "id": session.id, "number": session.number, "title": session.title, "description": session.description,
        "kind": session.kind, "public": session.public, "starts_at": stamp(session.starts_at),
        "ends_at": stamp(session.ends_at), "timezone": session.timezone,
        "agenda": [{"title": item.title, "minutes": item.minutes} for item in session.agenda],
        "chair_point": session.chair_point.slug if session.chair_point else None,
        "chair_name": chair.full_name or chair.name if chair else "",
        "points": [_point(invitation) for invitation in session.places],
    }


def _point(invitation: t.Invitation) -> dict[str, Any]:
    point = invitation.point
    return {"slug": point.slug, "name": point.name, "kind": point.kind, "required": invitation.required,
            "answer": invitation.answer}


def links_of(db: DbSession) -> dict[str, str]:
    """What is known of the points' lines, by slug, where they are not as usual."""
    rows = db.execute(select(t.Point.slug, t.Point.link_profile).where(t.Point.link_profile != "normal"))
    return {slug: profile for slug, profile in rows}


def booking_for_watchers(view: dict[str, Any]) -> dict[str, Any]:
    """Who accepted or declined is the participants' business."""
    return view | {"points": [point | {"answer": None} for point in view["points"]]}
