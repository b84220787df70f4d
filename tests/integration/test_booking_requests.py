"""Officers ask, the office answers; bookers wait for taken times and are offered them: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.booking_requests import RequestKind
from liaison.domain.clock import FixedClock
from liaison.domain.errors import BookingConflict, Forbidden, IllegalState, Invalid
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import booking_requests, lifecycle, sessions, waiting_list
from liaison.services.offers import HeldForOffer
from liaison.services.settings import change_settings
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan

HOUR = timedelta(hours=1)
LATER = TEN + 24 * HOUR
WANTED = plan("osh-oblast", "big-hall", starts_at=LATER)


@pytest.fixture
def booker(house: House) -> Actor:
    organiser(house, "first")
    return add_actor(house, "planner", AccountRole.ORGANISER, email="planner@example.org")


@pytest.fixture
def officer(house: House, booker: Actor) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")


def _notices(house: House) -> list[tuple[str, str]]:
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.kind == "request_notice").order_by(t.Outbox.created_at, t.Outbox.id))
        return [(row.address, row.payload["what"]) for row in rows]


def _states(house: House) -> dict[str, str]:
    with house.db.read() as db:
        return {row.id: row.state for row in db.scalars(select(t.BookingRequest))}


def test_a_request_holds_nothing_and_the_office_hears_of_it(house: House, booker: Actor, officer: Actor) -> None:
    asked = booking_requests.ask_for_session(house, officer, WANTED, "Before the sowing")
    assert (asked.state, asked.note, asked.plan.title, asked.conflicts) == ("asked", "Before the sowing", WANTED.title, ())
    assert _notices(house) == [("planner@example.org", "asked")]
    holder = sessions.book_session(house, booker, plan("osh-oblast", starts_at=LATER))
    seen = booking_requests.list_requests(house, booker)
    assert [(view.id, [c["session"]["id"] for c in view.conflicts]) for view in seen] == [(asked.id, [holder.id])]
    with pytest.raises(BookingConflict):
        booking_requests.approve_request(house, booker, asked.id)
    assert _states(house) == {asked.id: "asked"}


def test_approved_as_asked_the_officer_chairs(house: House, booker: Actor, officer: Actor) -> None:
    asked = booking_requests.ask_for_session(house, officer, replace(WANTED, chair_user=officer.user_id, chair_point="osh-oblast"))
    made = booking_requests.approve_request(house, booker, asked.id)
    assert (made.status, made.starts_at, made.chair_point) == ("confirmed", LATER, "osh-oblast")
    assert made.chair_user is not None and made.chair_user.id == officer.user_id
    view = booking_requests.get_request(house, officer, asked.id)
    assert (view.state, view.session_id, view.open) == ("booked", made.id, False)
    assert _notices(house)[1:] == [("osh@example.org", "approved")]
    for again in (lambda: booking_requests.approve_request(house, booker, asked.id),
                  lambda: booking_requests.decline_request(house, booker, asked.id, "x"),
                  lambda: booking_requests.withdraw_request(house, officer, asked.id)):
        with pytest.raises(IllegalState):
            again()


def test_approved_with_a_change_says_what_changed(house: House, booker: Actor, officer: Actor) -> None:
    asked = booking_requests.ask_for_session(house, officer, WANTED)
    booking_requests.approve_request(house, booker, asked.id, replace(asked.plan, starts_at=LATER + HOUR), "The hall is taken at ten.")
    with house.db.read() as db:
        payload = db.scalars(select(t.Outbox.payload).where(t.Outbox.kind == "request_notice", t.Outbox.user_id == officer.user_id)).one()
    assert (payload["changed"], payload["reason"]) == (True, "The hall is taken at ten.")
    assert (payload["before"]["starts_at"], payload["starts_at"]) == (LATER.isoformat(), (LATER + HOUR).isoformat())


def test_declined_with_a_reason_or_withdrawn(house: House, booker: Actor, officer: Actor) -> None:
    first, second = (booking_requests.ask_for_session(house, officer, WANTED) for _ in range(2))
    with pytest.raises(Invalid):
        booking_requests.decline_request(house, booker, first.id, " ")
    assert booking_requests.decline_request(house, booker, first.id, "Too soon").answer == "Too soon"
    assert booking_requests.withdraw_request(house, officer, second.id).state == "withdrawn"
    assert booking_requests.list_requests(house, booker) == []
    assert {view.state for view in booking_requests.list_requests(house, officer, only_open=False)} == {"declined", "withdrawn"}
    assert _notices(house)[-1] == ("osh@example.org", "declined")


def test_who_may_ask_and_answer(house: House, booker: Actor, officer: Actor) -> None:
    asked = booking_requests.ask_for_session(house, officer, WANTED)
    other = add_actor(house, "talas", AccountRole.OFFICER, "talas-oblast")
    with pytest.raises(Invalid):
        booking_requests.ask_for_session(house, other, WANTED)  # no point of theirs takes part
    for refused in (lambda: booking_requests.ask_for_session(house, booker, WANTED),
                    lambda: booking_requests.get_request(house, other, asked.id),
                    lambda: booking_requests.approve_request(house, officer, asked.id),
                    lambda: booking_requests.withdraw_request(house, other, asked.id),
                    lambda: waiting_list.wait_for(house, officer, WANTED)):
        with pytest.raises(Forbidden):
            refused()
    assert booking_requests.list_requests(house, other) == []


def test_a_request_whose_time_comes_is_over(house: House, officer: Actor, clock: FixedClock) -> None:
    asked = booking_requests.ask_for_session(house, officer, plan("osh-oblast", starts_at=TEN))
    clock.advance(3600)
    assert waiting_list.run_waiting_list(house).over == [asked.id]
    assert _notices(house)[-1] == ("osh@example.org", "over")
    assert waiting_list.run_waiting_list(house) == waiting_list.WaitingReport()


# ---------------------------------------------------------------- the waiting list


def _wait(house: House, booker: Actor, *points: str, **fields: object) -> str:
    return waiting_list.wait_for(house, booker, plan(*points, starts_at=LATER, **fields)).id


def test_only_a_taken_time_is_waited_for(house: House, booker: Actor) -> None:
    with pytest.raises(IllegalState):
        waiting_list.wait_for(house, booker, WANTED)


@pytest.mark.parametrize("how", ["cancelled", "moved", "shortened", "left out"])
def test_a_time_that_frees_is_offered_and_held(house: House, booker: Actor, clock: FixedClock, how: str) -> None:
    holder = sessions.book_session(house, booker, plan("osh-oblast", "talas-oblast", starts_at=LATER - HOUR / 2))
    waiting = _wait(house, booker, "osh-oblast", "big-hall")
    assert waiting_list.run_waiting_list(house).offered == []
    free: dict[str, dict[str, Any]] = {
        "moved": {"starts_at": LATER + 4 * HOUR}, "shortened": {"duration_minutes": 30}, "left out": {"points": ("talas-oblast",)}}
    if how == "cancelled":
        sessions.cancel_session(house, booker, holder.id)
    else:
        sessions.change_session(house, booker, holder.id, free[how])
    assert waiting_list.run_waiting_list(house).offered == [waiting]
    view = booking_requests.list_requests(house, booker, RequestKind.WAITING)[0]
    assert (view.state, view.offer_until) == ("offered", clock.now() + 2 * HOUR)
    assert _notices(house) == [("planner@example.org", "offered")]
    other = add_actor(house, "other", AccountRole.ORGANISER)
    with pytest.raises(HeldForOffer) as refused:
        sessions.book_session(house, other, plan("big-hall", starts_at=LATER + HOUR / 2))
    assert refused.value.details["points"] == ["big-hall"]
    made = waiting_list.accept_offer(house, booker, waiting)
    assert (made.starts_at, [point.slug for point in made.points]) == (LATER, ["osh-oblast", "big-hall"])
    assert _states(house) == {waiting: "booked"}


def test_an_offer_that_lapses_goes_to_the_next(house: House, booker: Actor, clock: FixedClock) -> None:
    change_settings(house, SYSTEM, {"offer_minutes": 30})
    other = add_actor(house, "other", AccountRole.ORGANISER, email="other@example.org")
    holder = sessions.book_session(house, booker, plan("osh-oblast", starts_at=LATER))
    first = _wait(house, booker, "osh-oblast")
    clock.advance(1)
    second = _wait(house, other, "osh-oblast")
    sessions.cancel_session(house, booker, holder.id)
    assert waiting_list.run_waiting_list(house).offered == [first]  # the first in the queue alone
    with pytest.raises(Forbidden):
        waiting_list.accept_offer(house, other, first)
    clock.advance(1800)
    with pytest.raises(IllegalState):
        waiting_list.accept_offer(house, booker, first)
    report = waiting_list.run_waiting_list(house)
    assert (report.lapsed, report.offered) == ([first], [second])
    assert _notices(house) == [("planner@example.org", "offered"), ("planner@example.org", "lapsed"), ("other@example.org", "offered")]
    booking_requests.withdraw_request(house, other, second)  # passed on: nobody else waits, so it is free for all
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=LATER))


def test_both_may_be_offered_what_does_not_collide(house: House, booker: Actor) -> None:
    holder = sessions.book_session(house, booker, plan("osh-oblast", "big-hall", starts_at=LATER))
    waiting = {_wait(house, booker, "osh-oblast"), _wait(house, booker, "big-hall")}
    sessions.cancel_session(house, booker, holder.id)
    assert set(waiting_list.run_waiting_list(house).offered) == waiting


def test_places_that_free_are_offered_too(house: House, booker: Actor) -> None:
    change_settings(house, SYSTEM, {"video_ports": 2})
    holder = sessions.book_session(house, booker, plan("osh-oblast", "big-hall", starts_at=LATER))
    first, second = _wait(house, booker, "talas-oblast", "chuy-oblast"), _wait(house, booker, "naryn-oblast")
    sessions.cancel_session(house, booker, holder.id)
    assert waiting_list.run_waiting_list(house).offered == [first]  # it takes both places, also while it is only held
    booking_requests.withdraw_request(house, booker, first)
    assert waiting_list.run_waiting_list(house).offered == [second]


def test_a_live_session_that_goes_on_wins_over_an_offer(house: House, booker: Actor, clock: FixedClock) -> None:
    live = sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN))
    holder = sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + HOUR))
    waiting = waiting_list.wait_for(house, booker, plan("osh-oblast", starts_at=TEN + HOUR)).id
    sessions.cancel_session(house, booker, holder.id)
    assert waiting_list.run_waiting_list(house).offered == [waiting]
    clock.advance(3600)
    lifecycle.open_session(house, booker, live.id)
    lifecycle.extend_session(house, booker, live.id, 10)
    with pytest.raises(BookingConflict):
        waiting_list.accept_offer(house, booker, waiting)
