"""A few threads that empty the outbox, apart from the clock: a mail server that hangs delays nothing else."""

from __future__ import annotations

import os
import socket
import threading
import time
from secrets import token_hex

from sqlalchemy.exc import SQLAlchemyError

from liaison.domain.errors import Busy
from liaison.house import House
from liaison.process import get_logger
from liaison.services import outbox
from liaison.services.notifier import Notifier

THREADS = 4
log = get_logger("scheduler.sending")


class Senders:
    """Sleeping threads; ``wake`` lets each claim and send until nothing is due."""

    def __init__(self, house: House, notifier: Notifier, threads: int = THREADS) -> None:
        self._house, self._notifier = house, notifier
        self.owner = owner_name()
        self._wanted = threading.Condition()
        self._round = 0
        self._stopping = False
        self._threads = [threading.Thread(target=self._work, name=f"sender-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Called by the tick when something is due."""
        with self._wanted:
            self._round += 1
            self._wanted.notify_all()

    def stop(self, within_seconds: float) -> bool:
        """Let each finish the message in its hands; False if one is still at it when the time is up."""
        with self._wanted:
            self._stopping = True
            self._wanted.notify_all()
        deadline = time.monotonic() + within_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        seen = 0
        while True:
            with self._wanted:
                while not self._stopping and self._round == seen:
                    self._wanted.wait()
                seen = self._round
            if self._stopping:
                return
            self._empty()

    def _empty(self) -> None:
        try:
            while not self._stopping and outbox.deliver_due(self._house, self._notifier, self.owner, limit=1):
                pass
        except (SQLAlchemyError, Busy) as error:  # the next tick tries again; claims of this thread lapse by themselves
            log.error("the outbox could not be emptied", error=str(error))
        except Exception:  # whatever it is, this thread must be there at the next tick
            log.exception("the outbox could not be emptied")


def owner_name() -> str:
    """Who claims: machine, process, and a mark that a reused process number cannot have."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{token_hex(4)}"


def is_gone(owner: str) -> bool:
    """True when ``owner`` was a process of this machine that no longer runs, or an earlier life of our own number."""
    host, pid, _ = owner.rsplit(":", 2)
    return host == socket.gethostname()[:40] and (int(pid) == os.getpid() or not _runs(int(pid)))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
