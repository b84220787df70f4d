"""Seats in halls and reminders as personal data: what is kept of a citizen, and its end."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import OutboxKind
from ..house import House
from ..store import tables as t
from .citizen_links import contact_digest
from .question_links import opened
from .watch_notices import opened_address


def export_seats(db: DbSession, house: House, subject: Any) -> list[dict[str, Any]]:
    return [{
        "session": row.session_id, "hall": row.point.slug, "number": row.number, "registered_at": row.created_at.isoformat(),
        "name": row.name, "people": row.people, "contact": opened(house.settings, row.contact), "language": row.language,
        "state": row.state, "came": row.came}
        for row in _seats(db, house, subject)]


def erase_seats(db: DbSession, house: House, subject: Any) -> int:
    """The seat itself stays good, by its code; nobody can be told of changes any more."""
    rows = _seats(db, house, subject)
    for row in rows:
        _letters(db, OutboxKind.SEAT_NOTICE, row.id)
        row.name, row.contact, row.contact_digest, row.visitor = "", "", "", ""
    return len(rows)


def export_reminders(db: DbSession, house: House, subject: Any) -> list[dict[str, Any]]:
    return [{"session": row.session_id, "asked_at": row.created_at.isoformat(), "by": row.channel, "language": row.language,
             "address": opened_address(house.settings, row.address).get("address", ""), "confirmed": row.confirmed_at is not None}
            for row in _reminders(db, house, subject)]


def erase_reminders(db: DbSession, house: House, subject: Any) -> int:
    rows = _reminders(db, house, subject)
    for row in rows:
        _letters(db, OutboxKind.WATCH_REMINDER, row.id)
        db.delete(row)
    return len(rows)


def _seats(db: DbSession, house: House, subject: Any) -> list[t.Seat]:
    if subject.seat:
        return list(db.scalars(select(t.Seat).where(t.Seat.id == subject.seat)))
    if not subject.address:
        return []
    digest = contact_digest(house.settings, str(subject.channel), subject.address)
    return list(db.scalars(select(t.Seat).where(t.Seat.contact_digest == digest).order_by(t.Seat.created_at)))


def _reminders(db: DbSession, house: House, subject: Any) -> list[t.WatchReminder]:
    if not subject.address:
        return []
    digest = contact_digest(house.settings, str(subject.channel), subject.address)
    return list(db.scalars(select(t.WatchReminder).where(t.WatchReminder.digest == digest).order_by(t.WatchReminder.created_at)))


def _letters(db: DbSession, kind: OutboxKind, id: str) -> None:
    db.execute(delete(t.Outbox).where(t.Outbox.dedupe_key.startswith(f"{kind}:{id}:", autoescape=True)))
