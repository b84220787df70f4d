"""The country's holidays, from the ``holidays`` library: which days, and what they are called in the network's languages."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from ..domain.closures import Holiday
from ..network import Network

YEARS = range(1992, 2100)
"""Outside, the library knows no dates of the lunar calendar."""


def holidays_between(network: Network, first: date, last: date) -> list[Holiday]:
    """By date, both days included; none where the network names no country."""
    years = range(max(first.year, YEARS.start), min(last.year, YEARS.stop - 1) + 1)
    found = [day for year in years for day in _of_year(network.holidays_country, network.languages, year)]
    return [day for day in found if first <= day.date <= last]


@lru_cache(maxsize=64)
def _of_year(country: str, languages: tuple[str, ...], year: int) -> tuple[Holiday, ...]:
    from holidays import country_holidays, list_localized_countries  # slow to load, and few processes ask

    if not country:
        return ()
    spoken = list_localized_countries().get(country, [])
    names: dict[date, dict[str, str]] = {}
    for code in languages:
        tag = next((tag for tag in spoken if tag.split("_")[0] == code), None)
        for day, name in country_holidays(country, years=year, language=tag).items():
            names.setdefault(day, {})[code] = name
    return tuple(Holiday(day, names[day]) for day in sorted(names))
