"""Date polls: several times are put to the points, each says of each time whether it suits. Pure: tallies and the best time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liaison.i18n import N_

MOST_TIMES = 20
LONGEST_OPEN = timedelta(days=180)


class PollAnswer(StrEnum):
    """What a point says of one time."""

    YES = "yes"
    IF_NEED_BE = "if_need_be"
    NO = "no"


class PollStatus(StrEnum):
    OPEN = "open"
    BOOKED = "booked"    # closed with a time: the session is booked
    DROPPED = "dropped"  # closed without one


@dataclass(frozen=True)
class Tally:
    """What the points say of one time. ``required_no`` counts the refusals of those that are needed."""

    time_id: str
    starts_at: datetime
    yes: int
    if_need_be: int
    no: int
    required_no: int
    open: int

    @property
    def order(self) -> tuple[int, int, int, int, datetime]:
        """The less the better: fewest refusals of required points, then of any, then most that come gladly, then the earliest."""
        return (self.required_no, self.no, -self.yes, -self.if_need_be, self.starts_at)


def tally(time_id: str, starts_at: datetime, points: Collection[str], required: Collection[str],
          answers: Mapping[str, str]) -> Tally:
    """Fold the answers (by point) of one time; answers of points that are not asked any more do not count."""
    given = {point: answer for point, answer in answers.items() if point in points}
    counts = {kind: sum(answer == kind for answer in given.values()) for kind in PollAnswer}
    refused = sum(answer == PollAnswer.NO for point, answer in given.items() if point in required)
    return Tally(time_id, starts_at, counts[PollAnswer.YES], counts[PollAnswer.IF_NEED_BE], counts[PollAnswer.NO], refused,
                 len(points) - len(given))


def best(tallies: Iterable[Tally], now: datetime) -> str | None:
    """The time that suits best of those still to come; None while nobody has answered."""
    coming = [item for item in tallies if item.starts_at > now]
    if not any(item.yes or item.if_need_be or item.no for item in coming):
        return None
    return min(coming, key=lambda item: item.order).time_id


def poll_errors(starts: Collection[datetime], answer_by: datetime, now: datetime) -> list[dict[str, str]]:
    """What is wrong with the times of a new poll."""
    errors = []
    if not 2 <= len(set(starts)) <= MOST_TIMES:
        errors.append({"field": "times", "message": N_("Propose between 2 and 20 times.")})
    if any(start <= now for start in starts):
        errors.append({"field": "times", "message": N_("A time proposed has passed.")})
    if not now < answer_by <= now + LONGEST_OPEN:
        errors.append({"field": "answer_by", "message": N_("Answers must be asked for by a moment that is still to come.")})
    elif starts and answer_by > min(starts):
        errors.append({"field": "answer_by", "message": N_("Ask for the answers before the first time proposed.")})
    return errors


def remind_at(created_at: datetime, answer_by: datetime) -> datetime:
    """A day before the answers are due, or at half the time where there is less than two days."""
    return max(answer_by - timedelta(days=1), created_at + (answer_by - created_at) / 2)
