"""Narrow reads of a session for those who ask often: loading a row of the table brings all its invitations with their points."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import lazyload

from ..domain.words import HELP_DESK, REHEARSAL
from ..store import tables as t

# Asked at every join, and made once.
_INVITED = (select(t.Point.slug, t.Point.id).join(t.Invitation, t.Invitation.point_id == t.Point.id)
            .where(t.Invitation.session_id == bindparam("session")).order_by(t.Invitation.position))
_INVITED_ONE = (select(t.Invitation.point_id).join(t.Point, t.Point.id == t.Invitation.point_id)
                .where(t.Invitation.session_id == bindparam("session"), t.Point.slug == bindparam("slug")))
_KIND = select(t.Session.kind, t.Session.rehearses_id).where(t.Session.id == bindparam("session"))
ON_DEMAND = (lazyload(t.Session.invitations), lazyload(t.Session.agenda))


def bare_session(db: DbSession, session_id: str) -> t.Session | None:
    """The session's own row; its agenda and invitations are read when somebody looks at them."""
    return db.get(t.Session, session_id, options=ON_DEMAND)


def invited_points(db: DbSession, session_id: str) -> dict[str, str]:
    """Slug → id of every point that is to come, in the booker's order."""
    found = {slug: point_id for slug, point_id in db.execute(_INVITED, {"session": session_id})}
    return found or _welcome_points(db, session_id)


def _welcome_points(db: DbSession, session_id: str) -> dict[str, str]:
    """To the help desk's room nobody is invited and every point in use may come; to a rehearsal those of what it rehearses."""
    kind, rehearses = db.execute(_KIND, {"session": session_id}).one_or_none() or ("", None)
    if kind == REHEARSAL and rehearses:
        return invited_points(db, rehearses)
    if kind != HELP_DESK:
        return {}
    rows = db.execute(select(t.Point.slug, t.Point.id).where(t.Point.active).order_by(t.Point.position))
    return {slug: point_id for slug, point_id in rows}


def invited_point(db: DbSession, session_id: str, slug: str | None) -> str | None:
    """The id of one invited point; None when it is not invited."""
    if slug is None:
        return None
    found: str | None = db.scalar(_INVITED_ONE, {"session": session_id, "slug": slug})
    return found or _welcome_points(db, session_id).get(slug)
