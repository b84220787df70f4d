"""When a series takes place: rules of RFC 5545, section 3.3.10, over local time. Pure; dateutil does the arithmetic.

A rule is kept with everything said (days of the week, day of the month …), so that it means the same wherever it is read.
Occurrences have one time of day in the series' zone; a time that a change of clocks skips or doubles is taken as RFC 5545,
section 3.3.5 says (the offset before the change).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from ..i18n import N_
from .errors import Invalid
from .sessions import FARTHEST

FIELD = "recurrence.rule"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"})
LONGEST_TEXT = 200
MOST_INTERVAL = 99
MOST_DATES = 400
"""A series that ends has at most so many dates."""
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")


@dataclass(frozen=True)
class Rule:
    """One rule. ``days`` are numbers from Monday (0); ``nth`` the week of the month (1 to 5, -1 the last) of ``days[0]``;
    ``until`` is the last possible local date."""

    frequency: str
    interval: int = 1
    days: tuple[int, ...] = ()
    nth: int | None = None
    month_day: int | None = None
    month: int | None = None
    count: int | None = None
    until: date | None = None

    @property
    def endless(self) -> bool:
        return self.count is None and self.until is None


def parse_rule(text: str, starts_local: datetime, zone: ZoneInfo) -> Rule:
    """The rule of an RRULE's value, whole for a first start at ``starts_local`` (naive). Raises Invalid."""
    parts = _parts(text)
    frequency = parts.get("FREQ", "")
    if frequency not in FREQUENCIES:
        raise _wrong(N_("Repeat daily, weekly, monthly or yearly."))
    rule = Rule(frequency, _number(parts, "INTERVAL", MOST_INTERVAL) or 1, month=_number(parts, "BYMONTH", 12),
                count=_number(parts, "COUNT", MOST_DATES), until=_until(parts.get("UNTIL"), starts_local, zone))
    if rule.count is not None and rule.until is not None:
        raise _wrong(N_("Give a last date or a number of times, not both."))
    return whole(_with_days(rule, parts), starts_local)


def whole(rule: Rule, starts_local: datetime) -> Rule:
    """The rule with what it leaves to its first start written out (RFC 5545: "information … taken from DTSTART")."""
    if rule.frequency == "WEEKLY" and not rule.days:
        return replace(rule, days=(starts_local.weekday(),))
    if rule.frequency in ("MONTHLY", "YEARLY"):
        month = rule.month or starts_local.month if rule.frequency == "YEARLY" else None
        day = rule.month_day if rule.month_day or rule.nth else starts_local.day
        return replace(rule, month=month, month_day=day)
    return rule


def rule_text(rule: Rule, starts_local: datetime, zone: ZoneInfo) -> str:
    """The RRULE's value; UNTIL in UTC, as it must be beside a DTSTART with a zone."""
    parts = [f"FREQ={rule.frequency}"]
    if rule.interval > 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.month is not None:
        parts.append(f"BYMONTH={rule.month}")
    if rule.nth is not None:
        parts.append(f"BYDAY={rule.nth}{DAYS[rule.days[0]]}")
    elif rule.days:
        parts.append("BYDAY=" + ",".join(DAYS[day] for day in rule.days))
    if rule.month_day is not None:
        parts.append(f"BYMONTHDAY={rule.month_day}")
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.until is not None:
        last = moment(datetime.combine(rule.until, starts_local.time()), zone)
        parts.append(f"UNTIL={last:%Y%m%dT%H%M%SZ}")
    return ";".join(parts)


def local_starts(rule: Rule, starts_local: datetime) -> Iterator[datetime]:
    """The occurrences in local time, the first on or after ``starts_local``; perhaps without end."""
    days = [weekday(day, rule.nth) if rule.nth is not None else weekday(day) for day in rule.days] or None
    until = datetime.combine(rule.until, time.max) if rule.until is not None else None
    return iter(rrule(FREQUENCIES[rule.frequency], dtstart=starts_local, interval=rule.interval, wkst=weekday(0),
                      byweekday=days, bymonthday=rule.month_day, bymonth=rule.month, count=rule.count, until=until))


def starts(rule: Rule, starts_local: datetime, zone: ZoneInfo, before: datetime) -> list[datetime]:
    """Every occurrence that begins before ``before``, as moments in UTC."""
    return list(takewhile(lambda at: at < before, (moment(local, zone) for local in local_starts(rule, starts_local))))


def first_start(rule: Rule, starts_local: datetime) -> datetime:
    """The first occurrence, local. Raises Invalid for a rule that has none."""
    found = next(local_starts(rule, starts_local), None)
    if found is None:
        raise _wrong(N_("This rule has no date at all."))
    return found


