"""``liaison record``: records the sessions whose booking asks for tracks, each from its beginning to its end."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from liaison.config import Settings
from liaison.domain.recording import TRACKS
from liaison.domain.words import SessionStatus
from liaison.house import House, open_house
from liaison.process import get_logger
from liaison.services.disk import recording_rests
from liaison.services.recordings import TRACKS as KEPT_TRACKS
from liaison.services.recordings import forget_old
from liaison.store import tables as t

from . import manifest
from .manifest import MANIFEST, Manifest, Taken

LOOK_S, TIDY_S = 1.0, 3600.0
NICENESS = 3
"""The room comes first."""

log = get_logger("liaison.record")


def main(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    house = open_house(settings)
    try:
        Desk(house, stop).run()
    finally:
        house.db.close()
    return 0


class Desk:
    """Which sessions are recorded, each by a thread; one that breaks is begun anew a moment later."""

    def __init__(self, house: House, stop: threading.Event) -> None:
        self._house, self._stop = house, stop
        self._full, self._tidy_at = threading.Event(), 0.0
        self._running: dict[str, threading.Thread] = {}

    def run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.watch_disk()
                self.look()
                self._tidy()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("looking for sessions to record", error=str(exc))
        for thread in self._running.values():
            thread.join()

    def watch_disk(self) -> None:
        """Recordings stop before anything else, and go on once there is space; the sessions know nothing of it."""
        full = recording_rests(self._house)
        if full and not self._full.is_set():
            log.error("space runs short: nothing is recorded until there is more")
        (self._full.set if full else self._full.clear)()

    def look(self) -> None:
        self._running = {session: thread for session, thread in self._running.items() if thread.is_alive()}
        due = [] if self._full.is_set() else self._due()
        for session in due:
            if session not in self._running:
                thread = threading.Thread(target=self._record, args=(session,), name=f"record-{session[-6:]}")
                self._running[session] = thread
                thread.start()
        if not self._full.is_set():
            self._finish_left({*due, *self._running})

    def _tidy(self) -> None:
        """Remove what has been kept as long as it shall be."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + TIDY_S
        if removed := forget_old(self._house, KEPT_TRACKS):
            log.info("old recordings are removed", count=removed)

    def _due(self) -> list[str]:
        with self._house.db.read() as db:
            return list(db.scalars(select(t.Session.id).where(t.Session.recording == TRACKS, t.Session.status == SessionStatus.LIVE)))

    def _finish_left(self, held: set[str]) -> None:
        """Recordings whose process died before their session's end."""
        for file in self._house.settings.recordings_folder.glob(f"*/{MANIFEST}"):
            known = manifest.read(file.parent)
            if file.parent.name not in held and known is not None and not known["ended"]:
                with suppress(Taken):
                    left = Manifest(file.parent)
                    left.finish()
                    left.close()

    def _record(self, session_id: str) -> None:
        try:
            log.info("recording begins", session=session_id)
            record(self._house, session_id, self._stop, self._full)
            log.info("recording ends", session=session_id)
        except Taken:
            self._stop.wait(LOOK_S)
        except Exception:
            log.exception("recording broke", session=session_id)
            self._stop.wait(LOOK_S)


def record(house: House, session_id: str, *stops: threading.Event) -> None:
    """One session from now to its end. Raises Taken, and OSError where the disk takes no more."""
    from liaison.services.session_rows import bare_session
    from signaling.broadcast.process import Either
    from signaling.embedded import EmbeddedEngine

    from .recorder import Recorder

    kept = Manifest(folder_of(house.settings, session_id))
    engine = EmbeddedEngine(house.settings)
    ended = threading.Event()
    try:
        with house.db.read() as db:
            session = bare_session(db, session_id)
            kept.begin(session.opened_at if session else None)
        engine.start()
        recorder = Recorder(house, engine, session_id, kept)
        follower = threading.Thread(target=recorder.follow, args=(ended,), name="follower", daemon=True)
        follower.start()
        try:
            recorder.run(Either(Either(*stops), recorder.over))
        finally:
            ended.set()
            follower.join()
            recorder.close()
        if recorder.over.is_set():
            kept.finish()
    finally:
        kept.close()
        engine.stop()


def folder_of(settings: Settings, session_id: str) -> Path:
    return settings.recordings_folder / session_id
