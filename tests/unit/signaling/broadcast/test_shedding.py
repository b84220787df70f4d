"""The broadcast's quality gives way before the room is hurt, and does not come back too soon."""

from __future__ import annotations

from itertools import pairwise

import pytest

from signaling.broadcast.shedding import (
    CALM,
    CALM_S,
    LONGEST_CALM_S,
    SHORT,
    STEPS,
    TAKEN_BACK_S,
    TICKS,
    Effort,
    Load,
    Shedding,
    Step,
    drawn,
    numbers,
)

FULL, TEN, FIVE, SMALL, STILL = STEPS
SHORT_OF_CPU = [Load(missed=0.5), Load(behind_s=1.0), Load(waited_ms=5.0)]


def after(shedding: Shedding, seconds: int, load: Load, since: float = 0.0) -> list[str]:
    """The step after each second."""
    return [shedding.look(since + second, load).name for second in range(seconds)]


@pytest.mark.parametrize(("step", "pictures"), [(FULL, 15), (TEN, 10), (FIVE, 5), (SMALL, 10), (STILL, 0.5)])
def test_each_step_has_its_pictures_evenly_and_one_at_every_segment_s_beginning(step: Step, pictures: float) -> None:
    shown = [number for number in range(10 * TICKS) if drawn(step, number)]
    assert len(shown) == pictures * 20
    assert {number for number in range(0, 10 * TICKS, TICKS)} <= set(shown)
    gaps = {after - before for before, after in pairwise(shown)}
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize(("step", "first", "last", "made"), [
    (FULL, 7, 7, [7]), (FULL, 7, 12, [12]), (FULL, 28, 31, [30]), (FULL, 25, 95, [30, 60, 90]), (TEN, 1, 1, []), (TEN, 2, 2, [2]),
    (FIVE, 7, 11, [9]), (FIVE, 7, 8, []), (STILL, 31, 59, []), (STILL, 31, 60, [60])])
def test_what_comes_too_late_is_left_out_but_for_segments_beginnings(step: Step, first: int, last: int, made: list[int]) -> None:
    assert numbers(step, first, last) == made


@pytest.mark.parametrize("load", SHORT_OF_CPU)
def test_it_goes_down_step_by_step_and_no_further_than_the_last(load: Load) -> None:
    assert after(Shedding(), 11, load) == ["full"] * 2 + ["ten"] * 2 + ["five"] * 2 + ["small"] * 2 + ["still"] * 3


@pytest.mark.parametrize(("behind_s", "names"), [(1.6, ["ten", "five"]), (3.1, ["five", "still"]), (9.0, ["still", "still"])])
def test_who_is_far_behind_does_not_wait_to_see_whether_it_passes(behind_s: float, names: list[str]) -> None:
    assert after(Shedding(), 2, Load(behind_s=behind_s)) == names


def test_a_moment_is_no_shortage() -> None:
    shedding = Shedding()
    for second in range(0, 100, 2):
        assert shedding.look(second, Load(missed=0.9)) is FULL
        assert shedding.look(second + 1, Load()) is FULL


@pytest.mark.parametrize("load", [SHORT, CALM, Load(missed=0.1), Load(behind_s=0.3), Load(waited_ms=1.0)])
def test_between_the_two_limits_it_stays(load: Load) -> None:
    shedding = Shedding()
    after(shedding, 5, Load(missed=1.0))
    between = load if load.over(CALM) else Load(missed=0.06)
    assert set(after(shedding, 300, between, 5.0)) == {"five"}


def test_it_comes_back_step_by_step_after_a_calm() -> None:
    shedding = Shedding()
    after(shedding, 9, Load(missed=1.0))
    assert shedding.step == 4
    names = after(shedding, int(5 * CALM_S), Load(), 9.0)
    calm = int(CALM_S)
    assert names[::calm] == ["still", "small", "five", "ten", "full"]


def test_a_return_that_was_too_early_makes_the_next_wait_longer_up_to_a_limit() -> None:
    shedding, now, waits = Shedding(), 0.0, []
    for _ in range(7):
        while shedding.step == 0:
            shedding.look(now, Load(missed=1.0))
            now += 1
        began = now
        while shedding.step == 1:
            shedding.look(now, Load())
            now += 1
        waits.append(round(now - began - 1))
    assert waits == [20, 40, 80, 160, 320, 320, 320] and waits[-1] == LONGEST_CALM_S


def test_a_return_that_lasts_makes_it_patient_no_longer() -> None:
    shedding = Shedding()
    after(shedding, 3, Load(missed=1.0))
    after(shedding, 21, Load(), 3.0)
    after(shedding, 3, Load(missed=1.0), 24.0)
    assert shedding._calm_s == 2 * CALM_S
    after(shedding, int(2 * CALM_S + TAKEN_BACK_S) + 2, Load(), 27.0)
    assert (shedding.step, shedding._calm_s) == (0, CALM_S)


def test_what_was_made_and_what_the_worker_waited_is_looked_at_once_a_second() -> None:
    effort = Effort()
    for tick in range(45):
        effort.made(1, 1, 0.01, tick / 15)
    assert effort.step is FULL
    effort.waited(8.0)
    for tick in range(45, 45 + 45):
        effort.made(1, 1, 0.01, tick / 15)
    assert effort.step is TEN
    effort.waited(0.0)
    for tick in range(90, 90 + 60, 3):
        effort.made(3, 1, 0.2, tick / 15)
    assert effort.step is FIVE


def test_where_nothing_shall_be_shed_it_stays_whole() -> None:
    effort = Effort(sheds=False)
    for tick in range(300):
        effort.made(10, 1, 3.0, tick)
    assert effort.step is FULL
