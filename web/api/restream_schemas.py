"""Shapes of what is said about broadcasts that are handed on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from liaison.domain.restreams import LONGEST

from .schemas import _In
from .shape import Shape


class RestreamIn(_In):
    """``address`` and ``key``, or ``default``: where all public broadcasts of the installation go."""

    address: Annotated[StrictStr, Field(max_length=LONGEST)] = ""
    key: Annotated[StrictStr, Field(max_length=LONGEST, json_schema_extra={"writeOnly": True})] = ""
    default: StrictBool = False


class RestreamOut(Shape):
    """``tries`` have failed for this ``problem`` since it was sent for the last time. The key is never told."""

    address: str
    default: bool
    state: Literal["sending", "waiting", "over"]
    tries: int
    problem: Literal["", "unreachable", "refused", "broken"]
    since: datetime | None
