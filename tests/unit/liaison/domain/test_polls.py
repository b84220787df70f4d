"""Date polls: tallies, the time that suits best, what a new poll may ask, when it reminds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.polls import PollAnswer, Tally, best, poll_errors, remind_at, tally

NOW = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
YES, PERHAPS, NO = PollAnswer.YES, PollAnswer.IF_NEED_BE, PollAnswer.NO


def of(time_id: str, *answers: str, days: int = 1, required: int = 2) -> Tally:
    points = [f"p{index}" for index in range(3)]
    given = {point: answer for point, answer in zip(points, answers, strict=False) if answer}
    return tally(time_id, NOW + days * DAY, points, points[:required], given)


def test_counts_what_was_said_and_what_was_not() -> None:
    counted = of("a", YES, NO)
    assert (counted.yes, counted.if_need_be, counted.no, counted.required_no, counted.open) == (1, 0, 1, 1, 1)


def test_points_that_are_not_asked_any_more_do_not_count() -> None:
    counted = tally("a", NOW, ["p0"], ["p0"], {"p0": YES, "gone": NO})
    assert (counted.yes, counted.no, counted.required_no, counted.open) == (1, 0, 0, 0)


@pytest.mark.parametrize(("first", "second", "wins"), [
    (of("a", NO, YES, YES), of("b", YES, YES, NO), "b"),           # a required point weighs more than an optional one
    (of("a", YES, YES, NO), of("b", YES, YES, PERHAPS), "b"),      # no refusal beats one
    (of("a", YES, PERHAPS, PERHAPS), of("b", YES, YES, PERHAPS), "b"),
    (of("a", YES, PERHAPS), of("b", YES, ""), "a"),                # coming if need be is more than nothing said
    (of("a", YES, YES, days=3), of("b", YES, YES, days=2), "b"),   # else the earlier one
])
def test_the_best_time(first: Tally, second: Tally, wins: str) -> None:
    assert best([first, second], NOW) == wins
    assert best([second, first], NOW) == wins


def test_no_time_is_best_before_anybody_has_answered_nor_one_that_has_passed() -> None:
    assert best([of("a"), of("b")], NOW) is None
    assert best([of("a", YES, days=-1), of("b", NO)], NOW) == "b"
    assert best([], NOW) is None


@pytest.mark.parametrize(("starts", "by", "fields"), [
    ([3, 4], 2, []), ([3], 2, ["times"]), ([3, 3], 2, ["times"]), (range(3, 24), 2, ["times"]), ([-1, 3], -2, ["times", "answer_by"]),
    ([3, 4], 0, ["answer_by"]), ([3, 4], 3.5, ["answer_by"]), ([300, 301], 200, ["answer_by"]),
])
def test_what_a_poll_may_ask(starts: list[int], by: float, fields: list[str]) -> None:
    found = poll_errors([NOW + day * DAY for day in starts], NOW + by * DAY, NOW)
    assert [error["field"] for error in found] == fields


def test_reminds_a_day_before_or_at_half_the_time() -> None:
    assert remind_at(NOW, NOW + 5 * DAY) == NOW + 4 * DAY
    assert remind_at(NOW, NOW + DAY) == NOW + DAY / 2
