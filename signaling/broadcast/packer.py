"""Which broadcasts that are over are put together into one file, one at a time, while nothing is on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from liaison.house import House
from liaison.process import get_logger
from liaison.services.disk import recording_rests
from liaison.services.recordings import WHOLE_FACTS, is_wanted
from signaling.kept_files import read_facts

STATE = "state.json"

log = get_logger("liaison.broadcast")


class Packer:
    """``packing.py`` in a process of its own; what could not be packed is not tried again before the next start."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tried: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, busy: bool) -> None:
        """``busy``: something is broadcast, which needs the machine more."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None:
            if self._process.returncode:
                log.warning("a broadcast could not be made one file", status=self._process.returncode)
            self._process = None
        if not busy and not recording_rests(self._house) and (folder := self._next()) is not None:
            self._tried.add(folder.name)
            self._process = subprocess.Popen([sys.executable, "-m", "signaling.broadcast.packing", str(folder), str(os.getpid())])

    def _next(self) -> Path | None:
        for state in self._house.settings.broadcasts_folder.glob(f"*/{STATE}"):
            folder = state.parent
            if folder.name in self._tried or (folder / WHOLE_FACTS).exists() or not (read_facts(state) or {}).get("ended"):
                continue
            if is_wanted(self._house, folder.name):
                return folder
        return None

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
