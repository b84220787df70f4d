"""Dates for pages in the reader's language: headings of days, weeks and months, and reading dates that people pick."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date, format_interval, format_skeleton, get_timezone_location

from liaison.domain.errors import Invalid
from liaison.i18n import locale_of

from .context import house, language

YEARS = range(1900, 2200)
"""Others are slips of the hand, and the first and last ones cannot be told in every time zone."""
DAY_PATTERNS = {"ky": "d-MMMM, EEEE", "ru": "d MMMM, EEEE"}
OTHER_DAY_PATTERN = "EEEE, d MMMM"


def today() -> date:
    """The network's date."""
    return house().clock.now().astimezone(house().network.zone).date()


def picked(value: str | None) -> date:
    """A date from an address (``2027-03-01``); today where there is none. Raises Invalid."""
    if not value:
        return today()
    try:
        day = date.fromisoformat(value)
        if day.year not in YEARS:
            raise ValueError(value)
        return day
    except ValueError:
        raise Invalid("This is not a date.", errors=[{"field": "date", "message": "This is not a date."}]) from None


def at(day: date, minutes: int = 0) -> datetime:
    """A wall-clock moment of the network's zone, aware."""
    return datetime(day.year, day.month, day.day, tzinfo=house().network.zone) + timedelta(minutes=minutes)


def day_heading(day: date) -> str:
    """``Monday, 1 March``."""
    text = format_date(day, DAY_PATTERNS.get(language(), OTHER_DAY_PATTERN), locale=locale_of(language()))
    return text[:1].upper() + text[1:]


def weekday(day: date) -> str:
    """``Mon``."""
    text = format_date(day, "EEE", locale=locale_of(language()))
    return text[:1].upper() + text[1:]


def weekday_choices() -> list[tuple[str, str]]:
    """Monday (1) to Sunday (7), short."""
    return [(str(day), weekday(date(2027, 3, day))) for day in range(1, 8)]  # a month that begins on a Monday


def week_heading(first: date, last: date) -> str:
    """``1–7 March 2027``."""
    return str(format_interval(first, last, "yMMMMd", locale=locale_of(language())))


def month_heading(day: date) -> str:
    """``March 2027``."""
    text = str(format_skeleton("yMMMM", datetime(day.year, day.month, 1), locale=locale_of(language())))  # noqa: DTZ001
    return text[:1].upper() + text[1:]


def moment(value: str | datetime) -> datetime:
    """An RFC 3339 stamp of a service as a moment, for the filters that show moments."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def zone_city(zone: str) -> str:
    """The town whose clock counts, in the reader's language: ``Bishkek`` for ``Asia/Bishkek``."""
    return str(get_timezone_location(zone, locale=locale_of(language()), return_city=True))


FILTERS = {"day_heading": day_heading, "weekday": weekday, "moment": moment, "zone_city": zone_city}
