"""A session's life: opened, extended and closed, by the clock or by its chair.

``run_clock`` is called by the scheduler's tick every second. What a session needs is judged in one read; only what
must change is written, each session in its own transaction, judged again under its lock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor, require
from ..domain.booking import end_of
from ..domain.errors import IllegalState, Invalid, LiaisonError
from ..domain.lifecycle import EARLIEST, STEP, Close, Extend, LiveFacts, NoteEmpty, Verdict, judge, warning_due
from ..domain.words import COUNTED_ROLES, HELP_DESK, SessionStatus, Via
from ..house import House
from ..process import get_logger
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, notices, presence, room_log
from .capacity import require_extension
from .conflicts import rfc3339
from .live_bookings import collisions, extend_bookings
from .room_facts import session_facts
from .session_rows import ON_DEMAND
from .session_views import SessionView, load_session, session_view
from .sessions import free_bookings

SCHEDULER = "scheduler"
BY_CHAIR = "chair"
LONGEST_EXTENSION_MINUTES = 60

# Asked every second, so put together once: building a statement costs more than asking it.
_AT_WORK = select(t.Session).where(or_(
    t.Session.status == SessionStatus.LIVE,
    and_(t.Session.status == SessionStatus.CONFIRMED, t.Session.starts_at <= bindparam("now")))
).order_by(t.Session.starts_at).options(*ON_DEMAND)  # hundreds of invitations are not read for it
_PRESENT_AND_EVER = select(func.count().filter(t.Presence.left_at.is_(None)), func.count()).select_from(t.Presence).where(
    t.Presence.session_id == bindparam("session"), t.Presence.via.not_in((Via.CONTROL, Via.WALL)),
    t.Presence.role.in_(sorted(str(role) for role in COUNTED_ROLES)))

log = get_logger("liaison.lifecycle")


@dataclass
class ClockReport:
    """What one turn of the clock did: session ids; warnings as (session id, point slug, minutes)."""

    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    warned: list[tuple[str, str, int]] = field(default_factory=list)


# ---------------------------------------------------------------- acts of people


def open_session(house: House, actor: Actor, session_id: str) -> SessionView:
    """Open now: the booked chair, an organiser or an administrator, at most 60 minutes early.

    One that is live already stays as it is. Raises Forbidden, IllegalState, NotFound.
    """
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        _require_chair(actor, session)
        if session.status == SessionStatus.LIVE:
            return session_view(house, actor, session)
        _require_status(session, SessionStatus.CONFIRMED)
        if house.clock.now() < session.starts_at - EARLIEST:
            raise IllegalState("It is too early to open this session.", remedy="Open it in the last hour before its start.")
        _open(db, house, actor, session)
        return session_view(house, actor, session)


def close_session(house: House, actor: Actor, session_id: str) -> SessionView:
    """End a live session now: the booked chair, an organiser or an administrator. One that has ended stays ended."""
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        _require_chair(actor, session)
        if session.status != SessionStatus.ENDED:
            _require_status(session, SessionStatus.LIVE)
            _close(db, house, actor, session, BY_CHAIR)
        return session_view(house, actor, session)


def extend_session(house: House, actor: Actor, session_id: str, minutes: int = 5) -> SessionView:
    """Plan ``minutes`` (1…60) more: the booked chair, an organiser or an administrator; up to four hours over the plan.

    Raises CapacityExceeded when others have booked the server's places then; the clock's own steps of five minutes go on all
    the same, for nobody is cut off.
    """
    if not 1 <= minutes <= LONGEST_EXTENSION_MINUTES:
        raise Invalid(errors=[{"field": "minutes", "message": "Give between 1 and 60 minutes."}])
    with house.db.write() as db:
        lock_bookings(db)
        session = load_session(db, session_id, lock=True)
        _require_chair(actor, session)
        _require_status(session, SessionStatus.LIVE)
        facts = _facts(db, session)
        to = min(max(facts.end_in_force, house.clock.now()) + timedelta(minutes=minutes), facts.limit)
        if to <= facts.end_in_force:
            raise IllegalState("This session cannot be extended any further.", remedy="Book a new session.")
        require_extension(db, house, session, facts.end_in_force, to)
        _extend(db, house, actor, session, to)
        return session_view(house, actor, session)


def _require_chair(actor: Actor, session: t.Session) -> None:
    """The user named as chair, or, where none is, the officers of the chair's point."""
    if session.chair_user_id is not None:
        chairs = actor.user_id == session.chair_user_id
    else:
        chairs = session.chair_point_id is not None and session.chair_point_id in actor.points
    helps = session.kind == HELP_DESK and actor.assists
    require(actor.plans or chairs or helps, actor)


def _require_status(session: t.Session, status: SessionStatus) -> None:
    if session.status == status:
        return
    if session.status == SessionStatus.CONFIRMED:
        raise IllegalState("This session has not begun.")
    raise IllegalState("This session has already ended or been cancelled.")


# ---------------------------------------------------------------- the clock


def run_clock(house: House) -> ClockReport:
    """Open what is due, extend, warn and close what is live. One session's trouble does not stop the others."""
    report = ClockReport()
    now = house.clock.now()
    with house.db.read() as db:
        at_work = list(db.scalars(_AT_WORK, {"now": now}))
        due = [session.id for session in at_work if session.status == SessionStatus.CONFIRMED]
        live = [session for session in at_work if session.status == SessionStatus.LIVE]
        busy = [session.id for session in live if judge(_facts(db, session), now) is not None]
        colliding = [session.id for session in live if _warnings(db, session, now)]
    for act, ids in ((_open_due, due), (_follow_verdict, busy), (_warn, colliding)):
        for session_id in ids:
            try:
                act(house, session_id, report)
            except LiaisonError as exc:
                log.warning("the clock leaves a session for its next turn", session=session_id, error=exc.code)
    return report


