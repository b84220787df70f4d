"""What a point is at a moment: each fact that decides, and which one counts when several hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.point_states import ABSENT_AFTER, CHECK_HOLDS, LiveFacts, PointState, Stay, Trouble, Verdict, verdict
from liaison.domain.readiness import Readiness

OPENED = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
NOW = OPENED + timedelta(minutes=30)
JOINED, LATER = OPENED + timedelta(minutes=1), OPENED + timedelta(minutes=20)
HERE, LEFT, LOST = Stay(JOINED), Stay(JOINED, LATER), Stay(JOINED, LATER, lost=True)
MUTE = Stay(JOINED, media_lost_at=LATER)


def live(*stays: Stay, expected: bool = True, weak: bool = False) -> LiveFacts:
    return LiveFacts(OPENED, expected, stays, weak)


@pytest.mark.parametrize(("facts", "wanted"), [
    (None, Verdict(PointState.UNCHECKED)),
    (live(HERE), Verdict(PointState.SESSION, None, JOINED)),
    (live(LOST, Stay(LATER)), Verdict(PointState.SESSION, None, LATER)),
    (live(MUTE), Verdict(PointState.TROUBLE, Trouble.NO_MEDIA, LATER)),
    (live(MUTE, HERE), Verdict(PointState.SESSION, None, JOINED)),
    (live(HERE, weak=True), Verdict(PointState.TROUBLE, Trouble.WEAK, JOINED)),
    (live(MUTE, weak=True), Verdict(PointState.TROUBLE, Trouble.NO_MEDIA, LATER)),
    (live(LOST), Verdict(PointState.TROUBLE, Trouble.DROPPED, LATER)),
    (live(LOST, expected=False), Verdict(PointState.TROUBLE, Trouble.DROPPED, LATER)),
    (live(LEFT), Verdict(PointState.UNCHECKED)),
    (live(Stay(OPENED, JOINED, lost=True), LEFT), Verdict(PointState.UNCHECKED)),
    (live(), Verdict(PointState.TROUBLE, Trouble.ABSENT, OPENED)),
    (live(expected=False), Verdict(PointState.UNCHECKED)),
])
def test_what_a_point_is(facts: LiveFacts | None, wanted: Verdict) -> None:
    assert verdict(facts, NOW) == wanted


def test_nobody_is_missed_in_the_first_minutes() -> None:
    assert verdict(live(), OPENED + ABSENT_AFTER - timedelta(seconds=1)).state is PointState.UNCHECKED
    assert verdict(live(), OPENED + ABSENT_AFTER).trouble is Trouble.ABSENT


def test_a_point_that_is_worked_on_is_no_cause_for_alarm_unless_it_is_there() -> None:
    since = NOW - timedelta(hours=1)
    absent = LiveFacts(NOW - timedelta(hours=2), expected=True)
    there = LiveFacts(NOW - timedelta(hours=2), expected=True, stays=(Stay(NOW - timedelta(minutes=9)),))
    assert verdict(None, NOW, since) == verdict(absent, NOW, since) == Verdict(PointState.MAINTENANCE, None, since)
    assert verdict(there, NOW, since).state is PointState.SESSION


SAID = NOW - timedelta(minutes=2)
FINE, WRONG = Readiness(SAID, True), Readiness(SAID, False, ("camera_none",))


@pytest.mark.parametrize(("facts", "check", "wanted"), [
    (None, FINE, Verdict(PointState.READY, None, SAID)),
    (None, WRONG, Verdict(PointState.TROUBLE, Trouble.NOT_READY, SAID)),
    (None, Readiness(None, asked_at=SAID), Verdict(PointState.UNCHECKED)),
    (None, Readiness(NOW - CHECK_HOLDS - timedelta(seconds=1), True), Verdict(PointState.UNCHECKED)),
    (None, Readiness(NOW - CHECK_HOLDS, True), Verdict(PointState.READY, None, NOW - CHECK_HOLDS)),
    (live(HERE), WRONG, Verdict(PointState.SESSION, None, JOINED)),
    (live(LEFT), FINE, Verdict(PointState.UNCHECKED)),
    (live(expected=False), FINE, Verdict(PointState.READY, None, SAID)),
    (live(LOST), FINE, Verdict(PointState.TROUBLE, Trouble.DROPPED, LATER)),
    (live(), FINE, Verdict(PointState.TROUBLE, Trouble.ABSENT, OPENED)),
])
def test_what_its_pc_said_counts_while_nothing_louder_does(facts: LiveFacts | None, check: Readiness, wanted: Verdict) -> None:
    assert verdict(facts, NOW, None, check) == wanted


def test_work_on_a_point_silences_its_check() -> None:
    assert verdict(None, NOW, SAID, WRONG) == Verdict(PointState.MAINTENANCE, None, SAID)
