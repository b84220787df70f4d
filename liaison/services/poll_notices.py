"""Letters of date polls: the question, and a reminder that leaves only where nobody has answered by then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.polls import PollStatus, remind_at
from ..domain.words import AccountRole, OutboxKind
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .poll_links import PollLink, poll_url
from .settings import read_setting


def ask(db: DbSession, house: House, poll: t.Poll) -> None:
    """A letter to every officer of a point asked (to the point's own address where it has none), and its reminder."""
    reminder = remind_at(poll.created_at, poll.answer_by)
    default = read_setting(db, house, "default_language")
    for one in poll.points:
        for user_id, address, language in _readers(db, one, default):
            _write(db, house, poll, one, OutboxKind.POLL, user_id, address, language, poll.created_at)
            _write(db, house, poll, one, OutboxKind.POLL_REMINDER, user_id, address, language, reminder)


def _readers(db: DbSession, asked: t.PollPoint, default: str) -> list[tuple[str | None, str, str]]:
    """Account, address and language of everybody to ask; the point's own address where no officer has one."""
    people: list[tuple[str | None, str, str]] = [
        (user.id, user.email, user.language or default) for user in _officers(db, asked.point_id)]
    return people or ([(None, asked.point.email, default)] if asked.point.email else [])


def _officers(db: DbSession, point_id: str) -> list[t.User]:
    """Who acts for the point and has an address."""
    query = select(t.User).join(t.UserPoint, t.UserPoint.user_id == t.User.id).where(
        t.UserPoint.point_id == point_id, t.User.active, t.User.email != "", t.User.role == AccountRole.OFFICER)
    return list(db.scalars(query.order_by(t.User.name)))


def _write(db: DbSession, house: House, poll: t.Poll, asked: t.PollPoint, kind: OutboxKind, user_id: str | None, address: str,
           language: str, due_at: datetime) -> None:
    url = poll_url(house.settings, PollLink(poll.id, asked.point_id, user_id))
    recipient = user_id or f"point-{asked.point_id}"
    db.add(t.Outbox(
        id=new_id(), kind=kind, dedupe_key=f"{kind}:{poll.id}:{asked.point_id}:{recipient}", user_id=user_id, address=address,
        language=language, payload={
            "recipient": recipient, "poll": poll.id, "point": asked.point_id, "url": url, "title": poll.plan["title"],
            "offices": [asked.point.name], "until": poll.answer_by.isoformat()},
        due_at=due_at, expires_at=poll.answer_by, created_at=house.clock.now()))


def needs_no_letter(db: DbSession, row: t.Outbox) -> bool:
    """The poll is closed, the point is not asked any more, or it has answered before it was reminded."""
    poll = db.get(t.Poll, row.payload.get("poll"))
    if poll is None or poll.status != PollStatus.OPEN:
        return True
    asked = next((one for one in poll.points if one.point_id == row.payload.get("point")), None)
    return asked is None or (row.kind == OutboxKind.POLL_REMINDER and asked.answered_at is not None)
