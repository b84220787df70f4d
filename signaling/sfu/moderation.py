"""Dense traffic leaves in steps: packets to the same viewer then go in one message, and the process wakes less often.

As network cards hold their interrupts back: only where a step really brings packets together, so that a quiet session is
forwarded packet by packet as it comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from signaling.sfu.core.interface import Core

STEP_SECONDS = 0.002  # the event loop's clock has whole milliseconds
LOOK_SECONDS = 0.25
BEGIN, END = 1.0, 0.75  # packets that the average packet meets in a step


def dense(company: float, seconds: float, before: bool) -> bool:
    """Whether steps are worth their delay: ``company`` is Traffic's over ``seconds``, ``before`` what was decided last."""
    return company * STEP_SECONDS >= (END if before else BEGIN) * seconds


class Moderator:
    """Calls ``pump`` (True: more may be waiting) as soon as the socket has something, or in steps."""

    def __init__(self, core: Core, fd: int, pump: Callable[[], bool], monotonic: Callable[[], float]) -> None:
        self._core, self._fd, self._pump, self._monotonic = core, fd, pump, monotonic
        self._loop: asyncio.AbstractEventLoop
        self._timer: asyncio.Handle | None = None  # while it goes in steps
        self._looked_at = monotonic()

    @property
    def stepping(self) -> bool:
        """Whether traffic is dense now."""
        return self._timer is not None

    def start(self) -> None:
        """From within the event loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)

    def stop(self) -> None:
        """The socket is left alone from now on."""
        self._loop.remove_reader(self._fd)
        if self._timer is not None:
            self._timer.cancel()

    def _readable(self) -> None:
        """Datagrams wait. The loop comes back by itself while more do."""
        self._pump()
        if self._is_dense(before=False):
            self._loop.remove_reader(self._fd)
            self._timer = self._loop.call_later(STEP_SECONDS, self._step)

    def _step(self) -> None:
        self._timer = self._loop.call_later(STEP_SECONDS, self._step)  # first: a failure must not end the steps
        more = self._pump()
        dense_still = self._is_dense(before=True)
        if dense_still and not more:
            return
        self._timer.cancel()
        if dense_still:
            self._timer = self._loop.call_soon(self._step)
        else:
            self._timer = None
            self._loop.add_reader(self._fd, self._readable)

    def _is_dense(self, before: bool) -> bool:
        """Looked at a few times a second; else as before."""
        passed = self._monotonic() - self._looked_at
        if passed < LOOK_SECONDS:
            return before
        self._looked_at += passed
        return dense(self._core.take_traffic().company, passed, before)
