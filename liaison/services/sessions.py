"""Booking, changing and cancelling sessions. One change moves everything, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period, resource_of, widened
from ..domain.errors import Conflict, IllegalState, Invalid, PreconditionFailed
from ..domain.sessions import CHANGEABLE, PLAN_FIELDS, Plan, may_move, number_year, reason_errors, time_errors
from ..domain.words import UNBOOKED, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.locks import is_overlap, lock_bookings
from . import audit, deputies, idempotency, notices, recipients, restreams, room_log, series_marks
from .asking import ask_again
from .booking_checks import ON_HOLIDAYS, require_allowed
from .capacity import require_capacity, wants_more, with_broadcast
from .conflicts import find_conflicts, held_by_others, refusal
from .idempotency import Once
from .offers import require_not_offered
from .points import PointView, point_view
from .room_facts import session_facts
from .session_lists import SessionFilter, SessionPage, list_sessions
from .session_plans import Resolved, checked, resolve, state_of, write_plan
from .session_views import SessionView, get_session, load_session, people_of, plan_of, require_visible, session_view

__all__ = [
    "Once", "Plan", "SessionFilter", "SessionPage", "SessionView", "book_session", "cancel_session", "change_session",
    "copy_session", "find_conflicts", "get_session", "list_sessions", "points_without_recipients",
]


OF_THE_OFFICE = frozenset({"setup_minutes", "clear_minutes", "priority", "quorum", "checks_minutes", "questions"})
"""Changes of these concern nobody who is invited."""


def book_session(house: House, actor: Actor, plan: Plan, once: Once | None = None,
                 confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Book a session, or refuse with BookingConflict naming every point taken and by whom.

    ``once`` makes the call repeatable: the same key and content give the same session again. ``confirmed``: warnings that the
    booker has seen ("holiday", "maintenance"). Raises Invalid, Forbidden, ClosedPeriod, ConfirmationNeeded.
    """
    require(actor.plans, actor)
    checked(house, plan)
    check_time(house, plan)
    with refusing_overlaps(house, actor, plan, None), house.db.write() as db:
        known = idempotency.find(db, actor, once)
        if known is not None:
            return session_view(house, actor, load_session(db, known))
        lock_bookings(db)
        session = _book(db, house, actor, plan, resolve(db, actor, plan), confirmed)
        idempotency.keep(db, house, actor, once, session.id)
        return session_view(house, actor, session)


