"""Shapes of date polls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictStr

from .schemas import Moment, SessionIn, _In
from .shape import Shape


class PollIn(_In):
    """``booking`` is the session to be: its ``starts_at`` is one of the times proposed, ``times`` are the others."""

    booking: SessionIn
    times: Annotated[list[Moment], Field(max_length=50)]
    answer_by: Moment


class PollAnswerIn(_In):
    """``answers`` by time's id, for every time."""

    point: StrictStr
    answers: dict[StrictStr, Literal["yes", "if_need_be", "no"]]


class PollCloseIn(_In):
    time: StrictStr = Field(description="the id of the time at which the session is booked")


class PollTimeOut(Shape):
    """``required_no`` counts the refusals of points that are needed, ``open`` those that have not answered."""

    time_id: str
    starts_at: datetime
    yes: int
    if_need_be: int
    no: int
    required_no: int
    open: int


class PolledPointOut(Shape):
    slug: str
    required: bool
    answers: dict[str, str]
    answered_at: datetime | None


class PollOut(Shape):
    id: str
    status: Literal["open", "booked", "dropped"]
    title: dict[str, str]
    duration_minutes: int
    answer_by: datetime
    times: list[PollTimeOut]
    points: list[PolledPointOut]
    best: str | None = Field(description="the time that suits best of those to come")
    session: str | None = Field(description="the session that was booked")


class PollList(Shape):
    items: list[PollOut]
    next: str | None
