"""Figures of connections in the reader's language: shares, times, bitrates, and the words for how good a connection is."""

from __future__ import annotations

from collections.abc import Callable

from babel.numbers import format_decimal, format_percent
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from liaison.domain.words import Quality
from liaison.i18n import locale_of

from .context import language

QUALITIES = {Quality.GOOD: _l("Good"), Quality.FAIR: _l("Fair"), Quality.POOR: _l("Poor")}
LOOKS = {Quality.GOOD: "good", Quality.FAIR: "warn", Quality.POOR: "bad"}
SIGNS = {Quality.GOOD: "reception-4", Quality.FAIR: "reception-2", Quality.POOR: "reception-1"}
UNKNOWN = "–"


def quality_word(word: str) -> str:
    return str(QUALITIES[Quality(word)])


def share_words(share: float | None) -> str:
    """``2.1%``; whole from ten on."""
    if share is None:
        return UNKNOWN
    pattern = "#,##0.#%" if share < 0.0995 else "#,##0%"
    return str(format_percent(share, pattern if language() == "en" else pattern.replace("%", "\u00a0%"), locale=locale_of(language())))


def millis_words(millis: float | None) -> str:
    """``60 ms``."""
    return UNKNOWN if millis is None else gettext("%(number)s ms", number=_number(round(millis)))


def seconds_words(millis: float) -> str:
    """``12 s``; what is less than a second with its tenths."""
    seconds = millis / 1000
    return gettext("%(number)s s", number=_number(round(seconds, 1 if seconds < 10 else None)))


def bitrate_words(bits: float | None) -> str:
    """``1.4 Mbit/s``, ``300 kbit/s``."""
    if bits is None:
        return UNKNOWN
    if bits >= 1_000_000:
        return gettext("%(number)s Mbit/s", number=_number(round(bits / 1_000_000, 1)))
    return gettext("%(number)s kbit/s", number=_number(round(bits / 1000)))


def figure_words(figure: float | None) -> str:
    """``0.4``: a figure without a unit."""
    return UNKNOWN if figure is None else _number(round(figure, 1))


def _number(value: float) -> str:
    return str(format_decimal(value, locale=locale_of(language())))


def quality_look(word: str) -> str:
    """The class of its tag."""
    return LOOKS[Quality(word)]


def quality_sign(word: str) -> str:
    """The icon beside it."""
    return SIGNS[Quality(word)]


FILTERS: dict[str, Callable[..., str]] = {
    "quality_word": quality_word, "quality_look": quality_look, "quality_sign": quality_sign,
    "share_words": share_words, "millis_words": millis_words, "seconds_words": seconds_words, "bitrate_words": bitrate_words,
    "figure_words": figure_words,
}
"""Names in templates, e.g. ``{{ figures.loss|share_words }}``."""
