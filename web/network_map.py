"""The map of the network as numbers for one SVG: outlines of provinces, and a mark for each point that covers no other.

Places are degrees east and north, drawn on a plain cylinder that is true at the middle latitude: good enough for a country.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

Spot = tuple[float, float]

WIDTH = 1000.0
MARGIN = 18.0
GAP = 20.0
"""Marks stand at least so far from each other; one is 16 wide."""
MOVED = 3.0
"""From so far on a mark has a line to its true place."""
ROUNDS = 160
NAME_STEP = 16.0
"""Names of provinces are tried at so many steps."""
NAME_HALF = 60.0
"""A name reaches about so far to each side."""
GOLDEN = 2.399963  # radians between two of many that begin at one spot


@dataclass(frozen=True)
class Area:
    """A province's outline as an SVG path, and where its name stands."""

    slug: str
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Mark:
    """Where a point's mark stands, and its true place."""

    x: float
    y: float
    home_x: float
    home_y: float

    @property
    def moved(self) -> bool:
        return math.hypot(self.x - self.home_x, self.y - self.home_y) > MOVED


@dataclass(frozen=True)
class Drawing:
    """``ways`` is where mobile points go next."""

    width: float
    height: float
    areas: tuple[Area, ...]
    marks: Mapping[str, Mark]
    ways: Mapping[str, Spot]


@dataclass(frozen=True)
class Projection:
    """From degrees to the drawing."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: float

    def __call__(self, lon: float, lat: float) -> Spot:
        return (MARGIN + (lon - self.west) * self.squeeze * self.scale, MARGIN + (self.north - lat) * self.scale)


def draw(outlines: Mapping[str, Sequence[Sequence[Spot]]], places: Mapping[str, Spot | None],
         ways: Mapping[str, Spot] | None = None) -> Drawing:
    """Outlines by province; places (longitude, latitude) and next places by point. Points without a place are left out."""
    known = {slug: place for slug, place in places.items() if place is not None}
    spots = [spot for rings in outlines.values() for ring in rings for spot in ring] or list(known.values()) or [(0.0, 0.0)]
    project = projection(spots)
    homes = {slug: project(*place) for slug, place in known.items()}
    stands = _spread_once(tuple(homes.items()), project.height)
    marks = {slug: Mark(*stands[slug], *home) for slug, home in homes.items()}
    leads = {slug: project(*way) for slug, way in (ways or {}).items() if slug in marks and way != known[slug]}
    taken = tuple(stands.values())
    areas = tuple(_area(slug, tuple(tuple(project(*spot) for spot in ring) for ring in rings), taken) for slug, rings in outlines.items())
    return Drawing(WIDTH, project.height, areas, marks, leads)


def projection(spots: Iterable[Spot]) -> Projection:
    """Everything given fits into the drawing's width; its height follows."""
    lons, lats = zip(*spots, strict=True)
    west, north, tall = min(lons), max(lats), max(max(lats) - min(lats), 0.5)
    squeeze = math.cos(math.radians((north + min(lats)) / 2))
    scale = (WIDTH - 2 * MARGIN) / (max(max(lons) - west, 0.5) * squeeze)
    return Projection(west, north, scale, squeeze, round(tall * scale + 2 * MARGIN, 1))


@lru_cache(maxsize=256)
def _area(slug: str, rings: tuple[tuple[Spot, ...], ...], marks: tuple[Spot, ...]) -> Area:
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings)
    return Area(slug, path, *_free_spot(rings[0], marks))


def _free_spot(ring: Sequence[Spot], marks: Iterable[Spot]) -> Spot:
    """Where a name has most room: inside, and far from marks and borders. A name is wide: what lies aside of a border counts
    less, and a mark is as far as from the name's end."""
    (west, east), (north, south) = ((min(side), max(side)) for side in zip(*ring, strict=True))
    near = [mark for mark in marks if west < mark[0] < east and north < mark[1] < south]
    steps = [(west + x * NAME_STEP, north + y * NAME_STEP) for x in range(1, int((east - west) / NAME_STEP) + 1)
             for y in range(1, int((south - north) / NAME_STEP) + 1)]
    room = {spot: min(_room(spot, ring, near)) for spot in steps if inside(ring, *spot)}
    x, y = max(room, key=room.__getitem__, default=ring[0])
    return round(x, 1), round(y, 1)


def _room(spot: Spot, ring: Sequence[Spot], marks: Iterable[Spot]) -> Iterator[float]:
    """How far the borders and the marks are from a name in the middle of which the spot is."""
    yield from (math.hypot((spot[0] - x) / 3, spot[1] - y) for x, y in ring)
    yield from (math.hypot(max(0.0, abs(spot[0] - x) - NAME_HALF), spot[1] - y) for x, y in marks)


def inside(ring: Sequence[Spot], x: float, y: float) -> bool:
    """Whether a spot lies within a ring (the parity of the borders east of it)."""
    found = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            found = not found
    return found


@lru_cache(maxsize=64)
def _spread_once(homes: tuple[tuple[str, Spot], ...], height: float) -> dict[str, Spot]:
    return dict(zip([slug for slug, _ in homes], spread([home for _, home in homes], WIDTH, height), strict=True))


def spread(homes: Sequence[Spot], width: float, height: float, gap: float = GAP) -> list[Spot]:
    """Push apart what would cover each other, as little as needed; the same every time.

    Those of one town begin as a small flower around it. Then pairs that are too near push each other away, and everyone is
    drawn a little to its own place, until nothing moves.
    """
    found = [_petal(homes, index) for index in range(len(homes))]
    for step in range(ROUNDS):
        pull = 0.06 * (1 - step / ROUNDS)
        found = [(x + (hx - x) * pull, y + (hy - y) * pull) for (x, y), (hx, hy) in zip(found, homes, strict=True)]
        _push(found, gap)
        found = [(min(max(x, gap / 2), width - gap / 2), min(max(y, gap / 2), height - gap / 2)) for x, y in found]
    return [(round(x, 1), round(y, 1)) for x, y in found]


def _petal(homes: Sequence[Spot], index: int) -> Spot:
    """A beginning that differs from every other's, however many share one spot."""
    before = sum(1 for other in homes[:index] if other == homes[index])
    radius, angle = 0.5 * math.sqrt(before), before * GOLDEN
    return homes[index][0] + radius * math.cos(angle), homes[index][1] + radius * math.sin(angle)


def _push(found: list[Spot], gap: float) -> None:
    for i in range(len(found)):
        for j in range(i + 1, len(found)):
            dx, dy = found[j][0] - found[i][0], found[j][1] - found[i][1]
            if abs(dx) >= gap or abs(dy) >= gap:
                continue
            apart = math.hypot(dx, dy)
            if apart < gap:
                ux, uy = (dx / apart, dy / apart) if apart else (1.0, 0.0)
                half = (gap - apart) / 2
                found[i] = (found[i][0] - ux * half, found[i][1] - uy * half)
                found[j] = (found[j][0] + ux * half, found[j][1] + uy * half)


@lru_cache(maxsize=4)
def read_outlines(file: Path) -> dict[str, list[list[Spot]]]:
    """Rings by province; nothing where the network has no map."""
    if not file.exists():
        return {}
    areas: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["areas"]
    return {slug: [[(spot[0], spot[1]) for spot in ring] for ring in rings] for slug, rings in areas.items()}
