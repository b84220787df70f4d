"""How each person is reached: their channels, addresses, quiet hours, alarm; changed by themselves."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.actor import Actor, require
from ..domain.channels import normal_phone
from ..domain.errors import Invalid, NotFound
from ..domain.quiet import read_hours
from ..domain.words import Channel
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from . import audit
from .rechannel import follow_choices
from .settings import read_setting

CODE_LIVES = timedelta(minutes=15)
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODES_AT_ONCE = 5
MOST_BROWSERS = 10
LONGEST_ALARM = 7 * 24 * 60
QUIET_MODES = ("", "own", "none")
UNKNOWN_PUSH = N_("This browser's push service is not among those that this installation uses.")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Choices:
    """What a person wants of notices; ``contacts`` are (id, channel, address, label)."""

    email: bool = True
    alarm_minutes: int | None = None
    quiet: str = ""
    quiet_from: str = ""
    quiet_until: str = ""
    quiet_email: bool = False
    contacts: tuple[tuple[str, Channel, str, str], ...] = ()

    def addresses(self, channel: Channel) -> list[tuple[str, str, str]]:
        """(id, address, label) of one channel."""
        return [(id, address, label) for id, kind, address, label in self.contacts if kind is channel]

    @property
    def phone(self) -> str:
        return next((address for _, address, _ in self.addresses(Channel.SMS)), "")


def read_choices(house: House, actor: Actor) -> Choices:
    """One's own."""
    require(actor.user_id is not None, actor)
    with house.db.read() as db:
        return _choices(db, str(actor.user_id))


def save_choices(house: House, actor: Actor, wanted: Mapping[str, Any]) -> None:
    """Keep one's channels: ``email, phone, alarm_minutes, quiet, quiet_from, quiet_until, quiet_email``. Raises Invalid."""
    require(actor.user_id is not None, actor)
    phone, values = _checked(wanted)
    user_id = str(actor.user_id)
    with house.db.write() as db:
        before = _told(_choices(db, user_id))
        db.merge(t.NoticeChoice(user_id=user_id, updated_at=house.clock.now(), **values))
        _keep_phone(db, house, user_id, phone)
        follow_choices(db, house, db.get_one(t.User, user_id))
        after = _told(_choices(db, user_id))
        if before != after:
            audit.record(db, house, actor, "user.channels_changed", "user", user_id, before, after)


def add_browser(house: House, actor: Actor, endpoint: str, p256dh: str, auth: str, label: str) -> None:
    """Push messages to this browser from now on. Raises Invalid for an endpoint of no push service that is allowed."""
    require(actor.user_id is not None, actor)
    if browser_errors(house.settings, endpoint, p256dh, auth):
        raise Invalid(UNKNOWN_PUSH)
    user_id = str(actor.user_id)
    with house.db.write() as db:
        # A browser is one person's: whoever switched it on last.
        db.execute(delete(t.Contact).where(t.Contact.channel == Channel.WEB_PUSH, t.Contact.address == endpoint))
        mine = list(db.scalars(select(t.Contact).where(t.Contact.user_id == user_id, t.Contact.channel == Channel.WEB_PUSH)
                               .order_by(t.Contact.created_at)))
        for oldest in mine[:max(0, len(mine) - MOST_BROWSERS + 1)]:
            db.delete(oldest)
        _add(db, house, user_id, Channel.WEB_PUSH, endpoint, {"p256dh": p256dh, "auth": auth}, label[:100])
        follow_choices(db, house, db.get_one(t.User, user_id))
        audit.record(db, house, actor, "user.browser_added", "user", user_id, None, {"label": label[:100]})


def remove_contact(house: House, actor: Actor, contact_id: str) -> None:
    """One of one's own addresses is used no more. Raises NotFound."""
    require(actor.user_id is not None, actor)
    with house.db.write() as db:
        row = db.get(t.Contact, contact_id)
        if row is None or row.user_id != actor.user_id:
            raise NotFound()
        gone = {"channel": row.channel, "label": row.label}
        db.delete(row)
        follow_choices(db, house, db.get_one(t.User, row.user_id))
        audit.record(db, house, actor, "user.contact_removed", "user", row.user_id, gone, None)


def make_code(house: House, actor: Actor) -> str:
    """A code that links a Telegram chat to this account for a quarter of an hour, once."""
    require(actor.user_id is not None, actor)
    code, now, user_id = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)), house.clock.now(), str(actor.user_id)
    with house.db.write() as db:
        db.execute(delete(t.ContactCode).where(t.ContactCode.expires_at <= now))
        mine = list(db.scalars(select(t.ContactCode).where(t.ContactCode.user_id == user_id).order_by(t.ContactCode.expires_at)))
        for oldest in mine[:max(0, len(mine) - CODES_AT_ONCE + 1)]:
            db.delete(oldest)
        db.add(t.ContactCode(id=new_id(), user_id=user_id, code_hash=_digest(code), expires_at=now + CODE_LIVES))
    return code


