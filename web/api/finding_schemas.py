"""The shapes of ``/api/v1/find-times``."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

from liaison.i18n import N_

from .schemas import ChairIn, Moment, Slugs, _In
from .shape import Shape

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def _minute_of_day(value: Any) -> int:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError(N_("Give a time of day, such as 09:00."))
    return int(value[:2]) * 60 + int(value[3:])


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(N_("This is not a date.")) from None


def _session_id(value: Any) -> str:
    try:
        return str(UUID(value))
    except (AttributeError, TypeError, ValueError):
        raise ValueError(N_("This is not a session.")) from None


MinuteOfDay = Annotated[int, BeforeValidator(_minute_of_day, json_schema_input_type=str)]
Day = Annotated[date, BeforeValidator(_day)]
SessionId = Annotated[str, BeforeValidator(_session_id, json_schema_input_type=str)]
Weekday = Annotated[StrictInt, Field(ge=1, le=7)]


class LunchIn(_In):
    """A stretch of every day that stays free."""

    starts: MinuteOfDay
    ends: MinuteOfDay


class FindIn(_In):
    """What is looked for. Hours are those of the network's clock; weekdays count from Monday, 1."""

    points: Slugs = Field(default_factory=list)
    optional_points: Slugs = Field(default_factory=list)
    duration_minutes: Annotated[StrictInt, Field(ge=5, le=720)]
    first_day: Annotated[Day | None, Field(alias="from")] = None
    days: Annotated[StrictInt, Field(ge=1, le=92)] = 14
    hours_from: MinuteOfDay = 9 * 60
    hours_to: MinuteOfDay = 18 * 60
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(default_factory=lambda: [1, 2, 3, 4, 5])
    lunch: LunchIn | None = None
    chair: ChairIn | None = None
    step_minutes: StrictInt = 15
    setup_minutes: Annotated[StrictInt, Field(ge=0, le=240)] = 0
    clear_minutes: Annotated[StrictInt, Field(ge=0, le=240)] = 0
    near: Moment | None = None
    broadcast: StrictBool = Field(default=False, description="only times at which the site has a place for a broadcast")
    limit: Annotated[StrictInt, Field(ge=1, le=50)] = 12
    except_session: SessionId | None = Field(default=None, description="a session that is to be moved: its own time counts as free")


class HeldBySession(Shape):
    id: str
    number: str
    title: dict[str, str]


class HolderOut(Shape):
    """``session`` or, where it is something else, ``reason``."""

    starts_at: datetime
    ends_at: datetime
    session: HeldBySession | None
    reason: str


class MissingOut(Shape):
    """``point`` is null for the person in the chair."""

    point: str | None
    name: dict[str, str]
    required: bool
    held_by: list[HolderOut]


class OfferOut(Shape):
    starts_at: datetime
    ends_at: datetime
    free: int = Field(description="how many of those asked for are free")
    missing: list[MissingOut]


class FoundOut(Shape):
    """The best times, the best first."""

    items: list[OfferOut]
    next: None = None
    wanted: int = Field(description="how many were asked for, the person in the chair included")
    suits_required: bool = Field(description="whether there is a time at which nobody required is missing")
