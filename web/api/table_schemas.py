"""The shapes of tables that are imported."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StrictStr

from .schemas import FieldError, _In


class TableIn(_In):
    """``table``: CSV with a heading; columns and rows that it lacks stay as they are."""

    table: Annotated[StrictStr, Field(min_length=1, max_length=1_500_000)]
    dry_run: StrictBool = False


class ChangeOut(BaseModel):
    field: str
    before: str
    after: str


class TableRowOut(BaseModel):
    line: int
    name: str
    verdict: Literal["added", "changed", "same", "refused"]
    changes: list[ChangeOut]
    errors: list[FieldError]


class TableOut(BaseModel):
    dry_run: bool
    fine: bool = Field(description="no row is refused")
    counts: dict[str, int]
    rows: list[TableRowOut]
