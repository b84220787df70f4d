"""Which rooms are ready a quarter of an hour before a session: their PCs look at themselves, the office sees a board and may ask again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import selectinload

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.readiness import BEFORE, NOTES, REASONS, Readiness, State, checks_for, state_of
from ..domain.words import Answer, SessionStatus
from ..house import House
from ..store import tables as t
from .maintenance import under_maintenance
from .readiness_said import readiness_of
from .room_devices import Device
from .room_pc import Waiting
from .session_rows import bare_session, invited_point

OPEN = (SessionStatus.CONFIRMED, SessionStatus.LIVE)
ORDER = (State.TROUBLE, State.SILENT, State.NO_PC, State.MAINTENANCE, State.READY, State.THERE)
"""Whom to call first."""


@dataclass(frozen=True)
class BoardRow:
    """One invited point. ``people`` are name and telephone of whom to call."""

    slug: str
    name: dict[str, str]
    required: bool
    declined: bool
    state: State
    readiness: Readiness
    phone: str
    people: tuple[tuple[str, str], ...]


# ---------------------------------------------------------------- the PC's side


def check_due(house: House, device: Device, found: Waiting) -> str | None:
    """The session for which this PC shall look at itself now, if any."""
    now = house.clock.now()
    near = checks_for(found.today, now)
    if not near:
        return None
    with house.db.read() as db:
        if under_maintenance(db, [device.point_id], now):
            return None
        said = readiness_of(db, [one.id for one in near])
    return next((one.id for one in near if said[one.id].get(device.point_id, Readiness()).stale(now)), None)


def report(house: House, device: Device, session_id: str, reasons: Sequence[str]) -> None:
    """What the PC found; nothing but notes: it is ready. Raises NotFound (not invited), IllegalState (over), Invalid."""
    if not set(reasons) <= REASONS:
        raise Invalid(errors=[{"field": "reasons", "message": "This is not one of the known reasons."}])
    with house.db.write() as db:
        session = bare_session(db, session_id)
        if session is None or invited_point(db, session_id, device.point) is None:
            raise NotFound()
        if session.status not in OPEN:
            raise IllegalState("This session has ended.", remedy="Look at the list of sessions.")
        row = _row(db, session_id, device.point_id)
        row.device_id, row.at, row.ready, row.reasons = device.id, house.clock.now(), set(reasons) <= NOTES, sorted(set(reasons))


def _row(db: DbSession, session_id: str, point_id: str) -> t.Readiness:
    row = db.get(t.Readiness, (session_id, point_id))
    if row is None:
        row = t.Readiness(session_id=session_id, point_id=point_id, ready=False, reasons=[])
        db.add(row)
    return row


# ---------------------------------------------------------------- the office's side


def board(house: House, actor: Actor, session_id: str) -> list[BoardRow]:
    """Every invited point, those to call first. For the planning office and the help desk. Raises NotFound, Forbidden."""
    require(actor.sees_all, actor)
    with house.db.read() as db:
        if bare_session(db, session_id) is None:
            raise NotFound()
        query = (select(t.Invitation, t.Point).join(t.Point, t.Point.id == t.Invitation.point_id)
                 .where(t.Invitation.session_id == session_id).order_by(t.Invitation.position))
        invited = [(invitation, point) for invitation, point in db.execute(query)]
        ids = [point.id for _, point in invited]
        said, states, people = readiness_of(db, [session_id])[session_id], _states(db, house, session_id, ids), _people(db, ids)
    rows = [BoardRow(point.slug, point.name, invitation.required, invitation.answer == Answer.DECLINED, states[point.id],
                     said.get(point.id, Readiness()), point.phone, tuple(people.get(point.id, ()))) for invitation, point in invited]
    return sorted(rows, key=lambda row: (row.declined, ORDER.index(row.state)))


def counts_of(db: DbSession, house: House, session_ids: Iterable[str]) -> dict[str, Counter[State]]:
    """By session, of those that begin soon or have not ended: how many of the points that are to come are what."""
    query = select(t.Session).where(t.Session.id.in_(list(session_ids)), t.Session.status.in_(OPEN),
                                    t.Session.starts_at <= house.clock.now() + BEFORE).options(selectinload(t.Session.invitations))
    found = {}
    for session in db.scalars(query):
        coming = [invitation.point_id for invitation in session.invitations if invitation.answer != Answer.DECLINED]
        found[session.id] = Counter(_states(db, house, session.id, coming).values())
    return found


def _states(db: DbSession, house: House, session_id: str, ids: Sequence[str]) -> dict[str, State]:
    """By the point's id."""
    said, there = readiness_of(db, [session_id])[session_id], _present(db, session_id)
    with_pc, worked_on = _with_pc(db, ids), under_maintenance(db, ids, house.clock.now())
    return {point: state_of(said.get(point, Readiness()), point in there, point in with_pc, point in worked_on) for point in ids}


def ask_again(house: House, actor: Actor, session_id: str) -> None:
    """Every PC of the session's points looks at itself anew within seconds. Raises NotFound, Forbidden, IllegalState (over)."""
    require(actor.sees_all, actor)
    with house.db.write() as db:
        session = bare_session(db, session_id)
        if session is None:
            raise NotFound()
        if session.status not in OPEN:
            raise IllegalState("This session has ended.", remedy="Look at the list of sessions.")
        invited = db.scalars(select(t.Invitation.point_id).where(t.Invitation.session_id == session_id)).all()
        for point_id in _with_pc(db, invited):
            _row(db, session_id, point_id).asked_at = house.clock.now()


def _present(db: DbSession, session_id: str) -> set[str]:
    query = select(t.Presence.point_id).where(t.Presence.session_id == session_id, t.Presence.left_at.is_(None))
    return {point_id for point_id in db.scalars(query) if point_id}


def _with_pc(db: DbSession, point_ids: Sequence[str]) -> set[str]:
    query = select(t.RoomDevice.point_id).where(t.RoomDevice.point_id.in_(point_ids), t.RoomDevice.revoked_at.is_(None))
    return set(db.scalars(query))


def _people(db: DbSession, point_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    query = (select(t.UserPoint.point_id, t.User).join(t.User, t.User.id == t.UserPoint.user_id)
             .where(t.UserPoint.point_id.in_(point_ids), t.User.active).order_by(t.User.full_name, t.User.name))
    found: dict[str, list[tuple[str, str]]] = {}
    for point_id, user in db.execute(query):
        found.setdefault(point_id, []).append((user.full_name or user.name, user.phone))
    return found
