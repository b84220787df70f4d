"""A session of higher priority takes the time of lower ones: by an explicit act that names each of them and what becomes of it.

One transaction: those displaced give up what they hold, are moved, freed of the points or cancelled, and then the higher session is
booked, or changed where it exists already. Anything that does not fit leaves everything as it was. Everybody is told once, by the
usual letters, with the reason that the organiser gives. Series do the same for all their dates (``series_displacement``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.actor import Actor, require
from ..domain.booking import Period
from ..domain.booking_requests import RequestState
from ..domain.sessions import Plan
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from ..store.locks import lock_bookings
from . import booking_requests, deputies
from .booking_checks import ON_HOLIDAYS
from .making_way import Choices, Claim, Displaced, look, make_way, record, require_reason
from .session_plans import checked, resolve
from .session_views import SessionView, load_session, people_of, session_view
from .sessions import book_within, change_within, changeable, changed_plan, check_time, known_fields

__all__ = ["Answering", "Choices", "Displaced", "displace", "displace_by_change", "find_displaced", "find_displaced_by_change"]


@dataclass(frozen=True)
class Answering:
    """An officer's request that is approved by taking the time of others, with a note to the officer."""

    request_id: str
    note: str = ""


def find_displaced(house: House, actor: Actor, plan: Plan) -> list[Displaced]:
    """Whom a plan would displace, and where each could go. Nothing is changed."""
    require(actor.plans, actor)
    checked(house, plan)
    check_time(house, plan)
    with house.db.read() as db:
        return look(db, house, actor, _claims(house, plan, None))


def find_displaced_by_change(house: House, actor: Actor, session_id: str, changes: Mapping[str, Any]) -> list[Displaced]:
    """Whom a change of a session would displace (``changes`` as in ``change_session``). Nothing is changed."""
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(changes)
    with house.db.read() as db:
        session = load_session(db, session_id)
        plan = checked(house, changed_plan(session, changes))
        resolve(db, actor, plan, keep=frozenset(one.point_id for one in session.invitations) | people_of(session))
        return look(db, house, actor, _claims(house, plan, session), {session.id})


def displace(house: House, actor: Actor, plan: Plan, choices: Choices, reason: str = "",
             confirmed: Collection[str] = ON_HOLIDAYS, answering: Answering | None = None) -> SessionView:
    """Book the plan and do with each session in its way as chosen, or nothing at all. ``answering``: the request approved by it.

    Raises NotDisplaceable, DisplacedChanged when the choices are not about exactly the sessions in the way, and whatever
    booking and moving raise.
    """
    require(actor.plans, actor)
    require_reason(reason)
    checked(house, plan)
    with house.db.write() as db:
        lock_bookings(db)
        asked = booking_requests.undecided(db, answering.request_id, RequestState.BOOKED) if answering else None
        holders = make_way(db, house, actor, _claims(house, plan, None), choices, reason, confirmed)
        session = book_within(db, house, actor, plan, confirmed)
        if answering is not None and asked is not None:
            booking_requests.approve_within(db, house, actor, asked, plan, session, answering.note)
        record(db, house, actor, session, holders, choices, reason)
        return session_view(house, actor, session)


def displace_by_change(house: House, actor: Actor, session_id: str, changes: Mapping[str, Any], choices: Choices, reason: str = "",
                       expected_version: int | None = None, confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Change a session and do with each session in its way as chosen, or nothing at all. Raises what ``displace`` and
    ``change_session`` raise."""
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(changes)
    require_reason(reason)
    with house.db.write() as db:
        lock_bookings(db)
        session = changeable(db, session_id, expected_version)
        plan = checked(house, changed_plan(session, changes))
        holders = make_way(db, house, actor, _claims(house, plan, session), choices, reason, confirmed, {session.id})
        change_within(db, house, actor, session, plan, confirmed)
        record(db, house, actor, session, holders, choices, reason)
        return session_view(house, actor, session)


def _claims(house: House, plan: Plan, session: t.Session | None) -> list[Claim]:
    """What the higher session will hold; a live one takes new points from now on."""
    held, now = plan.held, house.clock.now()
    if session is not None and session.status == SessionStatus.LIVE and held.starts_at < now < held.ends_at:
        held = Period(now, held.ends_at)
    return [Claim(plan.all_points, held, plan.priority)]