def link_chat(house: House, code: str, chat: str, label: str) -> str | None:
    """The account's language once the chat is linked to it; None: the code is not in force."""
    with house.db.write() as db:
        row = db.scalar(select(t.ContactCode).where(t.ContactCode.code_hash == _digest(code.strip().upper())))
        user = db.get(t.User, row.user_id) if row is not None else None
        if row is None or user is None or not user.active or row.expires_at <= house.clock.now():
            return None
        db.delete(row)
        # A chat is one person's, and a person has one chat.
        db.execute(delete(t.Contact).where(t.Contact.channel == Channel.TELEGRAM,
                                           (t.Contact.address == chat) | (t.Contact.user_id == user.id)))
        _add(db, house, user.id, Channel.TELEGRAM, chat, {}, label[:100])
        follow_choices(db, house, user)
        audit.record(db, house, Actor(user_id=user.id, name=user.full_name or user.name), "user.telegram_linked", "user", user.id,
                     None, {"label": label[:100]})
        return user.language or str(read_setting(db, house, "default_language"))


def forget_addresses(db: DbSession, channel: Channel, addresses: Collection[str]) -> None:
    """Browsers and chats that exist no more, inside another's transaction."""
    if addresses:
        db.execute(delete(t.Contact).where(t.Contact.channel == channel, t.Contact.address.in_(list(addresses))))


def browser_errors(settings: Settings, endpoint: str, p256dh: str, auth: str) -> bool:
    """Whether something is wrong with what a browser says of its subscription."""
    return not is_push_service(settings, endpoint) or not (80 <= len(p256dh) <= 100 and 20 <= len(auth) <= 30)


def is_push_service(settings: Settings, endpoint: str) -> bool:
    """Whether the server may post there: HTTPS at a known push service (plain HTTP only to this machine, where that is allowed).

    The address comes from a browser: without this, anybody could let the server call addresses inside the office.
    """
    url = urlsplit(endpoint)
    host = url.hostname or ""
    known = any(host == one or host.endswith(f".{one}") for one in settings.push_hosts)
    return known and (url.scheme == "https" or (url.scheme == "http" and host in LOOPBACK)) and not url.username and len(endpoint) <= 1000


def _choices(db: DbSession, user_id: str) -> Choices:
    row = db.get(t.NoticeChoice, user_id)
    contacts = db.scalars(select(t.Contact).where(t.Contact.user_id == user_id).order_by(t.Contact.created_at))
    found = tuple((one.id, Channel(one.channel), one.address, one.label) for one in contacts)
    if row is None:
        return Choices(contacts=found)
    return Choices(row.email, row.alarm_minutes, row.quiet, row.quiet_from, row.quiet_until, row.quiet_email, found)


def _told(choices: Choices) -> dict[str, Any]:
    return {"email": choices.email, "phone": choices.phone, "alarm_minutes": choices.alarm_minutes, "quiet": choices.quiet,
            "quiet_from": choices.quiet_from, "quiet_until": choices.quiet_until, "quiet_email": choices.quiet_email}


def _checked(wanted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    errors = []
    phone, quiet = str(wanted.get("phone", "")).strip(), str(wanted.get("quiet", ""))
    begins, ends, alarm = (str(wanted.get(name, "")).strip() for name in ("quiet_from", "quiet_until", "alarm_minutes"))
    try:
        phone = normal_phone(phone) if phone else ""
    except ValueError as error:
        errors.append({"field": "phone", "message": str(error)})
    try:
        if quiet == "own" and read_hours(begins, ends) is None:
            raise ValueError(N_("Give hours such as 22:00 and 07:00."))
    except ValueError as error:
        errors.append({"field": "quiet_from", "message": str(error)})
    if quiet not in QUIET_MODES:
        errors.append({"field": "quiet", "message": N_("Choose one of the values offered.")})
    if alarm and not (alarm.isascii() and alarm.isdigit() and len(alarm) < 6 and int(alarm) <= LONGEST_ALARM):
        errors.append({"field": "alarm_minutes", "message": N_("Give whole minutes, at most a week.")})
    if errors:
        raise Invalid(errors=errors)
    own = quiet == "own"
    return phone, {"email": bool(wanted.get("email")), "alarm_minutes": int(alarm) if alarm else None, "quiet": quiet,
                   "quiet_from": begins if own else "", "quiet_until": ends if own else "", "quiet_email": bool(wanted.get("quiet_email"))}


def _keep_phone(db: DbSession, house: House, user_id: str, phone: str) -> None:
    known = db.scalar(select(t.Contact.address).where(t.Contact.user_id == user_id, t.Contact.channel == Channel.SMS))
    if known != (phone or None):
        db.execute(delete(t.Contact).where(t.Contact.user_id == user_id, t.Contact.channel == Channel.SMS))
        if phone:
            _add(db, house, user_id, Channel.SMS, phone, {}, "")


def _add(db: DbSession, house: House, user_id: str, channel: Channel, address: str, keys: dict[str, str], label: str) -> None:
    db.add(t.Contact(id=new_id(), user_id=user_id, channel=channel, address=address, keys=keys, label=label, created_at=house.clock.now()))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
