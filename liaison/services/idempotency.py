"""Repeatable POSTs (draft-ietf-httpapi-idempotency-key-header): the same key and content give the same thing again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor
from ..domain.errors import Conflict, Invalid
from ..domain.text import storable
from ..house import House
from ..store import tables as t
from ..store.locks import lock_key

KEPT = timedelta(days=1)
LONGEST_KEY = 200


class KeyReused(Conflict):
    """The key was used before, for something else."""

    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used before for another request."
    remedy = "Use a new key for each new request."


@dataclass(frozen=True)
class Once:
    """A client's key, and a fingerprint (SHA-256) of what it sent with it."""

    key: str
    fingerprint: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= LONGEST_KEY or not storable(self.key):
            raise Invalid(errors=[{"field": "Idempotency-Key", "message": "Give a key of 1 to 200 characters."}])


def find(db: DbSession, actor: Actor, once: Once | None) -> str | None:
    """The id of what the key made before. Raises KeyReused when it came with another content.

    Two requests with one key come one after the other from here to the end of the transaction. Called before any other lock,
    so that nobody waits here with something that the first one needs.
    """
    if once is None or actor.user_id is None:
        return None
    lock_key(db, f"idempotency:{actor.user_id}:{once.key}")
    row = db.get(t.IdempotencyKey, (actor.user_id, once.key))
    if row is None:
        return None
    if row.fingerprint != once.fingerprint:
        raise KeyReused()
    return str(row.body["id"])


def keep(db: DbSession, house: House, actor: Actor, once: Once | None, made_id: str) -> None:
    """Remember, in the transaction that makes it. The lock that ``find`` took keeps two of a key apart."""
    if once is not None and actor.user_id is not None:
        db.add(t.IdempotencyKey(user_id=actor.user_id, key=once.key, fingerprint=once.fingerprint, status=201,
                                body={"id": made_id}, created_at=house.clock.now()))


def forget_old(house: House) -> int:
    """Remove keys older than a day; called by the scheduler. Returns how many."""
    with house.db.write() as db:
        done = db.execute(delete(t.IdempotencyKey).where(t.IdempotencyKey.created_at < house.clock.now() - KEPT))
        return int(done.rowcount)  # type: ignore[attr-defined]
