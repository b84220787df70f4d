"""Shapes of requests and of the waiting list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr

from liaison.domain.booking_requests import RequestKind, RequestState

from .schemas import SessionIn, SessionPatch, _In
from .shape import Shape

Note = Annotated[StrictStr, Field(max_length=2000)]


class RequestIn(SessionIn):
    """A session as for booking. ``asks``: what is wanted of it."""

    asks: Literal["request", "waiting"]
    note: Note = ""


class ApproveIn(SessionPatch):
    """Fields of the session to change before it is booked, and words to the officer."""

    note: Note = ""


class RequestQuery(_In):
    kind: Literal["request", "waiting"] = RequestKind.REQUEST.value
    all: bool = False


class RequestOut(Shape):
    id: str
    kind: RequestKind
    state: RequestState
    title: dict[str, str]
    session_kind: str
    starts_at: datetime
    ends_at: datetime
    duration_minutes: int
    points: list[str]
    optional_points: list[str]
    note: str
    asked_by: str | None
    created_at: datetime
    offer_until: datetime | None = Field(description="until when the time is held for whoever waited")
    answer: str
    answered_at: datetime | None
    session: str | None = Field(description="the session it became")
    conflicts: list[dict[str, Any]] = Field(description="what stands in the way now, for the office")


class RequestList(Shape):
    items: list[RequestOut]
    next: str | None
