"""The attendance sheet's figures, from stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.attendance import Span, Stay, count_drops, fold, union_seconds

TEN = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def stay(joined: float, left: float | None, **fields: Any) -> Stay:
    values: dict[str, Any] = {"peer": "p", "point": "osh", "role": "point", "via": "browser", "name": "", "reason": "left"}
    reason = None if left is None else fields.pop("reason", values["reason"])
    return Stay(**values | {"joined_at": at(joined), "left_at": None if left is None else at(left), "reason": reason} | fields)


def span(closed: float | None = 60, now: float = 100, opened: float | None = 0, starts: float = 0) -> Span:
    return Span(None if opened is None else at(opened), None if closed is None else at(closed), at(starts), at(now))


def test_two_devices_of_a_point_count_once() -> None:
    folded = fold([stay(0, 30), stay(10, 40, peer="q")], span())
    assert (folded.present_seconds, folded.share) == (40 * 60, round(40 / 60, 4))
    assert (folded.first_joined_at, folded.last_left_at, folded.late_seconds) == (TEN, at(40), 0)


def test_a_live_sessions_share_is_up_to_now() -> None:
    folded = fold([stay(10, None)], span(closed=None, now=20))
    assert (folded.present_seconds, folded.share, folded.last_left_at, folded.late_seconds) == (600, 0.5, None, 600)


def test_the_lobby_does_not_count() -> None:
    folded = fold([stay(-20, -10), stay(-5, 30)], span())
    assert [(s.joined_at, s.left_at) for s in folded.stays] == [(TEN, at(30))]
    assert folded.late_seconds == 0


def test_lateness_counts_from_the_later_of_plan_and_opening() -> None:
    assert fold([stay(12, 30)], span(opened=5, starts=0)).late_seconds == 7 * 60
    assert fold([stay(2, 30)], span(opened=-15, starts=0)).late_seconds == 2 * 60
    assert fold([stay(-3, 30)], span(opened=-15, starts=0)).late_seconds == 0


def test_a_stay_open_at_the_end_ended_with_the_session() -> None:
    folded = fold([stay(0, None)], span())
    assert [(s.left_at, s.reason) for s in folded.stays] == [(at(60), "ended")]
    assert folded.share == 1.0


def test_who_does_not_count() -> None:
    uncounted = [stay(0, 60, role="watcher"), stay(0, 60, role="interpreter"), stay(0, 60, role="chair", via="control"),
                 stay(0, 60, role="point", via="wall")]
    assert fold(uncounted, span()).present_seconds == 0
    for role, via in (("chair", "browser"), ("deputy", "room_pc"), ("point", "whip"), ("point", "whep")):
        assert fold([stay(0, 60, role=role, via=via)], span()).present_seconds == 3600


def test_drops_are_short_losses_and_long_ones_with_a_return() -> None:
    assert count_drops([stay(0, 60, drops=2)]) == 2
    assert count_drops([stay(0, 10, reason="lost"), stay(15, 60)]) == 1
    assert count_drops([stay(0, 10, reason="lost")]) == 0
    assert count_drops([stay(0, 10, reason="left"), stay(15, 60)]) == 0


def test_lost_media_is_told_apart_from_absence() -> None:
    folded = fold([stay(0, 60, media_losses=((at(5), at(7)), (at(58), None)))], span())
    assert (folded.present_seconds, folded.media_lost_seconds) == (3600, 4 * 60)


def test_never_opened_and_never_there() -> None:
    for folded in (fold([stay(0, 5)], span(opened=None)), fold([], span())):
        assert (folded.present_seconds, folded.share, folded.first_joined_at, folded.late_seconds) == (0, 0.0, None, None)


INTERVALS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted), max_size=12)


@given(INTERVALS)
def test_the_union_is_the_number_of_minutes_in_any_interval(intervals: list[list[int]]) -> None:
    covered = {minute for start, end in intervals for minute in range(start, end)}
    assert union_seconds((at(start), at(end)) for start, end in intervals) == len(covered) * 60


@given(INTERVALS)
def test_presence_is_never_longer_than_the_session(intervals: list[list[int]]) -> None:
    folded = fold([stay(start, end) for start, end in intervals], span(closed=60))
    assert 0 <= folded.present_seconds <= 3600
    assert 0 <= folded.share <= 1
