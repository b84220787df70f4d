"""Which layer of a source a slot shows, and how smoothly: from the height at which it is shown and the viewer's budget.

A source offers *options*, its spatial layers from small to large; each may be had up to any of its temporal layers. A
*rung* is one such pair, and each slot stands on a ladder of rungs whose foot is nothing at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

ENOUGH = 0.8  # a layer with this share of the wanted height is good enough
CHANGE = 0.2  # a rate that moves by less is taken for the same, so that choices do not flutter
SCREEN, LARGE, SMALL = 0, 1, 2
LARGE_AT_MOST = 2  # two speakers side by side are both large; more pictures of one size are all small

NOMINAL = ((180, 120_000), (360, 400_000), (720, 1_200_000))
"""What pages send at a height, bit/s: for layers that send nothing yet."""


class Rung(NamedTuple):
    """A layer (index of the option) up to a temporal layer; ``temporal`` None: all of them."""

    layer: int
    temporal: int | None


@dataclass(frozen=True, slots=True)
class Option:
    """One layer: its height in pixels (0: not known yet), and bit/s up to each of its temporal layers."""

    height: int
    rates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """One slot's wish: layers from small to large, the height shown, the kind of picture, and whether it is shown now.

    A small picture that is not has to find twice the room: it begins with a key frame, and one that comes and goes with
    every change of rates costs the others more than it shows.
    """

    options: Sequence[Option]
    height: int
    kind: int
    shown: bool = True


# The order in which pictures get worse: (kind, the floor down to which it steps in this phase). Within a kind the last
# ones step first. Smallest layers: FULL rate, HALF of the pictures a second, the BASE layer alone.
NOTHING, BASE, HALF, FULL, MIDDLE = range(5)
PHASES = (
    (SMALL, FULL),
    (LARGE, MIDDLE),
    (SMALL, HALF),
    (LARGE, FULL),
    (SMALL, BASE),
    (SMALL, NOTHING),
    (SCREEN, FULL),
    (LARGE, HALF),
    (SCREEN, BASE),
    (LARGE, BASE),
    (LARGE, NOTHING),
    (SCREEN, NOTHING),
)


def nominal(height: int) -> int:
    """What a layer of this height probably costs, bit/s."""
    return next((rate for top, rate in NOMINAL if height <= top), NOMINAL[-1][1])


def steady(before: tuple[int, ...], measured: tuple[int, ...]) -> tuple[int, ...]:
    """The figures to reckon with: those of before, until what is measured is a fifth away from them."""
    if len(before) != len(measured):
        return measured
    near = all(abs(now - then) <= then * CHANGE for then, now in zip(before, measured, strict=True))
    return before if near else measured


def guessed_height(number: int) -> int:
    """The height of a layer that is not told yet: each twice the one below, the smallest 180."""
    return 180 << number


def by_height(options: Sequence[Option], wanted: int) -> int | None:
    """The smallest layer that is high enough, else the largest; None: there is none at all."""
    for number, option in enumerate(options):
        if (option.height or guessed_height(number)) >= wanted * ENOUGH:
            return number
    return len(options) - 1 if options else None


def kinds(heights: Sequence[int], screens: Sequence[bool]) -> list[int]:
    """The kind of each picture: screens, the largest of the others (one, or two of the same height), the small ones."""
    shown = [height for height, screen in zip(heights, screens, strict=True) if not screen]
    top = max(shown, default=0)
    places = LARGE_AT_MOST if shown.count(top) <= LARGE_AT_MOST else 1
    found = []
    for height, screen in zip(heights, screens, strict=True):
        large = not screen and height == top and places > 0
        places -= large
        found.append(SCREEN if screen else LARGE if large else SMALL)
    return found


class _Ladder:
    """The rungs of one demand up to its wish, what each costs, and where it stands."""

    __slots__ = ("at", "costs", "floors", "kind", "rungs")

    def __init__(self, demand: Demand) -> None:
        self.kind = demand.kind
        self.rungs: list[Rung | None] = [None]
        self.costs = [0]
        wish = by_height(demand.options, demand.height)
        for number, option in enumerate(demand.options if wish is None else demand.options[: wish + 1]):
            count = len(option.rates)
            for temporal in range(0 if number == 0 else max(0, count - 2), count):
                self.rungs.append(Rung(number, temporal if temporal < count - 1 else None))
                self.costs.append(option.rates[temporal])
        if demand.kind == SMALL and not demand.shown and len(self.costs) > 1:
            self.costs[1:] = [cost + self.costs[1] for cost in self.costs[1:]]
        self.at = len(self.rungs) - 1
        smallest = len(demand.options[0].rates) if demand.options else 0
        self.floors = (0, min(1, smallest), max(min(1, smallest), smallest - 1), smallest, smallest + 1)

    @property
    def cost(self) -> int:
        return self.costs[self.at]


def within_budget(demands: Sequence[Demand], budget: float) -> list[Rung | None]:
    """A rung for each demand so that their cost stays within ``budget`` (bit/s): see ``PHASES``. None: nothing.

    Everybody starts with the wish. What stepping down by whole rungs leaves over is given back, best first.
    """
    ladders = [_Ladder(demand) for demand in demands]
    if budget < math.inf:
        total = sum(ladder.cost for ladder in ladders)
        for kind, floor in PHASES:
            if total <= budget:
                break
            total = _step_down([ladder for ladder in reversed(ladders) if ladder.kind == kind], floor, total, budget)
        _climb(sorted(ladders, key=lambda ladder: ladder.kind), budget - total)
    return [ladder.rungs[ladder.at] for ladder in ladders]


def wished(demands: Sequence[Demand]) -> int:
    """What all would cost as wished, bit/s."""
    tops = [(demand.options, by_height(demand.options, demand.height)) for demand in demands]
    return sum(options[top].rates[-1] for options, top in tops if top is not None)


def first_cost(demands: Sequence[Demand]) -> int:
    """What the most important picture costs at its smallest, bit/s."""
    there = sorted((demand for demand in demands if demand.options), key=lambda demand: demand.kind)
    return there[0].options[0].rates[0] if there else 0


def _step_down(ladders: Sequence[_Ladder], floor: int, total: int, budget: float) -> int:
    """One rung each in turn, the last picture first, until it fits or all stand on the floor; the new total."""
    moving = True
    while moving and total > budget:
        moving = False
        for ladder in ladders:
            if ladder.at > ladder.floors[floor] and total > budget:
                before, ladder.at, moving = ladder.cost, ladder.at - 1, True
                total += ladder.cost - before
    return total


def _climb(ladders: Sequence[_Ladder], spare: float) -> None:
    for ladder in ladders:
        while ladder.at + 1 < len(ladder.rungs) and ladder.costs[ladder.at + 1] - ladder.cost <= spare:
            spare -= ladder.costs[ladder.at + 1] - ladder.cost
            ladder.at += 1
