"""Who is asked again, and when: each step once, in order, with time to answer between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.chase import FIRST_PAUSE, PAUSE, STEPS, ChaseRule, ChaseTo, next_step, silent_days, step_due_at

ASKED = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
RULES = (ChaseRule(2, 48), ChaseRule(3, 24), ChaseRule(4, 12))
FAR = ASKED + timedelta(days=30)


def days(count: float) -> datetime:
    return ASKED + timedelta(days=count)


@pytest.mark.parametrize(("now", "done", "step"), [
    (days(1.9), [], None), (days(2), [], ChaseTo.OFFICERS), (days(2.9), STEPS[:1], None), (days(3), STEPS[:1], ChaseTo.PROVINCE),
    (days(4), STEPS[:2], ChaseTo.ORGANISER), (days(9), STEPS, None), (days(9), [], ChaseTo.OFFICERS), (FAR, [], None)])
def test_a_session_far_ahead_counts_days(now: datetime, done: list[ChaseTo], step: ChaseTo | None) -> None:
    assert next_step(RULES, ASKED, FAR, done, None, now) is step


def test_a_session_soon_counts_hours_before_it() -> None:
    starts_at = days(1)
    assert step_due_at(RULES[0], ASKED, starts_at) == ASKED + FIRST_PAUSE  # two days before would be before the question
    assert step_due_at(RULES[2], ASKED, starts_at) == starts_at - timedelta(hours=12)


def test_the_next_step_leaves_time_to_answer_the_one_before() -> None:
    now = days(5)
    assert next_step(RULES, ASKED, FAR, STEPS[:1], now - PAUSE + timedelta(seconds=1), now) is None
    assert next_step(RULES, ASKED, FAR, STEPS[:1], now - PAUSE, now) is ChaseTo.PROVINCE


def test_zeros_leave_a_step_out() -> None:
    rules = (ChaseRule(0, 0), ChaseRule(0, 24), ChaseRule(4, 0))
    assert next_step(rules, ASKED, FAR, [], None, FAR - timedelta(hours=24)) is ChaseTo.PROVINCE
    assert next_step((ChaseRule(0, 0),) * 3, ASKED, FAR, [], None, FAR - timedelta(minutes=1)) is None


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 200)), min_size=3, max_size=3), st.floats(0.05, 20),
       st.lists(st.floats(0, 25), max_size=60))
def test_each_step_is_taken_at_most_once_in_order_and_never_after_the_start(
    rules: list[tuple[int, int]], ahead: float, looks: list[float],
) -> None:
    starts_at, done, last = days(ahead), list[ChaseTo](), None
    for look in sorted(looks):
        now = days(look)
        step = next_step([ChaseRule(*rule) for rule in rules], ASKED, starts_at, done, last, now)
        if step is not None:
            assert ASKED + FIRST_PAUSE <= now < starts_at
            assert last is None or now - last >= PAUSE
            done, last = [*done, step], now
    assert done == [step for step in STEPS if step in done]


def test_silence_is_counted_in_whole_days() -> None:
    assert [silent_days(ASKED, days(count)) for count in (-1, 0.5, 1, 3.9)] == [0, 0, 1, 3]
