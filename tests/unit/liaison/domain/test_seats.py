"""Who moves up, what is counted, when people are reminded, what may be handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.seats import (
    HallCounts,
    SeatState,
    hall_errors,
    may_become,
    moving_up,
    passed_over,
    read_contact,
    reminder_due,
    seat_errors,
)
from liaison.domain.words import Channel

START = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("free", "expected"), [(0, []), (1, ["c"]), (2, ["a"]), (3, ["a", "c"]), (6, ["a", "b"]), (7, ["a", "b", "c"])])
def test_who_waits_moves_up_in_order_as_far_as_it_fits(free: int, expected: list[str]) -> None:
    assert moving_up([("a", 2), ("b", 4), ("c", 1)], free) == expected


def test_seats_are_never_fewer_than_none() -> None:
    counts = HallCounts(seats=5, held=3, came=2, walk_ins=4, freed=1, waiting=9)
    assert (counts.free, counts.inside, counts.registered(), counts.no_shows(False), counts.no_shows(True)) == (0, 6, 6, 1, 4)
    assert HallCounts(seats=5, held=1, came=1).free == 3


@pytest.mark.parametrize(("minutes_left", "told", "expected"), [
    (1441, None, None), (1440, None, 1440), (200, 1440, None), (180, 1440, 180), (100, None, 180), (100, 180, None), (0, None, None)])
def test_each_reminder_comes_once_and_the_nearest_counts(minutes_left: int, told: int | None, expected: int | None) -> None:
    assert reminder_due(START, START - timedelta(minutes=minutes_left), told) == expected


@pytest.mark.parametrize(("minutes_left", "expected"), [(3000, None), (1440, 1440), (181, 1440), (180, 180), (-5, 180)])
def test_whoever_registers_late_is_not_reminded_at_once(minutes_left: int, expected: int | None) -> None:
    assert passed_over(START, START - timedelta(minutes=minutes_left)) == expected


def test_contacts_are_kept_in_one_form() -> None:
    assert read_contact(" aida@example.org ") == (Channel.EMAIL, "aida@example.org")
    assert read_contact("0555 12-34-56") == (Channel.SMS, "+996555123456")
    for wrong in ("aida@", "12", "aida", "@"):
        with pytest.raises(ValueError):
            read_contact(wrong)


def test_everything_wrong_is_said_by_field() -> None:
    assert {one["field"] for one in seat_errors("", None, "")} == {"guest", "people", "reach"}
    assert {one["field"] for one in seat_errors("x" * 81, 7, "nobody")} == {"guest", "people", "reach"}
    assert seat_errors("Aida", 6, "aida@example.org") == []
    assert {one["field"] for one in hall_errors(0, "x" * 201)} == {"seats", "place"}
    assert hall_errors(5000, "") == []


def test_what_is_given_back_stays_so() -> None:
    assert not any(may_become(SeatState.CANCELLED, to) for to in SeatState)
    assert not may_become(SeatState.WAITING, SeatState.FREED)
