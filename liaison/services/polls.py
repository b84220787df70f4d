"""Date polls: put several times to the points, gather what they say, and book the session at one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.agenda import AgendaEntry
from ..domain.errors import Forbidden, IllegalState, Invalid, NotFound, Unauthenticated
from ..domain.polls import PollAnswer, PollStatus, Tally, best, poll_errors, tally
from ..domain.sessions import PLAN_FIELDS, Plan
from ..domain.text import storable
from ..domain.words import AccountRole
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import audit, poll_notices
from .idempotency import Once
from .session_plans import checked, resolve
from .sessions import SessionView, book_session


@dataclass(frozen=True)
class PolledPoint:
    """A point that is asked; ``answers`` by time's id, empty until it has answered."""

    point_id: str
    slug: str
    name: dict[str, str]
    required: bool
    answers: dict[str, str]
    answered_at: datetime | None


@dataclass(frozen=True)
class PollView:
    """A poll with what everybody has said so far. ``best`` is the id of the time that suits best."""

    id: str
    plan: Plan
    status: str
    answer_by: datetime
    times: tuple[Tally, ...]
    points: tuple[PolledPoint, ...]
    best: str | None
    session_id: str | None
    own_points: tuple[str, ...]
    may_close: bool

    @property
    def open(self) -> bool:
        return self.status == PollStatus.OPEN


def open_poll(house: House, actor: Actor, plan: Plan, starts: Sequence[datetime], answer_by: datetime) -> PollView:
    """Ask the plan's points which of the times suit them; nothing is booked. Raises Invalid, Forbidden."""
    require(actor.plans, actor)
    plan = replace(plan, starts_at=min(starts, default=plan.starts_at))
    checked(house, plan)
    now = house.clock.now()
    errors = poll_errors(starts, answer_by, now)
    if errors:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        resolved = resolve(db, actor, plan)
        poll = t.Poll(id=new_id(), plan=_kept(plan), status=PollStatus.OPEN, answer_by=answer_by, made_by_id=actor.user_id,
                      created_at=now, updated_at=now)
        poll.times = [t.PollTime(id=new_id(), starts_at=start) for start in sorted(set(starts))]
        poll.points = [t.PollPoint(id=new_id(), point=point, position=index, required=plan.required(point.slug), answers={})
                       for index, point in enumerate(resolved.points)]
        db.add(poll)
        db.flush()
        poll_notices.ask(db, house, poll)
        audit.record(db, house, actor, "poll.opened", "poll", poll.id, after={"title": plan.title, "times": len(poll.times)})
        return _view(house, actor, poll)


