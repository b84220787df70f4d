"""The shapes of series in the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictStr

from liaison.i18n import N_

from .shape import Shape

Scope = Literal["this", "following", "all"]


def _day(value: Any) -> Any:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass  # said below, as for what is no text
    raise ValueError(N_("Give a date such as 2027-03-01."))


Day = Annotated[date, BeforeValidator(_day)]


class RecurrenceIn(Shape):
    """``rule`` is an RRULE's value (RFC 5545); ``leave_out`` are dates of it, in the session's time zone, not to be booked."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[StrictStr, Field(max_length=200)]
    leave_out: Annotated[list[Day], Field(max_length=400)] = Field(default_factory=list)


class EditIn(Shape):
    """How far a change reaches. With ``following`` and ``all``: ``rule`` is another rule from there on; ``overwrite`` also
    replaces what was changed for single dates; dates named in ``stay`` keep what they have."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope = "this"
    rule: Annotated[StrictStr, Field(max_length=200)] | None = None
    overwrite: StrictBool = False
    stay: Annotated[list[Day], Field(max_length=400)] = Field(default_factory=list)


class OfSeriesOut(Shape):
    """The series a session is a date of."""

    id: str
    recurrence_id: datetime = Field(description="the start that the rule gives this date")
    changed: list[str] = Field(description="fields changed for this date alone")


class SeriesDateOut(Shape):
    """One date. ``changed``: fields changed for it alone."""

    session: str
    number: str
    status: str
    starts_at: datetime
    ends_at: datetime
    recurrence_id: datetime
    changed: list[str]


class GapOut(Shape):
    """A date of the rule without a session."""

    date: datetime
    reason: Literal["left_out", "taken"]


class SeriesOut(Shape):
    id: str
    rule: str
    in_words: str
    timezone: str
    endless: bool
    booked_until: datetime = Field(description="so far an endless series has sessions")
    version: int
    dates: list[SeriesDateOut]
    left_out: list[GapOut]
