"""Officers ask for a session; the office approves, changes and approves, or declines. Nothing is held meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking_requests import (
    BEGINNINGS,
    OPEN_STATES,
    RequestKind,
    RequestState,
    may_become,
    plan_from_json,
    plan_to_json,
)
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.sessions import Plan, reason_errors
from ..domain.text import storable
from ..domain.words import AccountRole
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, office_notices
from .booking_checks import ON_HOLIDAYS
from .conflicts import Conflict, describe, held_by_others
from .session_plans import checked, resolve
from .session_views import PersonView, SessionView, person, session_view
from .sessions import book_within, check_time

MOST_OPEN = 50
"""So many open requests one person may have."""
LONGEST_LIST = 200


@dataclass(frozen=True)
class RequestView:
    """A request as its asker and the office see it. ``conflicts``: what stands in the way now, for the office."""

    id: str
    kind: str
    state: str
    plan: Plan
    note: str
    asked_by: PersonView | None
    created_at: datetime
    offer_until: datetime | None
    answered_by: PersonView | None
    answered_at: datetime | None
    answer: str
    session_id: str | None
    conflicts: tuple[Conflict, ...] = ()

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES


def ask_for_session(house: House, actor: Actor, plan: Plan, note: str = "") -> RequestView:
    """Ask the office for a session at which at least one of the officer's points takes part. Raises Invalid, Forbidden."""
    require(actor.role is AccountRole.OFFICER and bool(actor.points), actor)
    errors = reason_errors(note, "note")
    if errors:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        row = add_request(db, house, actor, RequestKind.REQUEST, plan, note)
        own = db.scalars(select(t.Point.slug).where(t.Point.id.in_(actor.points)))
        if set(own).isdisjoint(plan.all_points):
            raise Invalid(errors=[{"field": "points", "message": "One of your own points must take part."}])
        office_notices.tell_office(db, house, row)
        return view_of(db, house, actor, row)


def list_requests(house: House, actor: Actor, kind: RequestKind = RequestKind.REQUEST, only_open: bool = True) -> list[RequestView]:
    """The office sees all of a kind with what stands in their way, others their own; the soonest first."""
    require(actor.signed_in, actor)
    query = select(t.BookingRequest).where(t.BookingRequest.kind == kind)
    if only_open:
        query = query.where(t.BookingRequest.state.in_(OPEN_STATES))
    if not actor.plans:
        query = query.where(t.BookingRequest.asked_by_id == actor.user_id)
    order = t.BookingRequest.starts_at if only_open else t.BookingRequest.created_at.desc()
    with house.db.read() as db:
        return [view_of(db, house, actor, row) for row in db.scalars(query.order_by(order, t.BookingRequest.id).limit(LONGEST_LIST))]


def get_request(house: House, actor: Actor, request_id: str) -> RequestView:
    """One request, for its asker and the office. Raises NotFound, Forbidden."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        return view_of(db, house, actor, own_or_office(actor, load_request(db, request_id)))


def approve_request(house: House, actor: Actor, request_id: str, plan: Plan | None = None, note: str = "",
                    confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Book what was asked for, or the changed ``plan``; the asker is told, also of the change. Raises what booking raises."""
    require(actor.plans, actor)
    _check_note(note)
    with house.db.write() as db:
        lock_bookings(db)
        row = undecided(db, request_id, RequestState.BOOKED)
        booked = plan or plan_from_json(row.plan)
        session = book_within(db, house, actor, booked, confirmed)
        approve_within(db, house, actor, row, booked, session, note)
        return session_view(house, actor, session)


def approve_within(db: DbSession, house: House, actor: Actor, row: t.BookingRequest, booked: Plan, session: t.Session, note: str) -> None:
    """The session has been booked for the request: keep that and tell the asker. Raises Invalid for a note that is too long."""
    _check_note(note)
    answer(db, house, actor, row, RequestState.BOOKED, note)
    row.session_id = session.id
    db.flush()
    office_notices.tell_asker(db, house, row, "approved", _difference(plan_from_json(row.plan), booked))
    audit.record(db, house, actor, "request.approved", "booking_request", row.id, after={"session": session.number})


def decline_request(house: House, actor: Actor, request_id: str, reason: str) -> RequestView:
    """Say no, with the reason that the asker reads. Raises Invalid, IllegalState, NotFound, Forbidden."""
    require(actor.plans, actor)
    _check_note(reason)
    if not reason.strip():
        raise Invalid(errors=[{"field": "reason", "message": "Give the reason: the officer reads it."}])
    with house.db.write() as db:
        row = undecided(db, request_id, RequestState.DECLINED)
        answer(db, house, actor, row, RequestState.DECLINED, reason)
        office_notices.tell_asker(db, house, row, "declined")
        audit.record(db, house, actor, "request.declined", "booking_request", row.id, after={"reason": row.answer})
        return view_of(db, house, actor, row)


