"""From a plan (slugs, account names) to rows: what book and change have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.agenda import AgendaEntry
from ..domain.errors import Invalid
from ..domain.sessions import Plan, plan_errors, search_text
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .conflicts import rfc3339


@dataclass(frozen=True)
class Resolved:
    """The rows a plan names."""

    points: tuple[t.Point, ...]
    chair_point: t.Point
    chair_user: t.User | None
    deputy: t.User | None
    secretary: t.User | None


def checked(house: House, plan: Plan) -> Plan:
    """The plan with its texts trimmed; raises Invalid with everything that is wrong with it."""
    errors = plan_errors(plan, house.network.languages)
    if errors:
        raise Invalid(errors=errors)
    return plan


def resolve(db: DbSession, actor: Actor, plan: Plan, keep: frozenset[str] = frozenset()) -> Resolved:
    """Find what the plan names; raises Invalid naming every point and account that does not exist.

    ``keep`` are ids of points and accounts already in the session: they may stay although switched off since.
    """
    errors: list[dict[str, Any]] = []
    points = _points(db, plan, keep, errors)
    chair_user = _user(db, "chair.user", plan.chair_user or actor.on_behalf_of or actor.user_id, keep, errors)
    deputy = _user(db, "deputy", plan.deputy, keep, errors)
    secretary = _user(db, "secretary", plan.secretary, keep, errors)
    if errors:
        raise Invalid(errors=errors)
    return Resolved(points, _chair_point(plan, points, chair_user), chair_user, deputy, secretary)


def _points(db: DbSession, plan: Plan, keep: frozenset[str], errors: list[dict[str, Any]]) -> tuple[t.Point, ...]:
    slugs = [slug for slug in plan.all_points if "\0" not in slug]
    found = {point.slug: point for point in db.scalars(select(t.Point).where(t.Point.slug.in_(slugs)))}
    for name in ("points", "optional_points"):
        for index, slug in enumerate(getattr(plan, name)):
            point = found.get(slug)
            if point is None:
                errors.append({"field": f"{name}.{index}", "message": "There is no point %(slug)s.", "slug": slug})
            elif not point.active and point.id not in keep:
                errors.append({"field": f"{name}.{index}", "message": "The point %(slug)s is switched off.", "slug": slug})
    return tuple(found[slug] for slug in plan.all_points if slug in found)


def _user(db: DbSession, field: str, name_or_id: str | None, keep: frozenset[str],
          errors: list[dict[str, Any]]) -> t.User | None:
    if name_or_id is None:
        return None
    user = named_user(db, name_or_id, keep)
    if user is None:
        errors.append({"field": field, "message": "There is no active account %(name)s.", "name": name_or_id})
    return user


def named_user(db: DbSession, name_or_id: str, keep: frozenset[str] = frozenset()) -> t.User | None:
    """The account of that name or id, if it is in use or among those to keep."""
    if "\0" in name_or_id:
        return None
    matches = (t.User.id == name_or_id) | (t.User.name == name_or_id.strip().lower())
    user = db.scalars(select(t.User).where(matches)).first()
    return user if user is not None and (user.active or user.id in keep) else None


def _chair_point(plan: Plan, points: Sequence[t.Point], chair: t.User | None) -> t.Point:
    """The one named; else the chair's own point if it is invited; else the first."""
    if plan.chair_point is not None:
        return next(point for point in points if point.slug == plan.chair_point)
    own = {point.id for point in chair.points} if chair else set()
    return next((point for point in points if point.id in own), points[0])


def write_plan(house: House, session: t.Session, plan: Plan, resolved: Resolved) -> None:
    """Bring the session's own columns, agenda and invitations in line with the plan (bookings are the caller's)."""
    session.title, session.description = _trimmed(plan.title), _trimmed(plan.description)
    session.kind, session.public, session.recording, session.broadcast = plan.kind, plan.public, plan.record, bool(plan.broadcast)
    session.starts_at, session.ends_at = plan.starts_at, plan.ends_at
    session.timezone = plan.timezone or house.network.timezone
    session.setup_minutes, session.clear_minutes, session.priority = plan.setup_minutes, plan.clear_minutes, plan.priority
    session.quorum, session.checks_minutes, session.questions = plan.quorum, plan.checks_minutes, plan.questions
    session.chair_point, session.chair_user = resolved.chair_point, resolved.chair_user
    session.deputy_user, session.secretary_user = resolved.deputy, resolved.secretary
    session.search_text = search_text(session.number, session.title, session.description)
    _write_agenda(session, plan.agenda)
    _write_invitations(house, session, plan, resolved.points)


def _trimmed(texts: dict[str, str]) -> dict[str, str]:
    return {code: text.strip() for code, text in texts.items() if text.strip()}


def _write_agenda(session: t.Session, agenda: Sequence[AgendaEntry]) -> None:
    if [(item.title, item.minutes) for item in session.agenda] == [(item.title, item.minutes) for item in agenda]:
        return
    session.agenda = [t.AgendaItem(id=new_id(), position=index, title=item.title, minutes=item.minutes)
                      for index, item in enumerate(agenda)]


def _write_invitations(house: House, session: t.Session, plan: Plan, points: Sequence[t.Point]) -> None:
    """Kept points keep their answer; a point that left loses its invitation."""
    known = {invitation.point_id: invitation for invitation in session.invitations}
    wanted = []
    for position, point in enumerate(points):
        invitation = known.get(point.id) or t.Invitation(id=new_id(), point=point, point_id=point.id, answer="pending",
                                                         answer_reason="", representatives=[], asked_at=house.clock.now())
        invitation.position, invitation.required = position, plan.required(point.slug)
        wanted.append(invitation)
    session.invitations = wanted


_STATE: dict[str, Callable[[t.Session], Any]] = {
    "title": lambda s: s.title, "description": lambda s: s.description, "kind": lambda s: s.kind,
    "status": lambda s: str(s.status), "starts_at": lambda s: rfc3339(s.starts_at), "ends_at": lambda s: rfc3339(s.ends_at),
    "timezone": lambda s: s.timezone, "public": lambda s: s.public, "record": lambda s: s.recording,
    "setup_minutes": lambda s: s.setup_minutes, "clear_minutes": lambda s: s.clear_minutes, "priority": lambda s: s.priority,
    "quorum": lambda s: s.quorum, "checks_minutes": lambda s: s.checks_minutes, "questions": lambda s: s.questions,
    "broadcast": lambda s: s.broadcast,
    "points": lambda s: [i.point.slug for i in s.invitations if i.required],
    "optional_points": lambda s: [i.point.slug for i in s.invitations if not i.required],
    "agenda": lambda s: [{"title": item.title, "minutes": item.minutes} for item in s.agenda],
    "chair_point": lambda s: s.chair_point.slug if s.chair_point else None,
    "chair_user": lambda s: s.chair_user.name if s.chair_user else None,
    "deputy": lambda s: s.deputy_user.name if s.deputy_user else None,
    "secretary": lambda s: s.secretary_user.name if s.secretary_user else None,
    "cancel_reason": lambda s: s.cancel_reason,
}


def state_of(session: t.Session) -> dict[str, Any]:
    """The session's plan and status as JSON values: for the audit log, and to see whether a change changes anything."""
    return {name: read(session) for name, read in _STATE.items()}
