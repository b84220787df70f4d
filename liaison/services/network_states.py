"""The whole network at a glance: what each point is at this moment, which session it is in, and which comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import selectinload

from ..domain.actor import Actor, require
from ..domain.point_states import LiveFacts, PointState, Stay, Verdict, verdict
from ..domain.routes import Whereabouts, whereabouts
from ..domain.words import COUNTED_ROLES, REHEARSAL, Answer, LeaveReason, Quality, SessionStatus
from ..house import House
from ..store import tables as t
from .maintenance import under_maintenance
from .mobile_points import KIND as MOBILE
from .mobile_points import stops_of
from .points import PointView, point_view
from .readiness_said import readiness_of
from .session_views import may_see

LOOKED_BACK = timedelta(minutes=3)
"""So many last minutes of a connection say whether it is weak now."""
LOOKED_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class SessionAt:
    """A session of a point's. ``title`` is None for readers who may not see it."""

    id: str
    title: dict[str, str] | None
    starts_at: datetime


@dataclass(frozen=True)
class PointStatus:
    """A point and what it is now; ``live`` and ``next`` are its sessions."""

    point: PointView
    verdict: Verdict
    live: SessionAt | None = None
    next: SessionAt | None = None
    route: Whereabouts | None = None  # of a mobile point

    @property
    def place(self) -> tuple[float, float] | None:
        """Longitude and latitude of where it is: a mobile point at its stop, else at home, else where it was last."""
        stop = self.route and (self.route.now or (self.route.last if self.point.lat is None else None))
        if stop:
            return stop.lon, stop.lat
        return None if self.point.lat is None or self.point.lon is None else (self.point.lon, self.point.lat)


def network_states(house: House, actor: Actor) -> list[PointStatus]:
    """Every point in use, in the network's order. For everybody who is signed in."""
    require(actor.signed_in, actor)
    now = house.clock.now()
    with house.db.read() as db:
        points = list(db.scalars(select(t.Point).where(t.Point.active).order_by(t.Point.position, t.Point.slug)))
        live, coming = _live_sessions(db), _coming(db, now)
        facts = _facts(db, live, now)
        seen = {session.id: session_at(actor, session, now) for session in [*live, *_sessions(db, set(coming.values()))]}
        sitting = {invitation.point_id: session.id for session in live for invitation in session.invitations}
        said = readiness_of(db, {*sitting.values(), *coming.values()})
        mobile = [point.id for point in points if point.kind == MOBILE]
        routes, worked_on = stops_of(db, mobile), under_maintenance(db, [point.id for point in points], now)
        since = {point_id: row.starts_at for point_id, row in worked_on.items()}
        checks = {point.id: said.get(sitting.get(point.id) or coming.get(point.id, ""), {}).get(point.id) for point in points}
        return [PointStatus(point_view(point, actor), verdict(facts.get(point.id), now, since.get(point.id), checks[point.id]),
                            seen.get(sitting.get(point.id, "")),
                            seen.get(coming.get(point.id, "")), whereabouts(routes.get(point.id, ()), now) if point.id in mobile else None)
                for point in points]


def count_states(states: Iterable[PointStatus]) -> dict[PointState, int]:
    """How many points are what; every state stands in it."""
    counts = dict.fromkeys(PointState, 0)
    for status in states:
        counts[status.verdict.state] += 1
    return counts


def session_at(actor: Actor, session: t.Session, now: datetime) -> SessionAt:
    """The session as this reader may know of it."""
    return SessionAt(session.id, session.title if may_see(actor, session, now) else None, session.starts_at)


def _live_sessions(db: DbSession) -> list[t.Session]:
    query = select(t.Session).where(t.Session.status == SessionStatus.LIVE, t.Session.kind != REHEARSAL)
    return list(db.scalars(query.options(selectinload(t.Session.invitations)).order_by(t.Session.starts_at.desc())))


def _sessions(db: DbSession, ids: Iterable[str]) -> list[t.Session]:
    return list(db.scalars(select(t.Session).where(t.Session.id.in_(sorted(ids)))))


def _coming(db: DbSession, now: datetime) -> dict[str, str]:
    """By point its next session that is planned."""
    rows = db.execute(
        select(t.Invitation.point_id, t.Session.id).join(t.Session, t.Session.id == t.Invitation.session_id).where(
            t.Session.status == SessionStatus.CONFIRMED, t.Session.starts_at >= now, t.Session.starts_at < now + LOOKED_AHEAD,
        ).order_by(t.Session.starts_at.desc(), t.Session.id))
    return {point_id: session_id for point_id, session_id in rows}  # the earliest is written last


def _facts(db: DbSession, live: Iterable[t.Session], now: datetime) -> dict[str, LiveFacts]:
    """By point what is known of it in its live session."""
    sessions = {session.id: session for session in live}
    stays, weak = _stays(db, sessions), _weak(db, sessions, now)
    found: dict[str, LiveFacts] = {}
    for session in sessions.values():
        for invitation in session.invitations:
            key = (session.id, invitation.point_id)
            found[invitation.point_id] = LiveFacts(
                session.opened_at or session.starts_at, invitation.required and invitation.answer != Answer.DECLINED,
                tuple(stays.get(key, ())), key in weak)
    return found


def _stays(db: DbSession, sessions: Mapping[str, t.Session]) -> dict[tuple[str, str], list[Stay]]:
    query = select(t.Presence).where(
        t.Presence.session_id.in_(sorted(sessions)), t.Presence.point_id.is_not(None), t.Presence.role.in_(sorted(COUNTED_ROLES)))
    found: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for presence in db.scalars(query):
        gone = [loss.lost_at for loss in presence.media_losses if loss.back_at is None]
        stay = Stay(presence.joined_at, presence.left_at, presence.reason == LeaveReason.LOST, max(gone, default=None))
        found[presence.session_id, str(presence.point_id)].append(stay)
    return found


def _weak(db: DbSession, sessions: Mapping[str, t.Session], now: datetime) -> set[tuple[str, str]]:
    """The points of which every minute of late was poor."""
    s = t.LinkSample
    rows = db.execute(select(s.session_id, s.point_id, func.count(), func.count().filter(s.quality == Quality.POOR)).where(
        s.session_id.in_(sorted(sessions)), s.at >= now - LOOKED_BACK).group_by(s.session_id, s.point_id))
    return {(session_id, point_id) for session_id, point_id, minutes, poor in rows if minutes == poor}
