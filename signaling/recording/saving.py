"""What is recorded, put onto the disk for good by a thread of its own: whoever reads the room's taps never waits for a disk.

A power cut takes what came since the last turn: ``SAVE_S``, the second that a cluster gathers, and as long as the disk took.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import Any

from .files import File
from .manifest import Manifest

LOOK_S, SAVE_S = 0.25, 2.0

log = logging.getLogger("liaison.record")


class Saver:
    """``run`` in a thread, the rest from wherever something is recorded. ``lock`` is held while the manifest's rows are changed."""

    def __init__(self, manifest: Manifest, lock: threading.RLock) -> None:
        self._manifest, self._lock = manifest, lock
        self._files: list[File] = []
        self._ended: list[tuple[File, dict[str, Any]]] = []
        self._changed, self._save_at = threading.Event(), 0.0

    def begun(self, file: File, row: dict[str, Any]) -> None:
        """A file grows from now on."""
        with self._lock:
            self._manifest.add(row)
            self._files.append(file)
        self._changed.set()

    def ended(self, file: File, row: dict[str, Any]) -> None:
        """Nothing more comes into this file."""
        with self._lock:
            self._files.remove(file)
            self._ended.append((file, row))
        self._changed.set()

    def changed(self) -> None:
        """The manifest says something else."""
        self._changed.set()

    def run(self, stop: threading.Event) -> None:
        """Until stopped; then all of it once more."""
        while not stop.wait(LOOK_S):
            self.turn(time.monotonic())
        self._save_at = 0.0
        self.turn(time.monotonic())

    def turn(self, now: float) -> None:
        """Whatever grows, when it is time; what has ended or changed, at once."""
        changed = self._changed.is_set()
        self._changed.clear()
        if now >= self._save_at:
            self._save_at = now + SAVE_S
            self._save()
        with self._lock:
            ended, self._ended = self._ended, []
        for file, row in ended:
            self._finish(file, row)
        if changed:
            self._write()

    def _save(self) -> None:
        with self._lock:
            files = list(self._files)
        for file in files:
            try:
                file.save()
            except OSError as exc:
                log.warning("a recorded file is not on the disk: %s", exc)

    def _finish(self, file: File, row: dict[str, Any]) -> None:
        cut = False
        try:
            file.finish()
        except OSError as exc:  # it stays playable as far as it goes
            log.warning("a recorded file could not be finished: %s", exc)
            cut = True
        with self._lock:
            row |= {"octets": file.path.stat().st_size if file.path.exists() else 0, "cut": cut, "seconds": round(file.lasted, 3),
                    "ended_at": datetime.fromtimestamp(file.began + file.lasted, UTC).isoformat()}

    def _write(self) -> None:
        with self._lock:
            said = self._manifest.said()
        try:
            self._manifest.put(said)
        except OSError as exc:
            log.warning("what is known of a recording is not on the disk: %s", exc)
            self._changed.set()
