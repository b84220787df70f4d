"""The free/busy board: what every point's room is taken by over a few days, and what moving a session would mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period, resource_of
from ..domain.errors import Invalid
from ..domain.sessions import time_errors
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .conflicts import describe, held_by_others, touching
from .recipients import find_recipients, points_without_notice
from .session_lists import visible
from .session_views import load_session

FARTHEST_MOVE_MINUTES = 28 * 24 * 60


@dataclass(frozen=True)
class BoardSession:
    """What the board shows of a session. ``starts_at`` and ``ends_at`` are the plan's, which a move changes."""

    id: str
    title: dict[str, str]
    kind: str
    status: str
    starts_at: datetime
    ends_at: datetime
    version: int
    movable: bool


@dataclass(frozen=True)
class BusyBlock:
    """A room is taken; ``session`` is None for readers who may not see by what."""

    point_id: str
    period: Period
    session: BoardSession | None


@dataclass(frozen=True)
class MoveCheck:
    """What moving a session to a time would mean: who is in the way, who would be told, and which points nobody hears for."""

    period: Period
    conflicts: list[dict[str, Any]]
    errors: list[dict[str, str]]
    people: int
    points: tuple[dict[str, str], ...]
    silent: tuple[dict[str, str], ...]


def busy_blocks(house: House, actor: Actor, period: Period) -> list[BusyBlock]:
    """All that is held in the period, by start; for everybody with an account."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        rows = _held(db, period)
        shown = _shown(db, house, actor, {session_id for _, session_id, _ in rows})
    return [BusyBlock(point_id, held, shown.get(session_id)) for point_id, session_id, held in rows]


def check_move(house: House, actor: Actor, session_id: str, minutes: int) -> MoveCheck:
    """Look before a move by so many minutes of the wall clock, changing nothing. Raises NotFound, Invalid, Forbidden."""
    require(actor.plans, actor)
    with house.db.read() as db:
        session = load_session(db, session_id)
        period = _moved(house, session, minutes)
        points = [invitation.point for invitation in session.invitations]
        errors = time_errors(period.starts_at, period.ends_at, house.clock.now())
        if session.status != SessionStatus.CONFIRMED:
            errors = [{"field": "starts_at", "message": "Only a session that has not begun can be moved."}]
        return MoveCheck(period, describe(held_by_others(db, points, period, session.id)), errors,
                         len(find_recipients(db, house, session)), tuple(point.name for point in points),
                         tuple(point.name for point in points_without_notice(db, house, [one.point_id for one in session.invitations])))


def _moved(house: House, session: t.Session, minutes: int) -> Period:
    """The session's plan so much earlier or later; a move by days keeps the hour over a change of summer time."""
    if abs(minutes) > FARTHEST_MOVE_MINUTES:
        raise Invalid(errors=[{"field": "minutes", "message": "The board moves sessions by four weeks at most."}])
    local = session.starts_at.astimezone(house.network.zone) + timedelta(minutes=minutes)
    starts_at = local.astimezone(UTC)
    return Period(starts_at, starts_at + (session.ends_at - session.starts_at))


def _held(db: DbSession, period: Period) -> list[tuple[str, str, Period]]:
    booking = t.Booking
    rooms = [resource_of(point_id) for point_id in db.scalars(select(t.Point.id).where(t.Point.active))]
    query = select(booking.point_id, booking.session_id, booking.starts_at, booking.ends_at).where(
        booking.resource.in_(rooms), *touching(period))
    return [(point_id, session_id, Period(start, end))
            for point_id, session_id, start, end in db.execute(query.order_by(booking.starts_at, booking.point_id))]


def _shown(db: DbSession, house: House, actor: Actor, session_ids: Iterable[str]) -> dict[str, BoardSession]:
    """Those of the sessions that this reader may see, by id."""
    query = visible(actor, house.clock.now()).where(t.Session.id.in_(sorted(session_ids))).with_only_columns(
        t.Session.id, t.Session.title, t.Session.kind, t.Session.status, t.Session.starts_at, t.Session.ends_at, t.Session.version)
    return {row.id: BoardSession(**row._mapping, movable=actor.plans and row.status == SessionStatus.CONFIRMED)
            for row in db.execute(query)}
