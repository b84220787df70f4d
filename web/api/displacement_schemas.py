"""Shapes of displacement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StrictStr

from .schemas import Moment, SessionIn, SessionPatch, _In
from .shape import Shape


class FateIn(_In):
    """``starts_at`` moves the session; otherwise ``fate``: ``drop`` (it stays without the points) or ``cancel``."""

    session: StrictStr
    starts_at: Moment | None = None
    fate: Literal["drop", "cancel"] | None = None


class DisplaceIn(_In):
    """``request``: the id of the officer's request that is approved so, with a ``note`` to the officer."""

    booking: SessionIn
    displaced: Annotated[list[FateIn], Field(max_length=1000)]
    reason: Annotated[StrictStr, Field(max_length=2000)] = ""
    request: Annotated[StrictStr, Field(max_length=200)] = ""
    note: Annotated[StrictStr, Field(max_length=2000)] = ""


class DisplaceByChangeIn(_In):
    """``changes``: fields as in a change of the session or of its series."""

    changes: SessionPatch
    displaced: Annotated[list[FateIn], Field(max_length=1000)]
    reason: Annotated[StrictStr, Field(max_length=2000)] = ""


class DisplacedOut(Shape):
    session: str
    number: str
    title: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    priority: int
    points: list[str] = Field(description="those it would lose")
    displaceable: bool
    may_drop: bool = Field(description="it could stay without them")
    starts: list[datetime] = Field(description="new starts at which it is free whole")
    dates: list[date] = Field(description="the dates of the series in whose way it is; empty for a single session")


class DisplacedList(Shape):
    items: list[DisplacedOut]
    next: str | None
