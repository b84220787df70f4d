"""What bounds booking beside other sessions, on both databases: set-up times, closed periods, holidays, maintenance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.booking import Period
from liaison.domain.clock import FixedClock
from liaison.domain.closures import ClosedPeriod, ConfirmationNeeded
from liaison.domain.errors import BookingConflict, Forbidden, IllegalState, Invalid, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import booking_checks, closures, lifecycle, maintenance, outbox, sessions
from liaison.services.notifier import Letter
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WOMENS_DAY = TEN + 7 * DAY
ASKED: frozenset[str] = frozenset()


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def admin(house: House, booker: Actor) -> Actor:
    return add_actor(house, "admin", AccountRole.ADMINISTRATOR)


def _held(house: House, session_id: str) -> set[tuple[str, str]]:
    with house.db.read() as db:
        rows = db.scalars(select(t.Booking).where(t.Booking.session_id == session_id, t.Booking.active))
        return {(f"{row.starts_at:%H:%M}", f"{row.ends_at:%H:%M}") for row in rows}


def test_buffers_widen_what_is_held_and_nothing_else(house: House, booker: Actor) -> None:
    view = sessions.book_session(house, booker, plan("osh-oblast", setup_minutes=30, clear_minutes=15))
    assert (view.starts_at, view.duration_minutes, _held(house, view.id)) == (TEN, 60, {("03:30", "05:15")})
    for starts_at in (TEN - HOUR, TEN + HOUR):
        with pytest.raises(BookingConflict):
            sessions.book_session(house, booker, plan("osh-oblast", starts_at=starts_at))
    assert sessions.find_conflicts(house, booker, ["osh-oblast"], TEN + 75 * HOUR / 60, 30, setup_minutes=1)
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + 75 * HOUR / 60))


def test_buffers_follow_every_change_and_are_told_to_nobody(house: House, booker: Actor) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    view = sessions.book_session(house, booker, plan("osh-oblast"))
    wider = sessions.change_session(house, booker, view.id, {"setup_minutes": 20, "priority": 2})
    assert (wider.sequence, wider.version, wider.priority, _held(house, view.id)) == (0, 2, 2, {("03:40", "05:00")})
    moved = sessions.change_session(house, booker, view.id, {"starts_at": TEN + HOUR})
    assert (moved.sequence, _held(house, view.id)) == (1, {("04:40", "06:00")})


def test_a_live_session_keeps_its_clear_up_time(house: House, booker: Actor, clock: FixedClock) -> None:
    view = sessions.book_session(house, booker, plan("osh-oblast", clear_minutes=30))
    clock.advance(3600)
    lifecycle.open_session(house, booker, view.id)
    lifecycle.extend_session(house, booker, view.id, 10)
    assert _held(house, view.id) == {("04:00", "05:40")}
    clock.advance(1800)
    lifecycle.close_session(house, booker, view.id)
    assert _held(house, view.id) == {("04:00", "05:00")}


def test_a_point_that_came_late_is_not_held_for_the_time_before(house: House, booker: Actor, clock: FixedClock) -> None:
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN, duration_minutes=15))
    view = sessions.book_session(house, booker, plan("big-hall"))
    clock.advance(3600 + 1200)
    lifecycle.open_session(house, booker, view.id)
    sessions.change_session(house, booker, view.id, {"points": ("big-hall", "osh-oblast")})
    sessions.change_session(house, booker, view.id, {"duration_minutes": 90})
    assert _held(house, view.id) == {("04:00", "05:30"), ("04:20", "05:30")}


@pytest.mark.parametrize(("scope", "concerned", "free"), [
    ({}, "big-hall", None), ({"province": "osh-oblast"}, "alay-district", "big-hall"),
    ({"point": "talas-oblast"}, "talas-oblast", "osh-oblast")])
def test_nothing_is_booked_in_a_closed_period(house: House, booker: Actor, admin: Actor, scope: dict[str, str],
                                              concerned: str, free: str | None) -> None:
    made = closures.add_closure(house, admin, Period(TEN + HOUR, TEN + 2 * HOUR), "Elections", **scope)
    with pytest.raises(ClosedPeriod) as refused:
        sessions.book_session(house, booker, plan(concerned, duration_minutes=61))
    assert (refused.value.details["reason"], refused.value.details["closures"][0]["id"]) == ("Elections", made.id)
    view = sessions.book_session(house, booker, plan(concerned))  # up to its beginning all is free
    with pytest.raises(ClosedPeriod):
        sessions.change_session(house, booker, view.id, {"starts_at": TEN + HOUR})
    if free:
        sessions.book_session(house, booker, plan(free, starts_at=TEN + HOUR))
    assert [found.reason for found in closures.list_closures(house, booker)] == ["Elections"]
    closures.remove_closure(house, admin, made.id)
    sessions.change_session(house, booker, view.id, {"starts_at": TEN + HOUR})
    with pytest.raises(NotFound):
        closures.remove_closure(house, admin, made.id)


def test_a_session_that_stands_in_a_closed_period_can_still_be_changed(house: House, booker: Actor, admin: Actor) -> None:
    view = sessions.book_session(house, booker, plan("osh-oblast"))
    closures.add_closure(house, admin, Period(TEN, TEN + HOUR), "Elections")
    assert sessions.change_session(house, booker, view.id, {"title": {"en": "Other"}}).title == {"en": "Other"}
    with pytest.raises(ClosedPeriod):
        sessions.change_session(house, booker, view.id, {"points": ("osh-oblast", "big-hall")})


def test_holidays_ask_people_and_let_programs_pass(house: House, booker: Actor) -> None:
    holiday = plan("osh-oblast", starts_at=WOMENS_DAY)
    with pytest.raises(ConfirmationNeeded) as asked:
        sessions.book_session(house, booker, holiday, confirmed=ASKED)
    assert [(w["code"], w["date"], w["name"]["en"]) for w in asked.value.details["warnings"]] == [
        ("holiday", "2027-03-08", "International Women's Day")]
    assert set(asked.value.details["warnings"][0]["name"]) == {"ky", "ru", "en"}
    assert sessions.book_session(house, booker, holiday).status == "confirmed"
    night = plan("big-hall", starts_at=WOMENS_DAY - 11 * HOUR, duration_minutes=120)  # begins on the 7th at 23:00
    with pytest.raises(ConfirmationNeeded):
        sessions.book_session(house, booker, night, confirmed=ASKED)


def test_a_point_under_maintenance_wants_a_confirmation(house: House, booker: Actor, admin: Actor) -> None:
    work = maintenance.add_maintenance(house, admin, "osh-oblast", Period(TEN, TEN + 2 * HOUR), "New switch")
    with pytest.raises(ConfirmationNeeded) as asked:
        sessions.book_session(house, booker, plan("big-hall", "osh-oblast"))
    assert [(w["code"], w["point"], w["reason"]) for w in asked.value.details["warnings"]] == [("maintenance", "osh-oblast", "New switch")]
    assert booking_checks.find_warnings(house, booker, ["osh-oblast"], Period(TEN, TEN + HOUR))[1][0]["id"] == work.id
    view = sessions.book_session(house, booker, plan("big-hall", "osh-oblast"), confirmed={"maintenance"})
    with pytest.raises(ConfirmationNeeded):
        sessions.change_session(house, booker, view.id, {"starts_at": TEN + HOUR})
    assert sessions.change_session(house, booker, view.id, {"public": True}).public
    with pytest.raises(Forbidden):
        maintenance.add_maintenance(house, booker, "osh-oblast", Period(TEN, TEN + HOUR), "x")


def test_maintenance_ends_early_or_never_begins(house: House, booker: Actor, admin: Actor, clock: FixedClock) -> None:
    later = maintenance.add_maintenance(house, admin, "osh-oblast", Period(TEN + DAY, TEN + 2 * DAY), "Paint")
    now = maintenance.add_maintenance(house, admin, "osh-oblast", Period(TEN - HOUR, TEN + DAY), "New switch")
    clock.advance(600)
    maintenance.end_maintenance(house, admin, now.id)
    maintenance.end_maintenance(house, admin, later.id)
    assert maintenance.list_maintenance(house, booker) == []
    with pytest.raises(IllegalState):
        maintenance.end_maintenance(house, admin, now.id)
    with pytest.raises(Invalid):
        maintenance.add_maintenance(house, admin, "nowhere", Period(TEN, TEN), "")


class Post:
    """Keeps to whom letters went."""

    def __init__(self) -> None:
        self.to: list[str] = []

    def deliver(self, letter: Letter) -> None:
        self.to.append(letter.to_address)


def test_reminders_of_a_point_rest_while_it_is_under_maintenance(house: House, booker: Actor, admin: Actor, clock: FixedClock) -> None:
    for name, points in (("osh", ["osh-oblast"]), ("both", ["osh-oblast", "big-hall"])):
        add_actor(house, name, AccountRole.OFFICER, *points, email=f"{name}@example.org")
    view = sessions.book_session(house, booker, plan("osh-oblast", "big-hall", starts_at=TEN + 2 * HOUR))
    outbox.deliver_due(house, Post(), "sender")
    maintenance.add_maintenance(house, admin, "osh-oblast", Period(TEN, TEN + 2 * HOUR), "New switch")
    clock.advance(2 * 3600)  # an hour before the start
    post = Post()
    outbox.deliver_due(house, post, "sender")
    assert post.to == ["both@example.org"]
    with house.db.read() as db:
        rested = db.scalars(select(t.Outbox).where(t.Outbox.session_id == view.id, t.Outbox.kind == "reminder",
                                                   t.Outbox.status == "skipped")).all()
        assert [(row.address, row.last_error) for row in rested] == [("osh@example.org", "point_under_maintenance")]
