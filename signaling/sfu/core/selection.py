"""Which layer of a source a slot shows: from the height at which it is shown, what arrives, and the viewer's budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 0.8  # a layer with this share of the wanted height is good enough


@dataclass(frozen=True, slots=True)
class Option:
    """One layer: its height in pixels (0: not known yet), its bitrate in bit/s, and whether packets arrive."""

    height: int
    bitrate: int
    active: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """One slot's wish: layers from small to large, the height shown, and its rank (smaller is served first)."""

    options: Sequence[Option]
    height: int
    rank: int


def by_height(options: Sequence[Option], wanted: int) -> int | None:
    """The smallest active layer that is high enough, else the largest active one, else the smallest; None: none at all.

    Heights that are not told yet are guessed: each layer twice the one below, the smallest 180.
    """
    if not options:
        return None
    active = [n for n, option in enumerate(options) if option.active]
    for n in active:
        if (options[n].height or 180 << n) >= wanted * ENOUGH:
            return n
    return active[-1] if active else 0


def within_budget(demands: Sequence[Demand], budget: float) -> list[int | None]:
    """A layer for each demand so that the sum of bitrates stays within ``budget`` (bit/s) as far as possible.

    Everybody starts with the wish; while it is too much, the demands of the worst rank step down first. Nobody falls
    below the smallest active layer here.
    """
    chosen = [by_height(demand.options, demand.height) for demand in demands]
    total = sum(_rate(demand, at) for demand, at in zip(demands, chosen, strict=True))
    order = sorted(range(len(demands)), key=lambda n: -demands[n].rank)
    while total > budget:
        if not any(_step_down(demands[n].options, chosen, n) for n in order):
            break
        total = sum(_rate(demand, at) for demand, at in zip(demands, chosen, strict=True))
    return chosen


def _step_down(options: Sequence[Option], chosen: list[int | None], index: int) -> bool:
    at = chosen[index]
    lower = [n for n in range(at or 0) if options[n].active]
    if lower:
        chosen[index] = lower[-1]
    return bool(lower)


def _rate(demand: Demand, at: int | None) -> int:
    return 0 if at is None else demand.options[at].bitrate
