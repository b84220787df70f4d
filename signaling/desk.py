"""What ``liaison broadcast`` and ``liaison record`` have in common: sessions that are followed, each from its beginning to its end."""

from __future__ import annotations

import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from liaison.config import Settings
from liaison.house import House, open_house
from liaison.process import get_logger, keep_for_good
from liaison.services.recordings import forget_old

from .kept_files import Taken

if TYPE_CHECKING:
    from .embedded import EmbeddedEngine

LOOK_S, TIDY_S = 1.0, 3600.0


class Desk(ABC):
    """Each session by a thread; one that breaks is begun anew a moment later. ``name``: whose log it is; ``kept``: what is removed
    when it is old; ``most``: sessions at once, where that is limited."""

    name: str
    kept: str
    most: int | None = None

    def __init__(self, house: House, stop: threading.Event) -> None:
        self.house, self.stop, self.full = house, stop, threading.Event()
        self.running: dict[str, threading.Thread] = {}
        self._tidy_at = 0.0
        self.log = get_logger(f"liaison.{self.name}")

    @abstractmethod
    def due(self) -> list[str]:
        """The sessions that are to be followed now, the most important first."""

    @abstractmethod
    def follow(self, session: str) -> None:
        """One session from now to its end. Raises Taken, and whatever may break it."""

    @abstractmethod
    def finish_left(self, held: set[str]) -> None:
        """Of sessions whose process died before their end, except those."""

    @abstractmethod
    def is_full(self) -> bool:
        """Whether there is no space for it."""

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.watch_disk()
                self.look()
                self.tidy()
            except (SQLAlchemyError, OSError) as exc:
                self.log.warning("looking for sessions", error=str(exc))
            self.stop.wait(LOOK_S)
        for thread in self.running.values():
            thread.join()

    def watch_disk(self) -> None:
        """What is kept may not take the room that the sessions' database needs; it goes on once there is space."""
        full = self.is_full()
        if full and not self.full.is_set():
            self.log.error("space runs short: nothing is written until there is more")
        (self.full.set if full else self.full.clear)()

    def look(self) -> None:
        self.running = {session: thread for session, thread in self.running.items() if thread.is_alive()}
        if self.full.is_set():
            return
        due = self.due()
        for session in due:
            if session not in self.running and (self.most is None or len(self.running) < self.most):
                self.running[session] = threading.Thread(target=self._follow, args=(session,), name=f"{self.name}-{session[-6:]}")
                self.running[session].start()
        self.finish_left({*due, *self.running})

    def tidy(self) -> None:
        """Remove what has been kept as long as it shall be."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + TIDY_S
        if removed := forget_old(self.house, self.kept):
            self.log.info("what is old is removed", count=removed)

    def _follow(self, session: str) -> None:
        try:
            self.log.info("begins", session=session)
            self.follow(session)
            self.log.info("ends", session=session)
        except Taken:
            self.stop.wait(LOOK_S)
        except Exception:
            self.log.exception("broke", session=session)


def serve(settings: Settings, make: Callable[[House, threading.Event], Desk], niceness: int) -> int:
    """Run a desk until SIGTERM or SIGINT; the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    house = open_house(settings)
    keep_for_good()
    try:
        make(house, stop).run()
    finally:
        house.db.close()
    return 0


@contextmanager
def beside(name: str, target: Callable[[threading.Event], None]) -> Iterator[None]:
    """A thread as long as this lasts; it is told when that is over."""
    over = threading.Event()
    thread = threading.Thread(target=target, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def engine_of(settings: Settings) -> Iterator[EmbeddedEngine]:
    """A client of the media workers of its own, which is yet to be started."""
    from .embedded import EmbeddedEngine

    engine = EmbeddedEngine(settings)
    try:
        yield engine
    finally:
        engine.stop()


class Either(threading.Event):
    """Set when one of several is."""

    def __init__(self, *events: threading.Event) -> None:
        super().__init__()
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)
