"""The shapes of tables that are imported."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from .schemas import FieldError, _In
from .shape import Shape


class TableIn(_In):
    """``table``: CSV with a heading; columns and rows that it lacks stay as they are."""

    table: Annotated[StrictStr, Field(min_length=1, max_length=1_500_000)]
    dry_run: StrictBool = False


class ChangeOut(Shape):
    field: str
    before: str
    after: str


class TableRowOut(Shape):
    line: int
    name: str
    verdict: Literal["added", "changed", "same", "refused"]
    changes: list[ChangeOut]
    errors: list[FieldError]


class TableOut(Shape):
    dry_run: bool
    fine: bool = Field(description="no row is refused")
    counts: dict[str, int]
    rows: list[TableRowOut]
