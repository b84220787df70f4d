"""When reminders are made: a table of moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.reminders import plan_reminders

START = datetime(2027, 3, 3, 4, 0, tzinfo=UTC)
DAY, HOUR, TEN_MINUTES = 1440, 60, 10


def before(**span: float) -> datetime:
    return START - timedelta(**span)


@pytest.mark.parametrize(("now", "made"), [
    (before(days=3), [DAY, HOUR, TEN_MINUTES]),
    (before(days=1, seconds=1), [DAY, HOUR, TEN_MINUTES]),
    (before(days=1), [HOUR, TEN_MINUTES]),          # its moment is now: the invitation itself says as much
    (before(hours=23), [HOUR, TEN_MINUTES]),
    (before(minutes=60), [TEN_MINUTES]),
    (before(minutes=59), [TEN_MINUTES]),
    (before(minutes=10), []),
    (before(seconds=1), []),
    (START, []),
    (START + timedelta(hours=1), []),
])
def test_only_moments_to_come_are_made(now: datetime, made: list[int]) -> None:
    reminders = plan_reminders(START, (DAY, HOUR, TEN_MINUTES), now)
    assert [one.minutes_before for one in reminders] == made
    assert all(one.due_at == START - timedelta(minutes=one.minutes_before) > now for one in reminders)


@pytest.mark.parametrize(("offsets", "made"), [
    ([10, 60, 1440], [1440, 60, 10]), ([10, 10, 10], [10]), ([], []), ([0, -5, 15], [15])])
def test_offsets_are_ordered_and_made_once(offsets: list[int], made: list[int]) -> None:
    assert [one.minutes_before for one in plan_reminders(START, offsets, before(days=9))] == made


def test_an_owed_reminder_is_due_at_once_and_only_before_the_start() -> None:
    now = before(minutes=30)
    reminders = plan_reminders(START, (DAY, HOUR, TEN_MINUTES), now, owed={HOUR})
    assert [(one.minutes_before, one.due_at) for one in reminders] == [(HOUR, now), (TEN_MINUTES, before(minutes=10))]
    assert plan_reminders(START, (DAY, HOUR), START, owed={HOUR}) == []
