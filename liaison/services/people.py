"""Accounts: who exists, what they may do, for which points they act.

Rows are dicts: ``id, name, full_name, email, phone, role, language, active, points`` (slugs), ``point_names``
(texts by language), ``has_password, created_at, last_sign_in_at``. Passwords and links live in their own modules.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Conflict, Forbidden, Invalid, NotFound
from ..domain.text import text_error
from ..domain.words import AccountRole
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from .audit import record
from .passwords import check_password_rules, hash_password
from .series_notices import invite_newcomer

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
EMAIL = re.compile(r"[^@\s<>\",;:\\]{1,64}@[^@\s<>\",;:\\]{1,189}")
LONGEST_FULL_NAME = 200
LONGEST_PHONE = 64
FIELDS = ("full_name", "email", "phone", "role", "language")
LIST_LIMIT = 500


class NameTaken(Conflict):
    code = "name_taken"
    message = "Another account already has this name."
    remedy = "Choose another name."


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = "This is the last administrator who can sign in."
    remedy = "Give somebody else the administrator's role first."


def secret_text() -> str:
    """A secret for a calendar address: 32 random bytes, safe in a URL."""
    return secrets.token_urlsafe(32)


def actor_of(user: t.User, address: str = "") -> Actor:
    """The actor that an account is."""
    return Actor(user_id=user.id, name=user.full_name or user.name, role=AccountRole(user.role),
                 points=frozenset(point.id for point in user.points), language=user.language, address=address)


def actor_for_sign_in(house: House, user_id: str, version: str, address: str = "") -> Actor | None:
    """The actor of a signed-in browser; none when the account is disabled or its sign-ins were ended."""
    with house.db.read() as db:
        user = db.get(t.User, user_id)
        return actor_of(user, address) if user and user.active and user.sign_in_version == version else None


def sign_in_version(house: House, user_id: str) -> str:
    """What a browser's cookie must carry for this account."""
    with house.db.read() as db:
        return _user(db, user_id).sign_in_version


def list_users(house: House, actor: Actor, *, query: str = "", role: str = "", point: str = "",
               active: bool | None = None) -> list[dict[str, Any]]:
    """Accounts by name, at most 500; ``query`` is looked for in name, full name and e-mail, ``point`` is a slug."""
    require(actor.assists, actor)
    statement = select(t.User).order_by(t.User.name).limit(LIST_LIMIT)
    if role:
        statement = statement.where(t.User.role == role)
    if active is not None:
        statement = statement.where(t.User.active.is_(active))
    if point:
        statement = statement.where(t.User.points.any(t.Point.slug == point))
    with house.db.read() as db:
        rows = [user_row(user) for user in db.scalars(statement)]
    words = query.casefold().split()  # in Python: SQLite's LIKE knows no Cyrillic capitals
    return [row for row in rows if all(word in _haystack(row) for word in words)]


def _haystack(row: dict[str, Any]) -> str:
    names = [text for names in row["point_names"] for text in names.values()]
    return " ".join([row["name"], row["full_name"], row["email"], *row["points"], *names]).casefold()


def get_user(house: House, actor: Actor, user_id: str) -> dict[str, Any]:
    """One account: one's own, or any for the help desk."""
    require(actor.assists or (actor.user_id is not None and actor.user_id == user_id), actor)
    with house.db.read() as db:
        return user_row(_user(db, user_id))


def find_user(house: House, actor: Actor, name: str) -> dict[str, Any]:
    """One account by name or id. NotFound."""
    require(actor.assists, actor)
    with house.db.read() as db:
        return user_row(find(db, name))


def find(db: DbSession, name: str) -> t.User:
    """An account by name (any case) or id, inside another's transaction. NotFound."""
    user = db.scalar(select(t.User).where(or_(t.User.name == name.strip().lower(), t.User.id == name)))
    if user is None:
        raise NotFound("There is no account named %(name)s.", name=name)
    return user


