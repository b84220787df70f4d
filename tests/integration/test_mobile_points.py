"""Mobile points: made, routed, invited and switched off like a point, and never mixed up with the network's file."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Conflict, Forbidden, IllegalState, Invalid, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import calendar_feeds, mobile_points, points, sessions
from liaison.services.mobile_points import MobilePlan, StopOverlaps, StopPlan
from liaison.services.network_states import network_states
from tests.support.people import add_actor, organiser, plan

NARYN, KOCHKOR = (41.4283, 75.9957), (42.2155, 75.7566)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def van(house: House, planner: Actor) -> str:
    return mobile_points.add_mobile_point(house, SYSTEM, MobilePlan({"en": "Van 1", "ky": "1-унаа"})).slug


def stop(house: House, first: float, last: float, spot: tuple[float, float] = NARYN, **more: Any) -> StopPlan:
    now = house.clock.now()
    return StopPlan(**{"place": {"": "Bazaar"}, "lat": spot[0], "lon": spot[1], "starts_at": now + timedelta(hours=first),
                       "ends_at": now + timedelta(hours=last)} | more)


def test_a_van_is_a_point_like_any_other(house: House, planner: Actor, van: str) -> None:
    view = points.get_point(house, planner, van)
    assert (view.slug, view.kind, view.link_profile, view.active, view.province) == ("van-1", "mobile", "thin", True, None)
    officer = add_actor(house, "driver", AccountRole.OFFICER, van, email="driver@example.org")
    booked = sessions.book_session(house, planner, plan("big-hall", van))
    assert sessions.get_session(house, officer, booked.id).own_points == (van,)
    with pytest.raises(Conflict):
        sessions.book_session(house, planner, plan(van))
    assert calendar_feeds.secret_feed(house, _secret(house, van))
    points.change_point(house, SYSTEM, van, active=False)
    with pytest.raises(Invalid):
        sessions.book_session(house, planner, plan(van, starts_at=house.clock.now() + timedelta(days=3)))
    assert van not in {status.point.slug for status in network_states(house, planner)}


def _secret(house: House, slug: str) -> str:
    with house.db.read() as db:
        return points.find_point(db, slug).calendar_secret


def test_the_networks_file_neither_removes_nor_renames_it(house: House, planner: Actor, van: str) -> None:
    assert points.seed_points(house) == 0
    assert [view.slug for view in points.list_points(house, planner)][-1] == van
    assert len(points.list_points(house, planner)) == 64
    assert [view.slug for view in points.list_points(house, planner, kind="mobile")] == [van]


def test_short_names_are_made_and_never_taken_twice(house: House, planner: Actor, van: str) -> None:
    def made(name: str) -> str:
        return mobile_points.add_mobile_point(house, SYSTEM, MobilePlan({"ru": name})).slug
    assert [made("Van 1"), made("Van 1"), made("Юрта"), made("Юрта")] == ["van-1-2", "van-1-3", "mobile", "mobile-2"]
    assert made("x" * 80) == "x" * 60
    with pytest.raises(Conflict):
        mobile_points.add_mobile_point(house, SYSTEM, MobilePlan({"en": "Osh"}, slug="osh-oblast"))


@pytest.mark.parametrize("role", [AccountRole.ORGANISER, AccountRole.OPERATOR, AccountRole.OFFICER, AccountRole.INTERPRETER])
def test_only_administrators_make_and_rename_them(house: House, van: str, role: AccountRole) -> None:
    actor = add_actor(house, "somebody", role, van)
    with pytest.raises(Forbidden):
        mobile_points.add_mobile_point(house, actor, MobilePlan({"en": "Van 2"}))
    with pytest.raises(Forbidden):
        mobile_points.change_mobile_point(house, actor, van, MobilePlan({"en": "Mine"}))


def test_what_is_said_of_it_can_be_changed(house: House, van: str) -> None:
    changed = MobilePlan({"en": "Van A"}, lat=42.0, lon=74.0, phone="1", link_profile="audio")
    view = mobile_points.change_mobile_point(house, SYSTEM, van, changed)
    assert (view.name, view.slug, view.lat, view.phone, view.link_profile) == ({"en": "Van A"}, van, 42.0, "1", "audio")
    with pytest.raises(IllegalState):
        mobile_points.change_mobile_point(house, SYSTEM, "osh-oblast", MobilePlan({"en": "Osh"}))
    with pytest.raises(NotFound):
        mobile_points.change_mobile_point(house, SYSTEM, "atlantis", MobilePlan({"en": "Van"}))


# ---------------------------------------------------------------- the route


def test_the_map_follows_the_route(house: House, planner: Actor, van: str, clock: FixedClock) -> None:
    mobile_points.add_stop(house, planner, van, stop(house, 1, 5))
    mobile_points.add_stop(house, planner, van, stop(house, 5, 9, KOCHKOR, place={"en": "Kochkor"}))

    def where() -> tuple[tuple[float, float] | None, bool, bool]:
        status = next(one for one in network_states(house, planner) if one.point.slug == van)
        assert status.route is not None
        return status.place, status.route.now is not None, status.route.next is not None
    assert where() == (None, False, True)
    clock.advance(2 * 3600)
    assert where() == ((NARYN[1], NARYN[0]), True, True)
    clock.advance(4 * 3600)
    assert where() == ((KOCHKOR[1], KOCHKOR[0]), True, False)
    clock.advance(4 * 3600)
    assert where() == ((KOCHKOR[1], KOCHKOR[0]), False, False), "it was there last"
    mobile_points.change_mobile_point(house, SYSTEM, van, MobilePlan({"en": "Van"}, lat=42.0, lon=74.0))
    assert where() == ((74.0, 42.0), False, False), "it is at home"


def test_stops_never_overlap(house: House, planner: Actor, van: str) -> None:
    mobile_points.add_stop(house, planner, van, stop(house, 1, 5))
    mobile_points.add_stop(house, planner, van, stop(house, 5, 6))
    for first, last in ((0, 2), (4, 5.5), (0, 9), (2, 3)):
        with pytest.raises(StopOverlaps):
            mobile_points.add_stop(house, planner, van, stop(house, first, last))
    first = mobile_points.route_of(house, planner, van)[0]
    mobile_points.remove_stop(house, planner, van, first.id)
    mobile_points.add_stop(house, planner, van, stop(house, 0, 5))
    assert len(mobile_points.route_of(house, planner, van)) == 2


def test_two_who_add_at_the_same_time_do_not_overlap(house: House, planner: Actor, van: str) -> None:
    done: list[str] = []
    begin = threading.Barrier(4)

    def add() -> None:
        begin.wait()
        try:
            mobile_points.add_stop(house, planner, van, stop(house, 1, 5))
            done.append("added")
        except StopOverlaps:
            done.append("refused")
    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["added", "refused", "refused", "refused"]


@pytest.mark.parametrize(("wrong", "field"), [
    ({"place": {}}, "place"), ({"place": {"": " "}}, "place"), ({"place": {"xx": "A"}}, "place.xx"), ({"lat": None}, "lat"),
    ({"lat": None, "lon": None}, "lat"), ({"lat": 91.0}, "lat"), ({"note": "x" * 501}, "note"),
])
def test_a_wrong_stop_is_refused_by_name(house: House, planner: Actor, van: str, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        mobile_points.add_stop(house, planner, van, stop(house, 1, 2, **wrong))
    assert field in [item["field"] for item in error.value.details["errors"]]
    assert mobile_points.route_of(house, planner, van) == []


def test_the_route_is_the_offices(house: House, planner: Actor, van: str) -> None:
    driver = add_actor(house, "driver", AccountRole.OFFICER, van)
    added = mobile_points.add_stop(house, planner, van, stop(house, 1, 2))
    with pytest.raises(Forbidden):
        mobile_points.add_stop(house, driver, van, stop(house, 3, 4))
    with pytest.raises(Forbidden):
        mobile_points.remove_stop(house, driver, van, added.id)
    assert [one.id for one in mobile_points.route_of(house, driver, van)] == [added.id]
    with pytest.raises(IllegalState):
        mobile_points.add_stop(house, planner, "osh-oblast", stop(house, 1, 2))
    other = mobile_points.add_mobile_point(house, SYSTEM, MobilePlan({"en": "Van 2"})).slug
    with pytest.raises(NotFound):
        mobile_points.remove_stop(house, planner, other, added.id)
