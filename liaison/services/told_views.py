"""For the office: who was told what of a session, when, how, and whether it arrived; how the silent were asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.delivery import delivery_state
from ..domain.words import OutboxStatus
from ..house import House
from ..store import tables as t
from .chase import asked, steps_of
from .session_views import load_session


@dataclass(frozen=True)
class Notice:
    """One message to one person. ``at``: when it left, or when it is due; ``reason``: why it failed or waits."""

    person: str
    kind: str
    channel: str
    state: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class ToldPoint:
    """What was sent for one point (None: to those who conduct the session), the oldest first."""

    slug: str | None
    name: dict[str, str]
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Asking:
    """Since when a point is asked, and when who was asked again: (step, moment)."""

    asked_at: datetime
    steps: tuple[tuple[str, datetime], ...] = ()


def told_of_session(house: House, actor: Actor, session_id: str) -> list[ToldPoint]:
    """By point in the order of the booking. What was withdrawn before it left is not shown. For the office alone."""
    require(actor.sees_all, actor)
    with house.db.read() as db:
        session = load_session(db, session_id)
        about = t.Outbox.session_id == session.id
        if session.series_id is not None:
            about |= t.Outbox.series_id == session.series_id
        rows = list(db.scalars(select(t.Outbox).where(
            about, t.Outbox.status != OutboxStatus.SKIPPED).order_by(t.Outbox.created_at, t.Outbox.due_at)))
        names = _people(db, rows)
        by_point = [(i.point_id, ToldPoint(i.point.slug, i.point.name, _notices(rows, names, i.point_id))) for i in session.invitations]
        invited = {id for id, _ in by_point}
        others = [row for row in rows if invited.isdisjoint(row.payload.get("points", []))]
        made = [told for _, told in by_point if told.notices]
        return [*made, ToldPoint(None, {}, _notices(others, names))] if others else made


def asking_of_session(house: House, actor: Actor, session_id: str) -> dict[str, Asking]:
    """By the point's slug, for whoever takes part in the session (the caller has asked for its view)."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        session = load_session(db, session_id)
        steps = steps_of(db, [invitation.id for invitation in session.invitations])
        return {i.point.slug: _asking(asked(session, i), steps.get(i.id, [])) for i in session.invitations}


def _asking(asked_at: datetime, steps: list[t.ChaseStep]) -> Asking:
    """Steps of an earlier asking (before the session moved) are history of another question."""
    return Asking(asked_at, tuple((one.step, one.at) for one in steps if one.told and one.asked_at == asked_at))


def _people(db: DbSession, rows: list[t.Outbox]) -> dict[str, str]:
    ids = {row.user_id for row in rows if row.user_id}
    return {user.id: user.full_name or user.name for user in db.scalars(select(t.User).where(t.User.id.in_(ids)))}


def _notices(rows: list[t.Outbox], names: dict[str, str], point_id: str | None = None) -> tuple[Notice, ...]:
    mine = (row for row in rows if point_id is None or point_id in row.payload.get("points", []))
    return tuple(Notice(names.get(row.user_id or "", row.address), row.kind, row.channel, delivery_state(row.status, row.delivered_at),
                        row.delivered_at or row.sent_at or row.due_at, row.last_error) for row in mine)