def create_user(house: House, actor: Actor, *, name: str, role: AccountRole, points: Sequence[str] = (), email: str = "",
                full_name: str = "", phone: str = "", language: str = "", password: str | None = None) -> dict[str, Any]:
    """Create an account; without a password it waits for its one-time link. Raises Invalid, NameTaken, Forbidden."""
    may_give(actor, role)
    fields = {"full_name": full_name, "email": email, "phone": phone, "role": role, "language": language}
    hashed = _hashed(password, name)
    with house.db.write() as db:
        user = add_user(db, house, actor, name, fields, points)
        user.password_hash = hashed
        return user_row(user)


def add_user(db: DbSession, house: House, actor: Actor, name: str, fields: dict[str, Any],
             points: Sequence[str]) -> t.User:
    """Write one account inside another's transaction, with its audit event."""
    name = name.strip().lower()
    fields = {key: str(value).strip() for key, value in fields.items()}
    check_fields(house, fields, name)
    if db.scalar(select(t.User.id).where(t.User.name == name)):
        raise NameTaken(errors=[{"field": "name", "message": NameTaken.message}])
    user = t.User(id=new_id(), name=name, sign_in_version=new_id(), calendar_secret=secret_text(),
                  created_at=house.clock.now(), active=True, password_hash="", **fields)
    user.points = points_by_slug(db, points)
    db.add(user)
    db.flush()
    invite_newcomer(db, house, user)
    record(db, house, actor, "user.created", "user", user.id, None, audit_view(user))
    return user


def change_user(house: House, actor: Actor, user_id: str, *, points: Sequence[str] | None = None,
                **fields: str) -> dict[str, Any]:
    """Change an account: any of full_name, email, phone, role, language, points. Operators leave roles as they are."""
    require(actor.assists, actor)
    with house.db.write() as db:
        user = _user(db, user_id)
        _may_change(actor, user, fields.get("role"))
        before = audit_view(user)
        set_fields(db, house, user, fields, points)
        after = audit_view(user)
        if after != before:
            invite_newcomer(db, house, user)
            record(db, house, actor, "user.changed", "user", user.id, before, after)
        return user_row(user)


def set_fields(db: DbSession, house: House, user: t.User, fields: dict[str, str], points: Sequence[str] | None) -> None:
    """Write checked fields into an account's row, inside another's transaction. Raises Invalid, LastAdministrator."""
    values = {key: str(value).strip() for key, value in fields.items() if key in FIELDS}
    check_fields(house, values, user.name)
    if user.role == AccountRole.ADMINISTRATOR and values.get("role", user.role) != user.role:
        _keep_one_administrator(db, user)
    for key, value in values.items():
        setattr(user, key, value)
    if points is not None:
        user.points = points_by_slug(db, points)
    db.flush()


def change_own(house: House, actor: Actor, *, language: str) -> None:
    """One's own language; empty: the network's."""
    require(actor.user_id is not None, actor)
    with house.db.write() as db:
        user = _user(db, str(actor.user_id))
        check_fields(house, {"language": language}, user.name)
        user.language = language


def set_active(house: House, actor: Actor, user_id: str, active: bool) -> dict[str, Any]:
    """Disable an account (its browsers and tokens end at once) or enable it again."""
    require(actor.assists, actor)
    with house.db.write() as db:
        user = _user(db, user_id)
        _may_change(actor, user, None)
        if not active and user.role == AccountRole.ADMINISTRATOR:
            _keep_one_administrator(db, user)
        if user.active != active:
            user.active, user.sign_in_version = active, new_id()
            record(db, house, actor, "user.enabled" if active else "user.disabled", "user", user.id,
                   {"active": not active}, {"active": active})
        return user_row(user)


def own_calendar(house: House, actor: Actor) -> dict[str, Any]:
    """The secrets of one's own calendar addresses: ``user`` and, per point, ``points`` [{slug, name, secret}]."""
    require(actor.user_id is not None, actor)
    with house.db.read() as db:
        user = _user(db, str(actor.user_id))
        return {"user": user.calendar_secret,
                "points": [{"slug": p.slug, "name": p.name, "secret": p.calendar_secret} for p in user.points]}


def new_calendar_secret(house: House, actor: Actor) -> None:
    """Make one's calendar address anew; the old one stops working."""
    require(actor.user_id is not None, actor)
    with house.db.write() as db:
        user = _user(db, str(actor.user_id))
        user.calendar_secret = secret_text()
        record(db, house, actor, "user.calendar_renewed", "user", user.id, None, None)


