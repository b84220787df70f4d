"""Which web process consumes a media worker's durable events (a lease of 10 s), and a worker's boots.

A new boot id means that all the worker's connections are gone: the epoch of its rooms rises and their log says ``media_reset``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from liaison.house import House
from liaison.services import room_log
from liaison.store import tables as t
from liaison.store.inserting import insert_missing

from .placement import OPEN, assign

LEASE = timedelta(seconds=10)


def take_lease(house: House, worker: int, owner: str) -> bool:
    """Take or renew; False while another process holds it."""
    now = house.clock.now()
    with house.db.write() as db:
        row = worker_row(db, worker)
        if row.lease_owner != owner and row.lease_until is not None and row.lease_until > now:
            return False
        row.lease_owner, row.lease_until = owner, now + LEASE
        return True


def release_leases(house: House, owner: str) -> None:
    """Let others consume at once."""
    with house.db.write() as db:
        for row in db.scalars(select(t.MediaWorker).where(t.MediaWorker.lease_owner == owner)):
            row.lease_until = house.clock.now()


def worker_row(db: DbSession, worker: int) -> t.MediaWorker:
    """The worker's row, made on first use, locked."""
    row = db.get(t.MediaWorker, worker, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    first = {"worker": worker, "boot_id": "", "acked_seq": 0, "lease_owner": "", "lease_until": None, "down_since": None}
    db.execute(insert_missing(db, t.MediaWorker).values(first))  # another process may be at the same point
    return db.get_one(t.MediaWorker, worker, with_for_update=True, populate_existing=True)


def note_boot(db: DbSession, row: t.MediaWorker, boot_id: str, now: datetime) -> list[str]:
    """Remember a worker's new boot; return the rooms whose media must be built anew (their log says so)."""
    if row.boot_id == boot_id:
        return []
    row.boot_id, row.acked_seq, row.down_since = boot_id, 0, None
    query = select(t.Room.session_id).join(t.Session, t.Session.id == t.Room.session_id).where(
        t.Room.worker == row.worker, t.Session.status.in_(OPEN)).order_by(t.Room.session_id)
    return [session_id for session_id in db.scalars(query) if _reset(db, session_id, boot_id, now)]


def _reset(db: DbSession, session_id: str, boot_id: str, now: datetime) -> bool:
    room = room_log.lock_room(db, session_id)
    had_media = assign(room, room.worker, boot_id)
    if had_media:
        room_log.append(db, session_id, [("media_reset", {"epoch": room.media_epoch})], now, "media")
    return had_media
