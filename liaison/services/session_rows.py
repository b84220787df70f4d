"""Narrow reads of a session for those who ask often: loading a row of the table brings all its invitations with their points."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import lazyload

from ..store import tables as t

_ON_DEMAND = (lazyload(t.Session.invitations), lazyload(t.Session.agenda))


def bare_session(db: DbSession, session_id: str) -> t.Session | None:
    """The session's own row; its agenda and invitations are read when somebody looks at them."""
    return db.get(t.Session, session_id, options=_ON_DEMAND)


def invited_points(db: DbSession, session_id: str) -> dict[str, str]:
    """Slug → id of every invited point, in the booker's order."""
    query = (select(t.Point.slug, t.Point.id).join(t.Invitation, t.Invitation.point_id == t.Point.id)
             .where(t.Invitation.session_id == session_id).order_by(t.Invitation.position))
    return {slug: point_id for slug, point_id in db.execute(query)}


def invited_point(db: DbSession, session_id: str, slug: str | None) -> str | None:
    """The id of one invited point; None when it is not invited."""
    query = select(t.Invitation.point_id).join(t.Point, t.Point.id == t.Invitation.point_id)
    return db.scalar(query.where(t.Invitation.session_id == session_id, t.Point.slug == slug)) if slug is not None else None
