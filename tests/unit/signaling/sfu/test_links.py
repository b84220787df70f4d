"""Whole courses of a viewer's link, packet by packet: what is heard and seen behind it while it changes."""

from __future__ import annotations

import pytest

from signaling.sfu.core.bandwidth import STEADY_SECONDS
from tests.support.link_model import Way
from tests.unit.signaling.sfu.thin_line import RATES, ThinLine

GOOD = Way(delay_s=0.02)
MOUNTAIN = Way(kbit_s=300, delay_s=0.15)
WISH = 3 * RATES[-1]


def sending(line: ThinLine) -> int:
    return sum(slot.rate for slot in line.connection.slots.values())


@pytest.mark.parametrize("queue_s", [0.3, 0.6, 1.5])
def test_a_link_that_narrows_keeps_its_sound_and_a_picture(queue_s: float) -> None:
    line = ThinLine(GOOD)
    line.go(30)
    assert sending(line) == WISH
    line.becomes(Way(kbit_s=300, delay_s=0.15, queue_s=queue_s))
    line.go(1.5)
    assert sending(line) < 150_000, "what three voices leave of the link"
    line.go(30)
    assert max(line.missing(32.0, 60.0)) < 0.5, "no voice is broken any more"
    assert line.frames_per_second(33.0, 38.0) >= 4
    assert line.frames_per_second(38.0, 60.0) >= 5


def test_a_link_that_is_narrow_from_the_first_shows_a_picture_soon() -> None:
    line = ThinLine(MOUNTAIN)
    line.go(30)
    assert line.frames_per_second(8.0, 30.0) >= 7
    assert max(line.missing(5.0, 30.0)) < 0.5


def test_a_way_that_only_becomes_longer_costs_no_picture() -> None:
    line = ThinLine(GOOD)
    line.go(30)
    line.becomes(Way(delay_s=0.3))
    line.go(1)
    for _ in range(30):
        line.go(1)
        assert sending(line) == WISH


def test_a_link_that_narrows_and_becomes_longer_knows_its_new_length_within_seconds() -> None:
    line = ThinLine(GOOD)
    line.go(30)
    line.becomes(MOUNTAIN)
    line.go(1.5)
    assert line.connection.budget.eased
    line.go(4 + STEADY_SECONDS)
    assert line.connection.waiting.queue < 0.05, "260 ms of the round trip are no queue"


def test_a_link_that_narrows_and_recovers_is_used_again() -> None:
    line = ThinLine(GOOD)
    line.go(30)
    line.becomes(MOUNTAIN)
    line.go(20)
    line.becomes(GOOD)
    line.go(60)
    assert sending(line) == WISH
