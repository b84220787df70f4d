"""The audit log: who did what to which thing, with the state before and after."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..house import House
from ..ids import new_id
from ..store import tables as t


def record(db: DbSession, house: House, actor: Actor, action: str, object_type: str, object_id: str,
           before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> None:
    """Write one event into the caller's transaction. ``before``/``after`` are JSON values and never hold a secret."""
    db.add(t.AuditEvent(
        id=new_id(), at=house.clock.now(), actor_id=actor.user_id, actor_name=actor.shown[:200], address=actor.address,
        action=action, object_type=object_type, object_id=object_id, before=before, after=after))


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, of both sides."""
    keys = [key for key in before | after if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}
