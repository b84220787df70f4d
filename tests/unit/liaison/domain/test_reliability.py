"""How far a point can be relied on, from its stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.attendance import Span, Stay
from liaison.domain.reliability import Fall, Reliability, SessionRecord, record, together

START = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def stay(joined: float, left: float, reason: str = "ended", peer: str = "a", drops: int = 0, role: str = "point") -> Stay:
    return Stay(peer, "p", role, "browser", "", at(joined), at(left), reason, drops)


SPAN = Span(START, at(60), START, at(300))


def of(*stays: Stay, span: Span = SPAN) -> SessionRecord:
    return record("s", stays, span)


@pytest.mark.parametrize(("stays", "present"), [
    ((), 0), ((stay(0, 60),), 60), ((stay(-10, 90),), 60), ((stay(30, 60),), 30), ((stay(0, 20), stay(40, 60)), 40),
    ((stay(0, 40), stay(20, 60, peer="b")), 60), ((stay(0, 60, role="watcher"),), 0),
])
def test_present_is_what_any_device_covers(stays: tuple[Stay, ...], present: int) -> None:
    found = of(*stays)
    assert (found.expected_seconds, found.present_seconds) == (3600, present * 60)
    assert found.came is (present > 0)
    assert found.share == pytest.approx(present / 60)


def test_what_is_expected_begins_with_the_plan_when_the_chair_opens_early() -> None:
    early = Span(at(-20), at(60), START, at(300))
    assert of(stay(-20, 60), span=early).expected_seconds == 3600
    assert of(stay(-20, 60), span=early).share == 1.0
    late = Span(at(15), at(60), START, at(300))
    assert of(stay(15, 60), span=late).expected_seconds == 45 * 60


def test_falls_are_named_with_the_return() -> None:
    assert of(stay(0, 20, "lost"), stay(25, 60)).falls == (Fall(at(20), at(25)),)
    assert of(stay(0, 20, "lost")).falls == (Fall(at(20), None),)
    assert of(stay(0, 20, "left"), stay(25, 60)).falls == ()
    assert of(stay(0, 20, "lost"), stay(0, 60, peer="b")).falls == (), "another device was there all the time"
    assert of(stay(0, 20, "lost"), stay(0, 20, "lost", peer="b")).falls == (Fall(at(20), None),), "one power cut is one fall"


def test_all_sessions_together() -> None:
    whole = together([of(stay(0, 60, drops=2)), of(stay(0, 20, "lost"), stay(30, 60)), of(stay(0, 30, "lost")), of()])
    assert (whole.sessions, whole.missed, whole.drops) == (4, 1, 4)
    assert whole.share == pytest.approx((60 + 50 + 30) / 240)
    assert whole.drops_per_hour == pytest.approx(4 * 60 / 140)


def test_where_nothing_was_expected_nothing_is_said() -> None:
    assert together([]) == Reliability()
    assert together([]).share is None
    assert together([of()]).drops_per_hour is None
    never_opened = Span(None, None, START, at(-5))
    assert together([of(span=never_opened)]).sessions == 0
