"""Ports counted over overlapping sessions, and the nearest time at which something fits: beside plain counting by minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.domain.booking import Period
from liaison.domain.capacity import Load, Ports, Shortage, overfull, shortages
from liaison.domain.free_time import around, gaps, merged, nearest_start, next_starts

DAY = datetime(2027, 3, 1, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return DAY + timedelta(minutes=minutes)


def period(start: int, end: int) -> Period:
    return Period(at(start), at(end))


def load(start: int, end: int, video: int = 0, watchers: int = 0, recordings: int = 0) -> Load:
    return Load(period(start, end), Ports(video, watchers, recordings))


@pytest.mark.parametrize(("loads", "wanted", "short"), [
    ([], Ports(10), []), ([], Ports(11), [Shortage("video", 11, 0, 10)]),
    ([load(0, 60, 6)], Ports(4), []), ([load(0, 60, 6)], Ports(5), [Shortage("video", 5, 6, 10)]),
    ([load(0, 10, 6)], Ports(5), []),  # it ends as the new one begins
    ([load(60, 90, 6)], Ports(5), []),
    ([load(0, 30, 6), load(30, 60, 6)], Ports(4), []),  # one after the other, never both
    ([load(0, 31, 6), load(30, 60, 6)], Ports(4), [Shortage("video", 4, 12, 10)]),
    ([load(0, 60, 10, 100, 2)], Ports(0, 1, 1), [Shortage("watchers", 1, 100, 100), Shortage("recordings", 1, 2, 2)]),
    ([load(0, 60, 99)], Ports(0, 1), []),  # what is not wanted is nobody's hindrance
])
def test_what_is_short(loads: list[Load], wanted: Ports, short: list[Shortage]) -> None:
    assert shortages(loads, wanted, period(10, 60), Ports(10, 100, 2)) == short


spans = st.tuples(st.integers(0, 100), st.integers(1, 40)).map(lambda pair: (pair[0], pair[0] + pair[1]))
some_loads = st.lists(st.tuples(spans, st.integers(0, 6)), max_size=8)


@settings(deadline=None)
@given(some_loads, spans, st.integers(0, 6), st.integers(0, 12))
def test_counting_by_minutes_says_the_same(loads: list[tuple[tuple[int, int], int]], new: tuple[int, int], wanted: int, most: int) -> None:
    made = [load(*span, video) for span, video in loads]
    taken = [sum(video for (start, end), video in loads if start <= minute < end) for minute in range(150)]
    worst = max(taken[new[0]:new[1]])
    fits = not wanted or worst + wanted <= most
    assert (shortages(made, Ports(wanted), period(*new), Ports(most)) == []) is fits
    full = {minute for minute in range(150) if wanted and taken[minute] and taken[minute] + wanted > most}
    found = overfull(made, Ports(wanted), Ports(most))
    assert {minute for minute in range(150) if any(p.starts_at <= at(minute) < p.ends_at for p in found)} == full


FIVES = st.integers(0, 24).map(lambda number: number * 5)
blocks = st.lists(st.tuples(FIVES, st.integers(1, 8)).map(lambda pair: period(pair[0], pair[0] + pair[1] * 5)), max_size=6)


@settings(deadline=None)
@given(blocks, st.integers(1, 6).map(lambda number: number * 5), FIVES)
def test_the_nearest_start_is_the_nearest_of_all(taken: list[Period], length: int, wanted: int) -> None:
    window = period(0, 120)
    free = [minute for minute in range(0, 121 - length, 5) if not any(block.overlaps(period(minute, minute + length)) for block in taken)]
    nearest = nearest_start(taken, timedelta(minutes=length), at(wanted), window)
    if not free:
        assert nearest is None
    else:
        assert nearest is not None
        assert abs(nearest - at(wanted)) == timedelta(minutes=min(abs(minute - wanted) for minute in free))
        assert (nearest - DAY) // timedelta(minutes=1) in free


def test_starts_are_whole_five_minutes() -> None:
    taken, window = [period(0, 7)], period(1, 60)
    assert nearest_start(taken, timedelta(minutes=20), at(3), window) == at(10)
    assert nearest_start([period(33, 60)], timedelta(minutes=20), at(40), window) == at(10)
    assert nearest_start(taken, timedelta(minutes=60), at(3), window) is None
    assert next_starts([period(0, 7), period(20, 31)], timedelta(minutes=10), window, 5) == [at(10), at(35)]


def test_gaps_and_blocks() -> None:
    assert merged([period(10, 20), period(0, 10), period(30, 40), period(32, 33)]) == [period(0, 20), period(30, 40)]
    assert gaps([period(10, 20), period(30, 80)], period(0, 60)) == [period(0, 10), period(20, 30)]
    assert around(period(20, 30), timedelta(minutes=5), timedelta(minutes=1)) == period(19, 35)
