"""The shapes of groups and templates in the API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictStr

from .shape import Shape


class GroupIn(Shape):
    """``name`` by language; ``points`` are slugs in the group's order."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[dict[StrictStr, StrictStr], Field(min_length=1)]
    points: Annotated[list[StrictStr], Field(min_length=1, max_length=1000)]


class GroupOut(Shape):
    slug: str
    name: dict[str, str]
    display_name: str
    points: list[str]
    built_in: bool = Field(description="of the network's file; cannot be changed")


class GroupList(Shape):
    items: list[GroupOut]
    next: str | None


class TemplateIn(Shape):
    """``session`` is the id of the session to keep; ``groups`` (slugs) bring their points anew each time."""

    model_config = ConfigDict(extra="forbid")

    session: StrictStr
    name: Annotated[dict[StrictStr, StrictStr], Field(min_length=1)]
    groups: Annotated[list[StrictStr], Field(max_length=50)] = Field(default_factory=list)


class TemplateOut(Shape):
    id: str
    name: dict[str, str]
    display_name: str
    plan: dict[str, Any]
    groups: list[str]
    rule: str
    time: str
    built_in: bool


class TemplateList(Shape):
    items: list[TemplateOut]
    next: str | None