def get_poll(house: House, actor: Actor, poll_id: str) -> PollView:
    """One poll, for the office and for officers of the points asked. Raises NotFound, Forbidden, Unauthenticated."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        return _view(house, actor, _visible(actor, load_poll(db, poll_id)))


def list_polls(house: House, actor: Actor, most: int = 100) -> list[PollView]:
    """The polls that the reader has to do with: open ones first, then the newest."""
    require(actor.signed_in, actor)
    query = select(t.Poll).order_by((t.Poll.status == PollStatus.OPEN).desc(), t.Poll.created_at.desc())
    with house.db.read() as db:
        polls = [poll for poll in db.scalars(query.limit(most)) if _may_see(actor, poll)]
        return [_view(house, actor, poll) for poll in polls]


def answer_poll(house: House, actor: Actor, poll_id: str, slug: str, answers: Mapping[str, str]) -> PollView:
    """Say which times suit a point (answers by time's id, for all times). The officers of the point, or the office."""
    with house.db.write() as db:
        poll = _visible(actor, load_poll(db, poll_id, lock=True))
        asked = next((one for one in poll.points if one.point.slug == slug), None)
        if asked is None:
            raise NotFound()
        require(actor.plans or (actor.role is AccountRole.OFFICER and asked.point_id in actor.points), actor)
        keep_answers(house, poll, asked, answers, actor.user_id)
        audit.record(db, house, actor, "poll.answered", "poll", poll.id, after={"point": slug, "answers": dict(answers)})
        return _view(house, actor, poll)


def keep_answers(house: House, poll: t.Poll, asked: t.PollPoint, answers: Mapping[str, str], user_id: str | None) -> None:
    """Inside another's transaction. Raises IllegalState once the poll is closed, Invalid."""
    if poll.status != PollStatus.OPEN:
        raise IllegalState("This poll is closed.", remedy="Look at the session that was booked, or ask the organiser.")
    known = {time.id for time in poll.times}
    if set(answers) != known or not set(answers.values()) <= set(PollAnswer):
        raise Invalid(errors=[{"field": "answers", "message": "Answer for every time."}])
    asked.answers, asked.answered_at, asked.answered_by_id = dict(answers), house.clock.now(), user_id


def close_poll(house: House, actor: Actor, poll_id: str, time_id: str) -> SessionView:
    """Book the session at one of the times and close the poll. Raises BookingConflict and leaves it open when something is in the way."""
    require(actor.plans, actor)
    with house.db.read() as db:
        poll = load_poll(db, poll_id)
        _require_open(poll)
        starts_at = next((time.starts_at for time in poll.times if time.id == time_id), None)
        plan = plan_of_poll(poll)
    if starts_at is None:
        raise NotFound()
    # the key makes a second click, or one after a crash between the two transactions, give the same session
    session = book_session(house, actor, replace(plan, starts_at=starts_at), Once(f"poll:{poll_id}", time_id))
    with house.db.write() as db:
        poll = load_poll(db, poll_id, lock=True)
        poll.status, poll.session_id, poll.updated_at = PollStatus.BOOKED, session.id, house.clock.now()
        audit.record(db, house, actor, "poll.closed", "poll", poll.id, after={"session": session.id})
    return session


def drop_poll(house: House, actor: Actor, poll_id: str) -> None:
    """Close a poll without a session; nobody is asked or reminded any more."""
    require(actor.plans, actor)
    with house.db.write() as db:
        poll = load_poll(db, poll_id, lock=True)
        _require_open(poll)
        poll.status, poll.updated_at = PollStatus.DROPPED, house.clock.now()
        audit.record(db, house, actor, "poll.dropped", "poll", poll.id)


def load_poll(db: DbSession, poll_id: str, lock: bool = False) -> t.Poll:
    """The row, inside another's transaction. Raises NotFound."""
    poll = db.get(t.Poll, poll_id, with_for_update={"of": t.Poll} if lock else None) if storable(poll_id) else None
    if poll is None:
        raise NotFound()
    return poll


def plan_of_poll(poll: t.Poll) -> Plan:
    """The plan of the session to be, at the first of the times."""
    values = {name: value for name, value in poll.plan.items() if name in PLAN_FIELDS}
    values |= {name: tuple(values.get(name, ())) for name in ("points", "optional_points")}
    values["agenda"] = tuple(AgendaEntry(item["title"], item["minutes"]) for item in values.get("agenda", ()))
    return Plan(starts_at=poll.times[0].starts_at, **values)


def _kept(plan: Plan) -> dict[str, Any]:
    kept = {name: getattr(plan, name) for name in PLAN_FIELDS - {"starts_at", "agenda", "points", "optional_points"}}
    return kept | {"points": list(plan.points), "optional_points": list(plan.optional_points),
                   "agenda": [{"title": entry.title, "minutes": entry.minutes} for entry in plan.agenda]}


def _require_open(poll: t.Poll) -> None:
    if poll.status != PollStatus.OPEN:
        raise IllegalState("This poll is closed.", remedy="Look at the session that was booked, or ask the organiser.")


def _visible(actor: Actor, poll: t.Poll) -> t.Poll:
    if not _may_see(actor, poll):
        raise Forbidden() if actor.signed_in else Unauthenticated()
    return poll


def _may_see(actor: Actor, poll: t.Poll) -> bool:
    if actor.sees_all:
        return True
    return actor.role is AccountRole.OFFICER and any(one.point_id in actor.points for one in poll.points)


def _view(house: House, actor: Actor, poll: t.Poll) -> PollView:
    tallies = tuple(tallies_of(poll))
    points = tuple(PolledPoint(one.point_id, one.point.slug, one.point.name, one.required, dict(one.answers), one.answered_at)
                   for one in poll.points)
    return PollView(poll.id, plan_of_poll(poll), poll.status, poll.answer_by, tallies, points, best(tallies, house.clock.now()),
                    poll.session_id, tuple(point.slug for point in points if point.point_id in actor.points), actor.plans)


def tallies_of(poll: t.Poll) -> Iterable[Tally]:
    """What has been said of each time, by start."""
    everybody = [one.point_id for one in poll.points]
    required = [one.point_id for one in poll.points if one.required]
    for time in poll.times:
        yield tally(time.id, time.starts_at, everybody, required,
                    {one.point_id: one.answers[time.id] for one in poll.points if time.id in one.answers})
