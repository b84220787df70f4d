"""Carrying endless series on: their sessions are booked a year ahead, a little more with each turn of the clock.

One series is one transaction: a kill between two leaves each either carried on or as it was. A date on which a point is
taken is not lost in silence: it is kept as a gap, everybody's calendar learns that it is not held, and the booker is told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor
from ..domain.errors import Conflict, Invalid
from ..domain.recurrence import starts
from ..domain.sessions import Plan
from ..house import House
from ..process import get_logger
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, series, series_notices
from .people import actor_of
from .series_plans import AHEAD, kept_plan, series_local, series_rule, series_zone
from .series_refusals import with_date
from .session_plans import resolve

SLACK = timedelta(days=1)
"""A series is carried on once it is this much short of the year."""
log = get_logger("liaison.series")


def carry_on(house: House) -> int:
    """Book what has come into reach of every endless series; how many dates were looked at."""
    with house.db.read() as db:
        behind = list(db.scalars(select(t.Series.id).where(
            t.Series.endless, t.Series.materialised_until < house.clock.now() + AHEAD - SLACK).order_by(t.Series.id)))
    return sum(_carry_one(house, series_id) for series_id in behind)


def _carry_one(house: House, series_id: str) -> int:
    try:
        with house.db.write() as db:
            lock_bookings(db)
            return _extend(db, house, series.load_series(db, series_id, lock=True))
    except Invalid:  # a point or a person that the plan names is gone: the others must not wait for it
        log.exception("a series could not be carried on", series=series_id)
        return 0


def _extend(db: DbSession, house: House, found: t.Series) -> int:
    until = house.clock.now() + AHEAD
    if not found.endless or found.materialised_until >= until:
        return 0  # another one was faster
    zone = series_zone(found)
    dates = [at for at in starts(series_rule(found), series_local(found), zone, until) if at >= found.materialised_until]
    actor = _booker(db, found)
    plan = kept_plan(found.plan, dates[0] if dates else until)
    resolved = resolve(db, actor, plan, keep=_all_of(db, plan))
    made, before = [], len(found.gaps)
    for at in dates:
        try:
            made.append(series.place_one(db, house, actor, found, plan, resolved, at))
        except Conflict as refused:  # taken, closed, under maintenance, held for somebody, or no places on the server
            series.add_gap(db, house, found, at, "taken", with_date(refused.details.get("conflicts", []), at, zone))
    found.materialised_until = until
    _tell(db, house, found, made, found.gaps[before:])
    return len(dates)


def _tell(db: DbSession, house: House, found: t.Series, made: list[t.Session], gaps: list[t.SeriesGap]) -> None:
    """Reminders for the new dates; letters only where the rule that people have is not what will be held."""
    for session in made:
        audit.record(db, house, SYSTEM, "session.booked", "session", session.id, after={"series": found.id})
    if not gaps:
        series_notices.remind(db, house, made)
        return
    found.sequence, found.updated_at = found.sequence + 1, house.clock.now()
    series_notices.announce(db, house, found, {session.id for session in made})
    series_notices.tell_gaps(db, house, found, gaps)


def _booker(db: DbSession, found: t.Series) -> Actor:
    """In whose name the new dates are booked."""
    user = db.get(t.User, found.booked_by_id) if found.booked_by_id else None
    return replace(actor_of(user), on_behalf_of=found.on_behalf_of_id) if user is not None else SYSTEM


def _all_of(db: DbSession, plan: Plan) -> frozenset[str]:
    """Points and people of the plan stay although switched off meanwhile, as in a session that is booked already."""
    points = db.scalars(select(t.Point.id).where(t.Point.slug.in_(plan.all_points)))
    return frozenset(points) | {one for one in (plan.chair_user, plan.deputy, plan.secretary) if one}
