"""A day in the office that plans: what is on today, which answers are missing, what changed since the last look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.readiness import State
from ..domain.words import Answer, SessionStatus
from ..house import House
from ..store import tables as t
from .audit_log import AuditLine, read_lines
from .booking_requests import RequestView, list_requests
from .readiness import counts_of
from .session_lists import SessionFilter
from .session_views import InvitedPoint, SessionView
from .views import sessions_of_period

AHEAD = timedelta(days=14)
"""How far missing answers are looked for."""
FIRST_LOOK = timedelta(days=1)
"""What somebody who has never looked is told of."""
MOST_CHANGES = 100
TOLD = ("session.", "invitation.", "series.", "request.", "maintenance.", "point.changed", "closure.")
"""Beginnings of the audit log's actions that concern the planning office."""


@dataclass(frozen=True)
class DayLine:
    """One of today's sessions. ``present`` are slugs of the points that are in the room now; ``readiness`` says, from a quarter of
    an hour before, how many rooms are what."""

    session: SessionView
    present: frozenset[str]
    readiness: Counter[State] | None = None


@dataclass(frozen=True)
class OpenAnswers:
    """A session to come and its required points that have not answered."""

    session: SessionView
    points: tuple[InvitedPoint, ...]


@dataclass(frozen=True)
class Desk:
    """``requests`` are what officers have asked for and nobody has answered; ``since`` is the last look; ``changes`` are others'
    acts after it, the newest first."""

    today: tuple[DayLine, ...]
    requests: tuple[RequestView, ...]
    missing: tuple[OpenAnswers, ...]
    since: datetime
    changes: tuple[AuditLine, ...]


def look_at_desk(house: House, actor: Actor) -> Desk:
    """For the planning office and the help desk. Changes nothing; see ``mark_seen``."""
    require(actor.sees_all and actor.user_id is not None, actor)
    now = house.clock.now()
    day = now.astimezone(house.network.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = sessions_of_period(house, actor, SessionFilter(from_at=day, to_at=day + timedelta(days=1)))
    coming = sessions_of_period(house, actor, SessionFilter(from_at=now, to_at=now + AHEAD, statuses=(SessionStatus.CONFIRMED,)))
    with house.db.read() as db:
        present = _present(db, [view.id for view in today if view.status == SessionStatus.LIVE])
        ready = counts_of(db, house, [view.id for view in today if view.status == SessionStatus.CONFIRMED])
        look = db.get(t.DeskLook, str(actor.user_id))
        since = look.at if look is not None else now - FIRST_LOOK
        changes = _changes(db, actor, since)
    asked = list_requests(house, actor) if actor.plans else []
    lines = tuple(DayLine(view, present.get(view.id, frozenset()), ready.get(view.id)) for view in today)
    return Desk(lines, tuple(asked), tuple(_missing(coming)), since, changes)


def mark_seen(house: House, actor: Actor, at: datetime) -> None:
    """The reader has seen everything up to ``at`` (when the page was made; never later than now, never back)."""
    require(actor.sees_all and actor.user_id is not None, actor)
    at = min(at, house.clock.now())
    with house.db.write() as db:
        look = db.get(t.DeskLook, str(actor.user_id))
        if look is None:
            db.add(t.DeskLook(user_id=str(actor.user_id), at=at))
        else:
            look.at = max(look.at, at)


def _missing(coming: Sequence[SessionView]) -> list[OpenAnswers]:
    """Sessions with open answers of points that are needed, the nearest first."""
    found = []
    for view in coming:
        open_points = tuple(point for point in view.points if point.required
                            and view.shown_answer(point.slug, point.answer) == Answer.PENDING)
        if open_points:
            found.append(OpenAnswers(view, open_points))
    return found


def _present(db: DbSession, session_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    query = (select(t.Presence.session_id, t.Point.slug).join(t.Point, t.Point.id == t.Presence.point_id)
             .where(t.Presence.session_id.in_(list(session_ids)), t.Presence.left_at.is_(None)).distinct())
    found: dict[str, set[str]] = {}
    for session_id, slug in db.execute(query):
        found.setdefault(session_id, set()).add(slug)
    return {session_id: frozenset(slugs) for session_id, slugs in found.items()}


def _changes(db: DbSession, actor: Actor, since: datetime) -> tuple[AuditLine, ...]:
    row = t.AuditEvent
    wanted = [row.action.startswith(beginning) for beginning in TOLD]
    others = func.coalesce(row.actor_id, "") != str(actor.user_id)
    query = (select(row).where(row.at > since, others).where(or_(*wanted)).order_by(row.at.desc(), row.id.desc()).limit(MOST_CHANGES))
    return tuple(read_lines(db, list(db.scalars(query))))
