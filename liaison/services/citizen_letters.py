"""Letters to people without an account: whom each goes to, and whether it is still true, read at the moment of sending."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session as DbSession

from ..domain.words import CITIZEN_LETTERS, Channel, OutboxKind
from ..house import House
from ..store import tables as t
from . import question_notices, seat_notices, watch_notices
from .notifier import Target

_ADDRESSES: dict[str, Callable[[DbSession, House, t.Outbox], str]] = {
    OutboxKind.QUESTION_NOTICE: question_notices.address_of, OutboxKind.SEAT_NOTICE: seat_notices.address_of,
    OutboxKind.WATCH_REMINDER: watch_notices.address_of}
_NOT_WANTED: dict[str, Callable[[DbSession, t.Outbox], bool]] = {
    OutboxKind.QUESTION_NOTICE: question_notices.not_wanted, OutboxKind.SEAT_NOTICE: seat_notices.not_wanted,
    OutboxKind.WATCH_REMINDER: watch_notices.not_wanted}


def is_to_citizen(row: t.Outbox) -> bool:
    return row.kind in CITIZEN_LETTERS


def address_of(db: DbSession, house: House, row: t.Outbox) -> str:
    """Whom a letter goes to; empty once the contact is forgotten, and for letters to people with an account."""
    return _ADDRESSES[row.kind](db, house, row) if is_to_citizen(row) else ""


def targets_of(db: DbSession, house: House, row: t.Outbox) -> tuple[Target, ...]:
    """The same as other channels than mail know it."""
    if row.kind == OutboxKind.WATCH_REMINDER:
        return watch_notices.targets_of(db, house, row)
    address = address_of(db, house, row) if row.channel != Channel.EMAIL else ""
    return (Target(address),) if address else ()


def not_wanted(db: DbSession, row: t.Outbox) -> bool:
    """Whether it is no longer true, or nobody can be reached any more."""
    return _NOT_WANTED[row.kind](db, row)
