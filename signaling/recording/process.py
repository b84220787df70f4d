"""``liaison record``: records the sessions whose booking asks for tracks, each from its beginning to its end."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import select

from liaison.config import Settings
from liaison.domain.recording import TRACKS
from liaison.domain.words import SessionStatus
from liaison.house import House
from liaison.services import recordings
from liaison.services.disk import recording_rests
from liaison.store import tables as t
from signaling.desk import Desk as AnyDesk
from signaling.desk import Either, beside, engine_of, serve
from signaling.kept_files import Taken

from . import manifest
from .manifest import MANIFEST, Manifest

NICENESS = 3
"""The room comes first."""


def main(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    return serve(settings, Desk, NICENESS)


class Desk(AnyDesk):
    """Which sessions are recorded. Recordings stop before anything else when space runs short; the sessions know nothing of it."""

    name, kept = "record", recordings.TRACKS

    def is_full(self) -> bool:
        return recording_rests(self.house)

    def due(self) -> list[str]:
        with self.house.db.read() as db:
            return list(db.scalars(select(t.Session.id).where(t.Session.recording == TRACKS, t.Session.status == SessionStatus.LIVE)))

    def finish_left(self, held: set[str]) -> None:
        for file in self.house.settings.recordings_folder.glob(f"*/{MANIFEST}"):
            known = manifest.read(file.parent)
            if file.parent.name not in held and known is not None and not known["ended"]:
                with suppress(Taken):
                    left = Manifest(file.parent)
                    left.finish()
                    left.close()

    def follow(self, session: str) -> None:
        record(self.house, session, self.stop, self.full)


def record(house: House, session_id: str, *stops: threading.Event) -> None:
    """One session from now to its end. Raises Taken, and OSError where the disk takes no more."""
    from liaison.services.session_rows import bare_session

    from .recorder import Recorder

    kept = Manifest(folder_of(house.settings, session_id))
    try:
        with engine_of(house.settings) as engine:
            with house.db.read() as db:
                session = bare_session(db, session_id)
                kept.begin(session.opened_at if session else None)
            engine.start()
            recorder = Recorder(house, engine, session_id, kept)
            with beside("saver", recorder.saver.run), closing(recorder), beside("follower", recorder.follow):
                recorder.run(Either(*stops, recorder.over))
            if recorder.over.is_set():
                kept.finish()
    finally:
        kept.close()


def folder_of(settings: Settings, session_id: str) -> Path:
    return settings.recordings_folder / session_id
