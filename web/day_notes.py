"""What the calendar says of whole days: holidays and closed periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from liaison.domain.booking import Period
from liaison.domain.closures import days_of
from liaison.services.closures import list_closures
from liaison.services.holiday_calendar import holidays_between

from . import dates
from .context import current_actor, house, text


@dataclass(frozen=True)
class DayNote:
    """``look``: holiday or closed."""

    text: str
    look: str


def of_days(days: Sequence[date]) -> dict[date, list[DayNote]]:
    """Only days of which there is something to say."""
    notes: dict[date, list[DayNote]] = {}
    for holiday in holidays_between(house().network, days[0], days[-1]):
        notes.setdefault(holiday.date, []).append(DayNote(text(holiday.name), "holiday"))
    for closure in list_closures(house(), current_actor(), dates.at(days[0]), dates.at(days[-1] + timedelta(days=1))):
        for day in days_of(Period(closure.starts_at, closure.ends_at), house().network.zone):
            if days[0] <= day <= days[-1]:
                notes.setdefault(day, []).append(DayNote(closure.reason, "closed"))
    return notes
