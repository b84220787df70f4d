"""The clock's verdicts over a live session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.lifecycle import Close, Extend, LiveFacts, NoteEmpty, Verdict, judge, warning_due

END = datetime(2027, 3, 1, 5, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return END + timedelta(minutes=minutes)


def facts(people: bool = True, ever: bool = True, empty: float | None = None, extended: float | None = None) -> LiveFacts:
    return LiveFacts(END, None if extended is None else at(extended), None if empty is None else at(empty), people, ever)


@pytest.mark.parametrize(("minutes", "given_facts", "verdict"), [
    (-30, facts(), None),
    (0, facts(), Extend(at(5))),
    (3, facts(), Extend(at(5))),
    (5, facts(), Extend(at(10))),                              # the clock stood still
    (4, facts(extended=5), None),
    (5, facts(extended=5), Extend(at(10))),
    (238, facts(extended=237), Extend(at(240))),               # up to the limit, no further
    (240, facts(extended=240), Close("limit")),
    (240, facts(people=False, empty=239), Close("limit")),
    (-30, facts(people=False, ever=False), None),              # latecomers find it open
    (0, facts(people=False, ever=False), Close("plan")),
    (-30, facts(people=False), NoteEmpty(at(-30))),
    (-30, facts(people=False, empty=-39), None),
    (-30, facts(people=False, empty=-40), Close("empty")),
    (-30, facts(empty=-39), NoteEmpty(None)),
    (0, facts(people=False), NoteEmpty(at(0))),                # everybody lost at the last minute: not cut off yet
    (0, facts(people=False, empty=-0.4), None),
    (0.1, facts(people=False, empty=-0.4), Close("plan")),
    (0, facts(people=False, empty=-5), Close("plan")),
    (3, facts(people=False, empty=1, extended=5), None),
    (5, facts(people=False, empty=1, extended=5), Close("plan")),
    (11, facts(people=False, empty=1, extended=15), Close("empty")),
])
def test_verdicts(minutes: float, given_facts: LiveFacts, verdict: Verdict) -> None:
    assert judge(given_facts, at(minutes)) == verdict


@given(now=st.integers(-60, 400), extended=st.none() | st.integers(1, 240))
def test_nobody_is_cut_off_before_the_limit(now: int, extended: int | None) -> None:
    verdict = judge(facts(extended=extended), at(now))
    assert isinstance(verdict, Close) == (now >= 240)
    if isinstance(verdict, Extend):
        assert at(now) < verdict.to <= at(240)


@pytest.mark.parametrize(("minutes", "given_before", "warning"), [
    (-6, set(), None), (-5, set(), 5), (-4, {5}, None), (-1, {5}, 1), (-0.5, {5, 1}, None), (0, {5, 1}, 0), (2, {5, 1, 0}, None),
    (-1, set(), 1), (0, set(), 0), (-4, {1}, None), (-4, {0}, None),
])
def test_warnings(minutes: float, given_before: set[int], warning: int | None) -> None:
    assert warning_due(END, at(minutes), given_before) == warning
