"""Links that work once: the first administrator's, sign-in letters, forgotten passwords. Only their SHA-256 is kept.

Looking at a link never uses it up (mail scanners open links); ``use_link`` does, behind the page's button.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import SYSTEM, Actor
from ..domain.errors import Conflict, LiaisonError
from ..domain.words import AccountRole, LinkPurpose
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .audit import record
from .notices import queue_password_reset, queue_welcome
from .passwords import check_password_rules, hash_password
from .people import actor_of, add_user, count_administrators, may_assist
from .settings import read_setting
from .tokens import digest

SECRET_BYTES = 32
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a printed code is typed right."""
CODE_LENGTH = 16
"""80 bits: enough for a code that is tried over the network, short enough to type from a letter."""
LIVES = {
    LinkPurpose.BOOTSTRAP: timedelta(days=1), LinkPurpose.SIGN_IN_LETTER: timedelta(days=60),
    LinkPurpose.WELCOME: timedelta(days=7), LinkPurpose.PASSWORD_RESET: timedelta(hours=1), LinkPurpose.DEMO: timedelta(days=7),
}
MAILED = (LinkPurpose.WELCOME.value, LinkPurpose.PASSWORD_RESET.value)
RESETS_AT_ONCE = 3
"""So many mailed links of one account an hour at most: nobody can fill a mailbox by asking again and again."""


class LinkSpent(LiaisonError):
    """Used, expired or never made; one answer for all three, so that nothing can be learnt by guessing."""

    code = "link_spent"
    message = "This link has been used already or has expired."
    remedy = "Ask the help desk for a new one, or use “Forgotten password” on the sign-in page."


class HasAdministrator(Conflict):
    code = "has_administrator"
    message = "There is an administrator already."
    remedy = "Ask the administrator for an account."


@dataclass(frozen=True)
class Link:
    """What a link in force is for. ``name`` and ``language`` are its account's; empty for the first administrator's."""

    purpose: LinkPurpose
    user_id: str | None
    name: str = ""
    full_name: str = ""
    language: str = ""


@dataclass(frozen=True)
class MadeLink:
    """A link just made: its row, its address and the secret in it (told only now), and its end."""

    id: str
    url: str
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Letter:
    """What a printed sign-in letter says. ``language`` is one of the network's; ``points`` are names in it."""

    name: str
    full_name: str
    language: str
    points: tuple[str, ...]
    url: str
    code: str
    expires_at: datetime


def canonical(secret: str) -> str:
    """A typed code as it was made: without hyphens, in capitals, O for zero and I or L for one forgiven. Others stay."""
    compact = re.sub(r"[\s-]", "", secret).upper().translate(str.maketrans("OIL", "011"))
    return compact if len(compact) == CODE_LENGTH else secret


def _new_secret(purpose: LinkPurpose) -> str:
    if purpose is LinkPurpose.SIGN_IN_LETTER:
        return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return secrets.token_urlsafe(SECRET_BYTES)


def bootstrap_link(house: House) -> str | None:
    """The address that makes the first administrator; none when there is one already. Replaces an earlier unused one."""
    with house.db.write() as db:
        if count_administrators(db):
            return None
        _spend(db, house, t.OneTimeLink.purpose == LinkPurpose.BOOTSTRAP.value)
        return make_link(db, house, LinkPurpose.BOOTSTRAP, None).url


def sign_in_link(house: House, actor: Actor, user_id: str, purpose: LinkPurpose = LinkPurpose.SIGN_IN_LETTER) -> str:
    """A new one-time address for an account to choose its password; earlier ones stop working."""
    with house.db.write() as db:
        user = _user(db, user_id)
        may_assist(actor, user)
        url = renew_link(db, house, user, purpose).url
        record(db, house, actor, "user.link_made", "user", user.id, None, {"purpose": purpose.value})
        return url


