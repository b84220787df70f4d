"""Where busy blocks stand on the board."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from liaison.domain.booking import Period
from liaison.services.board import BusyBlock
from web.board_grid import day_columns, lay_out, week_columns

ZONE = ZoneInfo("Asia/Bishkek")
MONDAY = date(2027, 3, 1)


def block(hour: float, minutes: int, point: str = "osh", day: int = 0) -> BusyBlock:
    start = (datetime(2027, 3, 1, tzinfo=ZONE) + timedelta(days=day, hours=hour)).astimezone(UTC)
    return BusyBlock(point, Period(start, start + timedelta(minutes=minutes)), None)


def test_the_day_shows_the_offices_hours_and_more_where_something_needs_them() -> None:
    assert [column.start // 60 for column in day_columns(MONDAY, [], ZONE)] == list(range(8, 19))
    wider = day_columns(MONDAY, [block(6.5, 30), block(20, 90)], ZONE)
    assert (wider[0].start, wider[-1].end) == (6 * 60, 22 * 60)
    assert day_columns(MONDAY, [block(23, 180)], ZONE)[-1].end == 24 * 60
    assert day_columns(MONDAY, [block(-2, 180)], ZONE)[0].start == 0


def test_a_block_stands_in_the_hour_it_begins_in() -> None:
    columns = day_columns(MONDAY, [], ZONE)
    cells = lay_out(columns, [block(10.25, 90)], ZONE)["osh"]
    placed = cells[2].blocks[0]
    assert (placed.offset, placed.span) == (0.25, 1.5)
    assert [cell.busy for cell in cells] == [False, False, True, True, *[False] * 7]
    assert [len(cell.blocks) for cell in cells] == [0, 0, 1, *[0] * 8]


def test_touching_blocks_leave_the_next_hour_free() -> None:
    columns = day_columns(MONDAY, [], ZONE)
    cells = lay_out(columns, [block(9, 60), block(10, 30)], ZONE)["osh"]
    assert [cell.busy for cell in cells[:4]] == [False, True, True, False]


def test_what_comes_over_from_the_day_before_begins_at_the_first_column() -> None:
    early = block(-1, 120)
    cells = lay_out(day_columns(MONDAY, [early], ZONE), [early], ZONE)["osh"]
    assert (cells[0].blocks[0].offset, cells[0].blocks[0].span) == (0, 1)


def test_what_goes_on_after_the_last_column_is_cut_there() -> None:
    columns = day_columns(MONDAY, [], ZONE)
    assert lay_out(columns, [block(18.5, 600)], ZONE)["osh"][-1].blocks[0].span == 0.5


def test_rows_are_kept_apart() -> None:
    rows = lay_out(day_columns(MONDAY, [], ZONE), [block(9, 60), block(9, 60, "naryn")], ZONE)
    assert set(rows) == {"osh", "naryn"}
    assert rows["osh"][1].blocks[0].key != rows["naryn"][1].blocks[0].key


def test_the_week_has_two_parts_a_day() -> None:
    columns = week_columns(MONDAY)
    assert len(columns) == 14
    cells = lay_out(columns, [block(11, 120, day=2), block(15, 60, day=2)], ZONE)["osh"]
    assert [index for index, cell in enumerate(cells) if cell.busy] == [4, 5]
    assert [len(cell.blocks) for cell in cells[4:6]] == [1, 1]
