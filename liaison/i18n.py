"""Words and dates in the reader's language, for everything that is not a web page (mail, letters, PDF).

One catalogue serves the whole product: ``liaison/translations/<language>/LC_MESSAGES/messages.mo``; web pages read the
same one. English is the msgid, so a missing catalogue shows English.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel import dates as babel_dates

TRANSLATIONS = Path(__file__).parent / "translations"
DOMAIN = "messages"
ENGLISH = "en_GB"


def N_(text: str) -> str:
    """Mark a msgid for extraction where it is only translated later."""
    return text


@lru_cache(maxsize=16)
def catalogue(language: str) -> gettext.NullTranslations:
    """The compiled catalogue of a language; English msgids where there is none."""
    return gettext.translation(DOMAIN, str(TRANSLATIONS), languages=[language], fallback=True)


def translator(language: str) -> Callable[[str], str]:
    """``_ = translator("ky")``; then ``_("Sign in")``."""
    return catalogue(language).gettext


def plural_translator(language: str) -> Callable[[str, str, int], str]:
    """``ngettext`` of a language."""
    return catalogue(language).ngettext


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """Babel's locale; English for a code that Babel does not know. English dates put the day first, as the region does."""
    try:
        return Locale.parse(ENGLISH if language == "en" else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


def format_datetime(value: datetime, language: str, zone: ZoneInfo, style: str = "long") -> str:
    """Date and time of day without seconds, in ``zone``, e.g. "1 March 2027, 10:00"."""
    local = value.astimezone(zone)
    return f"{format_date(local, language, zone, style)}, {format_time(local, language, zone)}"


def format_date(value: datetime | date, language: str, zone: ZoneInfo, style: str = "long") -> str:
    """The date alone; an aware datetime is brought into ``zone`` first. ``style``: short, medium, long, full or a pattern."""
    day = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return babel_dates.format_date(day, style, locale=locale_of(language))


def format_time(value: datetime, language: str, zone: ZoneInfo) -> str:
    """Hours and minutes on the 24-hour clock in ``zone``: the office's habit in every language."""
    return value.astimezone(zone).strftime("%H:%M")


def format_period(start: datetime, end: datetime, language: str, zone: ZoneInfo, style: str = "long") -> str:
    """``1 March 2027, 10:00–11:00``; both dates when the period passes midnight."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() == last.date():
        return f"{format_datetime(first, language, zone, style)}–{format_time(last, language, zone)}"
    return f"{format_datetime(first, language, zone, style)} – {format_datetime(last, language, zone, style)}"


def choose_language(known: tuple[str, ...], *wishes: str | None) -> str:
    """The first wish that the network speaks, else the network's first language."""
    return next((wish for wish in wishes if wish and wish in known), known[0])
