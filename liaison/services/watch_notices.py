"""What a citizen is told who wants to be reminded of a public session: outbox rows; the address is opened at the moment of sending.

``payload``: ``reminder`` (its id), ``what`` (confirm, begins, off), the session's ``title`` and times, ``url`` (the session's page),
``own_url`` (the reminder's own), ``reason``.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.words import Channel, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .citizen_links import own_url
from .notifier import Target
from .question_links import opened, sealed

LATE = timedelta(minutes=20)
"""A reminder that could not leave so long after the start is none."""


def sealed_address(settings: Settings, address: str, keys: dict[str, str]) -> str:
    """As it is kept: nobody reads it without the installation's secret."""
    return sealed(settings, json.dumps({"address": address, "keys": keys}))


def opened_address(settings: Settings, kept: str) -> dict[str, Any]:
    """``{"address", "keys"}``; empty when the secret is another."""
    text = opened(settings, kept)
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def tell_watcher(db: DbSession, house: House, session: t.Session, row: t.WatchReminder, what: str) -> None:
    """One message; the same is told once."""
    now = house.clock.now()
    key = f"{OutboxKind.WATCH_REMINDER}:{row.id}:{what}:{int(session.starts_at.timestamp())}"
    if db.scalar(select(t.Outbox.id).where(t.Outbox.dedupe_key == key)) is not None:
        return
    payload = {
        "recipient": f"reminder-{row.id}", "reminder": row.id, "what": what, "title": session.title, "reason": session.cancel_reason,
        "starts_at": session.starts_at.isoformat(), "ends_at": session.ends_at.isoformat(),
        "url": f"{house.settings.base_url}/public/sessions/{session.id}", "own_url": own_url(house.settings, "remind", row.id)}
    db.add(t.Outbox(
        id=new_id(), kind=OutboxKind.WATCH_REMINDER, channel=Channel(row.channel), address="", language=row.language, dedupe_key=key,
        payload=payload, status=OutboxStatus.PENDING, due_at=now, expires_at=session.starts_at + LATE if what != "off" else session.ends_at,
        created_at=now))


def address_of(db: DbSession, house: House, row: t.Outbox) -> str:
    """Whom a message goes to; empty once it is wanted no more."""
    return str(_kept(db, house, row).get("address", ""))


def targets_of(db: DbSession, house: House, row: t.Outbox) -> tuple[Target, ...]:
    """A chat, or a browser with its keys."""
    kept = _kept(db, house, row)
    return (Target(kept["address"], kept["keys"]),) if kept else ()


def not_wanted(db: DbSession, row: t.Outbox) -> bool:
    """It has been stopped or confirmed since, or the session has moved or is off (that is told by itself)."""
    reminder = db.get(t.WatchReminder, row.payload["reminder"])
    if reminder is None:
        return True
    if row.payload["what"] == "confirm":
        return reminder.confirmed_at is not None
    starts_at, status = db.execute(select(t.Session.starts_at, t.Session.status).where(t.Session.id == reminder.session_id)).one()
    off = status == SessionStatus.CANCELLED
    return bool(off != (row.payload["what"] == "off") or starts_at != datetime.fromisoformat(row.payload["starts_at"]))


def _kept(db: DbSession, house: House, row: t.Outbox) -> dict[str, Any]:
    reminder = db.get(t.WatchReminder, row.payload["reminder"])
    return opened_address(house.settings, reminder.address) if reminder is not None else {}
