"""Fills the house: people of every role and two weeks of sessions around the present, in every state.

Everything goes through the services, replayed at the time when it would have happened, so that audit log, room log and
attendance are what a real office would have. Calling it again adds what is missing: the days that have come since.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor
from ..domain.agenda import entry
from ..domain.clock import FixedClock
from ..domain.errors import BookingConflict
from ..domain.sessions import Plan
from ..domain.words import Answer, LeaveReason, RoomRole, SessionStatus, Via
from ..house import House
from ..ids import new_id
from ..services import drafts, halls, invitations, lifecycle, people, presence, sessions
from ..services.demonstration import MARK
from ..services.passwords import hash_password
from ..services.session_views import load_session
from ..store import tables as t
from . import texts
from .texts import Slot

PASSWORD = "demonstration only"
"""Of every account of the demonstration. It protects nothing: there is nothing real in it."""
DAYS_BACK, DAYS_AHEAD = 5, 9
BOOKED_BEFORE = timedelta(days=4)
ANSWERED_BEFORE = timedelta(days=2)
ANSWERS = (Answer.ACCEPTED, Answer.ACCEPTED, Answer.ACCEPTED, Answer.TENTATIVE, Answer.PENDING)
REPRESENTATIVES = ("Бакыт Усенов", "Чолпон Ибраимова", "Татьяна Ли", "Азамат Кадыров")


def claim(house: House) -> bool:
    """Mark an empty office as a demonstration's; False for a real one: invented people never come among real ones."""
    with house.db.read() as db:
        if db.get(t.Setting, MARK) is not None:
            return True
        if db.scalar(select(t.User.id).limit(1)) is not None:
            return False
    mark(house)
    return True


def mark(house: House, session_id: str = "") -> None:
    """Note that this is a demonstration, and which session of it is live."""
    with house.db.write() as db:
        db.merge(t.Setting(key=MARK, value=session_id, updated_at=house.clock.now()))


def seed_people(house: House) -> dict[str, Actor]:
    """Accounts of every role, all with ``PASSWORD``; who is there already stays as he is. By account name."""
    with house.db.read() as db:
        known = set(db.scalars(select(t.User.name)))
    missing = [person for person in texts.PEOPLE if person.name not in known]
    for person in missing:
        people.create_user(house, SYSTEM, name=person.name, role=person.role, points=person.points, language=person.language,
                           full_name=person.full_name, email=f"{person.name}@example.org")
    with house.db.write() as db:
        rows = {user.name: user for user in db.scalars(select(t.User))}
        if missing:
            hashed = hash_password(PASSWORD)  # one hash for all: the password is printed anyhow, and starting stays quick
            for person in missing:
                rows[person.name].password_hash = hashed
        return {person.name: people.actor_of(rows[person.name]) for person in texts.PEOPLE}


def seed_week(house: House) -> list[str]:
    """Sessions from five days ago to nine days ahead; returns the ids of those just booked, in order of time.

    What lies in the past was held or cancelled; what lies ahead is booked, half answered, or cancelled. A slot whose points
    are taken is left out, and so is one that would be going on right now.
    """
    planner = seed_people(house)[texts.CHAIR]
    made = []
    for slot, starts_at in _calendar(house):
        ends_at = starts_at + timedelta(minutes=slot.length_minutes)
        if starts_at - timedelta(minutes=20) <= house.clock.now() <= ends_at:
            continue
        known = _known(house, slot, starts_at)
        session_id = known or _book(house, planner, slot, starts_at)
        if session_id is None:
            continue
        if not known:
            made.append(session_id)
            _answer(house, planner, slot, session_id, starts_at)
            if slot.public and starts_at > house.clock.now():
                _open_halls(house, planner, slot, session_id)
        if slot.cancelled:
            _cancel(house, planner, session_id, starts_at)
        elif ends_at < house.clock.now():
            _hold(house, session_id, starts_at, ends_at)
    _draft(house, planner)
    return made


def _calendar(house: House) -> list[tuple[Slot, datetime]]:
    today = house.clock.now().astimezone(house.network.zone).date()
    days = [today + timedelta(days=offset) for offset in range(-DAYS_BACK, DAYS_AHEAD + 1)]
    return [(slot, _at(house, day, slot)) for day in days for slot in texts.TIMETABLE if slot.weekday == day.weekday()]


