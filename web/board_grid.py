"""The free/busy board as a grid: columns of hours or of parts of days, and where each busy block stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from liaison.domain.booking import Period
from liaison.services.board import BusyBlock

from .calendar_grid import DAY_MINUTES, FIRST_HOUR, LAST_HOUR

PARTS = ((0, 12 * 60), (12 * 60, DAY_MINUTES))
"""The parts of a day in the week's view, in minutes of the day: before and after noon."""


@dataclass(frozen=True)
class Column:
    """A stretch of one local day, in minutes of the day."""

    day: date
    start: int
    end: int


@dataclass
class Cell:
    """A point's place in a column: the blocks that begin here (or came over from before the first column), and whether
    anything takes the room in it."""

    blocks: list[Placed] = field(default_factory=list)
    busy: bool = False


@dataclass(frozen=True)
class Placed:
    """A block within its cell: how far in it begins and how long it is, in widths of a column. ``key`` is its name in the page."""

    key: str
    block: BusyBlock
    offset: float
    span: float


def day_columns(day: date, blocks: Iterable[BusyBlock], zone: ZoneInfo) -> list[Column]:
    """The office's hours, or more where something needs them."""
    first, last = FIRST_HOUR, LAST_HOUR
    midnight = day.toordinal() * DAY_MINUTES
    for block in blocks:
        start, end = (minute - midnight for minute in _span(block.period, zone))
        first, last = min(first, max(0, start) // 60), max(last, -(-min(end, DAY_MINUTES) // 60))
    return [Column(day, hour * 60, (hour + 1) * 60) for hour in range(first, last)]


def week_columns(monday: date) -> list[Column]:
    return [Column(monday + timedelta(days=index), *part) for index in range(7) for part in PARTS]


def lay_out(columns: Sequence[Column], blocks: Iterable[BusyBlock], zone: ZoneInfo) -> dict[str, list[Cell]]:
    """By point id, a cell for every column; points without blocks are left out."""
    rows: dict[str, list[Cell]] = {}
    spans: dict[Period, tuple[int, int]] = {}  # a session's rooms are taken alike
    for number, block in enumerate(blocks):
        if block.point_id not in rows:
            rows[block.point_id] = [Cell() for _ in columns]
        if block.period not in spans:
            spans[block.period] = _span(block.period, zone)
        _place(rows[block.point_id], columns, f"block-{number}", block, spans[block.period])
    return rows


def _place(cells: list[Cell], columns: Sequence[Column], key: str, block: BusyBlock, span: tuple[int, int]) -> None:
    placed = False
    for cell, column in zip(cells, columns, strict=True):
        midnight = column.day.toordinal() * DAY_MINUTES
        start, end = span[0] - midnight, span[1] - midnight
        if start >= column.end or end <= column.start:
            continue
        cell.busy = True
        if not placed:
            cell.blocks.append(_placed(key, block, column, columns[-1], start, end))
            placed = True


def _placed(key: str, block: BusyBlock, column: Column, last: Column, start: int, end: int) -> Placed:
    width = column.end - column.start
    shown_from, shown_to = max(start, column.start), min(end, last.end if last.day == column.day else DAY_MINUTES)
    return Placed(key, block, (shown_from - column.start) / width, (shown_to - shown_from) / width)


def _span(period: Period, zone: ZoneInfo) -> tuple[int, int]:
    return _minutes(period.starts_at, zone), _minutes(period.ends_at, zone)


def _minutes(moment: datetime, zone: ZoneInfo) -> int:
    """Wall-clock minutes since the first midnight of the calendar (day 0 of ``date.toordinal``)."""
    local = moment.astimezone(zone)
    return local.toordinal() * DAY_MINUTES + local.hour * 60 + local.minute
