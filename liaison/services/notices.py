"""Who is told what about a session: outbox rows, written in the transaction that makes them true.

``announce`` is called inside booking, changing and cancelling. What a recipient was last told is read from the outbox
itself, so a removed point hears CANCEL and an added one is invited whatever the change was called.

``payload`` of the rows: ``recipient`` (a user's id, or ``point-<id>`` for an office's own address), ``points`` (ids of the
points the recipient acts for in this session); reminders add ``minutes_before``; updates add ``before`` (the former
``starts_at`` and ``ends_at``, RFC 3339, when the time moved); cancellations of people no longer invited add ``removed``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.reminders import plan_reminders
from ..domain.words import AccountRole, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import series_told
from .settings import read_setting

Change = Literal["booked", "updated", "cancelled"]

CANCELLATION_LIVES = timedelta(days=1)  # after the planned end nobody needs to hear that it did not happen
_MAIL_KINDS = (OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.CANCELLATION)
_OPEN = (SessionStatus.CONFIRMED, SessionStatus.LIVE)
_REACHED = (OutboxStatus.SENT, OutboxStatus.CLAIMED)


@dataclass(frozen=True)
class Recipient:
    """Somebody to tell, once for all the points they act for."""

    key: str
    user_id: str | None
    address: str
    language: str
    points: tuple[str, ...]


def announce(db: DbSession, house: House, session: t.Session, change: Change, previous: Any = None) -> None:
    """Write invitations, updates, cancellations and reminders of one change.

    ``previous`` is the session as it was (a mapping or an object with ``starts_at`` and ``ends_at``), given with "updated".
    """
    db.flush()  # the session's new invitations and SEQUENCE must be in the rows that the queries below see
    told = _told(db, session)
    waiting = series_told.waiting(db, session)
    wanted = {} if change == "cancelled" else find_recipients(db, house, session)
    owed = _owed_reminders(db, session, previous)
    _withdraw(db, session.id)
    before = _moved_from(session, previous)
    offsets = read_setting(db, house, "reminder_minutes")
    for recipient in wanted.values():
        kind = OutboxKind.UPDATE if told.get(recipient.key) else OutboxKind.INVITATION
        if recipient.key not in waiting:
            _write(db, house, session, kind, recipient, {"before": before} if kind is OutboxKind.UPDATE and before else {})
        write_reminders(db, house, session, recipient, offsets, owed.get(recipient.key, set()))
    for recipient in _no_longer(db, session, wanted.keys()):
        if recipient.key in waiting:
            continue
        _write(db, house, session, OutboxKind.CANCELLATION, recipient, {} if change == "cancelled" else {"removed": True})


def invite_newcomer(db: DbSession, house: House, user: t.User) -> None:
    """An officer who has come to a point (or got an address) hears of its sessions to come, as if invited at the booking.

    Of series they hear in one letter each (``series_notices``).
    """
    if not user.active or not user.email or user.role != AccountRole.OFFICER:
        return
    language, offsets = (read_setting(db, house, key) for key in ("default_language", "reminder_minutes"))
    own = {point.id for point in user.points}
    for session in _sessions_to_come(db, house, own):
        points = tuple(one.point_id for one in session.invitations if one.point_id in own)
        recipient = Recipient(user.id, user.id, user.email, user.language or language, points)
        known = (row for row in _rows(db, session.id, _MAIL_KINDS) if row.payload["recipient"] == user.id)
        if not any(row.session_sequence == session.sequence for row in known):
            _write(db, house, session, OutboxKind.INVITATION, recipient, {})
            write_reminders(db, house, session, recipient, offsets, set())


def cancel_for_others(db: DbSession, house: House, session: t.Session, keep: Iterable[str]) -> None:
    """Tell those who still expect a session that they are no longer invited, but for the recipients ``keep`` (keys)."""
    for recipient in _no_longer(db, session, keep):
        _write(db, house, session, OutboxKind.CANCELLATION, recipient, {"removed": True} if session.status in _OPEN else {})


def announce_decline(db: DbSession, house: House, session: t.Session, invitation: t.Invitation, dates: int = 0) -> None:
    """Tell the booker that a point declined (and why; ``dates``: so many of a series at once); nobody is told of a booker
    without an address."""
    booker = db.get(t.User, session.booked_by_id) if session.booked_by_id else None
    if booker is None or not booker.active or not booker.email:
        return
    now = house.clock.now()
    language = booker.language or read_setting(db, house, "default_language")
    recipient = Recipient(booker.id, booker.id, booker.email, language, (invitation.point_id,))
    key = f"{OutboxKind.ANSWER_NOTICE}:{session.id}:{invitation.id}:{int(now.timestamp() * 1000)}"
    db.add(_row(house, session, OutboxKind.ANSWER_NOTICE, recipient, key, now, session.ends_at,
                {"reason": invitation.answer_reason} | ({"dates": dates} if dates else {}), invitation.id))


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


def find_recipients(db: DbSession, house: House, session: t.Session) -> dict[str, Recipient]:
    """Everybody to tell, by key: officers of the invited points, the points' own addresses where no officer has one, and
    the chair, the deputy and the secretary."""
    default = read_setting(db, house, "default_language")
    points = list(db.scalars(
        select(t.Point).join(t.Invitation, t.Invitation.point_id == t.Point.id)
        .where(t.Invitation.session_id == session.id).order_by(t.Invitation.position, t.Point.position)))
    officers = _officers(db, [point.id for point in points])
    found: dict[str, Recipient] = {}
    for point in points:
        for user in officers.get(point.id, []):
            _add(found, user.id, user, default, point.id)
        if point.id not in officers and point.email:
            found[f"point-{point.id}"] = Recipient(f"point-{point.id}", None, point.email, default, (point.id,))
    for user in _conductors(db, session):
        _add(found, user.id, user, default)
    return found


def points_without_recipients(db: DbSession, session: t.Session) -> list[t.Point]:
    """The session's points that nobody would hear for, in the order of the booking."""
    return points_without_mail(db, [invitation.point_id for invitation in session.invitations])