def _at(house: House, day: date, slot: Slot) -> datetime:
    return datetime.combine(day, time(slot.hour, slot.minute), house.network.zone).astimezone(UTC)


def _then(house: House, at: datetime) -> House:
    """The house at another time, never in the future."""
    return replace(house, clock=FixedClock(min(at, house.clock.now())))


def _known(house: House, slot: Slot, starts_at: datetime) -> str | None:
    with house.db.read() as db:
        rows = db.scalars(select(t.Session).where(t.Session.starts_at == starts_at))
        return next((row.id for row in rows if row.title == slot.title), None)


def _book(house: House, planner: Actor, slot: Slot, starts_at: datetime) -> str | None:
    agenda = tuple(entry(title, minutes) for title, minutes in texts.AGENDA)
    plan = Plan(title=slot.title, kind=slot.kind, starts_at=starts_at, duration_minutes=slot.length_minutes, points=slot.points,
                optional_points=slot.optional, public=slot.public, description=texts.DESCRIPTION, agenda=agenda)
    try:
        return sessions.book_session(_then(house, starts_at - BOOKED_BEFORE), planner, plan).id
    except BookingConflict:
        return None


def _answer(house: House, planner: Actor, slot: Slot, session_id: str, starts_at: datetime) -> None:
    """As answers come in: most accept, one is not sure, one says nothing, now and then one declines."""
    then = _then(house, starts_at - ANSWERED_BEFORE)
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        for index, invitation in enumerate(session.invitations):
            answer = Answer.DECLINED if index == 4 and slot.weekday % 2 else ANSWERS[index % len(ANSWERS)]
            if answer != Answer.PENDING:
                reason = texts.DECLINE_REASON if answer == Answer.DECLINED else ""
                invitations.write_answer(db, then, planner, session, invitation, answer, reason)


def _open_halls(house: House, planner: Actor, slot: Slot, session_id: str) -> None:
    """Citizens find seats in some districts."""
    for number, point in enumerate(slot.points[1:4]):
        halls.open_hall(house, planner, session_id, point, 40 + 20 * number, "")


def _status(house: House, session_id: str) -> str:
    with house.db.read() as db:
        return db.get_one(t.Session, session_id).status


def _cancel(house: House, planner: Actor, session_id: str, starts_at: datetime) -> None:
    if _status(house, session_id) == SessionStatus.CONFIRMED:
        sessions.cancel_session(_then(house, starts_at - timedelta(days=1)), planner, session_id, texts.CANCEL_REASON)


def _hold(house: House, session_id: str, starts_at: datetime, ends_at: datetime) -> None:
    """Open, attend and close a session of the past, if nobody has."""
    if _status(house, session_id) != SessionStatus.CONFIRMED:
        return
    closed_at = ends_at - timedelta(minutes=4)
    lifecycle.open_session(_then(house, starts_at), SYSTEM, session_id)
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        for index, invitation in enumerate(session.invitations):
            if invitation.answer != Answer.DECLINED:
                _attend(db, _then(house, ends_at), session, invitation, index, closed_at)
    lifecycle.close_session(_then(house, closed_at), SYSTEM, session_id)


def _attend(db: DbSession, house: House, session: t.Session, invitation: t.Invitation, index: int, closed_at: datetime) -> None:
    """The third comes late, the fourth leaves early, the sixth is dropped once and comes back."""
    peer, late = new_id(), timedelta(minutes=7 if index == 2 else 0, seconds=11 * index)
    stay = presence.open_presence(db, session_id=session.id, peer_id=peer, point_id=invitation.point_id, user_id=None, name="",
                                  role=RoomRole.POINT, via=Via.BROWSER, at=session.starts_at + late)
    stay.drops, stay.evidence_at = int(index == 5), closed_at
    if index == 3:
        presence.close_presence(db, peer, closed_at - timedelta(minutes=15), LeaveReason.LEFT)
    names = REPRESENTATIVES[index % 4:index % 4 + 2]
    invitations.write_headcount(db, house, SYSTEM, invitation, 5 + 3 * index, names)


def _draft(house: House, planner: Actor) -> None:
    if drafts.list_drafts(house, planner):
        return
    day = house.clock.now().astimezone(house.network.zone).date() + timedelta(days=10)
    drafts.save_draft(house, planner, {"title": texts.DRAFT_TITLE, "kind": "government", "date": day.isoformat(), "time": "11:00",
                                       "minutes": "90", "points": ["big-hall", *texts.PROVINCES]})