def sign_in_letters(house: House, actor: Actor, user_ids: Sequence[str]) -> list[Letter]:
    """New letters for these accounts, in the order given; their earlier links stop working."""
    letters = []
    with house.db.write() as db:
        for user_id in user_ids:
            user = _user(db, user_id)
            may_assist(actor, user)
            letters.append(_letter(db, house, user))
            record(db, house, actor, "user.link_made", "user", user.id, None, {"purpose": LinkPurpose.SIGN_IN_LETTER.value})
    return letters


def _letter(db: DbSession, house: House, user: t.User) -> Letter:
    made = renew_link(db, house, user, LinkPurpose.SIGN_IN_LETTER)
    language = user.language or str(read_setting(db, house, "default_language"))
    return Letter(user.name, user.full_name, language, tuple(house.network.text(p.name, language) for p in user.points),
                  made.url, made.code, made.expires_at)


def renew_link(db: DbSession, house: House, user: t.User, purpose: LinkPurpose) -> MadeLink:
    """The same inside another's transaction, without audit."""
    _spend(db, house, (t.OneTimeLink.user_id == user.id) & (t.OneTimeLink.purpose == purpose.value))
    return make_link(db, house, purpose, user.id)


def make_link(db: DbSession, house: House, purpose: LinkPurpose, user_id: str | None) -> MadeLink:
    """Write a link, inside another's transaction."""
    secret, now = _new_secret(purpose), house.clock.now()
    shown = "-".join(re.findall("....", secret)) if purpose is LinkPurpose.SIGN_IN_LETTER else secret
    made = MadeLink(new_id(), f"{house.settings.base_url}/link/{shown}", shown, now + LIVES[purpose])
    db.add(t.OneTimeLink(id=made.id, user_id=user_id, purpose=purpose.value, secret_hash=digest(secret), created_at=now,
                         expires_at=made.expires_at))
    return made


def look_at_link(house: House, secret: str) -> Link:
    """What a link is for; uses nothing up. LinkSpent."""
    with house.db.read() as db:
        return _describe(db, _in_force(db, house, secret))


def use_link(house: House, secret: str, *, password: str, name: str = "", full_name: str = "", language: str = "",
             address: str = "") -> Actor:
    """Set the password of the link's account (or make the first administrator) and use the link up, in one transaction.

    Ends every other sign-in of the account and its other links. LinkSpent, Invalid, NameTaken, HasAdministrator.
    """
    link = look_at_link(house, secret)  # cheap refusals before the costly hash
    check_password_rules(password, name or link.name)
    hashed = hash_password(password)
    with house.db.write() as db:
        row = _in_force(db, house, secret)
        if row.purpose == LinkPurpose.DEMO.value:
            raise LinkSpent()
        _use_up(db, house, row)
        user = _user(db, row.user_id) if row.user_id else _first_administrator(db, house, name, full_name, language)
        return _let_in(db, house, user, hashed, row.purpose, address)


def enter_demonstration(house: House, secret: str, address: str = "") -> Actor:
    """The account of a demonstration's link, without a password and as often as wanted while it lives. LinkSpent."""
    with house.db.read() as db:
        row = _in_force(db, house, secret)
        if row.purpose != LinkPurpose.DEMO.value:
            raise LinkSpent()
        return actor_of(_user(db, row.user_id), address)


def _use_up(db: DbSession, house: House, row: t.OneTimeLink) -> None:
    """Only one of two simultaneous uses passes."""
    used = db.execute(update(t.OneTimeLink).where(t.OneTimeLink.id == row.id, t.OneTimeLink.used_at.is_(None))
                      .values(used_at=house.clock.now()))
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkSpent()


def _let_in(db: DbSession, house: House, user: t.User, hashed: str, purpose: str, address: str) -> Actor:
    user.password_hash, user.sign_in_version, user.last_sign_in_at = hashed, new_id(), house.clock.now()
    _spend(db, house, t.OneTimeLink.user_id == user.id)
    actor = actor_of(user, address)
    record(db, house, actor, "user.password_set", "user", user.id, None, {"with": purpose})
    return actor


