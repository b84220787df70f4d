"""The waiting list: a plan whose time is taken is kept, and offered to the first in the queue when the time frees.

Nothing has to be remembered when a time frees: the scheduler's tick looks at what is free now, so cancelling, moving,
shortening and displacing all count, and a tick that never came is made up for by the next one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor, require
from ..domain.booking_requests import (
    OPEN_STATES,
    RequestKind,
    RequestState,
    due_state,
    offer_ends,
    plan_from_json,
)
from ..domain.errors import IllegalState, LiaisonError
from ..domain.sessions import Plan
from ..house import House
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, office_notices
from .booking_checks import ON_HOLIDAYS
from .booking_requests import RequestView, add_request, answer, load_request, require_move, view_of
from .conflicts import rfc3339
from .session_views import SessionView, session_view
from .sessions import book_within, require_bookable
from .settings import read_setting


@dataclass
class WaitingReport:
    """What one turn did: ids of requests."""

    offered: list[str] = field(default_factory=list)
    lapsed: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)


def wait_for(house: House, actor: Actor, plan: Plan, confirmed: Collection[str] = ON_HOLIDAYS) -> RequestView:
    """Keep a plan for a taken time. Raises Invalid, Forbidden, and IllegalState when the time is free."""
    require(actor.plans and actor.user_id is not None, actor)
    with house.db.write() as db:
        lock_bookings(db)
        row = add_request(db, house, actor, RequestKind.WAITING, plan)
        row.plan = row.plan | {"confirmed": sorted(confirmed)}
        if _fits(db, house, actor, row):
            raise IllegalState("This time is free.", remedy="Book it.")
        return view_of(db, house, actor, row)


def accept_offer(house: House, actor: Actor, request_id: str) -> SessionView:
    """Book the time that is held. Raises IllegalState once the offer has ended, Forbidden for others than whom it was made to."""
    require(actor.signed_in, actor)
    with house.db.write() as db:
        lock_bookings(db)
        row = load_request(db, request_id, lock=True)
        require(actor.plans and row.asked_by_id == actor.user_id, actor)
        require_move(row, RequestState.BOOKED)
        if row.kind != RequestKind.WAITING or due_state(row.state, row.starts_at, row.offer_until, house.clock.now()):
            raise IllegalState("This offer has ended.", remedy="Ask again, or book another time.")
        session = book_within(db, house, actor, plan_from_json(row.plan), confirmed_of(row), offer=row.id)
        answer(db, house, actor, row, RequestState.BOOKED, "")
        row.session_id = session.id
        audit.record(db, house, actor, "offer.accepted", "booking_request", row.id, after={"session": session.number})
        return session_view(house, actor, session)


def run_waiting_list(house: House) -> WaitingReport:
    """End what is over, then offer what has become free, each in its own transaction."""
    report, now = WaitingReport(), house.clock.now()
    with house.db.read() as db:
        rows = list(db.scalars(select(t.BookingRequest).where(t.BookingRequest.state.in_(OPEN_STATES))
                               .order_by(t.BookingRequest.created_at, t.BookingRequest.id)))
        if not rows:
            return report
        due = [row.id for row in rows if due_state(row.state, row.starts_at, row.offer_until, now)]
    for request_id in due:
        _end(house, request_id, report)
    with house.db.read() as db:
        free = [row.id for row in rows if row.state == RequestState.WAITING and row.id not in due and _fits(db, house, _asker(row), row)]
    for request_id in free:
        _offer(house, request_id, report)
    return report


def confirmed_of(row: t.BookingRequest) -> frozenset[str]:
    """The warnings that the asker had confirmed."""
    return frozenset(row.plan.get("confirmed", ON_HOLIDAYS))


def _end(house: House, request_id: str, report: WaitingReport) -> None:
    with house.db.write() as db:
        row = load_request(db, request_id, lock=True)
        state = due_state(row.state, row.starts_at, row.offer_until, house.clock.now())
        if state is None:
            return
        row.state, row.offer_until = state, None
        db.flush()
        lapsed = state is RequestState.LAPSED
        (report.lapsed if lapsed else report.over).append(row.id)
        office_notices.tell_asker(db, house, row, "lapsed" if lapsed else "over")
        audit.record(db, house, SYSTEM, f"request.{state}", "booking_request", row.id)


def _offer(house: House, request_id: str, report: WaitingReport) -> None:
    with house.db.write() as db:
        lock_bookings(db)
        row = load_request(db, request_id, lock=True)
        if row.state != RequestState.WAITING or not _fits(db, house, _asker(row), row):
            return
        row.state = RequestState.OFFERED
        row.offer_until = offer_ends(house.clock.now(), read_setting(db, house, "offer_minutes"), plan_from_json(row.plan).starts_at)
        db.flush()
        report.offered.append(row.id)
        office_notices.tell_asker(db, house, row, "offered", {"until": row.offer_until.isoformat()})
        audit.record(db, house, SYSTEM, "offer.made", "booking_request", row.id, after={"until": rfc3339(row.offer_until)})


def _asker(row: t.BookingRequest) -> Actor:
    """Only the language of a refusal that nobody reads."""
    return Actor(user_id=row.asked_by_id, system=True)


def _fits(db: DbSession, house: House, actor: Actor, row: t.BookingRequest) -> bool:
    """Whether it could be booked this moment."""
    try:
        require_bookable(db, house, actor, plan_from_json(row.plan), confirmed_of(row), offer=row.id)
    except LiaisonError:
        return False
    return True
