"""Who is told what about a series: one letter for each person and change, however many dates it concerns.

The letter is worded when it leaves, from the series as it is then (``series_letters``). Reminders stay with the dates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.words import AccountRole, Channel, OutboxKind, OutboxStatus, SessionStatus
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import notices, series_told
from .recipients import Recipient, find_recipients, recipient_of
from .settings import read_setting

_OPEN = (SessionStatus.CONFIRMED, SessionStatus.LIVE)
_REACHED = (OutboxStatus.SENT, OutboxStatus.CLAIMED)
By = dict[str, tuple[Recipient, set[str]]]
"""By recipient's key: the recipient, and the ids of the dates to which they are invited."""


def announce(db: DbSession, house: House, series: t.Series, changed: Collection[str] | None = None, **payload: Any) -> None:
    """Write the letters of one change of a series, and anew the reminders of the dates ``changed`` (ids; None: of all).

    ``payload`` goes along: ``before`` (the first changed date's former ``starts_at`` and ``ends_at``), ``reason``.
    """
    db.flush()
    dates = to_come(db, house, series)
    reached = _reached(db, series)
    wanted, farewells = recipients_of(db, house, dates), _farewells(db, series)
    _withdraw(db, series)
    for key, (recipient, ids) in wanted.items():
        kind = OutboxKind.SERIES_UPDATE if reached.get(key) else OutboxKind.SERIES_INVITATION
        _write(db, house, series, kind, recipient, dates, ids, payload)
    for recipient in _gone(db, series, reached, wanted):
        _write(db, house, series, OutboxKind.SERIES_CANCELLATION, recipient, dates, set(), farewells.get(recipient.key, {}) | payload)
    _cancel_single(db, house, series, wanted)
    _remind(db, house, [date for date in dates if changed is None or date.id in changed], wanted)


def to_come(db: DbSession, house: House, series: t.Series) -> list[t.Session]:
    """The dates that are still to be held, by time."""
    return list(db.scalars(select(t.Session).where(
        t.Session.series_id == series.id, t.Session.status.in_(_OPEN), t.Session.ends_at > house.clock.now())
        .order_by(t.Session.starts_at)))


def recipients_of(db: DbSession, house: House, dates: Iterable[t.Session]) -> By:
    """Everybody to tell of any of the dates, with their points of all of them."""
    found: By = {}
    known: dict[Any, dict[str, Recipient]] = {}
    for date in dates:
        cast = (tuple(one.point_id for one in date.invitations), date.chair_user_id, date.deputy_user_id, date.secretary_user_id)
        if cast not in known:
            known[cast] = find_recipients(db, house, date)
        for key, recipient in known[cast].items():
            before, ids = found.get(key, (recipient, set()))
            points = tuple(dict.fromkeys((*before.points, *recipient.points)))
            found[key] = (replace(recipient, points=points), ids | {date.id})
    return found


def invite_newcomer(db: DbSession, house: House, user: t.User) -> None:
    """An officer who has come to a point hears of its sessions to come: single ones, and series in one letter each."""
    notices.invite_newcomer(db, house, user)
    if not user.active or user.role != AccountRole.OFFICER:
        return
    own = {point.id for point in user.points}
    invited = select(t.Invitation.session_id).where(t.Invitation.point_id.in_(own))
    ids = db.scalars(select(t.Session.series_id).where(
        t.Session.id.in_(invited), t.Session.series_id.is_not(None), t.Session.ends_at > house.clock.now()).distinct())
    for series in db.scalars(select(t.Series).where(t.Series.id.in_(list(ids))).order_by(t.Series.id)):
        dates = to_come(db, house, series)
        mine = recipients_of(db, house, dates).get(user.id)
        if mine is not None and not _reached(db, series).get(user.id) and user.id not in _waiting(db, series):
            _write(db, house, series, OutboxKind.SERIES_INVITATION, mine[0], dates, mine[1], {})
            _remind(db, house, dates, {user.id: mine})


def tell_gaps(db: DbSession, house: House, series: t.Series, gaps: list[t.SeriesGap]) -> None:
    """Tell the booker which dates could not be booked when the series was carried on."""
    default = read_setting(db, house, "default_language")
    for booker, channels in notices.bookers(db, house, series) if gaps else ():
        key = f"{OutboxKind.SERIES_GAPS}:{series.id}:{int(gaps[-1].recurrence_id.timestamp())}:{booker.id}"
        db.add_all(_rows(house, series, OutboxKind.SERIES_GAPS, recipient_of(booker, channels, default), key, None, {
            "gaps": [{"at": gap.recurrence_id.isoformat(), "conflicts": gap.conflicts} for gap in gaps]}))


