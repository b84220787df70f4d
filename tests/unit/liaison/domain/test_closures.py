"""Closed periods and holidays, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from liaison.domain.booking import Period, widened
from liaison.domain.closures import concerns, days_of, stretch_errors
from liaison.network import load_network
from liaison.services.holiday_calendar import holidays_between

NOW = datetime(2027, 3, 1, 3, tzinfo=UTC)
BISHKEK = ZoneInfo("Asia/Bishkek")


def _at(day: int, hour: int) -> datetime:
    return datetime(2027, 3, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(("start", "end", "days"), [
    (_at(1, 4), _at(1, 5), [1]), (_at(1, 17), _at(1, 18), [1]), (_at(1, 17), _at(1, 19), [1, 2]), (_at(1, 18), _at(1, 19), [2])])
def test_the_days_a_period_touches_are_those_of_the_networks_calendar(start: datetime, end: datetime, days: list[int]) -> None:
    assert days_of(Period(start, end), BISHKEK) == [date(2027, 3, day) for day in days]


def test_whom_a_closure_concerns() -> None:
    alay, hall = ("p1", "osh-oblast"), ("p2", None)
    assert concerns(None, None, *alay) and concerns(None, None, *hall)
    assert concerns("osh-oblast", None, *alay) and not concerns("osh-oblast", None, *hall)
    assert concerns(None, "p1", *alay) and not concerns(None, "p1", *hall)


@pytest.mark.parametrize(("start", "end", "reason", "wrong"), [
    (_at(2, 1), _at(2, 2), "x", []), (_at(2, 2), _at(2, 2), "x", ["ends_at"]), (NOW - timedelta(days=2), NOW, "x", ["ends_at"]),
    (_at(2, 1), _at(2, 1) + timedelta(days=367), "x", ["ends_at"]),
    (NOW + timedelta(days=4000), NOW + timedelta(days=4001), "x", ["starts_at"]),
    (_at(2, 1), _at(2, 2), "  ", ["reason"]), (_at(2, 1), _at(2, 2), "\0", ["reason"])])
def test_what_is_wrong_with_a_stretch(start: datetime, end: datetime, reason: str, wrong: list[str]) -> None:
    assert [error["field"] for error in stretch_errors(Period(start, end), reason, NOW)] == wrong


def test_holidays_have_names_in_every_language_of_the_network() -> None:
    found = holidays_between(load_network(), date(2027, 1, 1), date(2027, 12, 31))
    named = {day.date: day.name for day in found}
    assert named[date(2027, 3, 21)] == {"ky": "Элдик Нооруз майрамы", "ru": "Народный праздник Нооруз", "en": "Nooruz Holiday"}
    assert all(set(day.name) == {"ky", "ru", "en"} for day in found)
    assert date(2027, 5, 1) in named and date(2027, 4, 1) not in named
    assert holidays_between(load_network(), date(1, 1, 1), date(1900, 1, 1)) == []


def test_touching_buffers_do_not_overlap() -> None:
    first, second = Period(_at(1, 4), _at(1, 5)), Period(_at(1, 6), _at(1, 7))
    assert widened(first, 0, 30).overlaps(widened(second, 30, 0)) is False
    assert widened(first, 0, 31).overlaps(widened(second, 30, 0)) is True
