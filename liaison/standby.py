"""A process that has loaded everything and waits: when its like dies, it goes on in its place at once.

Loading takes almost all of the CPU of a web process's start, which on a busy machine is several seconds. The word to begin is a line
on its standard input; when that ends without one, it ends too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

from .process import get_logger

AFTER_S = 10.0
"""After the start of the process that it stands by: whatever is busy then has settled, and a process that dies at once has no standby."""
WORD = b"go\n"

log = get_logger("liaison.supervisor")


@dataclass
class Standby:
    """The supervisor's side: one such process, or none yet."""

    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    prepare_at: float = float("inf")

    def check(self, now: float) -> None:
        """Prepare one when it is time; one that has died is replaced later."""
        if self.process is not None and self.process.poll() is not None:
            log.warning("a standby died", status=self.process.returncode)
            self.process, self.prepare_at = None, now + AFTER_S
        if self.process is None and now >= self.prepare_at:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=environment())

    def take(self, now: float) -> subprocess.Popen[bytes] | None:
        """The process that goes on from here, if there is one; the next is prepared later."""
        process, self.process, self.prepare_at = self.process, None, now + AFTER_S
        if process is None or process.stdin is None or process.poll() is not None:
            return None
        with suppress(BrokenPipeError), process.stdin as line:
            line.write(WORD)
            line.flush()
            return process
        return None


def environment() -> dict[str, str]:
    """Of a supervised process: it knows whose child it is (``liaison.process.die_with_parent``)."""
    return {**os.environ, "LIAISON_SUPERVISED": str(os.getpid())}


def wait_for_word() -> bool:
    """The process's side; False when there is nobody to stand by for any more."""
    said = sys.stdin.buffer.readline() == WORD
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    return said
