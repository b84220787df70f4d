"""Letters about whole series: whether one may still leave, and the facts for its wording, read at the moment of sending."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.delivery import SessionFacts, reason_to_skip
from ..domain.words import Channel, OutboxKind, SessionStatus
from ..house import House
from ..store import tables as t
from . import letter_facts
from .message_texts import own_words
from .notifier import Letter, SeriesDetails, SessionDetails
from .reply_addresses import reply_address
from .series_plans import series_local, series_rule
from .settings import read_setting

_OPEN = (SessionStatus.CONFIRMED, SessionStatus.LIVE)


def check(db: DbSession, house: House, row: t.Outbox) -> tuple[Letter | None, int, str]:
    """The letter, or why it must not leave (as ``outbox`` asks of every row)."""
    series = db.get_one(t.Series, row.series_id)
    dates = list(db.scalars(select(t.Session).where(t.Session.series_id == series.id).order_by(t.Session.starts_at)))
    coming = [date for date in dates if date.status in _OPEN and date.ends_at > house.clock.now()]
    facts = SessionFacts(SessionStatus.CONFIRMED if coming else SessionStatus.CANCELLED, series.sequence,
                         coming[-1].starts_at if coming else house.clock.now())
    reason = reason_to_skip(OutboxKind(row.kind), row.session_sequence, row.expires_at, facts, house.clock.now())
    if reason is None and _recipient_gone(db, row, coming):
        reason = "recipient_gone"
    return (None, row.attempts, reason) if reason else (_letter(db, house, row, series, dates), row.attempts, "")


def _recipient_gone(db: DbSession, row: t.Outbox, coming: list[t.Session]) -> bool:
    if row.user_id is None or row.kind not in (OutboxKind.SERIES_INVITATION, OutboxKind.SERIES_UPDATE):
        return False
    user = db.get(t.User, row.user_id)
    if user is None or not user.active:
        return True
    conducts = any(user.id in (date.chair_user_id, date.deputy_user_id, date.secretary_user_id) for date in coming)
    return not conducts and {point.id for point in user.points}.isdisjoint(row.payload["points"])


def _letter(db: DbSession, house: House, row: t.Outbox, series: t.Series, dates: list[t.Session]) -> Letter:
    kind, now = OutboxKind(row.kind), house.clock.now()
    user = db.get(t.User, row.user_id) if row.user_id else None
    mine = [date for date in dates if _concerns(date, row)]
    shown = _shown(mine, kind, now) or dates[-1]
    points = letter_facts.invited_points(db, house, row, shown)
    language = (user.language if user else "") or row.language
    address = (user.email if user else "") or row.address
    return Letter(
        own_words=own_words(db, kind, language),
        kind=kind, channel=Channel(row.channel), targets=letter_facts.targets_of(db, house, row), row_id=row.id, expires_at=row.expires_at,
        alarm_minutes=letter_facts.alarm_of(db, row), dedupe_key=row.dedupe_key, thread_key=letter_facts.thread_key(db, row, kind),
        to_address=address, answer_to=reply_address(house.settings, address),
        to_name=letter_facts.recipient_name(house, row, user, points), language=language,
        help_desk_phone=str(read_setting(db, house, "help_desk_phone")), written_at=row.created_at, payload=row.payload,
        session=letter_facts.session_details(db, house, shown, kind), points=points, series=_series(db, house, series, mine, kind))


def _concerns(date: t.Session, row: t.Outbox) -> bool:
    """Whether the recipient is invited to this date or conducts it."""
    conducts = row.user_id is not None and row.user_id in (date.chair_user_id, date.deputy_user_id, date.secretary_user_id)
    return conducts or any(one.point_id in row.payload["points"] for one in date.invitations)


def _shown(mine: list[t.Session], kind: OutboxKind, now: datetime) -> t.Session | None:
    """The date that stands for the others in the letter: the next one that is as the rule has it, else the next one."""
    coming = [date for date in mine if date.ends_at > now]
    if kind is not OutboxKind.SERIES_CANCELLATION:
        coming = [date for date in coming if date.status in _OPEN]
    return next((date for date in coming if not date.series_changes), coming[0] if coming else (mine[-1] if mine else None))


def _series(db: DbSession, house: House, series: t.Series, mine: list[t.Session], kind: OutboxKind) -> SeriesDetails:
    def details(date: t.Session) -> SessionDetails:
        return letter_facts.session_details(db, house, date, kind)

    stays = [date for date in mine if date.status != SessionStatus.CANCELLED and kind is not OutboxKind.SERIES_CANCELLATION]
    gone = [date for date in mine if date not in stays and date.ends_at > house.clock.now()]
    return SeriesDetails(
        id=series.id, sequence=series.sequence, rule=series_rule(series), starts_local=series_local(series),
        timezone=series.timezone, minutes=int(series.plan["duration_minutes"]), dates=tuple(details(date) for date in stays),
        cancelled=tuple(details(date) for date in gone), calm=frozenset(date.id for date in stays if not date.series_changes),
        until=series.materialised_until, updated_at=series.updated_at, created_at=series.created_at)
