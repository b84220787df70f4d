"""The clock of the house: ``liaison scheduler``.

Opens and closes sessions, sends what the outbox owes, closes stale presences, tidies up. Truth lives in the database's
rows, never in the scheduler: a killed one loses nothing, a second one stands by.
"""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from liaison.commands.serve import prepare
from liaison.config import Settings
from liaison.house import House, open_house
from liaison.notify.senders import mail_route, make_notifier
from liaison.process import get_logger
from liaison.services import outbox

from .jobs import Job, guarded, jobs
from .lateness import Lateness
from .leader import Leadership, leadership_of
from .sending import Senders, is_gone

STANDBY_SECONDS = 1.0
LOCK_CHECK_SECONDS = 2.0
LAST_MESSAGES_SECONDS = 4.0  # below the supervisor's grace
LOST_LEADERSHIP = 75  # EX_TEMPFAIL: start me again
log = get_logger("scheduler")


def main(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    stop = _stop_on_signals()
    house = _house(settings)
    lock = leadership_of(house)
    if not _wait_to_lead(lock, stop):
        return 0
    log.info("leading", mail=mail_route(settings))
    try:
        return _lead(house, lock, stop)
    finally:
        lock.release()
        house.db.close()


def _house(settings: Settings) -> House:
    """Under ``liaison serve`` the database is ready; a scheduler started alone sees to it itself."""
    return open_house(settings) if "LIAISON_SUPERVISED" in os.environ else prepare(settings)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


def _wait_to_lead(lock: Leadership, stop: threading.Event) -> bool:
    """True once this process leads; False if it is stopped first."""
    said = False
    while not stop.is_set():
        if lock.acquire():
            return True
        if not said:
            log.info("standing by: another scheduler leads")
            said = True
        stop.wait(STANDBY_SECONDS)
    return False


def _lead(house: House, lock: Leadership, stop: threading.Event) -> int:
    freed = outbox.release_claims(house, is_gone)
    if freed:
        log.warning("took over messages of a sender that died", count=freed)
    senders = Senders(house, make_notifier(house))
    senders.start()
    clock = start_clock(jobs(house, senders))
    status = _watch(lock, stop)
    clock.shutdown(wait=False)
    if not senders.stop(LAST_MESSAGES_SECONDS):
        log.warning("a message is still on its way; its claim will lapse")
        os._exit(status)  # a thread that hangs in a mail server's silence would hold the process
    return status


def start_clock(plan: list[Job]) -> BackgroundScheduler:
    """Every job at its pace, each at most once at a time."""
    clock = BackgroundScheduler(timezone="UTC", job_defaults={
        "coalesce": True, "max_instances": 1, "misfire_grace_time": int(timedelta(hours=1).total_seconds())})
    Lateness().watch(clock)
    for job in plan:
        clock.add_job(guarded(job), "interval", seconds=job.every_seconds, id=job.name)
    clock.start()
    return clock


def _watch(lock: Leadership, stop: threading.Event) -> int:
    """Wait to be stopped; leave at once when the lock is lost, for somebody else may lead now."""
    while not stop.wait(LOCK_CHECK_SECONDS):
        if not lock.still_held():
            log.error("leadership is lost")
            return LOST_LEADERSHIP
    log.info("stopping")
    return 0
