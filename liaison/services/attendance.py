"""The attendance sheet of a session: who was invited, answered, came, for how long, and what officers typed in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.attendance import Folded, Span, Stay, fold
from ..domain.errors import NotFound
from ..domain.words import Answer
from ..house import House
from ..store import tables as t
from .hall_figures import citizens_of
from .session_views import SessionView

COLUMNS = ("point", "name", "invited", "required", "answer", "present_seconds", "share", "first_joined_at", "last_left_at",
           "late_seconds", "drops", "media_lost_seconds", "headcount", "representatives")
CITIZEN_COLUMNS = ("seats", "registered", "waiting", "came", "walk_ins", "no_shows")
"""Of citizens in the point's hall, where it was open (services/hall_figures.py)."""


def attendance_sheet(house: House, actor: Actor, session_id: str) -> dict[str, Any]:
    """``{"session": …, "points": [{slug, name, invited, answer, present_seconds, share, …, presences}], "watchers": n}``.

    Organisers, operators, the chair, its deputy, the secretary and the booker see every point; officers their own.
    Raises NotFound, Forbidden, Unauthenticated.
    """
    now = house.clock.now()
    with house.db.read() as db:
        session = db.get(t.Session, session_id)
        if session is None:
            raise NotFound()
        visible = _visible_points(session, actor)
        return _sheet(db, session, _stays(db, session_id), visible, now)


def attendance_csv(house: House, actor: Actor, session_id: str) -> str:
    """The sheet as CSV (RFC 4180), one point a row, names in the actor's language; times in UTC."""
    sheet = attendance_sheet(house, actor, session_id)
    out = io.StringIO()
    writer = csv.writer(out)
    halls = any(point["citizens"] for point in sheet["points"])
    writer.writerow([*COLUMNS, *(f"citizens_{name}" for name in CITIZEN_COLUMNS if halls)])
    for point in sheet["points"]:
        row = point | {"point": point["slug"], "name": house.network.text(point["name"], actor.language),
                       "representatives": "; ".join(point["representatives"])}
        citizens = [(point["citizens"] or {}).get(name) for name in CITIZEN_COLUMNS if halls]
        writer.writerow([_cell(row[column]) for column in COLUMNS] + [_cell(value) for value in citizens])
    return out.getvalue()


def may_see_whole_sheet(actor: Actor, view: SessionView) -> bool:
    """Whether the reader of this view sees every point's row: the office, the booking's people, officers of the chair's point."""
    people = {person.id for person in (view.chair_user, view.deputy, view.secretary, view.booked_by) if person}
    return actor.sees_all or actor.user_id in people or view.chair_point in view.own_points


# ---------------------------------------------------------------- inside


def _visible_points(session: t.Session, actor: Actor) -> frozenset[str] | None:
    """Point ids the actor may see; None: all."""
    people = (session.chair_user_id, session.deputy_user_id, session.secretary_user_id, session.booked_by_id)
    presides = session.chair_point_id is not None and session.chair_point_id in actor.points
    if actor.sees_all or presides or (actor.user_id is not None and actor.user_id in people):
        return None
    own = actor.points & {invitation.point_id for invitation in session.invitations}
    require(bool(own), actor)
    return frozenset(own)


def _stays(db: DbSession, session_id: str) -> list[Stay]:
    return [stay for _, stay in stays_of(db, [session_id])]


def stays_of(db: DbSession, session_ids: Iterable[str], point_id: str | None = None) -> list[tuple[str, Stay]]:
    """Presences of these sessions, by session, in the order in which they began; of one point where one is given."""
    query = select(t.Presence).where(t.Presence.session_id.in_(list(session_ids))).order_by(t.Presence.joined_at, t.Presence.id)
    if point_id is not None:
        query = query.where(t.Presence.point_id == point_id)
    return [(p.session_id, Stay(p.peer_id, p.point_id, p.role, p.via, p.name, p.joined_at, p.left_at, p.reason, p.drops,
                                tuple((loss.lost_at, loss.back_at) for loss in p.media_losses))) for p in db.scalars(query)]


def _sheet(db: DbSession, session: t.Session, stays: list[Stay], visible: frozenset[str] | None, now: datetime) -> dict[str, Any]:
    span = Span(session.opened_at, session.closed_at, session.starts_at, now)
    by_point: dict[str, list[Stay]] = {}
    for stay in stays:
        if stay.point is not None:
            by_point.setdefault(stay.point, []).append(stay)
    citizens = citizens_of(db, session)
    points = [_point(invitation, fold(by_point.pop(invitation.point_id, ()), span), citizens.get(invitation.point_id))
              for invitation in session.invitations if visible is None or invitation.point_id in visible]
    if visible is None:
        invited = {invitation.point_id for invitation in session.invitations}
        points += [_uninvited(point, fold(by_point[point.id], span)) for point in session_points(db, by_point.keys() - invited)]
    return {"session": _session(session), "points": points,
            "watchers": len({stay.peer for stay in stays if stay.role == "watcher"})}


def _session(session: t.Session) -> dict[str, Any]:
    return {"id": session.id, "number": session.number, "title": session.title, "kind": session.kind, "status": session.status,
            "starts_at": stamp(session.starts_at), "ends_at": stamp(session.ends_at), "opened_at": stamp(session.opened_at),
            "closed_at": stamp(session.closed_at), "chair_point": session.chair_point.slug if session.chair_point else None}


def _point(invitation: t.Invitation, folded: Folded, citizens: dict[str, int] | None) -> dict[str, Any]:
    """``headcount`` is what its officer says; while he has said nothing, the citizens that were counted at the door."""
    counted = citizens["inside"] if citizens and citizens["inside"] else None
    return {
        "slug": invitation.point.slug, "name": invitation.point.name, "invited": True, "required": invitation.required,
        "answer": invitation.answer, "answer_reason": invitation.answer_reason, **_figures(folded),
        "headcount": counted if invitation.headcount is None else invitation.headcount,
        "representatives": list(invitation.representatives or []), "citizens": citizens,
    }


def _uninvited(point: t.Point, folded: Folded) -> dict[str, Any]:
    """A point that was there and was taken out of the session since."""
    return {"slug": point.slug, "name": point.name, "invited": False, "required": False, "answer": str(Answer.PENDING),
            "answer_reason": "", **_figures(folded), "headcount": None, "representatives": [], "citizens": None}


def session_points(db: DbSession, ids: Iterable[str]) -> list[t.Point]:
    """Points by id, in the network's order."""
    return list(db.scalars(select(t.Point).where(t.Point.id.in_(list(ids))).order_by(t.Point.position)))


def _figures(folded: Folded) -> dict[str, Any]:
    return {
        "present_seconds": folded.present_seconds, "share": folded.share,
        "first_joined_at": stamp(folded.first_joined_at), "last_left_at": stamp(folded.last_left_at),
        "late_seconds": folded.late_seconds, "drops": folded.drops, "media_lost_seconds": folded.media_lost_seconds,
        "presences": [_presence(stay) for stay in folded.stays],
    }


def _presence(stay: Stay) -> dict[str, Any]:
    return {"peer": stay.peer, "via": stay.via, "role": stay.role, "name": stay.name, "joined_at": stamp(stay.joined_at),
            "left_at": stamp(stay.left_at), "reason": stay.reason, "drops": stay.drops,
            "media_losses": [{"lost_at": stamp(lost), "back_at": stamp(back)} for lost, back in stay.media_losses]}


def stamp(value: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return "'" + value
    return "" if value is None else value
