"""Conferencing ports on both databases: refused with numbers and the nearest time, also for moves and live extensions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.capacity import CapacityExceeded
from liaison.domain.clock import FixedClock
from liaison.house import House
from liaison.services import lifecycle, sessions
from liaison.services.settings import change_settings, get_setting
from tests.support.people import TEN, organiser, plan
from tests.support.web import Browser
from web.app import create_app

HOUR = timedelta(hours=1)


@pytest.fixture
def booker(house: House) -> Actor:
    booker = organiser(house)
    change_settings(house, SYSTEM, {"video_ports": 3, "watcher_ports": 60, "recording_ports": 1})
    return booker


def test_the_defaults_carry_the_whole_network(house: House) -> None:
    organiser(house)
    assert [get_setting(house, name) for name in ("video_ports", "watcher_ports", "recording_ports")] == [100, 1000, 20]


def test_what_does_not_fit_is_refused_in_numbers_with_the_nearest_time(house: House, booker: Actor) -> None:
    sessions.book_session(house, booker, plan("big-hall", "osh-oblast"))
    with pytest.raises(CapacityExceeded) as refused:
        sessions.book_session(house, booker, plan("talas-oblast", "chuy-oblast", starts_at=TEN + HOUR / 2))
    assert refused.value.details["shortages"] == [{"ports": "video", "wanted": 2, "taken": 2, "capacity": 3}]
    assert refused.value.details["nearest_at"] == "2027-03-01T05:00:00Z"
    sessions.book_session(house, booker, plan("talas-oblast", "chuy-oblast", starts_at=TEN + HOUR))
    sessions.book_session(house, booker, plan("naryn-oblast", starts_at=TEN + HOUR / 2))


def test_what_never_fits_has_no_nearest_time(house: House, booker: Actor) -> None:
    with pytest.raises(CapacityExceeded) as refused:
        sessions.book_session(house, booker, plan("big-hall", "osh-oblast", optional_points=("talas-oblast", "chuy-oblast")))
    assert refused.value.details["nearest_at"] is None


@pytest.mark.parametrize(("fields", "ports"), [({"public": True}, "watchers"), ({"record": True}, "recordings")])
def test_watchers_and_recordings_are_counted_too(house: House, booker: Actor, fields: dict[str, bool], ports: str) -> None:
    sessions.book_session(house, booker, plan("osh-oblast", **fields))
    with pytest.raises(CapacityExceeded) as refused:
        sessions.book_session(house, booker, plan("big-hall", **fields))
    assert [short["ports"] for short in refused.value.details["shortages"]] == [ports]
    view = sessions.book_session(house, booker, plan("big-hall"))
    with pytest.raises(CapacityExceeded):
        sessions.change_session(house, booker, view.id, fields)


def test_a_broadcast_that_is_asked_for_is_refused_where_others_have_it(house: House, booker: Actor) -> None:
    first = sessions.book_session(house, booker, plan("osh-oblast", public=True, broadcast=True))
    asked = plan("big-hall", public=True, broadcast=True)
    change_settings(house, SYSTEM, {"watcher_ports": 1000})
    with pytest.raises(CapacityExceeded) as refused:
        sessions.book_session(house, booker, asked)
    assert refused.value.details["shortages"] == [{"ports": "broadcasts", "wanted": 1, "taken": 1, "capacity": 1}]
    assert refused.value.details["nearest_at"] == "2027-03-01T03:00:00Z"
    second = sessions.book_session(house, booker, replace(asked, broadcast=False))
    assert (first.broadcast, second.broadcast) == (True, False)
    with pytest.raises(CapacityExceeded):
        sessions.change_session(house, booker, second.id, {"broadcast": True})
    assert sessions.change_session(house, booker, second.id, {"broadcast": True, "starts_at": TEN + HOUR}).broadcast
    with pytest.raises(CapacityExceeded):
        sessions.change_session(house, booker, second.id, {"starts_at": TEN + HOUR / 2})


def test_where_there_are_no_broadcasts_it_is_said_and_the_form_does_not_ask(house: House, booker: Actor) -> None:
    none = replace(house, settings=house.settings.model_copy(update={"broadcasts": 0}))
    with pytest.raises(CapacityExceeded, match="makes no broadcasts"):
        sessions.book_session(none, booker, plan("osh-oblast", public=True, broadcast=True))
    assert not sessions.book_session(none, booker, plan("osh-oblast", public=True)).broadcast
    form, with_it = (Browser(create_app(one), one).become(booker.user_id).get("/sessions/new").text for one in (none, house))
    assert 'name="broadcast"' in with_it and 'name="broadcast"' not in form


def test_where_nobody_has_said_a_public_session_has_a_broadcast_if_there_is_a_place(house: House, booker: Actor) -> None:
    change_settings(house, SYSTEM, {"watcher_ports": 1000})
    first, second = (sessions.book_session(house, booker, plan(point, public=True)) for point in ("osh-oblast", "big-hall"))
    private = sessions.book_session(house, booker, plan("naryn-oblast", starts_at=TEN + HOUR))
    assert [one.broadcast for one in (first, second, private)] == [True, False, False]
    assert sessions.change_session(house, booker, private.id, {"public": True}).broadcast
    assert not sessions.change_session(house, booker, first.id, {"public": False}).broadcast
    assert sessions.change_session(house, booker, second.id, {"broadcast": None}).broadcast


def test_a_broadcast_of_another_does_not_end_a_live_session(house: House, booker: Actor, clock: FixedClock) -> None:
    live = sessions.book_session(house, booker, plan("big-hall", public=True))
    change_settings(house, SYSTEM, {"watcher_ports": 1000})
    sessions.book_session(house, booker, plan("osh-oblast", public=True, broadcast=True, starts_at=TEN + HOUR))
    clock.advance(3600)
    lifecycle.open_session(house, booker, live.id)
    assert lifecycle.extend_session(house, booker, live.id, 10).extended_to == TEN + HOUR + timedelta(minutes=10)


def test_moves_count_without_the_session_itself(house: House, booker: Actor) -> None:
    first = sessions.book_session(house, booker, plan("big-hall", "osh-oblast"))
    later = sessions.book_session(house, booker, plan("talas-oblast", "chuy-oblast", starts_at=TEN + HOUR))
    with pytest.raises(CapacityExceeded):
        sessions.change_session(house, booker, first.id, {"duration_minutes": 65})
    assert sessions.change_session(house, booker, first.id, {"starts_at": TEN - HOUR / 2}).starts_at == TEN - HOUR / 2
    sessions.cancel_session(house, booker, later.id)
    sessions.change_session(house, booker, first.id, {"starts_at": TEN + HOUR})


def test_a_session_over_a_lowered_capacity_can_still_be_made_smaller(house: House, booker: Actor) -> None:
    view = sessions.book_session(house, booker, plan("big-hall", "osh-oblast", "talas-oblast"))
    change_settings(house, SYSTEM, {"video_ports": 1})
    for smaller in ({"points": ("big-hall", "osh-oblast")}, {"duration_minutes": 30}, {"title": {"en": "Shorter"}}):
        sessions.change_session(house, booker, view.id, smaller)
    with pytest.raises(CapacityExceeded):
        sessions.change_session(house, booker, view.id, {"duration_minutes": 45})


def test_a_live_session_is_not_extended_into_what_others_have_booked_but_never_cut_off(house: House, booker: Actor,
                                                                                    clock: FixedClock) -> None:
    live = sessions.book_session(house, booker, plan("big-hall", "osh-oblast"))
    sessions.book_session(house, booker, plan("talas-oblast", "chuy-oblast", starts_at=TEN + HOUR + timedelta(minutes=15)))
    clock.advance(3600)
    lifecycle.open_session(house, booker, live.id)
    assert lifecycle.extend_session(house, booker, live.id, 10).extended_to == TEN + HOUR + timedelta(minutes=10)
    with pytest.raises(CapacityExceeded):
        lifecycle.extend_session(house, booker, live.id, 10)
    with pytest.raises(CapacityExceeded):  # what has been extended counts as well
        sessions.book_session(house, booker, plan("naryn-oblast", "naryn-city", starts_at=TEN + HOUR, duration_minutes=5))
