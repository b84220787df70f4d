"""What ``doctor`` asks this machine: its clock, and who holds the scheduler's lock."""

from __future__ import annotations

import ctypes
import fcntl
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ..config import Settings
from ..store.database import Database
from ..store.locks import SCHEDULER, SCHEDULER_FILE

TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
STA_UNSYNC = 0x0040


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex`` (adjtimex(2)); the rest is room."""

    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
                ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_byte * 256)]


@dataclass(frozen=True)
class ClockState:
    """What the kernel says of its clock; the greatest possible error as the time service tells it."""

    synchronised: bool
    error_seconds: float


def clock_state() -> ClockState | None:
    """Ask the kernel (reading only); None where it cannot be asked."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    state = _Timex()  # modes = 0: look only
    answer = adjtimex(ctypes.byref(state))
    if answer < 0:
        return None
    return ClockState(answer != TIME_ERROR and not state.status & STA_UNSYNC, state.maxerror / 1e6)


def scheduler_leads(settings: Settings) -> bool:
    """Whether a scheduler holds its lock (``scheduler.leader``)."""
    return _file_held(settings) if settings.database.startswith("sqlite") else _advisory_held(settings)


def _file_held(settings: Settings) -> bool:
    try:
        with (settings.data.resolve() / SCHEDULER_FILE).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _advisory_held(settings: Settings) -> bool:
    database = Database(settings.database)
    try:
        with database.read() as db:
            query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :high AND objid = :low "
                         "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
            return bool(db.scalar(query, {"high": SCHEDULER >> 32, "low": SCHEDULER & 0xFFFFFFFF}))
    except SQLAlchemyError:
        return False
    finally:
        database.close()
