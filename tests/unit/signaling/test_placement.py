"""Which worker a room goes to: pure arithmetic."""

from __future__ import annotations

import pytest

from signaling.placement import least_loaded, weight


def test_a_room_weighs_what_it_sends() -> None:
    assert weight(3, 0) == 6  # everybody receives the two others
    assert weight(63, 0) == 63 * 28  # as far as there are slots
    assert weight(63, 0) > 20 * weight(8, 0)


def test_whoever_came_unexpected_counts_too() -> None:
    assert weight(2, 50) == weight(50, 0)


def test_a_room_that_nobody_is_invited_to_weighs_something() -> None:
    assert weight(0, 0) == weight(1, 1) > 0


@pytest.mark.parametrize(("loads", "up", "present", "chosen"), [
    ({0: 5, 1: 3, 2: 4}, [0, 1, 2], 0, 1),
    ({0: 5, 1: 3, 2: 4}, [0, 2], 0, 2),  # the least loaded is away
    ({0: 3, 1: 3, 2: 3}, [0, 1, 2], 1, 1),  # among equals it stays
    ({0: 3, 1: 3, 2: 4}, [0, 1, 2], 2, 0),
    ({0: 1, 1: 0}, [], 0, 1),  # nobody is there yet: the one that will have the least to do
    ({0: 1, 1: 0}, [0, 5], 1, 0),  # a worker that the settings have no more is no choice
])
def test_the_least_loaded_that_is_there(loads: dict[int, int], up: list[int], present: int, chosen: int) -> None:
    assert least_loaded(loads, up, present) == chosen
