"""Where a mobile point stands, and what may stand in its calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.routes import Stop, overlapping, period_errors, place_errors, slug_from, valid_slug, whereabouts

DAY = datetime(2027, 3, 1, tzinfo=UTC)


def stop(name: str, first: float, last: float) -> Stop:
    return Stop(name, {"": name}, 42.0, 74.0, DAY + timedelta(days=first), DAY + timedelta(days=last))


ROUTE = (stop("b", 2, 4), stop("a", 0, 2), stop("c", 6, 7))


@pytest.mark.parametrize(("day", "wanted"), [
    (-1, (None, "a", None)), (0, ("a", "b", None)), (1.9, ("a", "b", None)), (2, ("b", "c", "a")), (5, (None, "c", "b")),
    (6.5, ("c", None, "b")), (7, (None, None, "c")),
])
def test_where_it_is_comes_next_and_was(day: float, wanted: tuple[str | None, ...]) -> None:
    found = whereabouts(ROUTE, DAY + timedelta(days=day))
    assert tuple(one.id if one else None for one in (found.now, found.next, found.last)) == wanted


def test_without_a_route_nothing_is_known() -> None:
    assert whereabouts((), DAY).now is None


@pytest.mark.parametrize(("first", "last", "wanted"), [
    (4, 6, None), (3.5, 5, "b"), (-1, 0, None), (-1, 10, "a"), (1, 1.5, "a"), (7, 8, None), (6.9, 7.1, "c"),
])
def test_touching_is_no_overlap(first: float, last: float, wanted: str | None) -> None:
    found = overlapping(ROUTE, DAY + timedelta(days=first), DAY + timedelta(days=last))
    assert (found.id if found else None) == wanted


@pytest.mark.parametrize(("hours", "fine"), [(0, False), (-1, False), (1, True), (24 * 366, True), (24 * 366 + 1, False)])
def test_a_stop_has_an_end_after_its_start_and_within_a_year(hours: float, fine: bool) -> None:
    assert (period_errors(DAY, DAY + timedelta(hours=hours)) == []) is fine


@pytest.mark.parametrize(("lat", "lon", "wrong"), [
    (42.9, 74.6, []), (None, None, []), (42.9, None, ["lon"]), (None, 74.6, ["lat"]), (91, 0, ["lat"]), (0, -181, ["lon"]),
    (float("nan"), 0, ["lat"]), (0, float("inf"), ["lon"]), (-90, 180, []),
])
def test_degrees(lat: float | None, lon: float | None, wrong: list[str]) -> None:
    assert [error["field"] for error in place_errors(lat, lon)] == wrong


@pytest.mark.parametrize(("name", "slug"), [
    ("Van 3 (Naryn)", "van-3-naryn"), ("  Café №5 ", "cafe-no5"), ("Унаа", ""), ("x" * 80, "x" * 64), ("-", ""),
])
def test_short_names(name: str, slug: str) -> None:
    assert slug_from(name) == slug
    assert valid_slug(slug) is bool(slug)


@pytest.mark.parametrize("slug", ["Van", "van_1", "van--1", "-van", "van-", "../x", "van 1", "ван", "x" * 65])
def test_short_names_that_are_none(slug: str) -> None:
    assert not valid_slug(slug)
