"""Where sessions stand in a week or month grid. Pure: local dates and minutes in, places out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from liaison.services.session_views import SessionView

DAY_MINUTES = 24 * 60
FIRST_HOUR, LAST_HOUR = 8, 19
MOST_LANES = 2
"""So many sessions stand side by side in a day of the week; more could not be read and go into a strip that counts them."""
SHORTEST_MINUTES = 30
"""A shorter session is drawn this tall, so that its title can be read."""


@dataclass(frozen=True)
class Block:
    """A session's piece within one day: minutes since local midnight, and its lane among those it overlaps."""

    line: SessionView
    start: int
    end: int
    lane: int
    lanes: int


@dataclass(frozen=True)
class More:
    """Sessions for which there is no lane, in the minutes from the first one's start to the last one's end."""

    lines: tuple[SessionView, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Day:
    date: date
    blocks: tuple[Block, ...]

    @property
    def shown(self) -> tuple[Block, ...]:
        """The blocks that have a lane in a week's column."""
        return tuple(block for block in self.blocks if block.lane < MOST_LANES)

    @property
    def more(self) -> tuple[More, ...]:
        """The others, those that overlap together."""
        found: list[More] = []
        for block in self.blocks:
            if block.lane < MOST_LANES:
                continue
            if found and block.start < found[-1].end:
                last = found.pop()
                found.append(More((*last.lines, block.line), last.start, max(last.end, block.end)))
            else:
                found.append(More((block.line,), block.start, block.end))
        return tuple(found)

    @property
    def lines(self) -> tuple[SessionView, ...]:
        """Each session of the day once, by start."""
        return tuple({block.line.id: block.line for block in self.blocks}.values())


def week_start(day: date) -> date:
    """The Monday of that week."""
    return day - timedelta(days=day.weekday())


def month_days(day: date) -> list[date]:
    """Whole weeks that cover the month."""
    first = week_start(day.replace(day=1))
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    weeks = -(-(next_month - first).days // 7)
    return [first + timedelta(days=index) for index in range(weeks * 7)]


def lay_out(days: Sequence[date], lines: Iterable[SessionView], zone: ZoneInfo) -> list[Day]:
    """Each day with its sessions; one that passes midnight has a piece in each day."""
    kept = list(lines)
    return [Day(day, _lanes(_pieces(day, kept, zone))) for day in days]


def hours_shown(days: Iterable[Day]) -> tuple[int, int]:
    """The office's hours, or more where a session needs them: first hour and the hour after the last."""
    blocks = [block for day in days for block in day.blocks]
    first = min([FIRST_HOUR, *(block.start // 60 for block in blocks)])
    last = max([LAST_HOUR, *(-(-block.end // 60) for block in blocks)])
    return first, min(last, 24)


def _pieces(day: date, lines: list[SessionView], zone: ZoneInfo) -> list[tuple[int, int, SessionView]]:
    pieces = []
    for line in lines:
        start, end = _minutes_in(day, line.starts_at, zone), _minutes_in(day, line.ends_at, zone)
        if start < DAY_MINUTES and end > 0 and end > start:
            start = max(0, min(start, DAY_MINUTES - SHORTEST_MINUTES))
            pieces.append((start, max(min(end, DAY_MINUTES), start + SHORTEST_MINUTES), line))
    return sorted(pieces, key=lambda piece: (piece[0], -piece[1], piece[2].number))


def _minutes_in(day: date, moment: datetime, zone: ZoneInfo) -> int:
    """Wall-clock minutes since that day's midnight; negative before, above 1440 after."""
    local = moment.astimezone(zone)
    return (local.date() - day).days * DAY_MINUTES + local.hour * 60 + local.minute


def _lanes(pieces: list[tuple[int, int, SessionView]]) -> tuple[Block, ...]:
    """Side by side where they overlap: the first free lane, as many lanes as the cluster needs."""
    blocks: list[Block] = []
    cluster: list[tuple[int, int, SessionView, int]] = []
    ends: list[int] = []
    for start, end, line in pieces:
        if ends and start >= max(ends):
            blocks += _closed(cluster, len(ends))
            cluster, ends = [], []
        lane = next((index for index, busy in enumerate(ends) if busy <= start), len(ends))
        ends[lane:lane + 1] = [end]
        cluster.append((start, end, line, lane))
    return tuple(blocks + _closed(cluster, len(ends)))


def _closed(cluster: list[tuple[int, int, SessionView, int]], lanes: int) -> list[Block]:
    return [Block(line, start, end, lane, lanes) for start, end, line, lane in cluster]
