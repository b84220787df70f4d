"""API tokens: opaque, shown once, kept as SHA-256, carrying their user's rights until they expire or are revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ..domain.actor import Actor, require
from ..domain.errors import Invalid, NotFound, Unauthenticated
from ..domain.text import storable
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .audit import record
from .people import actor_of, find

PREFIX = "lsn_"
"""Makes a leaked token easy to find for scanners."""
SECRET_BYTES = 32
LONGEST_DAYS = 3650
LONGEST_LABEL = 100
NOTED_EVERY = timedelta(minutes=5)


class TokenRefused(Unauthenticated):
    code = "token_refused"
    message = "The token is not valid, has expired, or was revoked."
    remedy = "Make a new token with `liaison token create` or on your account page."


def digest(secret: str) -> str:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_token(house: House, actor: Actor, *, user: str, label: str = "", days: int = 365) -> str:
    """Make a token for an account (name or id) and return its secret, which is never shown again."""
    _check(label, days)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with house.db.write() as db:
        owner = find(db, user)
        require(actor.administers or owner.id == actor.user_id, actor)
        now = house.clock.now()
        token = t.ApiToken(id=new_id(), user_id=owner.id, label=label.strip(), secret_hash=digest(secret), created_at=now,
                           expires_at=now + timedelta(days=days))
        db.add(token)
        record(db, house, actor, "token.created", "token", token.id, None, {"user": owner.name, "label": token.label})
    return secret


def _check(label: str, days: int) -> None:
    if len(label) > LONGEST_LABEL or not storable(label):
        raise Invalid(errors=[{"field": "label", "message": "Use at most 100 characters."}])
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(errors=[{"field": "days", "message": "Give a number of days between 1 and 3650."}])


def list_tokens(house: House, actor: Actor, *, user: str | None = None) -> list[dict[str, Any]]:
    """Tokens in force, newest first: ``id, user, label, created_at, expires_at, last_used_at``. Of everybody: administrators."""
    statement = (select(t.ApiToken, t.User.name).join(t.User, t.User.id == t.ApiToken.user_id)
                 .where(t.ApiToken.revoked_at.is_(None), t.ApiToken.expires_at > house.clock.now())
                 .order_by(t.ApiToken.id.desc()))
    with house.db.read() as db:
        owner = find(db, user) if user is not None else None
        require(actor.administers or (owner is not None and owner.id == actor.user_id), actor)
        if owner is not None:
            statement = statement.where(t.ApiToken.user_id == owner.id)
        return [{"id": token.id, "user": name, "label": token.label, "created_at": token.created_at,
                 "expires_at": token.expires_at, "last_used_at": token.last_used_at} for token, name in db.execute(statement)]


def revoke_token(house: House, actor: Actor, token_id: str) -> None:
    """End a token at once: one's own, or anybody's for administrators. NotFound."""
    with house.db.write() as db:
        token = db.get(t.ApiToken, token_id)
        if token is None or not (actor.administers or token.user_id == actor.user_id):
            require(actor.signed_in, actor)
            raise NotFound()
        if token.revoked_at is None:
            token.revoked_at = house.clock.now()
            record(db, house, actor, "token.revoked", "token", token.id, None, {"label": token.label})


def actor_for_token(house: House, secret: str, address: str = "") -> Actor:
    """The account a bearer token stands for. TokenRefused when unknown, expired, revoked, or its account disabled."""
    now = house.clock.now()
    with house.db.read() as db:
        token = db.scalar(select(t.ApiToken).where(t.ApiToken.secret_hash == digest(secret)))
        user = db.get(t.User, token.user_id) if token else None
        if not (token and user and user.active and token.revoked_at is None and token.expires_at > now):
            raise TokenRefused()
        actor, stale = actor_of(user, address), token.last_used_at is None or now - token.last_used_at > NOTED_EVERY
    if stale:
        _note_use(house, token.id)
    return actor


def _note_use(house: House, token_id: str) -> None:
    """Write the last use now and then, not with every call."""
    with house.db.write() as db:
        token = db.get(t.ApiToken, token_id)
        if token is not None:
            token.last_used_at = house.clock.now()
