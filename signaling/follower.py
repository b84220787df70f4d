"""Follows the logs of the rooms that this process serves.

A process is woken at once for its own commits (``Follower.caught_up``); for those of others PostgreSQL tells it
(LISTEN ``room_log``, with a slow poll beside), and on SQLite a 50 ms look at ``PRAGMA data_version`` (which changes when any
other connection commits) says whether the log is worth reading; every half second while nobody is in any of its rooms.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from liaison.house import House
from liaison.process import get_logger
from liaison.services import room_log

from .live import Live

POLL_S = 0.05
IDLE_POLL_S = 0.5
FALLBACK_POLL_S = 2.0
RETRY_S = 1.0

log = get_logger("liaison.signaling")


class Waiter(Protocol):
    """Waits until the log may have changed, at most for a while."""

    def wait(self, busy: bool) -> bool:
        """True: look now."""

    def close(self) -> None:
        """Give back what it holds."""


class SqliteWaiter:
    """A connection of its own that asks for the data version and nothing else."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        self._stop = stop
        self._connection = sqlite3.connect(make_url(url).database or "", check_same_thread=False, isolation_level=None)
        self._version = -1

    def wait(self, busy: bool) -> bool:
        self._stop.wait(POLL_S if busy else IDLE_POLL_S)
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        changed = version != self._version
        self._version = version
        return changed

    def close(self) -> None:
        self._connection.close()


class PostgresWaiter:
    """LISTEN room_log on a connection of its own. Raises ConnectionError when the database is gone."""

    def __init__(self, url: str) -> None:
        import psycopg  # takes half a second to load, and an installation on SQLite never needs it

        self._errors = psycopg.Error
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            self._connection = psycopg.connect(plain, autocommit=True)
            self._connection.execute(f"LISTEN {room_log.CHANNEL}")
        except psycopg.Error as exc:
            raise ConnectionError(str(exc)) from exc

    def wait(self, busy: bool) -> bool:
        try:
            for _notification in self._connection.notifies(timeout=FALLBACK_POLL_S, stop_after=1):
                pass
        except self._errors as exc:
            raise ConnectionError(str(exc)) from exc
        return True  # told, or it is time for the fallback look

    def close(self) -> None:
        self._connection.close()


class Follower:
    """The rooms of this process, and the thread that follows them."""

    def __init__(self, house: House, make: Callable[[str], Live]) -> None:
        self._house, self._make = house, make
        self._lock = threading.Lock()
        self._rooms: dict[str, Live] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="room-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(FALLBACK_POLL_S + 1)

    def follow(self, session_id: str) -> Live:
        """The room, followed from now on. Raises NotFound."""
        with self._lock:
            known = self._rooms.get(session_id)
        if known is not None and not known.closed:
            return known
        fresh = self._make(session_id)
        with self._lock:
            known = self._rooms.get(session_id)
            if known is None or (known.closed and not fresh.closed):
                self._rooms[session_id] = known = fresh
            return known

    def caught_up(self, session_id: str) -> Live:
        """The room with every event committed until now told. Raises NotFound."""
        live = self.follow(session_id)
        live.catch_up()
        return live

    def get(self, session_id: str) -> Live | None:
        with self._lock:
            return self._rooms.get(session_id)

    def all(self) -> list[Live]:
        with self._lock:
            return list(self._rooms.values())

    def forget(self, session_id: str) -> None:
        with self._lock:
            self._rooms.pop(session_id, None)

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow_until_trouble()
            except (SQLAlchemyError, sqlite3.Error, ConnectionError) as exc:
                log.error("following the room log", error=str(exc))
                self._stop.wait(RETRY_S)

    def _follow_until_trouble(self) -> None:
        waiter: Waiter = (SqliteWaiter(self._house.db.url, self._stop) if self._house.db.dialect == "sqlite"
                          else PostgresWaiter(self._house.db.url))
        try:
            while not self._stop.is_set():
                if waiter.wait(any(live.attended for live in self.all())) and not self._stop.is_set():
                    self._look()
        finally:
            waiter.close()

    def _look(self) -> None:
        followed = {live.session: live for live in self.all()}
        if not followed:
            return
        with self._house.db.read() as db:
            newest = room_log.newest_seqs(db, followed)
        for session_id, live in followed.items():
            try:
                if session_id in newest:
                    live.look(*newest[session_id])
                elif live.seq:  # a rehearsal that was removed
                    live.end()
            except SQLAlchemyError:
                raise
            except Exception:  # one room's trouble must not stop the others
                log.exception("telling a room its news", room=session_id)
            if live.closed:
                self.forget(session_id)
