"""When a broadcast that is handed on is tried again, and which segments it begins with."""

from __future__ import annotations

import pytest

from signaling.broadcast.restream import begin
from signaling.broadcast.restreaming import LONGEST_PAUSE_S, pause


def test_each_try_that_fails_waits_longer_for_the_next_up_to_a_minute() -> None:
    assert [pause(failures) for failures in range(9)] == [0, 1, 2, 4, 8, 16, 32, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def rows(*segments: tuple[int, float]) -> list[dict[str, object]]:
    """Segments by run and second."""
    return [{"n": number, "run": run, "at": f"2027-03-01T04:00:{second:06.3f}+00:00"} for number, (run, second) in enumerate(segments)]


@pytest.mark.parametrize(("pictures", "sounds", "first"), [
    (rows((1, 0), (1, 2), (1, 4)), rows((1, 0), (1, 2), (1, 4)), (2, 2)),
    (rows((1, 0), (1, 2), (1, 4)), rows((1, 0.02), (1, 2.01)), (1, 1)),
    (rows((1, 0), (2, 9)), rows((1, 0), (1, 2), (2, 9)), (1, 2)),
    (rows((1, 0), (2, 9)), rows((1, 0)), (0, 0))])
def test_it_begins_with_the_newest_that_both_tracks_have(
        pictures: list[dict[str, object]], sounds: list[dict[str, object]], first: tuple[int, int]) -> None:
    chosen = begin(pictures, sounds)
    assert (chosen[0][0]["n"], chosen[1][0]["n"]) == first


def test_it_waits_while_there_is_nothing() -> None:
    assert begin([], rows((1, 0))) == begin(rows((1, 0)), []) == ([], [])
