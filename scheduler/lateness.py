"""Turns that were left out, said once a minute in our own words.

A job that is still at work when its next turn comes lets that turn go, which is as it should be: the clock's turns make up
for each other. APScheduler warns of each one, twice a second where a database is slow; one line a minute says the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.base import BaseScheduler

from liaison.process import get_logger

SAY_EVERY_SECONDS = 60.0
LIBRARY = ("apscheduler.scheduler", "apscheduler.executors.default")
THEIR_WORDS = ("maximum number of running instances reached", "was missed by")

log = get_logger("scheduler.jobs")


class Lateness:
    """Counts the turns left out since it last spoke. Thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._left_out: Counter[str] = Counter()
        self._spoke_at = float("-inf")

    def watch(self, clock: BaseScheduler) -> None:
        """Listen to this clock, and let the library's own sentences about it go unheard."""
        clock.add_listener(self.note, EVENT_JOB_MAX_INSTANCES | EVENT_JOB_MISSED)
        for name in LIBRARY:
            logging.getLogger(name).addFilter(not_of_turns)

    def note(self, event: JobEvent) -> None:
        """One turn of a job was left out."""
        with self._lock:
            self._left_out[event.job_id] += 1
            if self._now() - self._spoke_at < SAY_EVERY_SECONDS:
                return
            self._spoke_at, said, self._left_out = self._now(), dict(self._left_out), Counter()
        log.warning("turns left out: the one before was still at work", turns=said)


def not_of_turns(record: logging.LogRecord) -> bool:
    """A filter for the library's loggers: everything but what ``Lateness`` says."""
    return not any(words in str(record.msg) for words in THEIR_WORDS)
