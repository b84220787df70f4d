"""One writer of bookings at a time.

The exclusion constraint is the wall; this lock in front of it makes the look before the insert reliable, so that a
refusal can name the holder of every point, and keeps concurrent inserts from waiting for each other in a ring.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as DbSession

BOOKINGS = 0x626F6F6B  # "book"
SCHEDULER = 0x6C69616973  # "liais": held by the scheduler that leads, on PostgreSQL
SCHEDULER_FILE = "scheduler.lock"  # the same beside SQLite, in LIAISON_DATA
OVERLAP_NAMES = ("ex_booking_overlap", "booking_overlap")


def lock_bookings(db: DbSession) -> None:
    """Held until the transaction ends. SQLite's writing transactions are exclusive already."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BOOKINGS})


def lock_key(db: DbSession, name: str) -> None:
    """One at a time for this name, until the transaction ends. Other names rarely wait too (a digest of 64 bits)."""
    if db.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})


def is_overlap(error: IntegrityError) -> bool:
    """Whether the database refused a double booking (constraint or trigger of the first migration)."""
    return any(name in str(error.orig) for name in OVERLAP_NAMES)
