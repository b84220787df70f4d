"""The shapes of the network's part of the API: states, mobile points, their routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from .schemas import Moment, Texts, _In
from .shape import Shape

Degrees = Annotated[StrictFloat | StrictInt, Field(ge=-180, le=180)]
Profile = Literal["normal", "thin", "audio"]


class MobileIn(_In):
    """A mobile point to make. Texts are by language; without ``slug`` one is made from the name."""

    name: Annotated[Texts, Field(min_length=1)]
    slug: Annotated[StrictStr, Field(max_length=64)] = ""
    seat: Texts = Field(default_factory=dict)
    lat: Degrees | None = None
    lon: Degrees | None = None
    phone: Annotated[StrictStr, Field(max_length=64)] = ""
    email: Annotated[StrictStr, Field(max_length=254)] = ""
    link_profile: Profile = "thin"


class PointPatch(_In):
    """Any of the fields; what is not sent stays. The network's points keep the names of their file."""

    phone: Annotated[StrictStr, Field(max_length=64)] | None = None
    email: Annotated[StrictStr, Field(max_length=254)] | None = None
    link_profile: Profile | None = None
    active: StrictBool | None = None


class StopIn(_In):
    """Where a mobile point stands from ``starts_at`` until before ``ends_at``; ``place`` is a text, or texts by language."""

    place: Annotated[StrictStr, Field(min_length=1, max_length=200)] | Annotated[Texts, Field(min_length=1)]
    lat: Degrees
    lon: Degrees
    starts_at: Moment
    ends_at: Moment
    note: Annotated[StrictStr, Field(max_length=500)] = ""


class StopOut(Shape):
    id: str
    place: dict[str, str] = Field(description='texts by language; "" holds one for all of them')
    display_place: str
    lat: float
    lon: float
    starts_at: datetime
    ends_at: datetime
    note: str


class RouteOut(Shape):
    items: list[StopOut]
    next: str | None


class SessionAtOut(Shape):
    id: str
    title: dict[str, str] | None = Field(description="null for readers who may not see the session")
    starts_at: datetime


class StateOut(Shape):
    slug: str
    state: str = Field(description="trouble, session, maintenance, ready, unchecked; others may come")
    trouble: str | None = Field(description="no_media, dropped, absent, weak, not_ready")
    since: datetime | None
    lat: float | None = Field(description="where it is now; a mobile point's stop")
    lon: float | None
    session: SessionAtOut | None = Field(description="the live one")
    next: SessionAtOut | None
    stop: StopOut | None = Field(description="of a mobile point: where it stands now")
    next_stop: StopOut | None


class NetworkOut(Shape):
    at: datetime
    counts: dict[str, int]
    items: list[StateOut]
    next: str | None
