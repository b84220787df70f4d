"""Finding a time: which starts within working hours suit most of those wanted. Pure: what is busy comes in, offers go out.

Every start on the day's grid that fits into the hours is a candidate. A busy period takes away the run of candidates that
would touch it, so the work grows with the number of busy periods and of candidates, never with their product. ``choose`` needs
to know when people are busy and nothing else; by what is asked (``offers``) for the few times chosen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from liaison.i18n import N_

from .booking import Period
from .sessions import LONGEST_MINUTES, SHORTEST_MINUTES

DAY_MINUTES = 24 * 60
MOST_DAYS = 92
MOST_OFFERS = 50
MOST_BUFFER_MINUTES = 240
STEPS = (5, 10, 15, 30, 60)
APART_MINUTES = 60
"""Two offers of one day begin at least so far apart: 9:00 and 9:15 are no choice."""

CHAIR = ""
"""Stands for the person in the chair among those wanted; points stand by slug."""


@dataclass(frozen=True)
class Hours:
    """When people work, in minutes of the local day; ``weekdays`` as Python counts them (Monday is 0)."""

    starts: int = 9 * 60
    ends: int = 18 * 60
    weekdays: frozenset[int] = frozenset(range(5))
    lunch: tuple[int, int] | None = None

    def fits(self, start: int, minutes: int) -> bool:
        """Whether a session of that length may begin at that minute of the day."""
        if start < self.starts or start + minutes > self.ends:
            return False
        return self.lunch is None or start >= self.lunch[1] or start + minutes <= self.lunch[0]


@dataclass(frozen=True)
class Wanted:
    """What is looked for. ``required`` and ``optional`` are slugs (or CHAIR); ``near``: the closer to it the better,
    without it the earlier the better; ``before`` and ``after`` are minutes to be free around the session, ``broadcast``: when the site
    has a place for one."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    minutes: int
    first_day: date
    days: int = 14
    hours: Hours = field(default_factory=Hours)
    step: int = 15
    before: int = 0
    after: int = 0
    near: datetime | None = None
    limit: int = 12
    broadcast: bool = False

    @property
    def everybody(self) -> tuple[str, ...]:
        """Required ones first, each once; who is named as both is optional."""
        return (*(who for who in dict.fromkeys(self.required) if who not in self.optional), *dict.fromkeys(self.optional))

    def needs(self, who: str) -> bool:
        return who not in self.optional


@dataclass(frozen=True)
class Busy:
    """Somebody is not free over a period: because of a session, or for the ``reason`` told (a word of ours or people's)."""

    period: Period
    session_id: str = ""
    reason: str = ""


Spans = Mapping[str, Iterable[Sequence[Any]]]
"""By person, (start, end, …) of what holds them; moments in any form that ``read`` understands."""


@dataclass(frozen=True)
class Missing:
    """Who would not be there, and everything that holds them at that time."""

    who: str
    required: bool
    busy: tuple[Busy, ...]


@dataclass(frozen=True)
class Offer:
    """A time, with those who would be missing: the required ones first."""

    period: Period
    missing: tuple[Missing, ...]

    @property
    def free_for_required(self) -> bool:
        return not any(item.required for item in self.missing)


def wanted_errors(wanted: Wanted) -> list[dict[str, str]]:
    """Everything wrong with a search that can be said without looking at anything else."""
    checks = (
        ("points", any(who != CHAIR for who in wanted.everybody), N_("Choose at least one point.")),
        ("duration_minutes", SHORTEST_MINUTES <= wanted.minutes <= LONGEST_MINUTES, N_("Give between 5 and 720 minutes.")),
        ("days", 1 <= wanted.days <= MOST_DAYS, N_("Give between 1 and 92 days.")),
        ("step_minutes", wanted.step in STEPS, N_("Choose one of the values offered.")),
        ("weekdays", bool(wanted.hours.weekdays) and wanted.hours.weekdays <= set(range(7)), N_("Choose at least one day of the week.")),
        ("hours_to", 0 <= wanted.hours.starts < wanted.hours.ends <= DAY_MINUTES, N_("The day must end after it begins.")),
        ("setup_minutes", 0 <= wanted.before <= MOST_BUFFER_MINUTES, N_("Give between 0 and 240 minutes.")),
        ("clear_minutes", 0 <= wanted.after <= MOST_BUFFER_MINUTES, N_("Give between 0 and 240 minutes.")),
        ("limit", 1 <= wanted.limit <= MOST_OFFERS, N_("Give a number between 1 and 50.")),
    )
    return [{"field": name, "message": message} for name, fine, message in checks if not fine]


