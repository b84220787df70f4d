"""Where sessions stand in the week: side by side where they overlap, in pieces where they pass midnight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from liaison.services.session_views import SessionView
from web.calendar_grid import Day, hours_shown, lay_out, month_days, week_start

ZONE = ZoneInfo("Asia/Bishkek")
MONDAY = date(2027, 3, 1)
MIDNIGHT = datetime(2027, 2, 28, 18, tzinfo=UTC)  # Monday 00:00 in Bishkek


def session(name: str, start_minutes: int, minutes: int) -> SessionView:
    """A session that begins so many minutes after Monday's local midnight."""
    start = MIDNIGHT + timedelta(minutes=start_minutes)
    rest: dict[str, Any] = dict.fromkeys(SessionView.__dataclass_fields__, None)
    view = SessionView(**rest | {"id": name, "number": name, "points": (), "agenda": ()})
    return replace(view, starts_at=start, ends_at=start + timedelta(minutes=minutes))


def day(*sessions: SessionView) -> Day:
    return lay_out([MONDAY], sessions, ZONE)[0]


def test_a_session_alone_takes_the_whole_width() -> None:
    (block,) = day(session("a", 600, 60)).blocks
    assert (block.start, block.end, block.lane, block.lanes) == (600, 660, 0, 1)


def test_overlapping_sessions_stand_side_by_side() -> None:
    blocks = day(session("a", 600, 120), session("b", 630, 60), session("c", 660, 45)).blocks
    assert [(block.line.id, block.lane, block.lanes) for block in blocks] == [("a", 0, 3), ("b", 1, 3), ("c", 2, 3)]


def test_what_has_no_lane_is_counted_in_strips_of_those_that_overlap() -> None:
    whole = day(session("a", 600, 300), session("b", 600, 300), session("c", 630, 60), session("d", 660, 60), session("e", 800, 60))
    assert [block.line.id for block in whole.shown] == ["a", "b"]
    assert [(tuple(line.id for line in more.lines), more.start, more.end) for more in whole.more] == [
        (("c", "d"), 630, 720), (("e",), 800, 860)]
    assert [line.id for line in whole.lines] == ["a", "b", "c", "d", "e"]


def test_two_at_once_need_no_strip() -> None:
    assert day(session("a", 600, 60), session("b", 630, 60)).more == ()


def test_one_after_the_other_share_a_lane() -> None:
    blocks = day(session("a", 600, 60), session("b", 660, 60)).blocks
    assert [(block.lane, block.lanes) for block in blocks] == [(0, 1), (0, 1)]


def test_a_session_over_midnight_has_a_piece_in_each_day() -> None:
    first, second = lay_out([MONDAY, MONDAY + timedelta(days=1)], [session("a", 23 * 60, 120)], ZONE)
    assert [(block.start, block.end) for block in first.blocks] == [(1380, 1440)]
    assert [(block.start, block.end) for block in second.blocks] == [(0, 60)]


def test_a_session_that_ends_at_midnight_is_not_in_the_next_day() -> None:
    assert lay_out([MONDAY + timedelta(days=1)], [session("a", 23 * 60, 60)], ZONE)[0].blocks == ()


def test_a_short_session_is_tall_enough_to_read() -> None:
    (block,) = day(session("a", 600, 5)).blocks
    assert block.end - block.start == 30


def test_hours_grow_with_early_and_late_sessions() -> None:
    assert hours_shown([day(session("a", 600, 60))]) == (8, 19)
    assert hours_shown([day(session("a", 6 * 60 + 30, 60), session("b", 21 * 60, 90))]) == (6, 23)


def test_weeks_begin_on_monday_and_months_are_whole_weeks() -> None:
    assert week_start(date(2027, 3, 7)) == MONDAY
    days = month_days(date(2027, 3, 15))
    assert (days[0], days[-1], len(days)) == (MONDAY, date(2027, 4, 4), 35)
    assert len(month_days(date(2027, 2, 1))) == 28


@given(st.lists(st.tuples(st.integers(0, 1380), st.integers(5, 300)), max_size=12))
def test_no_two_blocks_ever_lie_on_each_other(plans: list[tuple[int, int]]) -> None:
    blocks = day(*(session(f"s{index}", start, length) for index, (start, length) in enumerate(plans))).blocks
    assert len(blocks) == len(plans)
    for block in blocks:
        assert 0 <= block.lane < block.lanes
        assert 0 <= block.start < block.end <= 1440
        for other in blocks:
            if other is not block and other.lane == block.lane:
                assert block.end <= other.start or other.end <= block.start