def withdraw_request(house: House, actor: Actor, request_id: str) -> RequestView:
    """Take one's own request, place on the waiting list or offer back. Raises IllegalState, NotFound, Forbidden."""
    require(actor.signed_in, actor)
    with house.db.write() as db:
        row = load_request(db, request_id, lock=True)
        require(row.asked_by_id == actor.user_id, actor)
        require_move(row, RequestState.WITHDRAWN)
        answer(db, house, actor, row, RequestState.WITHDRAWN, "")
        audit.record(db, house, actor, "request.withdrawn", "booking_request", row.id)
        return view_of(db, house, actor, row)


# ---------------------------------------------------------------- inside a transaction


def add_request(db: DbSession, house: House, actor: Actor, kind: RequestKind, plan: Plan, note: str = "") -> t.BookingRequest:
    """Keep a plan whose form is right and whose points and people exist."""
    checked(house, plan)
    check_time(house, plan)
    resolve(db, actor, plan)
    query = select(t.BookingRequest.id).where(t.BookingRequest.asked_by_id == actor.user_id, t.BookingRequest.state.in_(OPEN_STATES))
    if len(db.scalars(query.limit(MOST_OPEN)).all()) >= MOST_OPEN:
        raise IllegalState("You have too many open requests.", remedy="Withdraw some of them first.")
    row = t.BookingRequest(
        id=new_id(), kind=kind, state=BEGINNINGS[kind], plan=plan_to_json(plan), starts_at=plan.held.starts_at,
        ends_at=plan.held.ends_at, note=note.strip(), asked_by_id=actor.user_id, answer="", created_at=house.clock.now())
    db.add(row)
    db.flush()
    audit.record(db, house, actor, f"request.{row.state}", "booking_request", row.id,
                 after={"title": plan.title, "starts_at": row.plan["starts_at"]})
    return row


def load_request(db: DbSession, request_id: str, lock: bool = False) -> t.BookingRequest:
    """The row; locked for changing on request. Raises NotFound."""
    row = db.get(t.BookingRequest, request_id, with_for_update=lock or None, populate_existing=lock) if storable(request_id) else None
    if row is None:
        raise NotFound()
    return row


def own_or_office(actor: Actor, row: t.BookingRequest) -> t.BookingRequest:
    require(actor.plans or row.asked_by_id == actor.user_id, actor)
    return row


def require_move(row: t.BookingRequest, to: RequestState) -> None:
    """Raise IllegalState unless the request may come into this state."""
    if not may_become(row.state, to):
        raise IllegalState("This request has been decided already.")


def answer(db: DbSession, house: House, actor: Actor, row: t.BookingRequest, state: RequestState, note: str) -> None:
    """Bring the row into a state by somebody's act."""
    row.state, row.answer = state, note.strip()
    row.answered_by_id, row.answered_at, row.offer_until = actor.user_id, house.clock.now(), None
    db.flush()


def view_of(db: DbSession, house: House, actor: Actor, row: t.BookingRequest) -> RequestView:
    plan = plan_from_json(row.plan)
    return RequestView(
        id=row.id, kind=row.kind, state=row.state, plan=plan, note=row.note, asked_by=person(row.asked_by), created_at=row.created_at,
        offer_until=row.offer_until, answered_by=person(row.answered_by), answered_at=row.answered_at, answer=row.answer,
        session_id=row.session_id, conflicts=tuple(_conflicts(db, plan)) if actor.plans and row.state in OPEN_STATES else ())


def undecided(db: DbSession, request_id: str, to: RequestState) -> t.BookingRequest:
    """An officer's request, locked for the decision. Raises NotFound, IllegalState."""
    row = load_request(db, request_id, lock=True)
    if row.kind != RequestKind.REQUEST:
        raise NotFound()
    require_move(row, to)
    return row


def _conflicts(db: DbSession, plan: Plan) -> list[Conflict]:
    points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(plan.all_points))))
    return describe(held_by_others(db, points, plan.held))


def _check_note(note: str) -> None:
    errors = reason_errors(note)
    if errors:
        raise Invalid(errors=errors)


def _difference(asked: Plan, booked: Plan) -> dict[str, Any]:
    """What the asker must be told of a change: the former time, and that there is more."""
    moved = (asked.starts_at, asked.ends_at) != (booked.starts_at, booked.ends_at)
    before = {"starts_at": asked.starts_at.isoformat(), "ends_at": asked.ends_at.isoformat()} if moved else None
    return {"changed": asked != booked} | ({"before": before} if before else {})
