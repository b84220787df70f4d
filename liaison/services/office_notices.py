"""What the office and those who ask it for sessions, or book them, tell each other: outbox rows, written in the transaction that makes
them true.

``payload``: ``what`` (asked, approved, declined, offered, lapsed, over, displaced), the plan's ``title``, ``starts_at`` and ``ends_at``,
``who`` asked, ``reason``, and ``path``, the page to look at; ``before`` and ``changed`` when it was approved with a change, ``until`` of an
offer; ``fate`` (and ``before`` when it was moved) of a displaced session.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.booking import Period
from ..domain.booking_requests import plan_from_json
from ..domain.sessions import Plan
from ..domain.words import AccountRole, Channel, OutboxKind
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .notices import bookers
from .recipients import find_recipients
from .settings import read_setting
from .ways import channels_of

LIVES = timedelta(days=1)
"""So long after the session's time the answer is still worth knowing."""


def tell_office(db: DbSession, house: House, row: t.BookingRequest) -> None:
    """An officer asks: every organiser hears of it, the administrators where there is none."""
    for user in _office(db):
        _write(db, house, row, user, "asked", plan_from_json(row.plan))


def tell_asker(db: DbSession, house: House, row: t.BookingRequest, what: str, extra: dict[str, Any] | None = None) -> None:
    """What became of it: approved (the session's own facts), declined, offered, lapsed, over."""
    plan = plan_from_json(row.plan)
    user = db.get(t.User, row.asked_by_id)
    if user is not None and user.active:
        session = db.get(t.Session, row.session_id) if row.session_id else None
        _write(db, house, row, user, what, plan, extra, session)


def tell_displaced(db: DbSession, house: House, actor: Actor, session: t.Session, fate: str, was: Period, reason: str) -> None:
    """Whoever booked a session that had to make way hears of it, if nothing else tells them: not whom it concerns anyway, and not who
    did it."""
    told = {*find_recipients(db, house, session), actor.user_id}
    moved = was != Period(session.starts_at, session.ends_at)
    payload: dict[str, Any] = {"what": "displaced", "fate": fate, "title": session.title, "starts_at": session.starts_at.isoformat(),
               "ends_at": session.ends_at.isoformat(), "reason": reason.strip(), "path": f"/sessions/{session.id}"}
    if moved:
        payload["before"] = {"starts_at": was.starts_at.isoformat(), "ends_at": was.ends_at.isoformat()}
    for user, _channels in bookers(db, house, session):
        if user.id not in told:
            _add(db, house, user, f"displaced:{session.id}:{session.version}", payload, max(was.ends_at, session.ends_at) + LIVES)


def _office(db: DbSession) -> list[t.User]:
    """Active organisers, or administrators."""
    users = list(db.scalars(select(t.User).where(t.User.active, t.User.role.in_(
        (AccountRole.ORGANISER, AccountRole.ADMINISTRATOR))).order_by(t.User.name)))
    return [user for user in users if user.role == AccountRole.ORGANISER] or users


def _write(db: DbSession, house: House, row: t.BookingRequest, user: t.User, what: str, plan: Plan,
           extra: dict[str, Any] | None = None, session: t.Session | None = None) -> None:
    title, starts_at, ends_at = plan.title, plan.starts_at, plan.ends_at
    if session is not None:
        title, starts_at, ends_at = session.title, session.starts_at, session.ends_at
    asker = row.asked_by or db.get_one(t.User, row.asked_by_id)
    payload = {"what": what, "title": title, "starts_at": starts_at.isoformat(),
               "ends_at": ends_at.isoformat(), "who": asker.full_name or asker.name,
               "reason": row.note if what == "asked" else row.answer,
               "path": f"/sessions/{session.id}" if session is not None else f"/requests/{row.id}", **(extra or {})}
    _add(db, house, user, f"{row.id}:{what}", payload, _expires(payload, ends_at))


def _add(db: DbSession, house: House, user: t.User, event: str, payload: dict[str, Any], expires_at: datetime) -> None:
    """A row for each of the person's channels."""
    now, key = house.clock.now(), f"{OutboxKind.REQUEST_NOTICE}:{event}:{user.id}"
    language = user.language or read_setting(db, house, "default_language")
    for channel in channels_of(db, house, [user])[user.id]:
        mail = channel is Channel.EMAIL
        db.add(t.Outbox(
            id=new_id(), kind=OutboxKind.REQUEST_NOTICE, channel=channel, dedupe_key=key if mail else f"{key}:{channel}",
            user_id=user.id, address=user.email if mail else "", language=language,
            payload={"recipient": user.id, **payload}, due_at=now, expires_at=expires_at, created_at=now))


def _expires(payload: dict[str, Any], ends_at: datetime) -> datetime:
    return datetime.fromisoformat(payload["until"]) if "until" in payload else ends_at + LIVES
