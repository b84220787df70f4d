"""What the clock does and how often. Each job is one call of a service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from liaison.house import House
from liaison.process import get_logger
from liaison.services import chase, housekeeping, lifecycle, outbox, presence, seat_clock, series_roll, waiting_list, watch_reminders
from liaison.services.disk import DiskGuard

from .replies import read_replies
from .sending import Senders, is_gone

log = get_logger("scheduler.jobs")


@dataclass(frozen=True)
class Job:
    """``work`` every ``every_seconds``; one at a time, a missed turn is not made up for."""

    name: str
    every_seconds: float
    work: Callable[[], object]


def common_jobs(house: House, senders: Senders) -> list[Job]:
    """What every scheduler does, whether it leads or stands by: messages are claimed one by one, so several may send."""
    return [
        Job("outbox", 1.0, lambda: send_due(house, senders)),
        Job("claims", 2.0, lambda: free_claims(house, senders)),
    ]


def jobs(house: House) -> list[Job]:
    """What the one that leads does beside."""
    guard = DiskGuard(house)
    plan = [
        Job("clock", 1.0, lambda: lifecycle.run_clock(house)),
        Job("waiting list", 5.0, lambda: waiting_list.run_waiting_list(house)),
        Job("halls", 5.0, lambda: seat_clock.run_halls(house)),
        Job("reminders", 5.0, lambda: watch_reminders.run_reminders(house)),
        Job("presence", 2.0, lambda: presence.close_stale(house)),
        Job("series", 60.0, lambda: series_roll.carry_on(house)),
        Job("chase", 60.0, lambda: chase.chase_answers(house)),
        Job("disk", 60.0, guard.look),
        Job("cleanup", 3600.0, lambda: housekeeping.clean_up(house)),
    ]
    if house.settings.imap_url:
        plan.append(Job("replies", 15.0, lambda: read_replies(house)))
    return plan


def send_due(house: House, senders: Senders) -> None:
    """Wake the senders if anything is due."""
    if outbox.anything_due(house):
        senders.wake()


def free_claims(house: House, senders: Senders) -> None:
    """Messages in the hands of a sender of this machine that died go on at once; our own are in good hands."""
    if not outbox.anything_claimed(house):
        return
    freed = outbox.release_claims(house, lambda owner: owner != senders.owner and is_gone(owner))
    if freed:
        log.warning("took over messages of a sender that died", count=freed)


def guarded(job: Job) -> Callable[[], None]:
    """The job with its failures said in the log: one bad turn never stops the clock."""

    def run() -> None:
        try:
            job.work()
        except Exception:
            log.exception("a job failed", job=job.name)

    return run