def candidates(wanted: Wanted, zone: ZoneInfo, not_before: datetime) -> list[datetime]:
    """Every start that the hours allow, in UTC and in order. Wall-clock hours: they stay over a change of summer time."""
    minutes = [start for start in range(wanted.hours.starts, wanted.hours.ends, wanted.step)
               if wanted.hours.fits(start, wanted.minutes)]
    days = (wanted.first_day + timedelta(days=index) for index in range(wanted.days))
    starts = {datetime(day.year, day.month, day.day, start // 60, start % 60, tzinfo=zone).astimezone(UTC)
              for day in days if day.weekday() in wanted.hours.weekdays for start in minutes}
    return sorted(start for start in starts if start >= not_before)


def window(wanted: Wanted, starts: Sequence[datetime]) -> Period | None:
    """The period in which anything busy matters; None when there is no candidate at all."""
    if not starts:
        return None
    return Period(starts[0] - timedelta(minutes=wanted.before), starts[-1] + timedelta(minutes=wanted.minutes + wanted.after))


def find(wanted: Wanted, starts: Sequence[datetime], busy: Mapping[str, Iterable[Busy]], zone: ZoneInfo,
         walls: Iterable[Period] = ()) -> list[Offer]:
    """The best times with everything that holds somebody then, the best first (as ``choose``)."""
    spans = {who: [(one.period.starts_at, one.period.ends_at) for one in of_person] for who, of_person in busy.items()}
    return offers(wanted, choose(wanted, starts, spans, zone, walls), busy)


def choose(wanted: Wanted, starts: Sequence[datetime], spans: Spans, zone: ZoneInfo, walls: Iterable[Period] = (),
           read: Callable[[Any], datetime] = lambda at: at) -> list[datetime]:
    """The best times, the best first: fewest required missing, then fewest optional, then nearest, spread over the days.

    ``walls`` are times at which nothing may be booked. Times without a required one are offered only where none is better.
    """
    reach = Reach(wanted, starts)
    outside = reach.count([[(wall.starts_at, wall.ends_at) for wall in walls]])
    kept = [index for index, taken in enumerate(outside) if not taken]
    reach = Reach(wanted, starts, read)
    missing = reach.count(spans.get(who, ()) for who in wanted.everybody if wanted.needs(who))
    optional = reach.count(spans.get(who, ()) for who in wanted.everybody if not wanted.needs(who))
    fewest = min((missing[index] for index in kept), default=0)
    ranked = [(optional[index], starts[index]) for index in kept if missing[index] == fewest]
    return _spread(wanted, ranked, zone)


class _Seen(dict[Any, int]):
    """Where a moment stands among the candidates. Thousands of periods share few moments, so each is looked for once."""

    def __init__(self, find: Callable[[Any], int]) -> None:
        self._find = find

    def __missing__(self, at: Any) -> int:
        found = self[at] = self._find(at)
        return found


class Reach:
    """Which candidates a busy period takes away: from ``low`` of its start up to ``high`` of its end."""

    def __init__(self, wanted: Wanted, starts: Sequence[datetime], read: Callable[[Any], datetime] = lambda at: at) -> None:
        reach, before = timedelta(minutes=wanted.minutes + wanted.after), timedelta(minutes=wanted.before)
        self.low = _Seen(lambda at: bisect_right(starts, read(at) - reach))
        self.high = _Seen(lambda at: bisect_left(starts, read(at) + before))
        self.candidates = len(starts)

    def touches(self, start: Any, end: Any) -> bool:
        """Whether the period takes away any candidate."""
        return self.low[start] < self.high[end]

    def count(self, people: Iterable[Iterable[Sequence[Any]]]) -> list[int]:
        """For each candidate, how many of the people are not free."""
        steps, low, high = [0] * (self.candidates + 1), self.low, self.high
        for spans in people:
            done = 0
            for begins, ends in sorted([(low[span[0]], high[span[1]]) for span in spans]):
                if ends > done and ends > begins:  # a candidate that two of a person's periods take away counts once
                    steps[max(begins, done)] += 1
                    steps[ends] -= 1
                    done = ends
        return list(accumulate(steps))[:-1]


def _spread(wanted: Wanted, ranked: Sequence[tuple[int, datetime]], zone: ZoneInfo) -> list[datetime]:
    """The first so many by fewest missing, then by turn: one time of every day before a second one of any day."""
    apart = timedelta(minutes=max(APART_MINUTES, wanted.minutes))
    chosen: dict[date, list[datetime]] = {}
    turns: list[tuple[int, int, timedelta, datetime]] = []
    for count, away, start in sorted((count, _away(wanted, start), start) for count, start in ranked):
        of_day = chosen.setdefault(start.astimezone(zone).date(), [])
        if all(abs(start - other) >= apart for other in of_day):
            turns.append((count, len(of_day), away, start))
            of_day.append(start)
    return [start for *_, start in sorted(turns)[:wanted.limit]]


def _away(wanted: Wanted, start: datetime) -> timedelta:
    return abs(start - wanted.near) if wanted.near is not None else start - datetime.min.replace(tzinfo=UTC)


def offers(wanted: Wanted, chosen: Sequence[datetime], busy: Mapping[str, Iterable[Busy]]) -> list[Offer]:
    """The offers in the order chosen, each with everything that holds somebody then."""
    by_start, length = sorted(chosen), timedelta(minutes=wanted.minutes)
    missing: dict[datetime, list[Missing]] = {start: [] for start in by_start}
    for who in wanted.everybody:
        held = sorted(busy.get(who, ()), key=lambda one: one.period.starts_at)
        for start, holders in _holders(wanted, by_start, held).items():
            missing[start].append(Missing(who, wanted.needs(who), tuple(holders)))
    return [Offer(Period(start, start + length), tuple(missing[start])) for start in chosen]


def _holders(wanted: Wanted, starts: Sequence[datetime], periods: Iterable[Busy]) -> dict[datetime, list[Busy]]:
    """By start, what touches a session that begins then; starts that nothing touches are left out."""
    reach, before = timedelta(minutes=wanted.minutes + wanted.after), timedelta(minutes=wanted.before)
    found: dict[datetime, list[Busy]] = {}
    for one in periods:
        low, high = bisect_right(starts, one.period.starts_at - reach), bisect_left(starts, one.period.ends_at + before)
        for start in starts[low:high]:
            found.setdefault(start, []).append(one)
    return found
