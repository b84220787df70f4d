"""Citizens are reminded of a public session, once, half an hour before: by mail (after a confirmation), in Telegram, by their browser.

Nobody is written to who has not asked: an address is written to once, to be confirmed, and a few times a day at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import ANONYMOUS
from ..domain.errors import IllegalState, Invalid, NotFound
from ..domain.questions import is_mail_address
from ..domain.words import Channel, SessionStatus
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from ..store.locks import lock_key
from .citizen_links import contact_digest, own_token, read_own_token
from .contacts import UNKNOWN_PUSH, browser_errors
from .session_views import SessionView, load_session, session_view
from .watch_notices import sealed_address, tell_watcher

BEFORE = timedelta(minutes=30)
UNCONFIRMED_A_DAY = 3
"""So many letters with a question an address gets in a day, whoever asks for them."""
UNCONFIRMED_KEPT, KEPT = timedelta(days=2), timedelta(days=1)
"""After it was asked for; after the session."""
AT_ONCE = 200
GONE = N_("This reminder is not wanted any more, or the session is over.")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""``told_for`` of whoever has heard that the session is off, also after having been reminded of it."""


@dataclass(frozen=True)
class OwnReminder:
    """What the reminder's own page shows."""

    session: SessionView
    channel: str
    confirmed: bool
    token: str


def remind_by_mail(house: House, session_id: str, address: str, language: str) -> None:
    """A letter asks whether it is wanted; whoever asks again changes nothing. Raises Invalid, IllegalState (too late), NotFound."""
    address = address.strip()
    if not is_mail_address(address):
        raise Invalid(errors=[{"field": "remind", "message": N_("This is not an e-mail address.")}])
    with house.db.write() as db:
        session = _coming(db, session_id)
        row, new = _keep(db, house, session, Channel.EMAIL, address, {}, language)
        if new and _patient(db, house, row):
            tell_watcher(db, house, session, row, "confirm")


def remind_browser(house: House, session_id: str, endpoint: str, p256dh: str, auth: str, language: str) -> str:
    """The token of the reminder's own page. Raises Invalid, IllegalState, NotFound."""
    if browser_errors(house.settings, endpoint, p256dh, auth):
        raise Invalid(UNKNOWN_PUSH)
    with house.db.write() as db:
        return _confirmed(db, house, session_id, Channel.WEB_PUSH, endpoint, {"p256dh": p256dh, "auth": auth}, language)


def remind_chat(house: House, session_id: str, chat: str, language: str) -> OwnReminder:
    """Whoever has opened the bot with the session's link. Raises IllegalState, NotFound."""
    with house.db.write() as db:
        token = _confirmed(db, house, session_id, Channel.TELEGRAM, chat, {}, language)
    return own_reminder(house, token)


def own_reminder(house: House, token: str) -> OwnReminder:
    """For whoever has its address. Raises BadAnswerLink, NotFound (it is not wanted any more)."""
    with house.db.read() as db:
        row = _row(db, house, token)
        session = load_session(db, row.session_id)
        if not session.public:
            raise NotFound(GONE)
        return OwnReminder(session_view(house, ANONYMOUS, session), row.channel, row.confirmed_at is not None, token)


def confirm(house: House, token: str) -> None:
    """Yes, it is wanted. Raises BadAnswerLink, NotFound."""
    with house.db.write() as db:
        row = _row(db, house, token)
        row.confirmed_at = row.confirmed_at or house.clock.now()


def stop(house: House, token: str) -> str:
    """It is wanted no more, and forgotten; the session's id. Raises BadAnswerLink, NotFound."""
    with house.db.write() as db:
        row = _row(db, house, token)
        db.delete(row)
        return row.session_id


def start_parameter(session_id: str) -> str:
    """What a link to the bot says (core.telegram.org/bots/features#deep-linking)."""
    return f"w{UUID(session_id).hex}"


def session_of_parameter(text: str) -> str | None:
    """The session's id; None for anything else."""
    try:
        return str(UUID(hex=text[1:])) if len(text) == 33 and text[0] == "w" else None
    except ValueError:
        return None


# ---------------------------------------------------------------- the clock