def points_without_mail(db: DbSession, point_ids: Iterable[str]) -> list[t.Point]:
    """Of these points, those with neither an active officer with an e-mail address nor an address of their own."""
    ids = list(point_ids)
    officers = _officers(db, ids)
    points = {point.id: point for point in db.scalars(select(t.Point).where(t.Point.id.in_(ids)))}
    return [points[id] for id in dict.fromkeys(ids) if id in points and id not in officers and not points[id].email]


def withdraw_reminders(db: DbSession, session_ids: Iterable[str]) -> None:
    """Reminders of these sessions that still wait will not leave."""
    db.flush()
    for session_id in session_ids:
        _skip(db, session_id, [OutboxKind.REMINDER], "session_changed")


def skip_outstanding(db: DbSession, session_id: str, reason: str) -> None:
    """Everything of a session that still waits will not leave (it has ended)."""
    _skip(db, session_id, [*_MAIL_KINDS[:2], OutboxKind.REMINDER], reason)


def _sessions_to_come(db: DbSession, house: House, point_ids: set[str]) -> list[t.Session]:
    invited = select(t.Invitation.session_id).where(t.Invitation.point_id.in_(point_ids))
    return list(db.scalars(select(t.Session).where(
        t.Session.id.in_(invited), t.Session.status.in_(_OPEN), t.Session.series_id.is_(None),
        t.Session.ends_at > house.clock.now()).order_by(t.Session.starts_at)))


def _add(found: dict[str, Recipient], key: str, user: t.User, default: str, *points: str) -> None:
    known = found[key].points if key in found else ()
    found[key] = Recipient(key, user.id, user.email, user.language or default, (*known, *points))


def _officers(db: DbSession, point_ids: list[str]) -> dict[str, list[t.User]]:
    """Active officers with an address, by point; a point with none is absent."""
    query = (select(t.UserPoint.point_id, t.User).join(t.User, t.User.id == t.UserPoint.user_id)
             .where(t.UserPoint.point_id.in_(point_ids), t.User.active, t.User.email != "",
                    t.User.role == AccountRole.OFFICER).order_by(t.User.name))
    by_point: dict[str, list[t.User]] = {}
    for point_id, user in db.execute(query):
        by_point.setdefault(point_id, []).append(user)
    return by_point


def _conductors(db: DbSession, session: t.Session) -> list[t.User]:
    ids = {session.chair_user_id, session.deputy_user_id, session.secretary_user_id} - {None}
    return list(db.scalars(select(t.User).where(t.User.id.in_(ids), t.User.active, t.User.email != "").order_by(t.User.name)))


def _rows(db: DbSession, session_id: str, kinds: Iterable[OutboxKind]) -> list[t.Outbox]:
    """Rows of a session, the oldest first, as they are in the database now."""
    query = (select(t.Outbox).where(t.Outbox.session_id == session_id, t.Outbox.kind.in_(list(kinds)))
             .order_by(t.Outbox.session_sequence, t.Outbox.created_at, t.Outbox.id))
    return list(db.scalars(query.execution_options(populate_existing=True)))


