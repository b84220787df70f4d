"""States of requests, offers' ends, and plans as rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.agenda import entry
from liaison.domain.booking_requests import (
    MOVES,
    OPEN_STATES,
    RequestState,
    due_state,
    may_become,
    offer_ends,
    plan_from_json,
    plan_to_json,
)
from liaison.domain.sessions import Plan

NOW = datetime(2027, 3, 1, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
S = RequestState


def test_what_is_decided_stays_decided() -> None:
    assert set(OPEN_STATES) == {S.ASKED, S.WAITING, S.OFFERED}
    assert all(not may_become(state, to) for state in set(S) - OPEN_STATES for to in S)
    assert not may_become(S.WAITING, S.BOOKED)  # only what was offered can be accepted
    assert not may_become(S.ASKED, S.OFFERED)
    assert set(MOVES) == set(S)


@pytest.mark.parametrize(("state", "starts_at", "offer_until", "due"), [
    (S.ASKED, NOW + HOUR, None, None), (S.ASKED, NOW, None, S.OVER), (S.WAITING, NOW, None, S.OVER), (S.WAITING, NOW + HOUR, None, None),
    (S.OFFERED, NOW + HOUR, NOW + HOUR, None), (S.OFFERED, NOW + HOUR, NOW, S.LAPSED), (S.OFFERED, NOW, None, S.LAPSED),
    (S.BOOKED, NOW - HOUR, None, None), (S.DECLINED, NOW - HOUR, None, None)])
def test_what_the_clock_makes_of_it(state: RequestState, starts_at: datetime, offer_until: datetime | None,
                                    due: RequestState | None) -> None:
    assert due_state(state, starts_at, offer_until, NOW) == due
    assert due is None or may_become(state, due)


def test_an_offer_never_outlasts_the_start() -> None:
    assert offer_ends(NOW, 30, NOW + HOUR) == NOW + HOUR / 2
    assert offer_ends(NOW, 90, NOW + HOUR) == NOW + HOUR


def test_a_plan_comes_back_from_its_row_as_it_was() -> None:
    plan = Plan(title={"en": "A"}, kind="press", starts_at=NOW, duration_minutes=45, points=("a", "b"), optional_points=("c",),
                agenda=(entry("Opening", 5), entry({"ru": "Доклад"}, 10)), chair_point="a", public=True, priority=2, setup_minutes=5)
    assert plan_from_json(plan_to_json(plan)) == plan
    assert plan_from_json(plan_to_json(plan) | {"confirmed": ["holiday"], "colour": "red"}) == plan
