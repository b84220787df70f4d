"""Broadcasts that are handed on over RTMP: which processes do it, when one that died comes again, and what is told of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from liaison.house import House
from liaison.process import get_logger
from liaison.services.restreams import STATUS, target_of
from signaling.kept_files import write

from .restream import AGAIN, ENDED

LONGEST_PAUSE_S = 60.0
STEADY_S = 60.0
"""Who has sent for so long has not failed again and again."""
KEY = "LIAISON_RESTREAM_KEY"
LAST_S = 20.0
"""So long one may still send what was the end of its broadcast."""

log = get_logger("liaison.broadcast")


def pause(failures: int) -> float:
    """Seconds before the next try: 1, 2, 4 … Pure."""
    return min(LONGEST_PAUSE_S, 2.0 ** (failures - 1)) if failures else 0.0


@dataclass
class Line:
    """One session's. ``word``: the newest that its process has said."""

    folder: Path
    url: str
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    again_at: float = 0.0
    word: str = ""
    told: dict[str, object] = field(default_factory=dict)

    def start(self, now: float) -> None:
        environ = {name: value for name, value in os.environ.items() if name != KEY}
        self.process = subprocess.Popen([sys.executable, "-m", "signaling.broadcast.restream"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.process.stdin.write(json.dumps({"folder": str(self.folder), "url": self.url, "parent": os.getpid()}).encode() + b"\n")
        self.process.stdin.flush()
        self.started, self.word = now, ""

    def look(self, now: float) -> None:
        """Start it when it is time, and hear what became of it."""
        if self.process is None:
            if now >= self.again_at:
                self.start(now)
        else:
            self._hear(self.process)
            if (status := self.process.poll()) is not None:
                self._died(status, now)
        self._tell()

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for word in (process.stdout.read() or b"").split():
            self.word = word.decode()

    def _died(self, status: int, now: float) -> None:
        self._close()
        if status == AGAIN:
            self.failures, self.again_at = 0, now
        elif status == ENDED:
            self.again_at = float("inf")
        else:
            self.failures = 1 if self.word == "sending" and now - self.started > STEADY_S else self.failures + 1
            self.word = "broken" if self.word in ("", "sending") else self.word
            self.again_at = now + pause(self.failures)
            log.warning("a broadcast is not handed on", session=self.folder.name, why=self.word, tries=self.failures)

    def _tell(self) -> None:
        sending = self.process is not None and self.word == "sending"
        told: dict[str, object] = {"state": "sending" if sending else "over" if self.again_at == float("inf") else "waiting",
                                   "tries": self.failures, "problem": "" if sending else self.word if self.failures else ""}
        if told != self.told and self.folder.is_dir():
            self.told = told
            write(self.folder / STATUS, json.dumps(told | {"since": int(time.time())}))

    def end(self) -> None:
        """Nothing is sent any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._close()
        (self.folder / STATUS).unlink(missing_ok=True)

    def _close(self) -> None:
        assert self.process is not None
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process = None


class Lines:
    """All sessions'. Looked at once a second. Nothing is sent to one address by two of them: the first goes on alone."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lines: dict[str, Line] = {}
        self._over_at: dict[str, float] = {}

    def look(self, on: set[str], now: float) -> None:
        """``on``: sessions that are broadcast now."""
        for session in on:
            url, known = target_of(self._house, session), self._lines.get(session)
            if known is not None and known.url != url:
                self._lines.pop(session).end()
            if url and session not in self._lines and all(line.url != url for line in self._lines.values()):
                self._lines[session] = Line(self._house.settings.broadcasts_folder / session, url)
        for session, line in list(self._lines.items()):
            since = self._over_at.setdefault(session, now) if session not in on else self._over_at.pop(session, now)
            if session not in on and now - since > LAST_S:
                self._over_at.pop(session)
                self._lines.pop(session).end()
            elif (line.folder / "state.json").exists():
                line.look(now)

    def end(self) -> None:
        for line in self._lines.values():
            line.end()
