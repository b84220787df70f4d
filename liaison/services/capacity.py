"""Conferencing ports of the site: counted over overlapping sessions under the lock on bookings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.booking import Period
from ..domain.booking_requests import RequestState, plan_from_json
from ..domain.capacity import PORTS, CapacityExceeded, Load, Ports, Shortage, overfull, shortages
from ..domain.free_time import nearest_start
from ..domain.lifecycle import EARLIEST, HARD_LIMIT
from ..domain.recording import TRACKS
from ..domain.sessions import LONGEST_MINUTES, Plan
from ..domain.words import SessionStatus
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .conflicts import rfc3339
from .settings import read_settings

LONGEST = timedelta(minutes=LONGEST_MINUTES) + HARD_LIMIT
"""A session that begins earlier than this before a moment is over by then."""
AHEAD = timedelta(days=14)
"""How far a time that fits is looked for, before and after."""
SENTENCES = {
    "video": N_("The server carries %(capacity)s points at once. Others take %(taken)s then, this session wants %(wanted)s."),
    "watchers": N_("The server carries %(capacity)s public watchers at once. Others take %(taken)s then, this session wants %(wanted)s."),
    "recordings": N_("The server makes %(capacity)s recordings at once. Others take %(taken)s then, this session wants %(wanted)s."),
    "broadcasts": N_("The server makes %(capacity)s broadcasts at once. Others take %(taken)s then. Choose another time, or no broadcast."),
}
NEVER = N_("This server makes no broadcasts. Book the session without one.")


def capacity_of(db: DbSession, house: House) -> Ports:
    """What the site carries at once, as set on the settings page."""
    kept = read_settings(db, house)
    return Ports(kept["video_ports"], kept["watcher_ports"], kept["recording_ports"], house.settings.broadcasts)


def ports_of(house: House, points: int, public: bool, record: bool, broadcast: bool | None) -> Ports:
    """What a session takes: every invited point a picture, a public one as many watchers as one session may have."""
    return Ports(points, house.settings.watchers if public else 0, int(record), int(bool(broadcast)))


def ports_of_plan(house: House, plan: Plan) -> Ports:
    return ports_of(house, len(plan.all_points), plan.public, plan.takes_tracks, plan.broadcast)


def ports_of_session(house: House, session: t.Session) -> Ports:
    return ports_of(house, len(session.invitations), session.public, session.takes_tracks, session.broadcast)


def with_broadcast(db: DbSession, house: House, plan: Plan, except_session: str | None = None, offer: str | None = None) -> Plan:
    """The plan with its broadcast decided: where nobody has said, a public session has one if there is a place for it. The caller
    holds the lock on bookings."""
    if plan.broadcast is not None:
        return plan
    wanted = Ports(broadcasts=1)
    loads = loads_of(db, house, plan.period, {except_session, offer}) if plan.public else []
    return replace(plan, broadcast=plan.public and not shortages(loads, wanted, plan.period, capacity_of(db, house)))


def require_capacity(db: DbSession, house: House, plan: Plan, period: Period, except_session: str | None = None,
                     offer: str | None = None) -> None:
    """Raise CapacityExceeded when the plan does not fit beside the others. The caller holds the lock on bookings."""
    wanted, capacity = ports_of_plan(house, plan), capacity_of(db, house)
    except_ids = {except_session, offer}
    short = shortages(loads_of(db, house, period, except_ids), wanted, period, capacity)
    if short:
        raise exceeded(short, _nearest(db, house, wanted, capacity, period, except_ids))


def wants_more(house: House, session: t.Session, plan: Plan) -> bool:
    """Whether the changed plan takes ports that the session does not hold already."""
    had, wanted = ports_of_session(house, session), ports_of_plan(house, plan)
    within = session.starts_at <= plan.starts_at and plan.ends_at <= session.ends_at
    return not within or any(getattr(wanted, name) > getattr(had, name) for name in PORTS)


def exceeded(short: list[Shortage], nearest_at: datetime | None) -> CapacityExceeded:
    """The refusal in numbers."""
    first = short[0]
    details: dict[str, Any] = {"shortages": [vars(item) for item in short], "nearest_at": rfc3339(nearest_at) if nearest_at else None}
    sentence = NEVER if (first.ports, first.capacity) == ("broadcasts", 0) else SENTENCES[first.ports]
    return CapacityExceeded(sentence, **details, capacity=first.capacity, taken=first.taken, wanted=first.wanted)


def loads_of(db: DbSession, house: House, period: Period, except_ids: Collection[str | None] = ()) -> list[Load]:
    """What confirmed and live sessions, and times held for the waiting list, take at some moment of the period."""
    loads = _of_sessions(db, house, period, except_ids) + _of_offers(db, house, period, except_ids)
    return [load for load in loads if load.period.overlaps(period)]


def no_broadcast(db: DbSession, house: House, period: Period, except_session: str | None = None) -> list[Period]:
    """When all broadcasts of the site are booked, in time order."""
    loads = _of_sessions(db, house, period, {except_session}, t.Session.broadcast) + _of_offers(db, house, period, ())
    taken = [Load(load.period, Ports(broadcasts=load.ports.broadcasts)) for load in loads if load.period.overlaps(period)]
    full = overfull(taken, Ports(broadcasts=1), capacity_of(db, house))
    return full if house.settings.broadcasts else [period]


def _of_offers(db: DbSession, house: House, period: Period, except_ids: Collection[str | None]) -> list[Load]:
    rows = db.scalars(select(t.BookingRequest).where(
        t.BookingRequest.state == RequestState.OFFERED, t.BookingRequest.offer_until > house.clock.now(),
        t.BookingRequest.starts_at < period.ends_at, t.BookingRequest.ends_at > period.starts_at))
    plans = [plan_from_json(row.plan) for row in rows if row.id not in except_ids]
    return [Load(plan.period, ports_of_plan(house, plan)) for plan in plans]


def _of_sessions(db: DbSession, house: House, period: Period, except_ids: Collection[str | None], *which: Any) -> list[Load]:
    query = (select(t.Session.id, t.Session.starts_at, t.Session.ends_at, t.Session.extended_to, t.Session.opened_at, t.Session.public,
                    t.Session.recording, t.Session.broadcast, func.count(t.Invitation.id).label("points"))
             .join(t.Invitation, t.Invitation.session_id == t.Session.id)
             .where(t.Session.status.in_((SessionStatus.CONFIRMED, SessionStatus.LIVE)),
                    t.Session.starts_at > period.starts_at - LONGEST, t.Session.starts_at < period.ends_at + EARLIEST, *which)
             .group_by(t.Session.id))
    return [Load(Period(min(row.starts_at, row.opened_at or row.starts_at), max(row.ends_at, row.extended_to or row.ends_at)),
                 ports_of(house, row.points, row.public, row.recording == TRACKS, row.broadcast))
            for row in db.execute(query) if row.id not in except_ids]


def _nearest(db: DbSession, house: House, wanted: Ports, capacity: Ports, period: Period,
             except_ids: Collection[str | None]) -> datetime | None:
    """The start nearest to the one asked for at which the ports suffice, from now on."""
    window = Period(max(house.clock.now(), period.starts_at - AHEAD), period.ends_at + AHEAD)
    blocked = overfull(loads_of(db, house, window, except_ids), wanted, capacity)
    if any(getattr(wanted, name) > getattr(capacity, name) for name in PORTS):
        return None
    return nearest_start(blocked, period.ends_at - period.starts_at, period.starts_at, window)


def require_ports(db: DbSession, house: House, points: int, period: Period, except_session: str) -> None:
    """Raise CapacityExceeded when so many pictures more would take what others have booked for the period."""
    wanted = Ports(points, 0, 0)
    short = shortages(loads_of(db, house, period, {except_session}), wanted, period, capacity_of(db, house))
    if short:
        raise exceeded(short, None)


def require_extension(db: DbSession, house: House, session: t.Session, since: datetime, to: datetime) -> None:
    """Raise CapacityExceeded when a live session that goes on from ``since`` until ``to`` would take what others have booked; its
    broadcast goes on with it, and the next one's begins when it has ended."""
    wanted = replace(ports_of_session(house, session), broadcasts=0)
    period = Period(since, to)
    short = shortages(loads_of(db, house, period, {session.id}), wanted, period, capacity_of(db, house))
    if short:
        raise exceeded(short, None)
