"""Who is told what about a session: outbox rows, written in the transaction that makes them true.

``announce`` is called inside booking, changing and cancelling. What a recipient was last told is read from the outbox
itself (``told.py``), so a removed point hears CANCEL and an added one is invited whatever the change was called; changes in quick
succession are told as one, and one that was taken back before anybody heard of it is not told at all.

``payload`` of the rows: ``recipient`` (a user's id, or ``point-<id>`` for an office's own address), ``points`` (ids of the
points the recipient acts for in this session); reminders add ``minutes_before``; invitations and updates add ``state`` (what they
say of the session) and ``since`` (when the first of the changes told was made); updates add ``before`` (the former
``starts_at`` and ``ends_at``, RFC 3339, when the time moved); cancellations of people no longer invited add ``removed``; both add
``reason`` where one was given for the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.reminders import plan_reminders
from ..domain.settling import tell_at
from ..domain.words import AccountRole, Channel, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import series_told
from .recipients import Recipient, find_recipients, recipient_of
from .settings import read_setting
from .told import LETTER_KINDS, Told, describe_state, read_told, rows_of, times_of
from .ways import channels_of

Change = Literal["booked", "updated", "cancelled"]

CANCELLATION_LIVES = timedelta(days=1)  # after the planned end nobody needs to hear that it did not happen
OPEN = (SessionStatus.CONFIRMED, SessionStatus.LIVE)
Owed = dict[tuple[str, str], set[int]]


def announce(db: DbSession, house: House, session: t.Session, change: Change, previous: Any = None, reason: str = "") -> None:
    """Write invitations, updates, cancellations and reminders of one change.

    ``previous`` is the session as it was (a mapping or an object with ``starts_at`` and ``ends_at``), given with "updated";
    ``reason`` is why it changed, as people read it.
    """
    db.flush()  # the session's new invitations and SEQUENCE must be in the rows that the queries below see
    told, owed = read_told(db, session), _owed_reminders(db, session, previous)
    waiting = series_told.waiting(db, session)
    wanted = {} if change == "cancelled" else find_recipients(db, house, session)
    _withdraw(db, session.id)
    due_at = _tell_at(db, house, session, change, previous, told)
    why = {"reason": reason or told.waiting_reason} if reason or told.waiting_reason else {}
    for recipient in wanted.values():
        for channel in recipient.channels if recipient.key not in waiting else ():
            _tell(db, house, session, recipient, channel, told, previous, due_at, why)
        write_reminders(db, house, session, recipient, owed)
    for recipient in _no_longer(told, {*wanted, *waiting}):
        _write(db, house, session, OutboxKind.CANCELLATION, recipient, due_at, {} if change == "cancelled" else {"removed": True} | why)


def _tell_at(db: DbSession, house: House, session: t.Session, change: Change, previous: Any, told: Told) -> datetime:
    """Bookings and cancellations are told at once; a change waits for the next one, unless there is no time to."""
    now, before = house.clock.now(), _field(previous, "starts_at")
    if change != "updated" or session.status == SessionStatus.LIVE:
        return now
    starts = [moment for moment in (session.starts_at, before) if moment is not None]
    return tell_at(now, starts, timedelta(seconds=read_setting(db, house, "settle_seconds")), told.waiting_since)


def _tell(db: DbSession, house: House, session: t.Session, recipient: Recipient, channel: Channel, told: Told, previous: Any,
          due_at: datetime, why: dict[str, str]) -> None:
    """An invitation, or an update of what is known; nothing where the reader knows it all already."""
    state, known = describe_state(session, recipient.points), told.state(recipient.key, channel)
    extra: dict[str, Any] = {"state": state, "since": (told.waiting_since or house.clock.now()).isoformat()}
    kind = OutboxKind.UPDATE if told.knows(recipient.key, channel) else OutboxKind.INVITATION
    if kind is OutboxKind.UPDATE:
        if known == state:
            return
        before = times_of(known) if known is not None else _moved_from(session, previous)
        if before and before != times_of(state):
            extra["before"] = before
        extra |= why
    _write(db, house, session, kind, replace(recipient, channels=(channel,)), due_at, extra)


def invite_newcomer(db: DbSession, house: House, user: t.User) -> None:
    """An officer who has come to a point (or got an address) hears of its sessions to come, as if invited at the booking.

    Of series they hear in one letter each (``series_notices``).
    """
    channels = channels_of(db, house, [user])[user.id]
    if not user.active or not channels or user.role != AccountRole.OFFICER:
        return
    language = read_setting(db, house, "default_language")
    own = {point.id for point in user.points}
    for session in _sessions_to_come(db, house, own):
        points = tuple(one.point_id for one in session.invitations if one.point_id in own)
        recipient = recipient_of(user, channels, language, points)
        known = (row for row in rows_of(db, session.id, LETTER_KINDS) if row.payload["recipient"] == user.id)
        if not any(row.session_sequence == session.sequence for row in known):
            now = house.clock.now()
            _write(db, house, session, OutboxKind.INVITATION, recipient, now, {"state": describe_state(session, points)})
            write_reminders(db, house, session, recipient, {})


def cancel_for_others(db: DbSession, house: House, session: t.Session, keep: Iterable[str]) -> None:
    """Tell those who still expect a session that they are no longer invited, but for the recipients ``keep`` (keys)."""
    for recipient in _no_longer(read_told(db, session), keep):
        extra = {"removed": True} if session.status in OPEN else {}
        _write(db, house, session, OutboxKind.CANCELLATION, recipient, house.clock.now(), extra)


def announce_decline(db: DbSession, house: House, session: t.Session, invitation: t.Invitation, dates: int = 0) -> None:
    """Tell the booker, and the chief in whose name a deputy booked, that a point declined (and why; ``dates``: so many of a
    series at once); nobody is told who cannot be reached."""
    now, default = house.clock.now(), read_setting(db, house, "default_language")
    for booker, channels in bookers(db, house, session):
        recipient = recipient_of(booker, channels, default, (invitation.point_id,))
        key = f"{OutboxKind.ANSWER_NOTICE}:{session.id}:{invitation.id}:{int(now.timestamp() * 1000)}:{booker.id}"
        db.add_all(rows_for(house, session, OutboxKind.ANSWER_NOTICE, recipient, key, now, session.ends_at,
                            {"reason": invitation.answer_reason} | ({"dates": dates} if dates else {}), invitation.id))


def bookers(db: DbSession, house: House, booked: t.Session | t.Series) -> list[tuple[t.User, tuple[Channel, ...]]]:
    """Who booked, and in whose name: active accounts that can be reached, with their channels."""
    ids = {booked.booked_by_id, booked.on_behalf_of_id} - {None}
    users = list(db.scalars(select(t.User).where(t.User.id.in_(ids), t.User.active).order_by(t.User.name)))
    ways = channels_of(db, house, users)
    return [(user, ways[user.id]) for user in users if ways[user.id]]


def queue_password_reset(db: DbSession, house: House, user: t.User, link_id: str, url: str, expires_at: datetime) -> None:
    """A one-time link by mail. The outbox forgets ``url`` once the mail has left."""
    now = house.clock.now()
    db.add(t.Outbox(
        id=new_id(), kind=OutboxKind.PASSWORD_RESET, dedupe_key=f"{OutboxKind.PASSWORD_RESET}:{link_id}", user_id=user.id,
        address=user.email, language=user.language or read_setting(db, house, "default_language"),
        payload={"recipient": user.id, "url": url, "name": user.full_name or user.name},
        due_at=now, expires_at=expires_at, created_at=now))


def queue_welcome(db: DbSession, house: House, user: t.User, link_id: str, url: str, expires_at: datetime) -> None:
    """The first letter to an account: who it is, for which offices (texts by language), and its way in. ``url`` is forgotten as above."""
    now = house.clock.now()
    db.add(t.Outbox(
        id=new_id(), kind=OutboxKind.WELCOME, dedupe_key=f"{OutboxKind.WELCOME}:{link_id}", user_id=user.id,
        address=user.email, language=user.language or read_setting(db, house, "default_language"),
        payload={"recipient": user.id, "url": url, "name": user.name, "offices": [point.name for point in user.points],
                 "until": expires_at.isoformat()},
        due_at=now, expires_at=expires_at, created_at=now))


def withdraw_reminders(db: DbSession, session_ids: Iterable[str]) -> None:
    """Reminders of these sessions that still wait will not leave."""
    db.flush()
    for session_id in session_ids:
        _skip(db, session_id, [OutboxKind.REMINDER], "session_changed")


def skip_outstanding(db: DbSession, session_id: str, reason: str) -> None:
    """Everything of a session that still waits will not leave (it has ended)."""
    _skip(db, session_id, [*LETTER_KINDS[:2], OutboxKind.REMINDER, OutboxKind.CHASE], reason)


def _sessions_to_come(db: DbSession, house: House, point_ids: set[str]) -> list[t.Session]:
    invited = select(t.Invitation.session_id).where(t.Invitation.point_id.in_(point_ids))
    return list(db.scalars(select(t.Session).where(
        t.Session.id.in_(invited), t.Session.status.in_(OPEN), t.Session.series_id.is_(None),
        t.Session.ends_at > house.clock.now()).order_by(t.Session.starts_at)))


def _no_longer(told: Told, wanted: Iterable[str]) -> list[Recipient]:
    """People who were told of the session and are not wanted now, each on the channels on which they were told."""
    gone = {way: row for way, row in told.last.items() if way[0] not in set(wanted)}
    return [Recipient(key, row.user_id, row.address, row.language, tuple(row.payload["points"]), (channel,))
            for (key, channel), row in gone.items()]


def _owed_reminders(db: DbSession, session: t.Session, previous: Any) -> Owed:
    """Reminders due by now and not sent (mail server away), by way; none if the time moved."""
    owed: Owed = {}
    if _moved_from(session, previous) is None:
        for row in rows_of(db, session.id, [OutboxKind.REMINDER]):
            if row.status == OutboxStatus.PENDING:
                owed.setdefault((row.payload["recipient"], row.channel), set()).add(row.payload["minutes_before"])
    return owed


def _moved_from(session: t.Session, previous: Any) -> dict[str, str] | None:
    starts_at, ends_at = _field(previous, "starts_at"), _field(previous, "ends_at")
    if starts_at is None or ends_at is None or (starts_at, ends_at) == (session.starts_at, session.ends_at):
        return None
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def _field(previous: Any, name: str) -> datetime | None:
    value = previous.get(name) if isinstance(previous, dict) else getattr(previous, name, None)
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _withdraw(db: DbSession, session_id: str) -> None:
    """What waits of the former state will not leave; who must still hear that they are out is found anew."""
    _skip(db, session_id, [*LETTER_KINDS, OutboxKind.REMINDER], "session_changed")


def _skip(db: DbSession, session_id: str, kinds: list[OutboxKind], reason: str) -> None:
    # By statement, not by object: a row that a sender has claimed meanwhile keeps its state (it checks by itself).
    db.execute(update(t.Outbox).where(t.Outbox.session_id == session_id, t.Outbox.kind.in_(kinds),
                                      t.Outbox.status == OutboxStatus.PENDING)
               .values(status=OutboxStatus.SKIPPED, last_error=reason)
               .execution_options(synchronize_session=False))


def _write(db: DbSession, house: House, session: t.Session, kind: OutboxKind, recipient: Recipient, due_at: datetime,
           extra: dict[str, Any]) -> None:
    key = f"{kind}:{session.id}:{session.sequence}:{recipient.key}"
    lives = CANCELLATION_LIVES if kind is OutboxKind.CANCELLATION else timedelta(0)
    db.add_all(rows_for(house, session, kind, recipient, key, due_at, session.ends_at + lives, extra))


def write_reminders(db: DbSession, house: House, session: t.Session, recipient: Recipient, owed: Owed) -> None:
    offsets = read_setting(db, house, "reminder_minutes")
    for channel in recipient.channels:
        one = replace(recipient, channels=(channel,))
        for reminder in plan_reminders(session.starts_at, offsets, house.clock.now(), owed.get((recipient.key, channel), set())):
            key = f"{OutboxKind.REMINDER}:{session.id}:{session.sequence}:{reminder.minutes_before}:{recipient.key}"
            db.add_all(rows_for(house, session, OutboxKind.REMINDER, one, key, reminder.due_at, session.starts_at,
                                {"minutes_before": reminder.minutes_before}))


def rows_for(house: House, session: t.Session, kind: OutboxKind, recipient: Recipient, key: str, due_at: datetime,
             expires_at: datetime, extra: dict[str, Any], invitation_id: str | None = None) -> list[t.Outbox]:
    """One row a channel; the unique key says the event, the person and the channel (e-mail's alone goes without saying)."""
    return [t.Outbox(
        id=new_id(), kind=kind, channel=channel, dedupe_key=key if channel is Channel.EMAIL else f"{key}:{channel}",
        session_id=session.id, session_sequence=session.sequence, invitation_id=invitation_id, user_id=recipient.user_id,
        address=recipient.address if channel is Channel.EMAIL else "", language=recipient.language,
        payload={"recipient": recipient.key, "points": list(recipient.points), **extra},
        due_at=due_at, expires_at=expires_at, created_at=house.clock.now()) for channel in recipient.channels]
