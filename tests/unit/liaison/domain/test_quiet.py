"""Quiet hours on the wall's clock, over midnight and over a change of summer time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.quiet import QuietHours, hold_until, quiet_until, read_hours

BISHKEK = ZoneInfo("Asia/Bishkek")
NIGHT = QuietHours(time(22), time(7))
LUNCH = QuietHours(time(12), time(13, 30))


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=BISHKEK).astimezone(UTC)


@pytest.mark.parametrize(("now", "ends"), [
    (at(21, 59), None), (at(22), at(7, day=2)), (at(23, 30), at(7, day=2)), (at(0, day=2), at(7, day=2)), (at(6, 59, 2), at(7, day=2)),
    (at(7, day=2), None), (at(12), None)])
def test_a_night_reaches_over_midnight(now: datetime, ends: datetime | None) -> None:
    assert quiet_until(NIGHT, BISHKEK, now) == ends


@pytest.mark.parametrize(("now", "ends"), [(at(11, 59), None), (at(12), at(13, 30)), (at(13, 29), at(13, 30)), (at(13, 30), None)])
def test_hours_of_one_day(now: datetime, ends: datetime | None) -> None:
    assert quiet_until(LUNCH, BISHKEK, now) == ends


def test_no_hours_are_never_quiet() -> None:
    assert quiet_until(None, BISHKEK, at(3)) is None
    assert hold_until(None, BISHKEK, at(3), []) is None


@pytest.mark.parametrize(("starts", "held"), [
    ([at(9, day=2)], True), ([at(7, day=2)], True), ([at(6, 59, 2)], False), ([at(23, 30)], False), ([at(22)], False),
    ([at(9, day=2), at(6, day=2)], False), ([], True)])
def test_what_begins_before_the_morning_cannot_wait(starts: list[datetime], held: bool) -> None:
    assert (hold_until(NIGHT, BISHKEK, at(23), starts) == at(7, day=2)) is held


def test_a_night_with_a_change_of_summer_time_ends_when_the_wall_says_so() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2027, 3, 27, 23, 0, tzinfo=berlin).astimezone(UTC)  # clocks go forward in this night
    assert quiet_until(NIGHT, berlin, now) == datetime(2027, 3, 28, 7, 0, tzinfo=berlin).astimezone(UTC)


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)), st.times().map(lambda t: t.replace(second=0, microsecond=0)),
       st.integers(0, 60 * 24 * 7))
def test_the_end_is_ahead_within_a_day_and_not_quiet_itself(begins: time, ends: time, minutes: int) -> None:
    if begins == ends:
        return
    hours, now = QuietHours(begins, ends), at(0) + timedelta(minutes=minutes)
    until = quiet_until(hours, BISHKEK, now)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert quiet_until(hours, BISHKEK, until) is None


def test_hours_are_read_as_people_write_them() -> None:
    assert read_hours("22:00", "07:00") == NIGHT
    assert read_hours("", "") is None
    for begins, ends in (("22", "07:00"), ("24:00", "07:00"), ("22:00", ""), ("", "07:00"), ("22:00", "22:00"), ("٢٢:٠٠", "07:00")):
        with pytest.raises(ValueError, match=r"\S"):
            read_hours(begins, ends)
