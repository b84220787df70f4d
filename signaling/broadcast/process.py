"""``liaison broadcast``: holds the broadcasts of the public sessions that are on, as many at once as the site has."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from liaison.config import Settings
from liaison.domain.words import SessionStatus
from liaison.house import House, open_house
from liaison.process import get_logger
from liaison.services.disk import Level, disk_state
from liaison.services.recordings import COMPOSITE, forget_old
from liaison.store import tables as t
from signaling.engine import EngineEvent
from signaling.placement import OPEN

from .packer import Packer
from .restreaming import Lines
from .shedding import Effort

LOOK_S, TIDY_S = 1.0, 3600.0
BEFORE = timedelta(minutes=5)
"""So long before the planned beginning the first slate is shown."""
NICENESS = 5
"""The room comes first."""

log = get_logger("liaison.broadcast")


def main(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # it interrupts nobody
    house = open_house(settings)
    desk = Desk(house, stop)
    try:
        desk.run()
    finally:
        house.db.close()
    return 0


class Desk:
    """Which sessions are broadcast, each by a thread; a broadcast that breaks is begun anew a moment later."""

    def __init__(self, house: House, stop: threading.Event) -> None:
        self._house, self._stop = house, stop
        self._full, self._tidy_at = threading.Event(), 0.0
        self._running: dict[str, threading.Thread] = {}
        self._efforts: dict[str, Effort] = {}
        self._lines, self._packer = Lines(house), Packer(house)

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch_disk()
                self._look()
                self._lines.look(set(self._running), time.monotonic())
                self._packer.look(bool(self._running))
                self._tidy()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("looking for broadcasts", error=str(exc))
            self._stop.wait(LOOK_S)
        for thread in self._running.values():
            thread.join()
        self._lines.end()
        self._packer.end()

    def _watch_disk(self) -> None:
        """No broadcast may take the room that the sessions' database needs: when the disk is full they rest until there is space."""
        full = disk_state(self._house.settings.data).level is Level.FULL
        if full and not self._full.is_set():
            log.error("the disk is full: broadcasts rest until there is space")
        (self._full.set if full else self._full.clear)()

    def _tidy(self) -> None:
        """Remove what has been kept as long as it shall be."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + TIDY_S
        if removed := forget_old(self._house, COMPOSITE):
            log.info("old broadcasts are removed", count=removed)

    def _look(self) -> None:
        self._running = {session: thread for session, thread in self._running.items() if thread.is_alive()}
        due = [] if self._full.is_set() else self._due()
        for session in due:
            if session not in self._running and len(self._running) < self._house.settings.broadcasts:
                thread = threading.Thread(target=self._broadcast, args=(session,), name=f"broadcast-{session[-6:]}")
                self._running[session] = thread
                thread.start()
        if not self._full.is_set():
            self._finish_forgotten({*due, *self._running})

    def _due(self) -> list[str]:
        """Sessions with a broadcast that are on, or begin in a moment; what is on comes first."""
        now = self._house.clock.now()
        with self._house.db.read() as db:
            rows = db.execute(select(t.Session.id, t.Session.status).where(
                t.Session.broadcast, t.Session.kind.not_in(("rehearsal", "help_desk")), t.Session.status.in_(OPEN),
                t.Session.starts_at <= now + BEFORE).order_by(t.Session.starts_at))
            found = [(status != SessionStatus.LIVE, session) for session, status in rows]
        return [session for _later, session in sorted(found, key=lambda one: one[0])]

    def _finish_forgotten(self, held: set[str]) -> None:
        """Broadcasts whose encoder died before their session's end."""
        from .shelf import STATE, Shelf, Taken

        for state in self._house.settings.broadcasts_folder.glob(f"*/{STATE}"):
            if state.parent.name not in held and '"ended": false' in state.read_text():
                with suppress(Taken):
                    shelf = Shelf(state.parent)
                    shelf.finish()
                    shelf.close()

    def _broadcast(self, session_id: str) -> None:
        from .shelf import Taken

        try:
            log.info("broadcast begins", session=session_id)
            effort = self._efforts.setdefault(session_id, Effort(self._house.settings.broadcast_shedding))
            broadcast(self._house, session_id, Either(self._stop, self._full), effort)
            del self._efforts[session_id]
            log.info("broadcast ends", session=session_id)
        except Taken:
            self._stop.wait(LOOK_S)
        except Exception:
            log.exception("broadcast broke", session=session_id)


def broadcast(house: House, session_id: str, stop: threading.Event, effort: Effort) -> None:
    """One session from now to its end, as good as ``effort`` allows, which outlives a run that breaks. Raises Taken, and whatever an
    encoder may raise."""
    from liaison.services.session_rows import bare_session
    from signaling.embedded import EmbeddedEngine
    from signaling.room.channels import LANGUAGES

    from .director import CHANNEL_NAMES, Director, words_of
    from .renditions import Renditions
    from .shelf import Shelf
    from .studio import Studio

    shelf = Shelf(folder_of(house.settings, session_id))
    engine = EmbeddedEngine(house.settings)
    over = threading.Event()
    try:
        with house.db.read() as db:
            session = bare_session(db, session_id)
            if session is None:
                return
            words = words_of(house, session)
        languages = tuple((code, CHANNEL_NAMES[code]) for code in LANGUAGES if code in house.network.languages)
        renditions = Renditions(shelf, languages, "Original")
        studio = Studio(renditions, tuple(code for code, _ in languages), words, effort)
        director = Director(house, engine, session_id, studio, shelf)
        engine.on_event(lambda event: _heard(director, event))
        engine.start()
        thread = threading.Thread(target=director.run, args=(over,), name="director", daemon=True)
        thread.start()
        studio.run(Either(stop, director.over))
        if director.over.is_set():
            shelf.finish()
    finally:
        over.set()
        shelf.close()
        engine.stop()


def folder_of(settings: Settings, session_id: str) -> Path:
    return settings.broadcasts_folder / session_id


def _heard(director: object, event: EngineEvent) -> None:
    director.heard(event)  # type: ignore[attr-defined]


class Either(threading.Event):
    """Set when one of two is."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        super().__init__()
        self._both = (first, second)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._both)