def _reached(db: DbSession, series: t.Series) -> dict[str, bool]:
    """By recipient: does their last letter that left make them expect the series?"""
    told: dict[str, bool] = {}
    for row in series_told.rows_of(db, series.id):
        if row.status in _REACHED:
            told[row.payload["recipient"]] = row.kind != OutboxKind.SERIES_CANCELLATION
    return told


def _farewells(db: DbSession, series: t.Series) -> dict[str, dict[str, Any]]:
    """By recipient: the reason in a cancellation that has not left; who is still out is told anew, with it."""
    return {row.payload["recipient"]: {"reason": row.payload["reason"]} for row in series_told.rows_of(db, series.id)
            if row.kind == OutboxKind.SERIES_CANCELLATION and row.status == OutboxStatus.PENDING and "reason" in row.payload}


def _waiting(db: DbSession, series: t.Series) -> set[str]:
    return {row.payload["recipient"] for row in series_told.rows_of(db, series.id) if row.status == OutboxStatus.PENDING}


def _gone(db: DbSession, series: t.Series, reached: dict[str, bool], wanted: By) -> list[Recipient]:
    last = {(row.payload["recipient"], Channel(row.channel)): row for row in series_told.rows_of(db, series.id) if row.status in _REACHED}
    return [Recipient(key, row.user_id, row.address, row.language, tuple(row.payload["points"]), (channel,))
            for (key, channel), row in last.items() if reached.get(key) and key not in wanted]


def _cancel_single(db: DbSession, house: House, series: t.Series, wanted: By) -> None:
    """People who were invited to single dates alone, and are so no longer: told of those dates."""
    own = select(t.Outbox.session_id).where(t.Outbox.kind.in_([OutboxKind.INVITATION, OutboxKind.UPDATE])).distinct()
    for date in db.scalars(select(t.Session).where(t.Session.series_id == series.id, t.Session.id.in_(own),
                                                   t.Session.ends_at > house.clock.now())):
        keep = {key for key, (_, ids) in wanted.items() if date.id in ids} | set(_reached(db, series))
        notices.cancel_for_others(db, house, date, keep)


def _withdraw(db: DbSession, series: t.Series) -> None:
    """The new letter says all that waiting ones would: those about the series, and about its dates. Who must still hear that
    they are out is found anew."""
    dates = select(t.Session.id).where(t.Session.series_id == series.id)
    inviting = (OutboxKind.INVITATION, OutboxKind.UPDATE)
    about = ((t.Outbox.series_id == series.id) & t.Outbox.kind.in_(series_told.KINDS)) | (
        t.Outbox.session_id.in_(dates) & t.Outbox.kind.in_(inviting))
    db.execute(update(t.Outbox).where(about, t.Outbox.status == OutboxStatus.PENDING)
               .values(status=OutboxStatus.SKIPPED, last_error="series_changed").execution_options(synchronize_session=False))


def remind(db: DbSession, house: House, dates: list[t.Session]) -> None:
    """Write the reminders of new dates that need no letter."""
    db.flush()
    _remind(db, house, dates, recipients_of(db, house, dates))


def _remind(db: DbSession, house: House, dates: Iterable[t.Session], wanted: By) -> None:
    for date in dates:
        for recipient, ids in wanted.values():
            if date.id in ids:
                points = {one.point_id for one in date.invitations}
                own = tuple(id for id in recipient.points if id in points)
                notices.write_reminders(db, house, date, replace(recipient, points=own), {})


def _write(db: DbSession, house: House, series: t.Series, kind: OutboxKind, recipient: Recipient, dates: list[t.Session],
           ids: set[str], payload: dict[str, Any]) -> None:
    not_at = [date.id for date in dates if date.id not in ids]
    key = f"{kind}:{series.id}:{series.sequence}:{recipient.key}"
    expires_at = max((date.ends_at for date in dates), default=None) if ids else None
    db.add_all(_rows(house, series, kind, recipient, key, expires_at, {"not_at": not_at, **payload}))


def _rows(house: House, series: t.Series, kind: OutboxKind, recipient: Recipient, key: str, expires_at: datetime | None,
          extra: dict[str, Any]) -> list[t.Outbox]:
    """One row a channel, as ``notices.rows_for``."""
    now = house.clock.now()
    return [t.Outbox(
        id=new_id(), kind=kind, channel=channel, dedupe_key=key if channel is Channel.EMAIL else f"{key}:{channel}",
        series_id=series.id, session_sequence=series.sequence, user_id=recipient.user_id,
        address=recipient.address if channel is Channel.EMAIL else "", language=recipient.language,
        payload={"recipient": recipient.key, "points": list(recipient.points), **extra},
        due_at=now, expires_at=expires_at, created_at=now) for channel in recipient.channels]
