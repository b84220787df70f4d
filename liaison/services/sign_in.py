"""Signing in with name and password, slowed down after failures so that guessing takes years and nobody is locked out.

Failures are counted in the database (they survive a restart), by three keys:

* ``pair:name|address``: somebody here guesses at this account. The delay doubles from the third failure, up to 15 minutes.
* ``name:name``: somebody guesses at this account from many addresses. Doubles from the tenth, up to 1 minute only, so that a
  stranger can make an officer wait but never shut them out.
* ``address:address``: one address tries many accounts. Doubles from the fiftieth: 500 people share an office's address.

A success forgets the pair's failures, and a browser that signed in to the account before does not wait for the name's. While
a delay runs, nothing is tried: a right password waits too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Busy, Invalid, LiaisonError, RateLimited
from ..house import House
from ..ids import new_id
from ..store import tables as t
from .audit import record
from .passwords import check_password_rules, hash_password, needs_rehash, verify_password
from .people import actor_of

REMEMBERED_FOR = timedelta(hours=24)
LONGEST_KEY = 200


@dataclass(frozen=True)
class Throttle:
    """From ``free`` failures on, the next try waits ``first_s`` seconds, doubled with each further failure, at most ``longest_s``."""

    kind: str
    free: int
    first_s: float
    longest_s: float

    def delay(self, failures: int) -> timedelta:
        if failures < self.free:
            return timedelta(0)
        return timedelta(seconds=min(self.longest_s, self.first_s * 2.0 ** min(failures - self.free, 30)))


THROTTLES = (Throttle("pair", 3, 2, 900), Throttle("name", 10, 2, 60), Throttle("address", 50, 1, 60))


class WrongPassword(LiaisonError):
    """The same whether the name or the password is wrong, or the account disabled or without a password."""

    code = "wrong_password"
    message = "The name or the password is not right."
    remedy = "Check both and try again. Names are written in small Latin letters."


class TooManyAttempts(RateLimited):
    """``retry_after_seconds`` in details."""

    code = "too_many_attempts"
    message = "Too many wrong attempts. Wait %(retry_after_seconds)s seconds, then try again."
    remedy = "If you have forgotten your password, use “Forgotten password” or call the help desk."


def sign_in(house: House, name: str, password: str, address: str, known_browser: bool = False) -> Actor:
    """The account's actor. WrongPassword, TooManyAttempts, Busy.

    ``known_browser``: this browser signed in to this account before (it holds our signed cookie), so strangers' failures
    do not slow it down.
    """
    name = name.strip().lower()[:64]
    keys = attempt_keys(name, address)
    user = _begin(house, name, keys, known_browser)
    try:
        right = verify_password(user.password_hash if user else "", password[:1000])
    except Busy:
        _forget(house, keys, only_newest=True)
        raise
    if not (right and user and user.active):
        _note_failure(house, keys, name, address)
        raise WrongPassword()
    return _welcome(house, user.id, password, keys, address)


def attempt_keys(name: str, address: str) -> dict[str, str]:
    """The keys under which a failure counts."""
    return {"pair": f"pair:{name}|{address}"[:LONGEST_KEY], "name": f"name:{name}", "address": f"address:{address}"[:LONGEST_KEY]}


def _begin(house: House, name: str, keys: dict[str, str], known_browser: bool) -> t.User | None:
    """Check that no delay runs and count this try at once, in one transaction: tries at the same instant find each other."""
    now = house.clock.now()
    with house.db.write() as db:
        if house.db.dialect == "postgresql":  # SQLite's writers wait for each other anyway
            db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": keys["name"]})
        waits = [_wait(db, throttle, keys[throttle.kind], now) for throttle in THROTTLES
                 if not (known_browser and throttle.kind == "name")]
        if max(waits) > timedelta(0):
            raise TooManyAttempts(retry_after_seconds=int(max(waits).total_seconds()) + 1)
        db.add_all(t.LoginAttempt(id=new_id(), key=keys[kind], at=now) for kind in ("pair", "name"))
        return db.scalar(select(t.User).where(t.User.name == name))


def _forget(house: House, keys: dict[str, str], only_newest: bool) -> None:
    """Take back a try that was not a wrong one; a success also forgives the pair's earlier failures."""
    with house.db.write() as db:
        _take_back(db, keys, only_newest)


