"""The outbox: what must leave is claimed, checked against the present truth, sent outside any transaction, and marked.

A claim lasts ``CLAIM_LASTS``; a sender that dies gives it back by letting it lapse (or at once, when the next scheduler
of the same machine sees that its process is gone). Between the mail server's acceptance and the mark lies the one
moment in which a crash sends a message twice, with the same Message-ID.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.sql.elements import ColumnElement

from ..domain.actor import Actor, require
from ..domain.delivery import SessionFacts, delivery_state, next_attempt_at, reason_to_skip
from ..domain.errors import IllegalState, NotFound
from ..domain.quiet import hold_until
from ..domain.words import LINK_LETTERS, Channel, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..process import get_logger
from ..store import tables as t
from . import series_letters
from .audit import record
from .contacts import forget_addresses
from .fallback import fall_back
from .letter_facts import gather_letter, recipient_gone
from .maintenance import reminder_rests
from .notifier import DeliveryError, DeliveryRefused, Letter, Notifier, Receipt
from .ways import quiet_hours_of

log = get_logger("liaison.outbox")

CLAIM_LASTS = timedelta(minutes=5)
MARK_TRIES = 6
LONGEST_ERROR = 500
TAKEN = Receipt()


@dataclass(frozen=True)
class Outcome:
    """What became of one row: sent, skipped, failed, or pending again (with the reason). ``held``: it only waits for the morning."""

    status: OutboxStatus
    reason: str = ""
    again_at: datetime | None = None
    held: bool = False
    receipt: Receipt = TAKEN


def anything_due(house: House) -> bool:
    """A look without a lock, so that an idle tick costs next to nothing."""
    with house.db.read() as db:
        return db.scalar(_ANYTHING_DUE, {"now": house.clock.now()}) is not None


def anything_claimed(house: House) -> bool:
    """A look without a lock: whether any message is in a sender's hands."""
    with house.db.read() as db:
        return db.scalar(_ANYTHING_CLAIMED) is not None


def claim_due(house: House, owner: str, limit: int = 1) -> list[str]:
    """Take up to ``limit`` due rows for ``owner``; their ids. Several claimers never get the same row
    (``FOR UPDATE SKIP LOCKED`` on PostgreSQL, ``BEGIN IMMEDIATE`` on SQLite)."""
    now = house.clock.now()
    with house.db.write() as db:
        ids = list(db.scalars(select(t.Outbox.id).where(_due(now)).order_by(t.Outbox.due_at, t.Outbox.id)
                              .limit(limit).with_for_update(skip_locked=True)))
        if ids:
            db.execute(update(t.Outbox).where(t.Outbox.id.in_(ids)).values(
                status=OutboxStatus.CLAIMED, claimed_by=owner, claimed_until=now + CLAIM_LASTS,
                attempts=t.Outbox.attempts + 1).execution_options(synchronize_session=False))
    return ids


def deliver_due(house: House, notifier: Notifier, owner: str, limit: int = 1000) -> int:
    """Claim and deliver one row after another until nothing is due; how many were dealt with."""
    done = 0
    while done < limit and (ids := claim_due(house, owner)):
        deliver(house, notifier, owner, ids[0])
        done += 1
    return done


def deliver(house: House, notifier: Notifier, owner: str, row_id: str) -> Outcome | None:
    """Send one claimed row if it is still true, and mark it. None: the claim is no longer ours."""
    checked = _check(house, owner, row_id)
    if checked is None:
        return None
    outcome = _send(house, notifier, *checked) if isinstance(checked, tuple) else checked
    _mark(house, owner, row_id, outcome)
    log.info("outbox", row=row_id, status=str(outcome.status), reason=outcome.reason)
    return outcome