def run_reminders(house: House) -> int:
    """Remind those whose session begins soon, or will not begin; how many. What is true now counts, wherever the session has moved."""
    w = t.WatchReminder
    soon = house.clock.now() + BEFORE
    with house.db.read() as db:
        if db.scalar(select(w.id).join(t.Session, t.Session.id == w.session_id).where(_due(soon)).limit(1)) is None:
            return 0
    with house.db.write() as db:
        rows = list(db.scalars(select(w).join(t.Session, t.Session.id == w.session_id).where(_due(soon)).limit(AT_ONCE)
                               .with_for_update(of=w, skip_locked=True)))
        for row in rows:
            session = db.get_one(t.Session, row.session_id)
            off = session.status == SessionStatus.CANCELLED
            row.told_for = NEVER if off else session.starts_at
            tell_watcher(db, house, session, row, "off" if off else "begins")
        return len(rows)


def _due(soon: Any) -> ColumnElement[bool]:
    w, s = t.WatchReminder, t.Session
    going = and_(s.status.in_((SessionStatus.CONFIRMED, SessionStatus.LIVE)), s.starts_at <= soon)
    begins = and_(going, or_(w.told_for.is_(None), w.told_for != s.starts_at))
    off = and_(s.status == SessionStatus.CANCELLED, or_(w.told_for.is_(None), w.told_for != NEVER))
    return and_(w.confirmed_at.is_not(None), s.public, or_(begins, off))


def forget_watchers(db: DbSession, house: House) -> int:
    """Reminders of sessions that are over, and those that nobody confirmed; how many."""
    now = house.clock.now()
    over = select(t.Session.id).where(t.Session.ends_at < now - KEPT)
    gone = db.execute(delete(t.WatchReminder).where(or_(
        t.WatchReminder.session_id.in_(over),
        and_(t.WatchReminder.confirmed_at.is_(None), t.WatchReminder.created_at < now - UNCONFIRMED_KEPT))).returning(t.WatchReminder.id))
    return len(gone.all())


# ---------------------------------------------------------------- inside


def _coming(db: DbSession, session_id: str) -> t.Session:
    session = load_session(db, session_id)
    if not session.public:
        raise NotFound()
    if session.status != SessionStatus.CONFIRMED:
        raise IllegalState("There is nothing to be reminded of any more.", remedy="Look at the session's page.")
    return session


def _confirmed(db: DbSession, house: House, session_id: str, channel: Channel, address: str, keys: dict[str, str], language: str) -> str:
    row, _new = _keep(db, house, _coming(db, session_id), channel, address, keys, language)
    row.confirmed_at = row.confirmed_at or house.clock.now()
    return own_token(house.settings, "remind", row.id)


def _keep(db: DbSession, house: House, session: t.Session, channel: Channel, address: str, keys: dict[str, str],
          language: str) -> tuple[t.WatchReminder, bool]:
    """The reminder of this address, and whether it is new."""
    digest = contact_digest(house.settings, channel, address)
    lock_key(db, f"remind {digest}")
    row = db.scalar(select(t.WatchReminder).where(
        t.WatchReminder.session_id == session.id, t.WatchReminder.channel == channel, t.WatchReminder.digest == digest))
    if row is not None:
        return row, False
    row = t.WatchReminder(id=new_id(), session_id=session.id, channel=channel, address=sealed_address(house.settings, address, keys),
                          digest=digest, language=language, created_at=house.clock.now())
    db.add(row)
    db.flush()
    return row, True


def _patient(db: DbSession, house: House, row: t.WatchReminder) -> bool:
    """Whether the address may be asked once more today."""
    w = t.WatchReminder
    asked = db.scalar(select(func.count()).where(w.digest == row.digest, w.confirmed_at.is_(None),
                                                 w.created_at > house.clock.now() - timedelta(days=1)))
    return (asked or 0) <= UNCONFIRMED_A_DAY


def _row(db: DbSession, house: House, token: str) -> t.WatchReminder:
    row = db.get(t.WatchReminder, read_own_token(house.settings, "remind", token))
    if row is None:
        raise NotFound(GONE)
    return row
