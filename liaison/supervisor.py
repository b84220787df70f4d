"""``liaison serve``: starts media, web and scheduler, restarts a dead one with backoff, and says so in the log.

Each child dies with this process (``die_with_parent``), so a killed supervisor frees every port.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from .config import Settings
from .process import get_logger
from .standby import Standby, environment

FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 5.0
STOP_GRACE_S = 5.0
WAITING_S, RESTING_S = 0.05, 1.0  # between two looks: while a child is to be started, and while all run
CLOCK_DELAY_S = 2.5
PID_FILE = "serve.pid"

log = get_logger("liaison.supervisor")


@dataclass
class Child:
    """One supervised process: its command, its present life, and how often it died of late."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    delay_s: float = 0.0  # after the others' start, so that the first page is not kept waiting
    restart_at: float = field(default=0.0)
    standby: Standby | None = None

    def running(self) -> list[subprocess.Popen[bytes]]:
        """Its process and the one that stands by, as far as they live."""
        both = (self.process, self.standby.process if self.standby is not None else None)
        return [process for process in both if process is not None and process.poll() is None]

    def start(self, now: float) -> None:
        ready = self.standby.take(now) if self.standby is not None else None
        self.process = ready or subprocess.Popen(self.command, env=environment())
        self.started = now
        log.info("started" if ready is None else "its standby goes on", child=self.name, pid=self.process.pid)

    def check(self, now: float) -> None:
        """Notice a death, or start again when its backoff is over."""
        if self.process is None:
            if now >= self.restart_at:
                self.start(now)
            return
        if self.standby is not None:
            self.standby.check(now)
        if (status := self.process.poll()) is not None:
            lived = now - self.started
            self.failures = 0 if lived > LONGEST_DELAY_S else self.failures + 1
            delay = rest_s(self.failures, lived)
            log.warning("died; restarting", child=self.name, status=status, in_seconds=delay)
            self.process, self.restart_at = None, now + delay


def rest_s(failures: int, lived_s: float) -> float:
    """Seconds until the next start. Failures in a row put the starts further apart; who lived that long comes back at once."""
    apart = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures, 10))
    return max(0.0, apart - lived_s)


class Bell:
    """Wakes the supervisor at once when a signal comes, which the death of a child is too (SIGCHLD)."""

    def __init__(self) -> None:
        self._read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)  # by default it would not be told of

    def wait(self, seconds: float) -> None:
        """Until a signal, no longer than this."""
        if select.select([self._read], [], [], seconds)[0]:
            os.read(self._read, 4096)


def children(settings: Settings, extra: list[Child] | None = None) -> list[Child]:
    """The processes of one machine: a media worker for each of LIAISON_MEDIA_WORKERS, web, scheduler, and the
    encoder of broadcasts and the recorder where there may be any."""
    run = [sys.executable, "-m", "liaison.cli"]
    media = [Child(f"media-{n}" if n else "media", [*run, "media", "--worker", str(n)]) for n in range(settings.media_workers)]
    clock = Child("scheduler", [*run, "scheduler"], delay_s=CLOCK_DELAY_S)
    recorder = [Child("record", [*run, "record"], delay_s=CLOCK_DELAY_S)] if settings.recording_ports else []
    encoder = [Child("broadcast", [*run, "broadcast"], delay_s=CLOCK_DELAY_S)] if settings.broadcasts else []
    standby = Standby([*run, "web", "--standby"]) if settings.web_standby and settings.socket_mode == "threading" else None
    return [Child("web", [*run, "web"], standby=standby), *media, clock, *encoder, *recorder, *(extra or [])]


def supervise(family: list[Child], ready: Callable[[], None] | None = None) -> int:
    """Keep the family alive until SIGTERM or SIGINT; SIGHUP starts every child anew. Returns the exit status."""
    stopping = renewing = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    def renew(_signal: int, _frame: FrameType | None) -> None:
        nonlocal renewing
        renewing = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, renew)
    bell, begun = Bell(), time.monotonic()
    for child in family:
        child.restart_at = begun + child.delay_s
    while not stopping:
        if renewing:
            renewing = False
            start_anew(family)
        for child in family:
            child.check(time.monotonic())
        if ready is not None and all(child.started for child in family):
            ready()
            ready = None
        bell.wait(RESTING_S if all(child.process for child in family) else WAITING_S)
    log.info("stopping")
    stop_all(family)
    return 0


def start_anew(family: list[Child]) -> None:
    """Let every child end in order; the next look starts them again (after a restore, or changed certificates)."""
    log.info("starting every process anew")
    stop_all(family)
    for child in family:
        child.process, child.failures, child.restart_at = None, 0, 0.0


@contextmanager
def announced(settings: Settings) -> Iterator[None]:
    """Let commands on this machine find the supervisor: its number in a file that it holds locked while it lives."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with (settings.data / PID_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another supervisor runs on the same data", data=str(settings.data))
        else:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield


def restart_running(settings: Settings) -> bool:
    """Tell the supervisor of this data folder to start its processes anew; False when none runs here."""
    try:
        with (settings.data / PID_FILE).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.kill(int((settings.data / PID_FILE).read_text()), signal.SIGHUP)
        return True
    except FileNotFoundError:
        pass
    return False


def stop_all(family: list[Child]) -> None:
    """SIGTERM to all, then SIGKILL to whoever is left after the grace period."""
    running = [process for child in family for process in child.running()]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_GRACE_S
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
