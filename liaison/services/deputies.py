"""Deputies: who may book in the name of a chief, from when until when.

A deputy acts with an organiser's rights for what is booked in the chief's name, and for nothing else. Every service that
changes a booking asks ``standing_in`` itself; the audit log and the session name both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Forbidden, Invalid, NotFound
from ..domain.words import AccountRole
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import audit

CHIEFS = (AccountRole.ORGANISER, AccountRole.ADMINISTRATOR)


@dataclass(frozen=True)
class DeputyView:
    """A deputyship; ``in_force`` now."""

    id: str
    chief_id: str
    chief: str
    deputy_id: str
    deputy: str
    starts_at: datetime
    ends_at: datetime | None
    in_force: bool


@dataclass(frozen=True)
class Chief:
    """Somebody in whose name the actor may book."""

    id: str
    label: str


def list_deputyships(house: House, actor: Actor, user_id: str) -> list[DeputyView]:
    """Those of an account, as chief and as deputy, ended ones too. For administrators, the help desk and the account itself."""
    require(actor.assists or actor.user_id == user_id, actor)
    query = select(t.Deputyship).where(or_(t.Deputyship.chief_id == user_id, t.Deputyship.deputy_id == user_id))
    with house.db.read() as db:
        rows = db.scalars(query.order_by(t.Deputyship.starts_at.desc(), t.Deputyship.id.desc()))
        return [_view(row, house.clock.now()) for row in rows]


def list_deputies(house: House, actor: Actor, user: str = "") -> list[DeputyView]:
    """All deputyships, ended ones too (for administrators and the help desk), or those of one account (name or id)."""
    require(actor.signed_in, actor)
    if user:
        with house.db.read() as db:
            found = _find(db, user)
        if found is None and actor.assists:
            raise NotFound()
        return list_deputyships(house, actor, found.id if found else user)
    require(actor.assists, actor)
    with house.db.read() as db:
        rows = db.scalars(select(t.Deputyship).order_by(t.Deputyship.starts_at.desc(), t.Deputyship.id.desc()))
        return [_view(row, house.clock.now()) for row in rows]


def add_deputy(house: House, actor: Actor, chief: str, deputy: str, starts_at: datetime | None = None,
               ends_at: datetime | None = None) -> DeputyView:
    """``deputy`` may act for the ``chief`` (accounts by name or id). For administrators. Raises Invalid, NotFound."""
    require(actor.administers, actor)
    with house.db.write() as db:
        found, other = _find(db, chief), _find(db, deputy)
        if found is None:
            raise NotFound()
        begins = starts_at or house.clock.now()
        errors = deputy_errors(found, other, begins, ends_at)
        if errors or other is None:
            raise Invalid(errors=errors)
        return _view(name_deputy(db, house, actor, found, other, begins, ends_at), house.clock.now())


def name_deputy(db: DbSession, house: House, actor: Actor, chief: t.User, deputy: t.User, starts_at: datetime,
                ends_at: datetime | None) -> t.Deputyship:
    """Write a deputyship that has been checked, inside another's transaction."""
    row = t.Deputyship(id=new_id(), chief_id=chief.id, chief=chief, deputy_id=deputy.id, deputy=deputy, starts_at=starts_at,
                       ends_at=ends_at, created_at=house.clock.now())
    db.add(row)
    db.flush()
    audit.record(db, house, actor, "deputy.named", "user", chief.id, after={
        "deputy": deputy.name, "starts_at": starts_at.isoformat(), **end_of_deputyship(row)})
    return row


def end_of_deputyship(row: t.Deputyship) -> dict[str, Any]:
    """For the audit log."""
    return {"ends_at": row.ends_at.isoformat() if row.ends_at else None}