def _letters(db: DbSession, session: t.Session) -> list[tuple[t.Outbox, bool]]:
    """What people were told of a session, by itself or with its whole series, the oldest first: (row, whether it invites)."""
    own = [(row, row.kind != OutboxKind.CANCELLATION) for row in _rows(db, session.id, _MAIL_KINDS)]
    if session.series_id is None:
        return own
    series = [(row, series_told.invites(row, session.id)) for row in series_told.rows_of(db, session.series_id)]
    return sorted(own + series, key=lambda pair: (pair[0].session_sequence, pair[0].created_at, pair[0].id))


def _told(db: DbSession, session: t.Session) -> dict[str, bool]:
    """By recipient: has a mail that invites reached (or is reaching) them since they were last told to forget it?"""
    told: dict[str, bool] = {}
    for row, invites in _letters(db, session):
        key = row.payload["recipient"]
        if not invites:
            told[key] = False
        elif row.status in _REACHED:
            told[key] = True
    return told


def _no_longer(db: DbSession, session: t.Session, wanted: Iterable[str]) -> list[Recipient]:
    """People whose last mail, sent or not, invited them, and who are not wanted now."""
    last = {row.payload["recipient"]: (row, invites) for row, invites in _letters(db, session)}
    gone = last.keys() - set(wanted)
    return [Recipient(key, row.user_id, row.address, row.language, tuple(row.payload["points"]))
            for key, (row, invites) in last.items() if key in gone and invites]


def _owed_reminders(db: DbSession, session: t.Session, previous: Any) -> dict[str, set[int]]:
    """Reminders due by now and not sent (mail server away), by recipient; none if the time moved."""
    owed: dict[str, set[int]] = {}
    if _moved_from(session, previous) is None:
        for row in _rows(db, session.id, [OutboxKind.REMINDER]):
            if row.status == OutboxStatus.PENDING:
                owed.setdefault(row.payload["recipient"], set()).add(row.payload["minutes_before"])
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
    """What waits of the former state will not leave; a CANCEL for people removed earlier still must."""
    _skip(db, session_id, [OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.REMINDER], "session_changed")


def _skip(db: DbSession, session_id: str, kinds: list[OutboxKind], reason: str) -> None:
    # By statement, not by object: a row that a sender has claimed meanwhile keeps its state (it checks by itself).
    db.execute(update(t.Outbox).where(t.Outbox.session_id == session_id, t.Outbox.kind.in_(kinds),
                                      t.Outbox.status == OutboxStatus.PENDING)
               .values(status=OutboxStatus.SKIPPED, last_error=reason)
               .execution_options(synchronize_session=False))


def _write(db: DbSession, house: House, session: t.Session, kind: OutboxKind, recipient: Recipient,
           extra: dict[str, Any]) -> None:
    key = f"{kind}:{session.id}:{session.sequence}:{recipient.key}"
    lives = CANCELLATION_LIVES if kind is OutboxKind.CANCELLATION else timedelta(0)
    db.add(_row(house, session, kind, recipient, key, house.clock.now(), session.ends_at + lives, extra))


def write_reminders(db: DbSession, house: House, session: t.Session, recipient: Recipient, offsets: list[int],
                    owed: set[int]) -> None:
    for reminder in plan_reminders(session.starts_at, offsets, house.clock.now(), owed):
        key = f"{OutboxKind.REMINDER}:{session.id}:{session.sequence}:{reminder.minutes_before}:{recipient.key}"
        db.add(_row(house, session, OutboxKind.REMINDER, recipient, key, reminder.due_at, session.starts_at,
                    {"minutes_before": reminder.minutes_before}))


def _row(house: House, session: t.Session, kind: OutboxKind, recipient: Recipient, key: str, due_at: datetime,
         expires_at: datetime, extra: dict[str, Any], invitation_id: str | None = None) -> t.Outbox:
    return t.Outbox(
        id=new_id(), kind=kind, dedupe_key=key, session_id=session.id, session_sequence=session.sequence,
        invitation_id=invitation_id, user_id=recipient.user_id, address=recipient.address, language=recipient.language,
        payload={"recipient": recipient.key, "points": list(recipient.points), **extra},
        due_at=due_at, expires_at=expires_at, created_at=house.clock.now())