def change_session(house: House, actor: Actor, session_id: str, changes: Mapping[str, Any],
                   expected_version: int | None = None, confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Change any of a plan's fields; a move books anew, for all points or not at all.

    ``changes`` has names of ``Plan``'s fields. Raises PreconditionFailed when the version is another than expected,
    IllegalState for ended and cancelled sessions, BookingConflict, Invalid, ClosedPeriod, ConfirmationNeeded.
    """
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(changes)
    with house.db.read() as db:
        wanted = changed_plan(load_session(db, session_id), changes)
    with refusing_overlaps(house, actor, wanted, session_id), house.db.write() as db:
        lock_bookings(db)
        session = changeable(db, session_id, expected_version)
        change_within(db, house, actor, session, changed_plan(session, changes), confirmed)
        return session_view(house, actor, session)


def changeable(db: DbSession, session_id: str, expected_version: int | None) -> t.Session:
    """The row, locked for changing. Raises PreconditionFailed when its version is another, IllegalState when it is over."""
    session = load_session(db, session_id, lock=True)
    _require_version(session, expected_version)
    if session.status not in CHANGEABLE:
        raise IllegalState("An ended or cancelled session cannot be changed.", remedy="Book a new session.")
    require_booked(session)
    return session


def require_booked(session: t.Session) -> None:
    """Raise IllegalState for the help desk's room and rehearsals, which nobody books."""
    if session.kind in UNBOOKED:
        raise IllegalState("This is not a booked session and cannot be changed.", remedy="Change the session that is booked.")


def changed_plan(session: t.Session, changes: Mapping[str, Any]) -> Plan:
    """The session's plan with the changes; a chair whose point is no longer invited sits elsewhere by the usual rule."""
    plan = replace(plan_of(session), **changes)
    if plan.public != session.public and "broadcast" not in changes:
        plan = replace(plan, broadcast=None)
    if "chair_point" not in changes and plan.chair_point not in plan.all_points:
        return replace(plan, chair_point=None)
    return plan


def cancel_session(house: House, actor: Actor, session_id: str, reason: str = "",
                   expected_version: int | None = None, once: Once | None = None) -> SessionView:
    """Cancel a confirmed session: frees its points, tells everybody. Raises IllegalState for any other."""
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    errors = reason_errors(reason)
    if errors:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        known = idempotency.find(db, actor, once)
        session = load_session(db, session_id, lock=True)
        if known is not None:
            return session_view(house, actor, session)
        _require_version(session, expected_version)
        cancel_within(db, house, actor, session, reason)
        idempotency.keep(db, house, actor, once, session.id)
        return session_view(house, actor, session)


def cancel_within(db: DbSession, house: House, actor: Actor, session: t.Session, reason: str) -> None:
    """Cancel a locked session inside another's transaction."""
    _require_cancellable(session)
    require_booked(session)
    before = state_of(session)
    session.status, session.cancel_reason = SessionStatus.CANCELLED, reason.strip()
    free_bookings(db, session.id, house.clock.now())
    session.sequence = series_marks.next_sequence(db, session)
    _raise_version(house, session)
    notices.announce(db, house, session, "cancelled", before)
    tell_room(db, house, actor, session, "session_cancelled")
    audit.record(db, house, actor, "session.cancelled", "session", session.id, *audit.changes(before, state_of(session)))


def copy_session(house: House, actor: Actor, session_id: str) -> Plan:
    """The plan of a session at the same weekday and hour, in the first week that is still to come. Nothing is booked."""
    require(actor.plans, actor)
    with house.db.read() as db:
        plan = plan_of(require_visible(house, actor, load_session(db, session_id)))
    local = plan.starts_at.astimezone(house.network.zone)
    while local <= house.clock.now():
        local += timedelta(days=7)  # wall-clock arithmetic: the hour stays over a change of summer time
    if local == plan.starts_at:
        local += timedelta(days=7)
    return replace(plan, starts_at=local.astimezone(plan.starts_at.tzinfo))


def points_without_recipients(house: House, actor: Actor, slugs: Sequence[str]) -> list[PointView]:
    """Of the points named, those for which nobody would hear of a session."""
    require(actor.plans, actor)
    with house.db.read() as db:
        ids = {point.slug: point.id for point in db.scalars(select(t.Point).where(t.Point.slug.in_(list(slugs))))}
        silent = recipients.points_without_notice(db, house, [ids[slug] for slug in slugs if slug in ids])
        return [point_view(point, actor) for point in silent]


def free_bookings(db: DbSession, session_id: str, now: datetime) -> None:
    """From now on the session holds nothing; what it held until now stays on record."""
    for booking in db.scalars(select(t.Booking).where(t.Booking.session_id == session_id, t.Booking.active)):
        cut_booking(db, booking, now)


def cut_booking(db: DbSession, booking: t.Booking, at: datetime) -> None:
    """End a booking at ``at``; one that has not begun by then is removed."""
    if at <= booking.starts_at:
        db.delete(booking)
    else:
        booking.ends_at = min(booking.ends_at, at)


def book_within(db: DbSession, house: House, actor: Actor, plan: Plan, confirmed: Collection[str] = ON_HOLIDAYS,
                offer: str | None = None) -> t.Session:
    """Book inside another's transaction. ``offer``: the place on the waiting list for which the time is held."""
    checked(house, plan)
    check_time(house, plan)
    lock_bookings(db)
    return _book(db, house, actor, plan, resolve(db, actor, plan), confirmed, offer)


def require_bookable(db: DbSession, house: House, actor: Actor, plan: Plan, confirmed: Collection[str],
                     offer: str | None = None) -> None:
    """Raise what booking this plan now would raise."""
    checked(house, plan)
    check_time(house, plan)
    require_place(db, house, actor, plan, resolve(db, actor, plan).points, confirmed, offer)


def require_place(db: DbSession, house: House, actor: Actor, plan: Plan, points: Sequence[t.Point], confirmed: Collection[str],
                  offer: str | None = None) -> None:
    """The points are free and held for nobody, the time is open, the server has places; or what stands in the way is raised."""
    _require_free(db, house, actor, points, plan.held, None, offer)
    require_allowed(db, house, points, plan.period, confirmed)
    require_capacity(db, house, plan, plan.period, offer=offer)


def _book(db: DbSession, house: House, actor: Actor, plan: Plan, resolved: Resolved, confirmed: Collection[str],
          offer: str | None = None) -> t.Session:
    session = place(db, house, actor, plan, resolved, confirmed, offer)
    notices.announce(db, house, session, "booked")
    audit.record(db, house, actor, "session.booked", "session", session.id, after=state_of(session))
    return session


def place(db: DbSession, house: House, actor: Actor, plan: Plan, resolved: Resolved, confirmed: Collection[str] = ON_HOLIDAYS,
          offer: str | None = None) -> t.Session:
    """A new session and what it holds, inside another's transaction that holds the lock on bookings; nobody is told yet."""
    plan = with_broadcast(db, house, plan, offer=offer)
    require_place(db, house, actor, plan, resolved.points, confirmed, offer)
    now = house.clock.now()
    year = number_year(plan.starts_at, house.network.zone)
    session = t.Session(id=new_id(), number_year=year, number_serial=next_serial(db, year), sequence=0, version=1,
                        status=SessionStatus.CONFIRMED, cancel_reason="", booked_by_id=actor.user_id,
                        on_behalf_of_id=actor.on_behalf_of,
                        created_at=now, updated_at=now, agenda=[], invitations=[])
    write_plan(house, session, plan, resolved)
    db.add(session)
    db.flush()
    for point in resolved.points:
        _hold(db, session, point.id, plan.held)
    db.flush()
    return session


def change_within(db: DbSession, house: House, actor: Actor, session: t.Session, plan: Plan, confirmed: Collection[str],
                  reason: str = "") -> None:
    """Bring a locked session in line with a plan inside another's transaction that holds the lock on bookings, and tell everybody
    (with the reason, if one is given)."""
    before = rearrange(db, house, actor, session, plan, confirmed)
    after = state_of(session)
    if after == before:
        return
    series_marks.mark(session, before, after)
    _raise_version(house, session)
    if any(before[name] != after[name] for name in after.keys() - OF_THE_OFFICE):
        session.sequence = series_marks.next_sequence(db, session)
        notices.announce(db, house, session, "updated", before, reason.strip())
        tell_room(db, house, actor, session, "session_changed")
    audit.record(db, house, actor, "session.changed", "session", session.id, *audit.changes(before, after))


def rearrange(db: DbSession, house: House, actor: Actor, session: t.Session, plan: Plan,
              confirmed: Collection[str] = ON_HOLIDAYS) -> dict[str, Any]:
    """Bring a session and what it holds in line with a plan, inside another's transaction; its former state. Nobody is told yet."""
    checked(house, plan)
    before, held = state_of(session), {i.point_id for i in session.invitations}
    moved = (plan.starts_at, plan.ends_at) != (session.starts_at, session.ends_at)
    if moved:
        _check_move(house, session, plan)
    resolved = resolve(db, actor, plan, keep=frozenset(held | people_of(session)))
    points_changed = {point.id for point in resolved.points} != held
    require_allowed(db, house, [point for point in resolved.points if moved or point.id not in held], plan.period, confirmed)
    plan = with_broadcast(db, house, plan, session.id)
    if wants_more(house, session, plan):
        require_capacity(db, house, plan, plan.period, session.id)
    if moved or points_changed or (plan.setup_minutes, plan.clear_minutes) != (session.setup_minutes, session.clear_minutes):
        _rebook(db, house, actor, session, plan, resolved)
    if session.public and not plan.public:
        restreams.let_go(db, house, actor, session)
    write_plan(house, session, plan, resolved)
    if moved:
        ask_again(db, house, session, before)
    db.flush()
    return before


def _rebook(db: DbSession, house: House, actor: Actor, session: t.Session, plan: Plan, resolved: Resolved) -> None:
    """Hold the plan's points over its period and nothing else. A live session holds new points from now on."""
    now = house.clock.now()
    live = session.status == SessionStatus.LIVE
    if plan.ends_at != session.ends_at:
        session.extended_to = None  # the new plan's end is the end in force
    sitting = Period(plan.starts_at, max(plan.ends_at, session.extended_to or plan.ends_at))
    period = widened(sitting, plan.setup_minutes, plan.clear_minutes)
    from_now = Period(now, period.ends_at) if live and now > period.starts_at else period
    _require_free(db, house, actor, resolved.points, from_now, session.id)
    mine = db.scalars(select(t.Booking).where(t.Booking.session_id == session.id, t.Booking.active))
    bookings = {booking.point_id: booking for booking in mine}
    wanted = {point.id for point in resolved.points}
    for point_id, booking in bookings.items():
        if point_id in wanted:
            booking.starts_at = booking.starts_at if live else period.starts_at  # one that came late was held from then on
            booking.ends_at = period.ends_at
        else:
            cut_booking(db, booking, now if live else booking.starts_at)
    for point in resolved.points:
        if point.id not in bookings:
            _hold(db, session, point.id, from_now)
    db.flush()


def _hold(db: DbSession, session: t.Session, point_id: str, period: Period) -> None:
    db.add(t.Booking(id=new_id(), session_id=session.id, point_id=point_id, resource=resource_of(point_id),
                     starts_at=period.starts_at, ends_at=period.ends_at, active=True))


def check_time(house: House, plan: Plan) -> None:
    """Raises Invalid for a start or end that may not be booked."""
    errors = time_errors(plan.starts_at, plan.ends_at, house.clock.now())
    if errors:
        raise Invalid(errors=errors)


def _check_move(house: House, session: t.Session, plan: Plan) -> None:
    if session.status == SessionStatus.LIVE:
        if plan.starts_at != session.starts_at:
            raise IllegalState("A session that has begun cannot be moved.", remedy="Change its length instead.")
        if plan.ends_at <= house.clock.now():
            raise Invalid(errors=[{"field": "duration_minutes", "message": "The end is in the past."}])
    else:
        check_time(house, plan)


def _require_free(db: DbSession, house: House, actor: Actor, points: Sequence[t.Point], period: Period,
                  except_session: str | None, offer: str | None = None) -> None:
    holdings = held_by_others(db, points, period, except_session)
    if holdings:
        raise refusal(house, actor, holdings)
    require_not_offered(db, house, points, period, actor.language, offer)


def _require_version(session: t.Session, expected: int | None) -> None:
    if expected is not None and session.version != expected:
        raise PreconditionFailed()


def _require_cancellable(session: t.Session) -> None:
    if may_move(session.status, SessionStatus.CANCELLED):
        return
    if session.status == SessionStatus.LIVE:
        raise IllegalState("A session that has begun cannot be cancelled.", remedy="End it in the room.")
    raise IllegalState("This session has already ended or been cancelled.")


def known_fields(changes: Mapping[str, Any]) -> None:
    """Raises Invalid for names that are no fields of a plan."""
    unknown = sorted(set(changes) - PLAN_FIELDS)
    if unknown:
        raise Invalid(errors=[{"field": name, "message": "This field is not known."} for name in unknown])


def next_serial(db: DbSession, year: int) -> int:
    """The year's next number; its row stays locked until the commit, so that numbers have no gaps."""
    counter = db.get(t.NumberCounter, year, with_for_update=True, populate_existing=True)
    if counter is None:
        counter = t.NumberCounter(year=year, last=0)  # only one books at a time (lock_bookings)
        db.add(counter)
    counter.last += 1
    return counter.last


def _raise_version(house: House, session: t.Session) -> None:
    session.version += 1
    session.updated_at = house.clock.now()


def tell_room(db: DbSession, house: House, actor: Actor, session: t.Session, event: str) -> None:
    """Say it in the room, should it be open."""
    db.flush()
    room_log.append_if_open(db, session.id, [(event, {"session": session_facts(session)})], house.clock.now(),
                            actor.user_id or "")


@contextmanager
def refusing_overlaps(house: House, actor: Actor, plan: Plan, session_id: str | None) -> Iterator[None]:
    """Say the database's own refusal of a double booking in the same words as the look before it."""
    try:
        yield
    except IntegrityError as exc:
        if not is_overlap(exc):
            raise
        with house.db.read() as db:
            points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(plan.all_points))))
            holdings = held_by_others(db, points, plan.held, session_id)
            if holdings:
                raise refusal(house, actor, holdings) from exc
        raise Conflict("At least one point was taken a moment ago and is free again.") from exc