def count_administrators(db: DbSession) -> int:
    """Administrators who can sign in."""
    return db.scalar(select(func.count()).select_from(t.User).where(
        t.User.role == AccountRole.ADMINISTRATOR.value, t.User.active.is_(True))) or 0


def user_row(user: t.User) -> dict[str, Any]:
    """An account as callers see it; never a secret."""
    return {
        "id": user.id, "name": user.name, "full_name": user.full_name, "email": user.email, "phone": user.phone,
        "role": user.role, "language": user.language, "active": user.active,
        "points": [point.slug for point in user.points], "point_names": [point.name for point in user.points],
        "has_password": bool(user.password_hash), "created_at": user.created_at, "last_sign_in_at": user.last_sign_in_at}


def audit_view(user: t.User) -> dict[str, Any]:
    """What the audit log keeps of an account."""
    return {"name": user.name, **{key: str(getattr(user, key)) for key in FIELDS}, "active": user.active,
            "points": [point.slug for point in user.points]}


def check_fields(house: House, fields: dict[str, str], name: str) -> None:
    """Raise Invalid naming every wrong field."""
    checks = {
        "name": (bool(NAME.fullmatch(name)), N_("Use 2 to 64 small Latin letters, digits, dots or hyphens.")),
        "email": (not fields.get("email") or bool(EMAIL.fullmatch(fields["email"])), N_("This is not an e-mail address.")),
        "full_name": (len(fields.get("full_name", "")) <= LONGEST_FULL_NAME, N_("This name is too long.")),
        "phone": (len(fields.get("phone", "")) <= LONGEST_PHONE, N_("This telephone number is too long.")),
        "role": (fields.get("role", "officer") in set(AccountRole), N_("Choose one of the roles.")),
        "language": (fields.get("language", "") in ("", *house.network.languages), N_("Choose one of the network's languages.")),
    }
    errors = [{"field": field, "message": message} for field, (fine, message) in checks.items() if not fine]
    for field, longest in (("full_name", LONGEST_FULL_NAME), ("phone", LONGEST_PHONE)):
        message = text_error(fields.get(field, "")[:longest], longest)
        if message:
            errors.append({"field": field, "message": message})
    if errors:
        raise Invalid(errors=errors)


def points_by_slug(db: DbSession, slugs: Sequence[str]) -> list[t.Point]:
    """Points in the network's order. Invalid when one is unknown."""
    found = {point.slug: point for point in db.scalars(select(t.Point).where(t.Point.slug.in_(slugs)))}
    unknown = [slug for slug in slugs if slug not in found]
    if unknown:
        raise Invalid(errors=[{"field": "points", "message": "There is no point named %(slug)s.", "slug": unknown[0]}])
    return sorted(found.values(), key=lambda point: point.position)


def _user(db: DbSession, user_id: str) -> t.User:
    user = db.get(t.User, user_id)
    if user is None:
        raise NotFound()
    return user


def _hashed(password: str | None, name: str) -> str:
    if password is None:
        return ""
    check_password_rules(password, name)
    return hash_password(password)


def may_give(actor: Actor, role: str) -> None:
    """Administrators give any role; the help desk makes officers and interpreters."""
    require(actor.assists, actor)
    if not actor.administers and role not in (AccountRole.OFFICER, AccountRole.INTERPRETER):
        raise Forbidden("Only an administrator may give this role.")


def _may_change(actor: Actor, user: t.User, role: str | None) -> None:
    """The help desk never touches accounts with more rights than an officer's or interpreter's."""
    if role is not None and role != user.role:
        may_give(actor, role)
    may_assist(actor, user)


def may_assist(actor: Actor, user: t.User) -> None:
    """Raise Forbidden where an operator reaches for an account above an officer's."""
    require(actor.assists, actor)
    if not actor.administers and user.role not in (AccountRole.OFFICER, AccountRole.INTERPRETER):
        raise Forbidden("Only an administrator may change this account.")


def _keep_one_administrator(db: DbSession, user: t.User) -> None:
    if user.active and count_administrators(db) <= 1:
        raise LastAdministrator()
