"""The clock of the house: ``liaison scheduler``.

Opens and closes sessions, asks again where answers are missing, closes stale presences, tidies up: that does the one that leads.
What the outbox owes is sent by every scheduler that runs. Truth lives in the database's rows, never in the scheduler: a killed one
loses nothing, a second one stands by.
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
from liaison.process import get_logger, keep_for_good

from .jobs import Job, common_jobs, guarded, jobs
from .lateness import Lateness
from .leader import Leadership, leadership_of
from .listening import listen
from .sending import Senders

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
    senders = Senders(house, make_notifier(house))
    senders.start()
    clock = start_clock(common_jobs(house, senders))
    keep_for_good()
    try:
        status = _lead(house, clock, lock, stop) if _wait_to_lead(lock, stop) else 0
    finally:
        clock.shutdown(wait=False)
        lock.release()
    _let_go(senders, status)
    house.db.close()
    return status


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


def _lead(house: House, clock: BackgroundScheduler, lock: Leadership, stop: threading.Event) -> int:
    log.info("leading", mail=mail_route(house.settings))
    add_jobs(clock, jobs(house))
    listener = listen(house)
    try:
        return _watch(lock, stop)
    finally:
        listener.stop()


def _let_go(senders: Senders, status: int) -> None:
    """Finish what is in our hands, but do not wait for ever."""
    if not senders.stop(LAST_MESSAGES_SECONDS):
        log.warning("a message is still on its way; its claim will lapse")
        os._exit(status)  # a thread that hangs in a mail server's silence would hold the process


def start_clock(plan: list[Job]) -> BackgroundScheduler:
    """Every job at its pace, each at most once at a time."""
    clock = BackgroundScheduler(timezone="UTC", job_defaults={
        "coalesce": True, "max_instances": 1, "misfire_grace_time": int(timedelta(hours=1).total_seconds())})
    Lateness().watch(clock)
    add_jobs(clock, plan)
    clock.start()
    return clock


def add_jobs(clock: BackgroundScheduler, plan: list[Job]) -> None:
    for job in plan:
        clock.add_job(guarded(job), "interval", seconds=job.every_seconds, id=job.name)


def _watch(lock: Leadership, stop: threading.Event) -> int:
    """Wait to be stopped; leave at once when the lock is lost, for somebody else may lead now."""
    while not stop.wait(LOCK_CHECK_SECONDS):
        if not lock.still_held():
            log.error("leadership is lost")
            return LOST_LEADERSHIP
    log.info("stopping")
    return 0
