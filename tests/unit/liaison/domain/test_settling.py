"""When a change is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.settling import PATIENCE, tell_at

NOW = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAR, NEAR = NOW + timedelta(hours=5), NOW + timedelta(minutes=60)


def test_a_change_waits_for_the_next() -> None:
    assert tell_at(NOW, [FAR], MINUTE, None) == NOW + MINUTE
    assert tell_at(NOW, [FAR], MINUTE, NOW - timedelta(seconds=20)) == NOW + MINUTE


@pytest.mark.parametrize("starts", [[NEAR], [FAR, NEAR], [NEAR, FAR], [NOW - timedelta(hours=1)]])
def test_nothing_waits_when_the_old_or_the_new_start_is_within_the_hour(starts: list[datetime]) -> None:
    assert tell_at(NOW, starts, MINUTE, None) == NOW


def test_changes_that_never_rest_are_told_in_the_end() -> None:
    since = NOW - (PATIENCE - 0.5) * MINUTE
    assert tell_at(NOW, [FAR], MINUTE, since) == NOW + 0.5 * MINUTE
    assert tell_at(NOW, [FAR], MINUTE, NOW - timedelta(hours=9)) == NOW


def test_no_settling_time_tells_at_once() -> None:
    assert tell_at(NOW, [FAR], timedelta(0), NOW - MINUTE) == NOW
