"""Outlines are made smaller without gaps between neighbours."""

from __future__ import annotations

import json
import math

from tools.vendor_map import REGIONS, Ring, outlines, simplified


def wavy(x: float) -> Ring:
    """A border from south to north with small waves."""
    return [(x + 0.004 * math.sin(step * 1.7), step / 50) for step in range(51)]


def two_neighbours() -> dict[str, list[Ring]]:
    left = [(0.0, 0.0), *wavy(1), (0.0, 1.0)]
    right = [(2.0, 1.0), *reversed(wavy(1)), (2.0, 0.0)]
    return {"left": [left], "right": [right]}


def test_neighbours_share_what_is_left_of_their_border() -> None:
    found = simplified(two_neighbours(), 0.01)
    shared = set(found["left"][0]) & set(found["right"][0])
    assert shared == {(1.0, 0.0), (round(wavy(1)[-1][0], 3), 1.0)}
    assert len(found["left"][0]) == 4


def test_what_stands_out_stays() -> None:
    assert len(simplified(two_neighbours(), 0.001)["left"][0]) > 20


def test_a_hole_alone_keeps_its_shape() -> None:
    ring = [(math.cos(turn / 20 * math.tau), math.sin(turn / 20 * math.tau)) for turn in range(20)]
    (kept,) = simplified({"one": [ring]}, 0.2)["one"]
    assert 4 <= len(kept) < 20


def test_all_regions_become_one_file() -> None:
    square = {"geometry": {"coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}}
    made = json.loads(outlines(lambda name: json.dumps(square))["outlines.json"])
    assert set(made["areas"]) == set(REGIONS.values())
    assert sorted(map(tuple, made["areas"]["osh-oblast"][0])) == [(0, 0), (0, 1), (1, 0), (1, 1)]