def release_claims(house: House, is_gone: Callable[[str], bool]) -> int:
    """Give back at once the claims of senders that ``is_gone`` knows to be dead; how many."""
    with house.db.write() as db:
        owners = db.scalars(select(t.Outbox.claimed_by).where(t.Outbox.status == OutboxStatus.CLAIMED).distinct())
        gone = [owner for owner in owners if is_gone(owner)]
        freed = db.execute(update(t.Outbox).where(
            t.Outbox.status == OutboxStatus.CLAIMED, t.Outbox.claimed_by.in_(gone)).values(
                status=OutboxStatus.PENDING, claimed_by="", claimed_until=None
            ).execution_options(synchronize_session=False).returning(t.Outbox.id))
        return len(freed.all())


def count_by_status(house: House) -> dict[str, int]:
    """How many messages wait, have left, were skipped, have failed."""
    with house.db.read() as db:
        return {status: count for status, count in db.execute(
            select(t.Outbox.status, func.count()).group_by(t.Outbox.status))}


def list_messages(house: House, actor: Actor, status: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """The newest messages, all or those of one status, for the operator's page."""
    require(actor.sees_all, actor)
    query = select(t.Outbox).order_by(t.Outbox.created_at.desc(), t.Outbox.id.desc()).limit(limit)
    if status:
        query = query.where(t.Outbox.status == status)
    with house.db.read() as db:
        rows = list(db.scalars(query))
        people = {user.id: user.full_name or user.name for user in db.scalars(
            select(t.User).where(t.User.id.in_({row.user_id for row in rows if row.user_id})))}
        return [{"id": row.id, "kind": row.kind, "channel": row.channel, "address": row.address or people.get(row.user_id or "", ""),
                 "session": row.session_id, "attempts": row.attempts, "error": row.last_error, "created_at": row.created_at,
                 "status": row.status, "state": delivery_state(row.status, row.delivered_at),
                 "at": row.delivered_at or row.sent_at or row.due_at} for row in rows]


def list_failed(house: House, actor: Actor, limit: int = 200) -> list[dict[str, Any]]:
    """Messages given up, the newest first."""
    return list_messages(house, actor, OutboxStatus.FAILED, limit)


def retry_failed(house: House, actor: Actor, row_id: str) -> None:
    """Try a message again that was given up. Raises NotFound, IllegalState (it has not failed)."""
    require(actor.sees_all, actor)
    with house.db.write() as db:
        row = db.get(t.Outbox, row_id)
        if row is None:
            raise NotFound()
        if row.status != OutboxStatus.FAILED or row.kind in LINK_LETTERS:  # its link is forgotten: ask anew
            raise IllegalState()
        row.status, row.attempts, row.due_at = OutboxStatus.PENDING, 0, house.clock.now()
        record(db, house, actor, "outbox.retried", "outbox", row.id, None, {"kind": row.kind, "address": row.address})


def _due(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    return or_(and_(t.Outbox.status == OutboxStatus.PENDING, t.Outbox.due_at <= now),
               and_(t.Outbox.status == OutboxStatus.CLAIMED, t.Outbox.claimed_until < now))


# Asked every second or two: put together once.
_ANYTHING_DUE = select(t.Outbox.id).where(_due(bindparam("now"))).limit(1)
_ANYTHING_CLAIMED = select(t.Outbox.id).where(t.Outbox.status == OutboxStatus.CLAIMED).limit(1)


def _check(house: House, owner: str, row_id: str) -> tuple[Letter, int] | Outcome | None:
    """The letter and how often it was tried, or why it does not leave now; None: somebody else holds the row."""
    with house.db.read() as db:
        row = db.get(t.Outbox, row_id)
        if row is None or row.status != OutboxStatus.CLAIMED or row.claimed_by != owner:
            return None
        if row.series_id is not None:
            return _check_series(db, house, row)
        session = db.get(t.Session, row.session_id) if row.session_id else None
        facts = None if session is None else SessionFacts(
            SessionStatus(session.status), session.sequence, session.starts_at)
        reason = reason_to_skip(OutboxKind(row.kind), row.session_sequence, row.expires_at, facts, house.clock.now())
        if reason or (reason := recipient_gone(db, row, session)):
            return Outcome(OutboxStatus.SKIPPED, reason)
        if reminder_rests(db, row, house.clock.now()):
            return Outcome(OutboxStatus.SKIPPED, "point_under_maintenance")
        return _held(db, house, row, session.starts_at if session else None) or (gather_letter(db, house, row, session), row.attempts)


def _check_series(db: DbSession, house: House, row: t.Outbox) -> tuple[Letter, int] | Outcome:
    letter, attempts, reason = series_letters.check(db, house, row)
    if letter is None:
        return Outcome(OutboxStatus.SKIPPED, reason)
    return _held(db, house, row, letter.session.starts_at if letter.session else None) or (letter, attempts)


def _held(db: DbSession, house: House, row: t.Outbox, starts_at: datetime | None) -> Outcome | None:
    """The row waits for the end of the reader's quiet hours, if it may."""
    if starts_at is None:
        return None
    before = row.payload.get("before")
    starts = [starts_at, *([datetime.fromisoformat(before["starts_at"])] if before else [])]
    hours = quiet_hours_of(db, house, row.user_id, Channel(row.channel))
    until = hold_until(hours, house.network.zone, house.clock.now(), starts)
    return Outcome(OutboxStatus.PENDING, "quiet_hours", until, held=True) if until else None


def _send(house: House, notifier: Notifier, letter: Letter, attempts: int) -> Outcome:
    try:
        receipt = notifier.deliver(letter)
    except DeliveryRefused as error:
        return Outcome(OutboxStatus.FAILED, str(error), receipt=Receipt(gone=error.gone))
    except DeliveryError as error:
        return _again(house, attempts, str(error), error.retry_after)
    except Exception as error:  # a fault of ours in one letter: said in the log and on the operator's page, tried again
        log.exception("a letter could not be made or sent", dedupe_key=letter.dedupe_key)
        return _again(house, attempts, f"{type(error).__name__}: {error}")
    return Outcome(OutboxStatus.SENT, receipt=receipt or TAKEN)


def _again(house: House, attempts: int, reason: str, wished_seconds: float | None = None) -> Outcome:
    at = next_attempt_at(attempts, house.clock.now(), wished_seconds)
    return Outcome(OutboxStatus.PENDING if at else OutboxStatus.FAILED, reason, at)


def _mark(house: House, owner: str, row_id: str, outcome: Outcome) -> None:
    """Write the outcome. Tried several times: a sent message whose mark is lost would be sent again."""
    for left in reversed(range(MARK_TRIES)):
        try:
            with house.db.write() as db:
                _write_outcome(db, house, owner, row_id, outcome)
            return
        except OperationalError:
            if not left:
                raise
            time.sleep(0.2 * 2 ** (MARK_TRIES - left))


def _write_outcome(db: DbSession, house: House, owner: str, row_id: str, outcome: Outcome) -> None:
    row = db.scalar(select(t.Outbox).where(t.Outbox.id == row_id, t.Outbox.claimed_by == owner,
                                           t.Outbox.status == OutboxStatus.CLAIMED).with_for_update())
    if row is None:
        return
    row.status, row.last_error = outcome.status, outcome.reason[:LONGEST_ERROR]
    row.claimed_by, row.claimed_until = "", None
    row.due_at = outcome.again_at or row.due_at
    row.attempts -= outcome.held  # it was not tried
    row.sent_at = house.clock.now() if outcome.status is OutboxStatus.SENT else None
    row.delivered_at, row.provider_id = row.sent_at if outcome.receipt.delivered else None, outcome.receipt.provider_id[:128]
    forget_addresses(db, Channel(row.channel), outcome.receipt.gone)
    if outcome.status is OutboxStatus.FAILED:
        fall_back(db, house, row)
    if row.kind in LINK_LETTERS and outcome.status is not OutboxStatus.PENDING:
        row.payload = {key: value for key, value in row.payload.items() if key != "url"}  # a secret is kept no longer than needed
