"""Which layer each slot shows: by its height, and within a budget in the order screen, large picture, small pictures."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from signaling.sfu.core.selection import (
    LARGE,
    SCREEN,
    SMALL,
    Demand,
    Option,
    Rung,
    by_height,
    kinds,
    nominal,
    within_budget,
)

Q, H, F = (
    Option(180, (48_000, 72_000, 120_000)),
    Option(360, (160_000, 240_000, 400_000)),
    Option(720, (480_000, 720_000, 1_200_000)),
)
CAMERA = (Q, H, F)
SCREEN_ONLY = (Option(1080, (300_000, 500_000)),)


def small(count: int) -> list[Demand]:
    return [Demand(CAMERA, 120, SMALL)] * count


def cost(demands: list[Demand], chosen: list[Rung | None]) -> int:
    return sum(
        demand.options[rung.layer].rates[-1 if rung.temporal is None else rung.temporal]
        for demand, rung in zip(demands, chosen, strict=True)
        if rung is not None
    )


@pytest.mark.parametrize(("height", "chosen"), [(90, 0), (180, 0), (220, 0), (360, 1), (400, 1), (700, 2), (2000, 2)])
def test_the_smallest_layer_that_is_high_enough(height: int, chosen: int) -> None:
    assert by_height(CAMERA, height) == chosen


def test_unknown_heights_are_guessed() -> None:
    unknown = Option(0, (0,))
    assert by_height([unknown, unknown, unknown], 360) == 1
    assert by_height([], 90) is None
    assert [nominal(height) for height in (90, 180, 240, 360, 720, 1080)] == [
        120_000, 120_000, 400_000, 400_000, 1_200_000, 1_200_000,
    ]  # fmt: skip


def test_what_is_large_and_what_is_small() -> None:
    assert kinds([180, 720, 180], [False] * 3) == [SMALL, LARGE, SMALL]
    assert kinds([720, 720, 180], [False] * 3) == [LARGE, LARGE, SMALL]
    assert kinds([360, 360, 360], [False] * 3) == [LARGE, SMALL, SMALL]
    assert kinds([360, 1080], [False, True]) == [LARGE, SCREEN]
    assert kinds([], []) == []


def test_without_a_limit_everybody_gets_the_wish() -> None:
    demands = [Demand(CAMERA, 720, LARGE), *small(2), Demand(SCREEN_ONLY, 1 << 16, SCREEN), Demand((), 90, SMALL)]
    assert within_budget(demands, math.inf) == [Rung(2, None), Rung(0, None), Rung(0, None), Rung(0, None), None]


# With three small pictures (120 kbit/s each), a large one and a screen, from plenty to nothing.
@pytest.mark.parametrize(
    ("budget", "screen", "large", "smalls"),
    [
        (2_060_000, Rung(0, None), Rung(2, None), [Rung(0, None)] * 3),
        (1_600_000, Rung(0, None), Rung(2, 1), [Rung(0, None)] * 3),
        (1_300_000, Rung(0, None), Rung(1, None), [Rung(0, None)] * 3),
        (1_110_000, Rung(0, None), Rung(1, 1), [Rung(0, None)] * 3),
        (1_010_000, Rung(0, None), Rung(1, 1), [Rung(0, 1), Rung(0, 1), Rung(0, None)]),
        (840_000, Rung(0, None), Rung(0, None), [Rung(0, 1)] * 3),
        (720_000, Rung(0, None), Rung(0, None), [Rung(0, 0), Rung(0, 0), None]),
        (620_000, Rung(0, None), Rung(0, None), [None] * 3),
        (580_000, Rung(0, None), Rung(0, 1), [None] * 3),
        (380_000, Rung(0, 0), Rung(0, 1), [None] * 3),
        (350_000, Rung(0, 0), Rung(0, 0), [None] * 3),
        (310_000, Rung(0, 0), None, [None] * 3),
        (125_000, None, Rung(0, None), [None] * 3),
        (50_000, None, Rung(0, 0), [None] * 3),
        (40_000, None, None, [None] * 3),
    ],
)  # fmt: skip
def test_small_pictures_give_way_first_and_the_screen_last(
    budget: int, screen: Rung | None, large: Rung | None, smalls: list[Rung | None]
) -> None:
    demands = [*small(2), Demand(CAMERA, 720, LARGE), Demand(SCREEN_ONLY, 1 << 16, SCREEN), *small(1)]
    one, two, chosen_large, chosen_screen, three = within_budget(demands, budget)
    assert (chosen_screen, chosen_large) == (screen, large)
    assert sorted([one, two, three], key=str) == sorted(smalls, key=str)


def test_the_last_small_picture_gives_way_first() -> None:
    assert within_budget(small(4), 270_000) == [Rung(0, 1), Rung(0, 1), Rung(0, 1), Rung(0, 0)]
    assert within_budget(small(4), 100_000) == [Rung(0, 0), Rung(0, 0), None, None]


def test_a_source_of_one_layer_can_only_be_had_or_not() -> None:
    only = Demand((Option(360, (400_000,)),), 360, LARGE)
    assert within_budget([only], 400_000) == [Rung(0, None)]
    assert within_budget([only], 399_999) == [None]


def test_it_never_costs_more_than_allowed_and_more_never_serves_anybody_worse_in_sum() -> None:
    dice = random.Random(4)
    for _ in range(60):
        demands = [Demand(CAMERA, dice.choice((120, 360, 720)), SMALL) for _ in range(dice.randrange(25))]
        demands.append(Demand(CAMERA, 720, LARGE))
        budgets = sorted(dice.randrange(5_000_000) for _ in range(12))
        costs = []
        for budget in budgets:
            chosen = within_budget(demands, budget)
            costs.append(cost(demands, chosen))
            assert costs[-1] <= budget
        # what steps in whole rungs may fall a rung short of a smaller budget's sum, never more
        assert all(after >= before - 480_000 for before, after in itertools.pairwise(costs))


def test_a_small_picture_comes_in_only_where_there_is_twice_the_room() -> None:
    large, away = Demand((Q,), 180, LARGE), Demand((Q,), 120, SMALL, shown=False)
    both = within_budget([large, Demand((Q,), 120, SMALL)], 170_000)
    assert both == [Rung(0, None), Rung(0, 0)]
    assert within_budget([large, away], 170_000) == [Rung(0, None), None]
    assert within_budget([large, away], 220_000) == [Rung(0, None), Rung(0, 0)]
    assert within_budget([large, away], math.inf) == [Rung(0, None), Rung(0, None)]
    assert within_budget([Demand((Q,), 180, LARGE, shown=False), away], 60_000) == [Rung(0, 0), None], "the large one is always tried"
