"""The map's numbers: provinces as closed outlines, marks that cover no other and stay near their towns."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest

from liaison.network import load_network
from tools.vendor_map import distance
from web.network_map import GAP, WIDTH, Drawing, draw, inside, projection, read_outlines, spread

NETWORK = load_network()
OUTLINES = read_outlines(NETWORK.map_file)
PLACES = {row["slug"]: (row["lon"], row["lat"]) for row in NETWORK.point_rows()}
TOUCHING = GAP - 1.5


def distances(drawing: Drawing) -> list[float]:
    return [math.hypot(a.x - b.x, a.y - b.y) for a, b in combinations(drawing.marks.values(), 2)]


def test_every_point_of_the_network_stands_apart_and_on_the_map() -> None:
    drawing = draw(OUTLINES, PLACES)
    assert len(drawing.marks) == 63
    assert min(distances(drawing)) > TOUCHING
    assert all(0 < mark.x < WIDTH and 0 < mark.y < drawing.height for mark in drawing.marks.values())
    assert max(math.hypot(mark.x - mark.home_x, mark.y - mark.home_y) for mark in drawing.marks.values()) < 3 * GAP
    assert sum(1 for mark in drawing.marks.values() if not mark.moved) > 12, "whoever stands alone stays where it is"


def test_a_crowd_in_one_town_is_fanned_out() -> None:
    crowd = {f"van-{number}": (74.59, 42.87) for number in range(16)}
    drawing = draw(OUTLINES, PLACES | crowd)
    assert min(distances(drawing)) > TOUCHING
    assert draw(OUTLINES, PLACES | crowd).marks == drawing.marks, "the same every time"


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_from_one_spot_all_find_a_place(count: int) -> None:
    found = spread([(500.0, 250.0)] * count, 1000, 500)
    assert all(math.dist(a, b) > TOUCHING for a, b in combinations(found, 2))
    assert math.dist((sum(x for x, _ in found) / count, sum(y for _, y in found) / count), (500, 250)) < GAP


def test_at_the_edge_nothing_leaves_the_drawing() -> None:
    assert all(0 < x < 1000 and 0 < y < 500 for x, y in spread([(0.0, 0.0)] * 5 + [(1200.0, 700.0)], 1000, 500))


def beside(ring: list[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a place lies at the border: Tokmok and Kara-Suu stand on its rivers."""
    return any(distance((x, y), a, b) < 0.05 for a, b in pairwise([*ring, ring[0]]))


def test_each_province_holds_its_office_and_its_districts() -> None:
    found = {slug: ring for slug, rings in OUTLINES.items() for ring in rings[:1]}
    districts = [(row["slug"], found[row["province"]], row["lon"], row["lat"]) for row in NETWORK.point_rows() if row["kind"] == "district"]
    wrong = [slug for slug, ring, lon, lat in districts if not inside(ring, lon, lat) and not beside(ring, lon, lat)]
    assert len(found) == 7
    assert wrong == []


def test_common_borders_stay_common() -> None:
    edges: dict[frozenset[tuple[float, float]], int] = {}
    for rings in OUTLINES.values():
        for ring in rings:
            for a, b in pairwise([*ring, ring[0]]):
                edges[frozenset((a, b))] = edges.get(frozenset((a, b)), 0) + 1
    assert max(edges.values()) == 2
    assert sum(1 for count in edges.values() if count == 2) > 150


def test_each_name_stands_in_its_province_beside_the_marks() -> None:
    drawing = draw(OUTLINES, PLACES)
    project = projection([spot for rings in OUTLINES.values() for ring in rings for spot in ring])
    for area in drawing.areas:
        assert inside([project(*spot) for spot in OUTLINES[area.slug][0]], area.x, area.y), area.slug
        assert all(abs(mark.y - area.y) > 15 or abs(mark.x - area.x) > 70 for mark in drawing.marks.values()), area.slug


def test_north_is_up_and_east_is_right() -> None:
    project = projection([(69.0, 39.0), (80.0, 43.0)])
    (west, low), (east, high) = project(70, 40), project(79, 42)
    assert west < east and high < low


def test_without_outlines_the_points_are_drawn_alone() -> None:
    drawing = draw({}, {"a": (74.0, 42.0), "b": (75.0, 42.0), "c": None})
    assert (set(drawing.marks), drawing.areas) == ({"a", "b"}, ())
    assert draw({}, {}).marks == {}
    assert read_outlines(NETWORK.map_file.with_name("none.json")) == {}