def _open_due(house: House, session_id: str, report: ClockReport) -> None:
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        now = house.clock.now()
        if session.status != SessionStatus.CONFIRMED or session.starts_at > now:
            return
        if session.ends_at <= now and not _present_and_ever(db, session_id)[0]:
            _close(db, house, SYSTEM, session, "plan")  # the system stood still over its whole time
            report.closed.append(session_id)
        else:
            _open(db, house, SYSTEM, session)
            report.opened.append(session_id)


def _follow_verdict(house: House, session_id: str, report: ClockReport) -> None:
    with house.db.write() as db:
        lock_bookings(db)
        session = load_session(db, session_id, lock=True)
        verdict: Verdict = None
        if session.status == SessionStatus.LIVE:
            verdict = judge(_facts(db, session), house.clock.now())
        if isinstance(verdict, Close):
            _close(db, house, SYSTEM, session, verdict.reason)
            report.closed.append(session_id)
        elif isinstance(verdict, Extend):
            _extend(db, house, SYSTEM, session, verdict.to)
            report.extended.append(session_id)
        elif isinstance(verdict, NoteEmpty):
            session.empty_since = verdict.since


def _warn(house: House, session_id: str, report: ClockReport) -> None:
    now = house.clock.now()
    with house.db.write() as db:
        session = load_session(db, session_id)
        room_log.ensure_room(db, session_id)
        warnings = _warnings(db, session, now) if session.status == SessionStatus.LIVE else []
        room_log.append(db, session_id, [("collision_warned", warning) for warning in warnings], now, SCHEDULER)
    report.warned += [(session_id, warning["point"], warning["minutes"]) for warning in warnings]


def _warnings(db: DbSession, session: t.Session, now: datetime) -> list[dict[str, Any]]:
    """Collision warnings that are due and not given yet, as data of the event."""
    found = collisions(db, session, now - STEP, now + STEP)
    if not found:
        return []
    given: dict[tuple[str, str], set[int]] = {}
    for data in db.scalars(select(t.RoomEvent.data).where(
            t.RoomEvent.session_id == session.id, t.RoomEvent.type == "collision_warned")):
        given.setdefault((data["point"], data["session"]), set()).add(data["minutes"])
    warnings = []
    for collision in found:
        minutes = warning_due(collision.starts_at, now, given.get((collision.point.slug, collision.other.id), set()))
        if minutes is not None:
            warnings.append({"point": collision.point.slug, "session": collision.other.id, "minutes": minutes,
                             "title": collision.other.title, "starts_at": rfc3339(collision.starts_at)})
    return warnings


def _facts(db: DbSession, session: t.Session) -> LiveFacts:
    present, ever = _present_and_ever(db, session.id)
    return LiveFacts(session.ends_at, session.extended_to, session.empty_since, present, ever or session.empty_since is not None)


def _present_and_ever(db: DbSession, session_id: str) -> tuple[bool, bool]:
    """Whether somebody who counts for a point is there, and ever was; neither watchers nor a chair's tablet keep a session alive."""
    present, ever = db.execute(_PRESENT_AND_EVER, {"session": session_id}).one()
    return present > 0, ever > 0


# ---------------------------------------------------------------- inside a transaction, the session locked


def _open(db: DbSession, house: House, actor: Actor, session: t.Session) -> None:
    now = house.clock.now()
    session.status, session.opened_at, session.empty_since = SessionStatus.LIVE, now, None
    _say(db, house, actor, session, "session_opened", {"session": session_facts(session), "early": now < session.starts_at})
    audit.record(db, house, actor, "session.opened", "session", session.id, after={"opened_at": rfc3339(now)})


def open_within(db: DbSession, house: House, actor: Actor, session: t.Session) -> None:
    """Open a session that was made in the same transaction."""
    _open(db, house, actor, session)


def _extend(db: DbSession, house: House, actor: Actor, session: t.Session, to: datetime) -> None:
    before = session.extended_to or session.ends_at
    session.extended_to, session.empty_since = to, None
    extend_bookings(db, session, to)
    minutes = round((to - before).total_seconds() / 60)
    _say(db, house, actor, session, "session_extended", {"ends_at": rfc3339(to), "minutes": minutes})
    audit.record(db, house, actor, "session.extended", "session", session.id, {"ends_at": rfc3339(before)},
                 {"ends_at": rfc3339(to)})


def _close(db: DbSession, house: House, actor: Actor, session: t.Session, reason: str) -> None:
    """Everybody leaves with it, its points are free, what still waits to be sent is not sent."""
    now = house.clock.now()
    room_log.ensure_room(db, session.id)  # the room before its presences, as everybody locks them
    session.status, session.closed_at, session.empty_since = SessionStatus.ENDED, now, None
    presence.close_all(db, session.id, now)
    free_bookings(db, session.id, end_of(now, session.clear_minutes))
    notices.skip_outstanding(db, session.id, "session_ended")
    _say(db, house, actor, session, "session_closed", {"reason": reason})
    audit.record(db, house, actor, "session.closed", "session", session.id, after={"reason": reason, "closed_at": rfc3339(now)})


def _say(db: DbSession, house: House, actor: Actor, session: t.Session, event: str, data: dict[str, Any]) -> None:
    now = house.clock.now()
    session.version += 1
    session.updated_at = now
    db.flush()
    room_log.ensure_room(db, session.id)
    room_log.append(db, session.id, [(event, data)], now, SCHEDULER if actor is SYSTEM else actor.user_id or "")
