"""What a letter says of a series: how often, which dates, and which of them are not as the rule has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain.recurrence_words import describe
from ..i18n import format_datetime, format_period, format_time
from ..network import Network
from ..services.notifier import Letter, SeriesDetails, SessionDetails

MOST_DATES = 60
"""So many dates are listed; of more, the last line says how many there are."""


def series_facts(letter: Letter, series: SeriesDetails, network: Network) -> dict[str, Any]:
    """Names for the templates of letters about a series."""
    coming = [date for date in series.dates if date.ends_at > letter.written_at]
    return {
        "rule": describe(series.rule, letter.language), "when": _when(letter, series, network),
        "dates": [_date(letter, series, date, network) for date in coming[:MOST_DATES]],
        "more_dates": max(0, len(coming) - MOST_DATES),
        "cancelled_dates": [_period(letter, date, network) for date in series.cancelled][:MOST_DATES],
        "gaps": [_gap(letter, gap, network) for gap in letter.payload.get("gaps", [])],
        "in_series": False,
    }


def _when(letter: Letter, series: SeriesDetails, network: Network) -> str:
    """``Every week: Monday; without an end, 10:00–11:00``."""
    calm = next((date for date in series.dates if date.id in series.calm), letter.session)
    rule = describe(series.rule, letter.language)
    if calm is None:
        return rule
    start, end = (format_time(at, letter.language, network.zone) for at in (calm.starts_at, calm.ends_at))
    return f"{rule}, {start}–{end}"


def _period(letter: Letter, date: SessionDetails, network: Network) -> str:
    return format_period(date.starts_at, date.ends_at, letter.language, network.zone)


def _date(letter: Letter, series: SeriesDetails, date: SessionDetails, network: Network) -> dict[str, Any]:
    moved = date.recurrence_id is not None and date.recurrence_id != date.starts_at
    return {"when": _period(letter, date, network), "special": date.id not in series.calm,
            "instead_of": format_datetime(date.recurrence_id, letter.language, network.zone) if moved and date.recurrence_id else "",
            "title": network.text(date.title, letter.language)}


def _gap(letter: Letter, gap: dict[str, Any], network: Network) -> dict[str, Any]:
    """One date that was taken, and by what."""
    holders = dict.fromkeys(network.text(item["session"]["title"], letter.language) for item in gap["conflicts"])
    return {"when": format_datetime(datetime.fromisoformat(gap["at"]), letter.language, network.zone), "holders": ", ".join(holders)}