def _first_administrator(db: DbSession, house: House, name: str, full_name: str, language: str) -> t.User:
    if count_administrators(db):
        raise HasAdministrator()
    fields = {"full_name": full_name, "role": AccountRole.ADMINISTRATOR.value, "language": language}
    return add_user(db, house, SYSTEM, name, fields, [])


def ask_for_reset(house: House, name: str, address: str = "") -> None:
    """Mail a reset link to the account of that name or e-mail address, if there is one that can get it. Never tells whether."""
    with house.db.write() as db:
        users = _with_mail(db, name)
        for user_id in [user.id for user in users] or ["unknown"]:  # written either way, so that both take the same time
            record(db, house, Actor(address=address), "user.reset_asked", "user", user_id)
        for user in users:
            recent = db.scalars(select(t.OneTimeLink.id).where(
                t.OneTimeLink.user_id == user.id, t.OneTimeLink.purpose.in_(MAILED),
                t.OneTimeLink.created_at > house.clock.now() - LIVES[LinkPurpose.PASSWORD_RESET])).all()
            if len(recent) < RESETS_AT_ONCE:
                queue_link(db, house, user)


def mail_link(house: House, actor: Actor, user_id: str) -> LinkPurpose:
    """Mail an account a link to choose a password: the help desk's act; returns which letter it was. NoMail without an address."""
    with house.db.write() as db:
        user = _user(db, user_id)
        may_assist(actor, user)
        if not user.email:
            raise NoMail()
        purpose = queue_link(db, house, user)
        record(db, house, actor, "user.link_mailed", "user", user.id, None, {"address": user.email, "purpose": purpose.value})
        return purpose


class NoMail(Conflict):
    code = "no_mail"
    message = "This account has no e-mail address."
    remedy = "Print a sign-in letter instead, or add an address."


def queue_link(db: DbSession, house: House, user: t.User) -> LinkPurpose:
    """The link and its mail, in the caller's transaction: a welcome for whoever has never chosen a password, else a new one."""
    fresh = not user.password_hash
    purpose, queue = (LinkPurpose.WELCOME, queue_welcome) if fresh else (LinkPurpose.PASSWORD_RESET, queue_password_reset)
    made = make_link(db, house, purpose, user.id)
    queue(db, house, user, made.id, made.url, made.expires_at)
    return purpose


def _with_mail(db: DbSession, name: str) -> list[t.User]:
    folded = name.strip().lower()
    if not folded:
        return []
    users = db.scalars(select(t.User).where(
        t.User.active.is_(True), t.User.email != "", (t.User.name == folded) | (t.User.email.ilike(_literal(folded), escape="\\"))))
    return list(users.unique())[:RESETS_AT_ONCE]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _in_force(db: DbSession, house: House, secret: str) -> t.OneTimeLink:
    row = db.scalar(select(t.OneTimeLink).where(t.OneTimeLink.secret_hash == digest(canonical(secret))))
    if row is None or row.used_at is not None or row.expires_at <= house.clock.now():
        raise LinkSpent()
    if row.user_id is None and count_administrators(db):
        raise LinkSpent()
    if row.user_id is not None and not _user(db, row.user_id).active:
        raise LinkSpent()
    return row


def _describe(db: DbSession, row: t.OneTimeLink) -> Link:
    if row.user_id is None:
        return Link(LinkPurpose(row.purpose), None)
    user = _user(db, row.user_id)
    return Link(LinkPurpose(row.purpose), user.id, user.name, user.full_name, user.language)


def _spend(db: DbSession, house: House, which: object) -> None:
    db.execute(update(t.OneTimeLink).where(t.OneTimeLink.used_at.is_(None), which)  # type: ignore[arg-type]
               .values(used_at=house.clock.now()))


def _user(db: DbSession, user_id: str | None) -> t.User:
    user = db.get(t.User, user_id) if user_id else None
    if user is None:
        raise LinkSpent()
    return user

