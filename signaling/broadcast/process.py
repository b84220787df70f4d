"""``liaison broadcast``: holds the broadcasts of the public sessions that are on, as many at once as the site has."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from liaison.config import Settings
from liaison.domain.words import SessionStatus
from liaison.house import House
from liaison.services.disk import Level, disk_state
from liaison.services.recordings import COMPOSITE
from liaison.store import tables as t
from signaling.desk import Desk as AnyDesk
from signaling.desk import Either, beside, engine_of, serve
from signaling.kept_files import Taken, read_facts
from signaling.placement import OPEN

from .packer import Packer
from .restreaming import Lines
from .shedding import Effort

BEFORE = timedelta(minutes=5)
"""So long before the planned beginning the first slate is shown."""
NICENESS = 5
"""The room comes first."""


def main(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # it interrupts nobody
    return serve(settings, Desk, NICENESS)


class Desk(AnyDesk):
    """Which sessions are broadcast; when the disk is full they rest until there is space."""

    name, kept = "broadcast", COMPOSITE

    def __init__(self, house: House, stop: threading.Event) -> None:
        super().__init__(house, stop)
        self.most = house.settings.broadcasts
        self._efforts: dict[str, Effort] = {}
        self._lines, self._packer = Lines(house), Packer(house)

    def run(self) -> None:
        super().run()
        self._lines.end()
        self._packer.end()

    def look(self) -> None:
        super().look()
        self._lines.look(set(self.running), time.monotonic())
        self._packer.look(bool(self.running))

    def is_full(self) -> bool:
        return disk_state(self.house.settings.data).level is Level.FULL

    def due(self) -> list[str]:
        """Sessions with a broadcast that are on, or begin in a moment; what is on comes first."""
        now = self.house.clock.now()
        with self.house.db.read() as db:
            rows = db.execute(select(t.Session.id, t.Session.status).where(
                t.Session.broadcast, t.Session.kind.not_in(("rehearsal", "help_desk")), t.Session.status.in_(OPEN),
                t.Session.starts_at <= now + BEFORE).order_by(t.Session.starts_at))
            found = [(status != SessionStatus.LIVE, session) for session, status in rows]
        return [session for _later, session in sorted(found, key=lambda one: one[0])]

    def finish_left(self, held: set[str]) -> None:
        from .shelf import STATE, Shelf

        for state in self.house.settings.broadcasts_folder.glob(f"*/{STATE}"):
            if state.parent.name not in held and not (read_facts(state) or {}).get("ended"):
                with suppress(Taken):
                    shelf = Shelf(state.parent)
                    shelf.finish()
                    shelf.close()

    def follow(self, session: str) -> None:
        effort = self._efforts.setdefault(session, Effort(self.house.settings.broadcast_shedding))
        broadcast(self.house, session, Either(self.stop, self.full), effort)
        del self._efforts[session]


def broadcast(house: House, session_id: str, stop: threading.Event, effort: Effort) -> None:
    """One session from now to its end, as good as ``effort`` allows, which outlives a run that breaks. Raises Taken, and whatever an
    encoder may raise."""
    from liaison.services.session_rows import bare_session
    from signaling.room.channels import CHANNEL_NAMES, LANGUAGES

    from .director import Director, words_of
    from .renditions import Renditions
    from .shelf import Shelf
    from .studio import Studio

    shelf = Shelf(folder_of(house.settings, session_id))
    try:
        with house.db.read() as db:
            session = bare_session(db, session_id)
            if session is None:
                return
            words = words_of(house, session)
        languages = tuple((code, CHANNEL_NAMES[code]) for code in LANGUAGES if code in house.network.languages)
        renditions = Renditions(shelf, languages, "Original")
        studio = Studio(renditions, tuple(code for code, _ in languages), words, effort)
        with engine_of(house.settings) as engine:
            director = Director(house, engine, session_id, studio, shelf)
            engine.on_event(director.heard)
            engine.start()
            with beside("director", director.run):
                studio.run(Either(stop, director.over))
        if director.over.is_set():
            shelf.finish()
    finally:
        shelf.close()


def folder_of(settings: Settings, session_id: str) -> Path:
    return settings.broadcasts_folder / session_id