def _take_back(db: DbSession, keys: dict[str, str], only_newest: bool) -> None:
    if not only_newest:
        db.execute(delete(t.LoginAttempt).where(t.LoginAttempt.key == keys["pair"]))
    for key in (keys["pair"], keys["name"]):
        newest = db.scalar(select(func.max(t.LoginAttempt.id)).where(t.LoginAttempt.key == key))
        db.execute(delete(t.LoginAttempt).where(t.LoginAttempt.id == newest))


def _wait(db: DbSession, throttle: Throttle, key: str, now: datetime) -> timedelta:
    """How long until the next try may be made under one key."""
    failures, last = db.execute(select(func.count(), func.max(t.LoginAttempt.at)).where(
        t.LoginAttempt.key == key, t.LoginAttempt.at > now - REMEMBERED_FOR)).one()
    return last + throttle.delay(failures) - now if failures else timedelta(0)


def _note_failure(house: House, keys: dict[str, str], name: str, address: str) -> None:
    """The try is counted under pair and name already; now that it was wrong, also under the address."""
    with house.db.write() as db:
        db.add(t.LoginAttempt(id=new_id(), key=keys["address"], at=house.clock.now()))
        failures = db.scalar(select(func.count()).where(t.LoginAttempt.key == keys["name"])) or 0
        if failures % 10 == 0:  # said now and then: an attack must not fill the log
            record(db, house, Actor(address=address), "user.guessed_at", "user", name[:64], None, {"failures": failures})


def _welcome(house: House, user_id: str, password: str, keys: dict[str, str], address: str) -> Actor:
    fresh = None
    with house.db.write() as db:
        user = db.get_one(t.User, user_id)
        if needs_rehash(user.password_hash):
            fresh = hash_password(password)
        user.password_hash = fresh or user.password_hash
        user.last_sign_in_at = house.clock.now()
        _take_back(db, keys, only_newest=False)
        actor = actor_of(user, address)
        record(db, house, actor, "user.signed_in", "user", user.id)
        return actor


def change_password(house: House, actor: Actor, old: str, new: str) -> None:
    """Replace one's own password; ends every other browser's sign-in. Invalid names ``old`` or ``password``."""
    require(actor.user_id is not None, actor)
    check_password_rules(new, actor.name)
    keys = attempt_keys(f"#{actor.user_id}", actor.address)
    _begin(house, "", keys, known_browser=True)
    with house.db.read() as db:
        kept = db.get_one(t.User, str(actor.user_id)).password_hash
    if not verify_password(kept, old):
        _note_failure(house, keys, actor.name, actor.address)
        raise Invalid(errors=[{"field": "old", "message": "This is not your present password."}])
    hashed = hash_password(new)
    with house.db.write() as db:
        user = db.get_one(t.User, str(actor.user_id))
        user.password_hash, user.sign_in_version = hashed, new_id()
        _take_back(db, keys, only_newest=False)
        record(db, house, actor, "user.password_set", "user", user.id, None, {"with": "password"})


def end_sign_ins(house: House, actor: Actor) -> None:
    """Sign out every browser of one's account."""
    require(actor.user_id is not None, actor)
    with house.db.write() as db:
        user = db.get_one(t.User, str(actor.user_id))
        user.sign_in_version = new_id()
        record(db, house, actor, "user.signed_out_everywhere", "user", user.id)


def forget_old_attempts(house: House) -> int:
    """Remove failures that no longer count and links that expired long ago; the scheduler calls this hourly."""
    now = house.clock.now()
    with house.db.write() as db:
        gone = db.execute(delete(t.LoginAttempt).where(t.LoginAttempt.at < now - REMEMBERED_FOR))
        links = db.execute(delete(t.OneTimeLink).where(t.OneTimeLink.expires_at < now - timedelta(days=30)))
        return int(gone.rowcount) + int(links.rowcount)  # type: ignore[attr-defined]