def check_size(rule: Rule, starts_local: datetime) -> None:
    """Raises Invalid for a series that ends but is too long or goes too far."""
    if rule.endless:
        return
    for number, local in enumerate(local_starts(rule, starts_local), 1):
        if number > MOST_DATES:
            raise _wrong(N_("A series with an end has at most 400 dates."))
        if local > starts_local + FARTHEST:
            raise _wrong(N_("The last date is too far in the future."))


def moment(local: datetime, zone: ZoneInfo) -> datetime:
    """A local time as a moment in UTC."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def local_time_of(at: datetime, zone: ZoneInfo) -> datetime:
    """A moment as local time, naive."""
    return at.astimezone(zone).replace(tzinfo=None)


def moved(rule: Rule, old: datetime, new: datetime) -> Rule:
    """The rule of a series whose occurrence at ``old`` (local) is moved to ``new`` together with all that follow.

    The days go along: weekly Monday and Thursday moved by a day are Tuesday and Friday; the second Monday of the month
    moved to a Wednesday becomes that week's number and Wednesday; the end stays as far away as it was.
    """
    shift = (new.date() - old.date()).days
    if shift == 0:
        return rule
    until = rule.until + timedelta(days=shift) if rule.until is not None else None
    days = tuple(sorted((day + shift) % 7 for day in rule.days))
    if rule.nth is not None:
        return replace(rule, until=until, days=(new.weekday(),), nth=nth_of(new, rule.nth < 0), month=rule.month and new.month)
    day = new.day if rule.month_day is not None else None
    return replace(rule, until=until, days=days, month_day=day, month=rule.month and new.month)


def nth_of(day: date, from_end: bool = False) -> int:
    """Which Monday (Tuesday …) of its month a day is; -1 for the last when asked to count from the end."""
    if from_end and (day + timedelta(days=7)).month != day.month:
        return -1
    return (day.day - 1) // 7 + 1


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_TEXT:
        raise _wrong(N_("This is too long."))
    parts: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").split(";"):
        name, sign, value = part.strip().upper().partition("=")
        if not sign or not value or name in parts:
            raise _wrong(N_("This is not a rule such as `FREQ=WEEKLY;BYDAY=MO`."))
        if name not in PARTS:
            raise _wrong(N_("The part %(part)s of a rule is not supported."), part=name)
        parts[name] = value
    if parts.get("WKST", "MO") != "MO":
        raise _wrong(N_("The part %(part)s of a rule is not supported."), part="WKST")
    return parts


def _number(parts: dict[str, str], name: str, most: int) -> int | None:
    if name not in parts:
        return None
    text = parts[name]
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise _wrong(N_("%(part)s is a whole number from 1 to %(most)s."), part=name, most=most)
    return int(text)


def _with_days(rule: Rule, parts: dict[str, str]) -> Rule:
    byday, day = parts.get("BYDAY"), parts.get("BYMONTHDAY")
    allowed = {"DAILY": (False, False), "WEEKLY": (True, False)}.get(rule.frequency, (True, True))
    if (byday and not allowed[0]) or (day and not allowed[1]) or (byday and day) or (rule.month and rule.frequency != "YEARLY"):
        raise _wrong(N_("These parts of a rule do not go together."))
    if day is not None:
        if day not in {"-1", *map(str, range(1, 32))}:
            raise _wrong(N_("The day of the month is one number from 1 to 31, or -1 for the last day."))
        return replace(rule, month_day=int(day))
    return replace(rule, **_weekdays(byday, rule.frequency == "WEEKLY")) if byday is not None else rule


def _weekdays(text: str, weekly: bool) -> dict[str, Any]:
    """``MO,TH`` for weeks; one day with its number in the month for months and years."""
    found = [_BYDAY.fullmatch(part) for part in text.split(",")]
    if weekly and all(match and not match[1] for match in found):
        return {"days": tuple(sorted({DAYS.index(match[2]) for match in found if match}))}
    match = found[0]
    if not weekly and len(found) == 1 and match and match[1] and int(match[1]) >= -1:
        return {"days": (DAYS.index(match[2]),), "nth": int(match[1])}
    raise _wrong(N_("Weekly: days such as `MO,TH`. Monthly and yearly: one day with its number, such as `2MO` or `-1FR`."))


def _until(text: str | None, starts_local: datetime, zone: ZoneInfo) -> date | None:
    """The last local date; a moment counts as the date before when the day's occurrence comes after it."""
    if text is None:
        return None
    try:
        if not _UNTIL.fullmatch(text):
            raise ValueError
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        at = datetime.strptime(text[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        local = local_time_of(at, zone) if text.endswith("Z") else at.replace(tzinfo=None)
        return local.date() if local.time() >= starts_local.time() else local.date() - timedelta(days=1)
    except (ValueError, OverflowError):
        raise _wrong(N_("`UNTIL` is a date, or a date and time such as `20270301T040000Z`.")) from None


def _wrong(message: str, **values: object) -> Invalid:
    return Invalid(errors=[{"field": FIELD, "message": message, **values}])