def end_deputyship(house: House, actor: Actor, deputyship_id: str) -> None:
    """From now on the deputy acts for nobody by it. For administrators and the chief. Raises NotFound."""
    with house.db.write() as db:
        row = db.get(t.Deputyship, deputyship_id) if "\0" not in deputyship_id else None
        if row is None:
            require(actor.signed_in, actor)
            raise NotFound()
        require(actor.administers or actor.user_id == row.chief_id, actor)
        now = house.clock.now()
        row.ends_at = min(row.ends_at or now, now)
        audit.record(db, house, actor, "deputy.ended", "user", row.chief_id, {"deputy": row.deputy.name}, None)


def chiefs_of(house: House, actor: Actor) -> list[Chief]:
    """Those in whose name the actor may book now, by name."""
    if actor.user_id is None:
        return []
    with house.db.read() as db:
        return [Chief(user.id, user.full_name or user.name) for user in _chiefs(db, house, actor)]


def acting_for(house: House, actor: Actor, chief: str) -> Actor:
    """The actor as the deputy of a chief (an account's name or id). Raises Forbidden when it is none now."""
    with house.db.read() as db:
        return _acting(db, house, actor, chief)


def standing_in(house: House, actor: Actor, session_id: str) -> Actor:
    """Who acts on a session: the actor, or the actor as the deputy of whoever booked it. Rights of their own come first."""
    if actor.plans or actor.user_id is None or "\0" in session_id:
        return actor
    with house.db.read() as db:
        row = db.execute(select(t.Session.booked_by_id, t.Session.on_behalf_of_id).where(t.Session.id == session_id)).one_or_none()
        owners = {owner for owner in row or () if owner}
        chief = next((user.id for user in _chiefs(db, house, actor) if user.id in owners), None)
        return _acting(db, house, actor, chief) if chief else actor


def _acting(db: DbSession, house: House, actor: Actor, chief: str) -> Actor:
    found = next((user for user in _chiefs(db, house, actor) if chief in (user.id, user.name)), None)
    if found is None:
        raise Forbidden("You are not a deputy of this person.", remedy="Ask the administrator to name you as deputy.")
    role = actor.role if actor.plans else AccountRole.ORGANISER
    return replace(actor, role=role, on_behalf_of=found.id, principal=found.full_name or found.name)


def _chiefs(db: DbSession, house: House, actor: Actor) -> list[t.User]:
    now = house.clock.now()
    query = (select(t.User).join(t.Deputyship, t.Deputyship.chief_id == t.User.id)
             .where(t.Deputyship.deputy_id == actor.user_id, t.Deputyship.starts_at <= now, t.User.active, t.User.role.in_(CHIEFS),
                    or_(t.Deputyship.ends_at.is_(None), t.Deputyship.ends_at > now)).order_by(t.User.full_name, t.User.name).distinct())
    return list(db.scalars(query))


def _find(db: DbSession, name: str) -> t.User | None:
    if "\0" in name:
        return None
    return db.scalars(select(t.User).where((t.User.id == name) | (t.User.name == name.strip().lower()))).first()


def deputy_errors(chief: t.User, other: t.User | None, begins: datetime, ends_at: datetime | None) -> list[dict[str, Any]]:
    """What is wrong with a deputyship to be."""
    errors = []
    if other is None or not other.active:
        errors.append({"field": "deputy", "message": "There is no such active account."})
    elif other.id == chief.id:
        errors.append({"field": "deputy", "message": "Nobody is their own deputy."})
    if chief.role not in CHIEFS:
        errors.append({"field": "deputy", "message": "Only those who book sessions have deputies."})
    if ends_at is not None and ends_at <= begins:
        errors.append({"field": "ends_on", "message": "The end is before the beginning."})
    return errors


def _view(row: t.Deputyship, now: datetime) -> DeputyView:
    return DeputyView(row.id, row.chief_id, row.chief.full_name or row.chief.name, row.deputy_id, row.deputy.full_name or row.deputy.name,
                      row.starts_at, row.ends_at, row.starts_at <= now and (row.ends_at is None or row.ends_at > now))
