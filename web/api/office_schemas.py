"""Shapes of what the office keeps: deputies, room PCs, message texts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictStr

from .schemas import Moment, _In
from .shape import Shape


class DeputyQuery(_In):
    user: Annotated[StrictStr, Field(max_length=200)] = ""


class DeputyIn(_In):
    """Accounts by name or id; without ``starts_at`` from now on, without ``ends_at`` until it is ended."""

    chief: Annotated[StrictStr, Field(max_length=200)]
    deputy: Annotated[StrictStr, Field(max_length=200)]
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class DeputyOut(Shape):
    id: str
    chief_id: str
    chief: str
    deputy_id: str
    deputy: str
    starts_at: datetime
    ends_at: datetime | None
    in_force: bool


class DeputyList(Shape):
    items: list[DeputyOut]
    next: str | None


class PairIn(_In):
    """``code`` stands on the PC's screen; ``name`` says which PC it is."""

    code: Annotated[StrictStr, Field(max_length=20)]
    name: Annotated[StrictStr, Field(max_length=200)]


class RoomPcOut(Shape):
    id: str
    name: str
    created_by: str
    created_at: datetime
    last_seen_at: datetime | None


class RoomPcList(Shape):
    items: list[RoomPcOut]
    next: str | None


class TextIn(_In):
    text: Annotated[StrictStr, Field(max_length=2000)]


class TextOut(Shape):
    """The office's own words; messages that are not listed keep the product's."""

    kind: str
    part: str
    language: str
    text: str


class TextList(Shape):
    items: list[TextOut]
    next: str | None
