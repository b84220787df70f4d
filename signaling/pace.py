"""What follows soon goes together: one thread that comes back to a room when its pause is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from liaison.process import get_logger

PAUSE_S = 0.05
"""A room's news come at most so often; what happens in between goes with the next."""

log = get_logger("liaison.signaling")


class Pace:
    """Calls back once for each key, at its time."""

    def __init__(self) -> None:
        self._due: dict[str, tuple[float, Callable[[], None]]] = {}
        self._changed = threading.Condition()
        self._stopped = False

    def start(self) -> None:
        self._stopped = False
        threading.Thread(target=self._run, name="room-pace", daemon=True).start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def ask(self, key: str, act: Callable[[], None], at: float) -> None:
        """``act`` at ``at`` (time.monotonic), unless one is awaited for the key already."""
        with self._changed:
            if key not in self._due:
                self._due[key] = at, act
                self._changed.notify()

    def _run(self) -> None:
        while not self._stopped:
            for act in self._ready():
                try:
                    act()
                except Exception:  # one room's trouble must not stop the others
                    log.exception("telling a room its news")

    def _ready(self) -> list[Callable[[], None]]:
        """Wait until something is due, or has changed."""
        with self._changed:
            if not self._stopped:
                first = min((at for at, _ in self._due.values()), default=None)
                self._changed.wait(None if first is None else max(0.0, first - time.monotonic()))
            now = time.monotonic()
            ready = {key: act for key, (at, act) in self._due.items() if at <= now}
            for key in ready:
                del self._due[key]
            return list(ready.values())
