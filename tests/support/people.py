"""Accounts and plans for tests of services: written straight into the database, without passwords."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.sessions import Plan
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.ids import new_id
from liaison.store import tables as t

TEN = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
"""Ten in the morning in Bishkek: an hour after the test clock's start."""


def add_actor(house: House, name: str, role: AccountRole, *points: str, email: str = "", language: str = "en") -> Actor:
    """An account and the actor it works as; points by slug."""
    with house.db.write() as db:
        rows = list(db.scalars(select(t.Point).where(t.Point.slug.in_(points))))
        user = t.User(id=new_id(), name=name, full_name=name.title(), email=email, role=role, language=language,
                      active=True, sign_in_version=new_id(), calendar_secret=new_id(), created_at=house.clock.now(),
                      points=rows)
        db.add(user)
        db.flush()
        return Actor(user_id=user.id, name=name, role=role, points=frozenset(row.id for row in rows), language=language)


def organiser(house: House, name: str = "planner") -> Actor:
    """Somebody who may book."""
    return add_actor(house, name, AccountRole.ORGANISER)


def tell_at_once(house: House) -> None:
    """Changes are told without waiting for the next one."""
    with house.db.write() as db:
        db.merge(t.Setting(key="settle_seconds", value=0, updated_at=house.clock.now()))


def plan(*points: str, **fields: Any) -> Plan:
    """A government session at ten for an hour."""
    values: dict[str, Any] = {"title": {"en": "Harvest report"}, "kind": "government", "starts_at": TEN,
                              "duration_minutes": 60, "points": points or ("big-hall", "osh-oblast")}
    return Plan(**values | fields)
