"""From–until on forms: a date and a time of day for each end, in the network's zone."""

from __future__ import annotations

from datetime import date, datetime

from flask import request

from liaison.domain.booking import Period
from liaison.domain.errors import Invalid

from .context import house
from .dates import YEARS

FIELDS = ("from_date", "from_time", "until_date", "until_time")


def sent_span() -> Period:
    """The period of the form. Raises Invalid naming the end that cannot be read."""
    starts_at, ends_at = _moment("from"), _moment("until")
    errors = [{"field": f"{end}_date", "message": "Give a date and a time of day."}
              for end, moment in (("from", starts_at), ("until", ends_at)) if moment is None]
    if starts_at is None or ends_at is None:
        raise Invalid(errors=errors)
    return Period(starts_at, ends_at)


def _moment(end: str) -> datetime | None:
    try:
        day = date.fromisoformat(request.form.get(f"{end}_date", "").strip())
        hour, minute = request.form.get(f"{end}_time", "").strip().split(":")[:2]
        if day.year not in YEARS:
            return None
        return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=house().network.zone)
    except ValueError:
        return None
