"""Chasing answers: the scheduler looks at what is still open and asks again, one step a point at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.chase import ChaseRule, ChaseTo, next_step
from ..domain.words import Answer, OutboxKind, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from ..store.types import UtcDateTime
from .maintenance import under_maintenance
from .notices import rows_for
from .recipients import Recipient, people_of_points, recipient_of
from .session_views import load_session
from .settings import read_setting
from .ways import channels_of


@dataclass(frozen=True)
class Open:
    """An invitation without an answer, and the step that is due."""

    invitation_id: str
    session_id: str
    asked_at: datetime
    step: ChaseTo


def chase_answers(house: House) -> int:
    """Take every step that is due; how many. Called by the scheduler's tick; a look without a lock finds the candidates."""
    with house.db.read() as db:
        wanted = _due(db, house, None)
    return sum(_chase_session(house, session_id) for session_id in dict.fromkeys(one.session_id for one in wanted))


def _chase_session(house: House, session_id: str) -> int:
    """Under the session's lock, so that an answer, a move or a cancellation is before or after, never between."""
    with house.db.write() as db:
        session = load_session(db, session_id, lock=True)
        due = _due(db, house, session_id)
        for step in dict.fromkeys(one.step for one in due):
            _take(db, house, session, step, [one for one in due if one.step is step])
        return len(due)


def _take(db: DbSession, house: House, session: t.Session, step: ChaseTo, due: list[Open]) -> None:
    """One step for all points that are so far: everybody asked gets one message. Where there is nobody to ask, the next step follows."""
    now, asked_for = house.clock.now(), dict[str, tuple[Recipient, list[t.Invitation]]]()
    for one in due:
        invitation = db.get_one(t.Invitation, one.invitation_id)
        recipients = _recipients(db, house, session, invitation, step)
        db.add(t.ChaseStep(id=new_id(), invitation_id=invitation.id, step=step, asked_at=one.asked_at, told=bool(recipients), at=now))
        for recipient in recipients:
            asked_for.setdefault(recipient.key, (recipient, []))[1].append(invitation)
    for recipient, silent in asked_for.values():
        key = f"{OutboxKind.CHASE}:{step}:{session.id}:{int(now.timestamp())}:{recipient.key}"
        extra = {"step": step, "points": [one.point_id for one in silent]}
        db.add_all(rows_for(house, session, OutboxKind.CHASE, recipient, key, now, session.starts_at, extra))


def _due(db: DbSession, house: House, session_id: str | None) -> list[Open]:
    """Open invitations of sessions to come whose next step is due, in one session or in all; the chair's own place is not asked."""
    now, rules = house.clock.now(), chase_rules(db, house)
    of_dates = [ChaseRule(0, rule.hours_before) for rule in rules]  # nobody answers for a year's dates at once: before each it counts
    rows = _not_resting(db, list(db.execute(_candidates(now, rules, session_id))), now)
    taken = steps_of(db, [row.id for row in rows])
    found = []
    for row in rows:
        steps = [step for step in taken[row.id] if step.asked_at == row.asked_at]
        last = max((step.at for step in steps if step.told), default=None)
        done = {ChaseTo(step.step) for step in steps}
        step = next_step(of_dates if row.series_id else rules, row.asked_at, row.starts_at, done, last, now)
        if step is not None:
            found.append(Open(row.id, row.session_id, row.asked_at, step))
    return found


def _not_resting(db: DbSession, rows: list[Any], now: datetime) -> list[Any]:
    """Points under maintenance are asked when the work is done: nobody is there to answer."""
    resting = under_maintenance(db, {row.point_id for row in rows}, now)
    return [row for row in rows if row.point_id not in resting]


def _candidates(now: datetime, rules: list[ChaseRule], session_id: str | None) -> Select[Any]:
    asked_at = func.coalesce(t.Invitation.asked_at, t.Session.created_at, type_=UtcDateTime).label("asked_at")
    days, hours = [rule.after_days for rule in rules if rule.after_days], [rule.hours_before for rule in rules]
    old = asked_at <= now - timedelta(days=min(days)) if days else false()
    query = (select(t.Invitation.id, t.Invitation.session_id, t.Invitation.point_id, asked_at, t.Session.starts_at, t.Session.series_id)
             .join(t.Session, t.Session.id == t.Invitation.session_id)
             .where(t.Invitation.answer == Answer.PENDING, t.Session.status == SessionStatus.CONFIRMED, t.Session.starts_at > now,
                    t.Session.chair_point_id.is_distinct_from(t.Invitation.point_id),
                    or_(old, t.Session.starts_at <= now + timedelta(hours=max(hours)))))
    return query if session_id is None else query.where(t.Session.id == session_id)


def asked(session: t.Session, invitation: t.Invitation) -> datetime:
    """Since when the point is asked for its answer."""
    return invitation.asked_at or session.created_at


def chase_rules(db: DbSession, house: House) -> list[ChaseRule]:
    days, hours = read_setting(db, house, "chase_after_days"), read_setting(db, house, "chase_hours_before")
    return [ChaseRule(*pair) for pair in zip(days, hours, strict=True)]


def steps_of(db: DbSession, invitation_ids: list[str]) -> dict[str, list[t.ChaseStep]]:
    """What was done about each invitation, the oldest first."""
    found: dict[str, list[t.ChaseStep]] = defaultdict(list)
    for one in range(0, len(invitation_ids), 500):
        rows = db.scalars(select(t.ChaseStep).where(t.ChaseStep.invitation_id.in_(invitation_ids[one:one + 500])).order_by(t.ChaseStep.at))
        for row in rows:
            found[row.invitation_id].append(row)
    return found


def _recipients(db: DbSession, house: House, session: t.Session, invitation: t.Invitation, step: ChaseTo) -> list[Recipient]:
    """Whom the step asks, each named with the point that is silent."""
    if step is ChaseTo.ORGANISER:
        return _organiser(db, house, session, invitation)
    point = invitation.point
    if step is ChaseTo.PROVINCE:
        office = db.scalar(select(t.Point).where(t.Point.kind == "province", t.Point.province == point.province, t.Point.active))
        if office is None or office.id == point.id:
            return []
        people = people_of_points(db, house, [office])
    else:
        people = people_of_points(db, house, [point])
    return [Recipient(one.key, one.user_id, one.address, one.language, (point.id,), one.channels) for one in people.values()]


def _organiser(db: DbSession, house: House, session: t.Session, invitation: t.Invitation) -> list[Recipient]:
    booker = db.get(t.User, session.booked_by_id) if session.booked_by_id else None
    channels = channels_of(db, house, [booker])[booker.id] if booker is not None and booker.active else ()
    if booker is None or not channels:
        return []
    return [recipient_of(booker, channels, read_setting(db, house, "default_language"), (invitation.point_id,))]
