"""Seats in halls: never oversold, waited for in order, given back by a press, told of changes once, forgotten in time."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, Invalid, NotFound, RateLimited
from liaison.domain.seats import GUESTS_KEPT
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import halls, housekeeping, outbox, privacy, seat_clock, seats, sessions
from liaison.services.answer_links import BadAnswerLink
from liaison.services.lifecycle import run_clock
from liaison.services.notifier import Letter
from liaison.services.seats import Wish
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app


class Post:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def session(house: House, planner: Actor) -> str:
    booked = sessions.book_session(house, planner, plan("big-hall", "osh-oblast", "alay-district", kind="population", public=True)).id
    halls.open_hall(house, planner, booked, "alay-district", 5, "Lenin st. 12")
    return booked


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def take(house: House, session: str, who: str, people: int = 1, hall: str = "alay-district", contact: str = "") -> seats.SeatView:
    wish = Wish(hall, who, people, contact or f"{who}@example.org", sheet=f"sheet of {who}", language="en")
    return seats.take_seat(house, session, wish, f"visitor {who}")


def told(house: House) -> list[tuple[str, str]]:
    """(what, address) of every letter about a seat that leaves now."""
    post = Post()
    outbox.deliver_due(house, post, "test")
    return [(letter.payload["what"], letter.to_address) for letter in post.letters if letter.kind == "seat_notice"]


def states(house: House, session: str) -> dict[str, str]:
    with house.db.read() as db:
        return {row.name: row.state for row in db.scalars(select(t.Seat).where(t.Seat.session_id == session))}


def test_a_burst_never_takes_more_seats_than_there_are(house: House, app: Flask, session: str) -> None:
    """Thirty citizens at once for five seats, some of them twice."""
    page = f"/public/sessions/{session}"

    def citizen(number: int) -> None:
        browser = Browser(app, house)
        browser.get(page)
        form = {"hall": "alay-district", "guest": f"Guest {number}", "people": str(number % 3 + 1), "reach": f"g{number}@example.org",
                "sheet": f"sheet-{number}"}
        sent = browser.post(f"{page}/seats", form, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert sent.status_code == 303
        if number % 5 == 0:
            assert browser.post(f"{page}/seats", form).location == sent.location

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(citizen, range(30)))
    (hall,) = halls.open_halls(house, session)
    with house.db.read() as db:
        numbers = sorted(db.scalars(select(t.Seat.number)))
    assert numbers == list(range(1, 31)) and hall.counts.held == 5 and hall.counts.waiting == 60 - 5


def test_who_waits_moves_up_in_order_and_a_group_that_does_not_fit_lets_others_pass(house: House, planner: Actor, session: str) -> None:
    first = take(house, session, "first", 3)
    for who, people in (("second", 2), ("family", 4), ("third", 2), ("fourth", 1)):
        take(house, session, who, people)
    assert states(house, session) == {"first": "held", "second": "held", "family": "waiting", "third": "waiting", "fourth": "waiting"}
    assert sorted(told(house)) == sorted([("held", "first@example.org"), ("held", "second@example.org"), *(
        ("waiting", f"{who}@example.org") for who in ("family", "third", "fourth"))])
    seats.give_back(house, first.token)
    seats.give_back(house, first.token)  # twice is once
    assert states(house, session) == {"first": "cancelled", "second": "held", "family": "waiting", "third": "held", "fourth": "held"}
    assert sorted(told(house)) == [("moved_up", "fourth@example.org"), ("moved_up", "third@example.org")]
    halls.open_hall(house, planner, session, "alay-district", 9, "")
    assert states(house, session)["family"] == "held"


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(house: House, app: Flask, session: str) -> None:
    browser, page = Browser(app, house), f"/public/sessions/{session}"
    browser.get(page)
    for field, value, sentence in (("people", "7", "from 1 to 6"), ("people", "x", "from 1 to 6"), ("guest", " ", "Write your name."),
                                   ("reach", "a@b", "not an e-mail address"), ("reach", "12", "telephone number"),
                                   ("hall", "osh-oblast", "not open"), ("hall", "", "Choose a hall")):
        form = {"hall": "alay-district", "guest": "Aida", "people": "2", "reach": "aida@example.org", "sheet": "s", "spoken": "ky"}
        answer = browser.post(f"{page}/seats", form | {field: value})
        assert (answer.status_code, sentence in sentences(answer)) == (422, True), (field, value)
    assert "Aida" in answer.text and "aida@example.org" in answer.text
    caught = browser.post(f"{page}/seats", form | {"website": "http://spam.example"})
    assert caught.status_code == 303 and states(house, session) == {}


def test_one_browser_and_one_address_hold_a_few(house: House, session: str) -> None:
    for number in range(2):
        take(house, session, f"child {number}", contact="mother@example.org")
    with pytest.raises(RateLimited):
        take(house, session, "child 3", contact="Mother@Example.org")
    for number in range(4):
        wish = Wish("alay-district", f"n{number}", 1, f"n{number}@example.org", f"n{number}", "ru")
        seats.take_seat(house, session, wish, "one browser")
    with pytest.raises(RateLimited):
        seats.take_seat(house, session, Wish("alay-district", "n5", 1, "n5@example.org", "n5", "ru"), "one browser")
    with pytest.raises(Invalid):  # another's form
        seats.take_seat(house, session, Wish("alay-district", "thief", 1, "t@example.org", "n1", "ru"), "another browser")


def test_a_ticket_is_seen_by_its_address_and_given_back_by_a_press_alone(house: House, app: Flask, session: str) -> None:
    made, browser = take(house, session, "aida", 2), Browser(app, house)
    page = browser.get(f"/seat/{made.token}")
    assert made.code in page.text and "data:image/svg+xml" in page.text and "Lenin st. 12" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert app.test_client().get(f"/seat/{made.token}").headers["Cache-Control"] == "no-store"
    assert browser.get(f"/seat/{made.token}/give-back").status_code == 405  # a scanner of mail opens links
    assert states(house, session) == {"aida": "held"}
    assert browser.post(f"/seat/{made.token}/give-back").status_code == 303
    gone = browser.get(f"/seat/{made.token}")
    assert "data:image" not in gone.text and "Given back" in sentences(gone)
    assert browser.get(f"/seat/{made.token}x").status_code == 404
    with pytest.raises(BadAnswerLink):
        seats.own_seat(house, made.token[:-1])


def test_a_ticket_shows_what_is_kept_of_its_holder_and_erases_it(house: House, app: Flask, session: str) -> None:
    made, other, browser = take(house, session, "aida"), take(house, session, "bermet"), Browser(app, house)
    kept = browser.get(f"/seat/{made.token}/data.json").get_json()
    assert [(row["name"], row["contact"]) for row in kept["seats"]] == [("aida", "aida@example.org")] and not kept["questions"]
    assert browser.post(f"/seat/{made.token}/erase").status_code == 303
    page = browser.get(f"/seat/{made.token}").text
    assert made.code in page and "aida" not in page  # the seat stays
    assert set(states(house, session)) == {"", "bermet"} and other.code not in page
    assert told(house) == [("held", "bermet@example.org")]


def test_contacts_stand_in_no_row_page_or_log(house: House, planner: Actor, app: Flask, session: str) -> None:
    take(house, session, "aida", contact="secret@example.org")
    with house.db.read() as db:
        kept = [[row.contact, row.contact_digest] for row in db.scalars(select(t.Seat))]
        kept += [[row.address, row.payload] for row in db.scalars(select(t.Outbox))]
        kept += [[event.before, event.after] for event in db.scalars(select(t.AuditEvent))]
    desk = Browser(app, house).become(planner.user_id)
    pages = [desk.get(path).text for path in (f"/sessions/{session}/halls", f"/public/sessions/{session}", "/admin/outbox")]
    assert "secret@" not in json.dumps(kept) + "".join(pages)
    assert told(house) == [("held", "secret@example.org")]


def test_a_session_that_moves_is_told_once_and_reminded_for_its_new_time(
        house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    take(house, session, "aida")
    told(house)
    for hours in (2, 3):
        sessions.change_session(house, planner, session, {"starts_at": TEN + timedelta(days=2, hours=hours)})
    seat_clock.run_halls(house)
    assert told(house) == []  # the office may still be at it
    clock.at += timedelta(minutes=2)
    assert seat_clock.run_halls(house).told == 1 and seat_clock.run_halls(house).told == 0
    assert told(house) == [("moved", "aida@example.org")]
    starts_at = TEN + timedelta(days=2, hours=3)
    for before in (timedelta(hours=24), timedelta(hours=3)):
        clock.at = starts_at - before - timedelta(minutes=1)
        assert seat_clock.run_halls(house).reminded == 0
        clock.at = starts_at - before
        assert seat_clock.run_halls(house).reminded == 1 and seat_clock.run_halls(house).reminded == 0
        assert told(house) == [("reminder", "aida@example.org")]


def test_cancelling_closing_and_leaving_out_a_point_are_told(house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    halls.open_hall(house, planner, session, "osh-oblast", 2, "")
    for who, hall in (("alay", "alay-district"), ("osh", "osh-oblast")):
        take(house, session, who, hall=hall)
    told(house)
    assert halls.close_hall(house, planner, session, "alay-district") == 1
    assert told(house) == [("hall_closed", "alay@example.org")]
    with pytest.raises(Invalid):
        take(house, session, "late")
    halls.open_hall(house, planner, session, "alay-district", 2, "")
    take(house, session, "again")
    sessions.change_session(house, planner, session, {"points": ["big-hall", "alay-district"]})
    clock.at += timedelta(minutes=2)
    seat_clock.run_halls(house)
    assert sorted(told(house)) == [("hall_closed", "osh@example.org"), ("held", "again@example.org")]
    sessions.cancel_session(house, planner, session, "Flood")
    clock.at += timedelta(minutes=2)
    seat_clock.run_halls(house)
    assert told(house) == [("off", "again@example.org")]
    assert set(states(house, session).values()) == {"cancelled"}
    with pytest.raises(IllegalState):
        take(house, session, "latecomer")


def test_what_is_no_longer_true_does_not_leave(house: House, session: str) -> None:
    made = take(house, session, "aida")
    seats.give_back(house, made.token)
    assert told(house) == []


def test_seats_of_those_who_have_not_come_go_to_others_at_the_start(house: House, session: str, clock: FixedClock) -> None:
    for who, people in (("punctual", 3), ("absent", 2), ("waiting", 2)):
        take(house, session, who, people)
    told(house)
    clock.at = TEN
    assert run_clock(house).opened == [session]
    assert seat_clock.run_halls(house).freed == 2
    assert seat_clock.run_halls(house).freed == 0
    assert states(house, session) == {"punctual": "freed", "absent": "freed", "waiting": "held"}
    assert told(house) == [("moved_up", "waiting@example.org")]


def test_who_opens_halls(house: House, planner: Actor, session: str) -> None:
    alay = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    osh = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    naryn = add_actor(house, "naryn", AccountRole.OFFICER, "naryn-oblast")
    halls.open_hall(house, alay, session, "alay-district", 7, "Here")
    assert [one.slug for one in halls.list_choices(house, alay, session)] == ["alay-district"]
    with pytest.raises(Forbidden):
        halls.open_hall(house, osh, session, "alay-district", 7, "")
    with pytest.raises(Forbidden):
        halls.close_hall(house, naryn, session, "alay-district")
    assert halls.open_all(house, planner, session, 20) == 2
    later = sessions.book_session(house, planner, plan("alay-district", public=True, starts_at=TEN + timedelta(days=3))).id
    (choice,) = halls.list_choices(house, alay, later)
    assert (choice.hall, choice.seats, choice.place) == (None, 7, "Here")  # as the last time
    hidden = sessions.book_session(house, planner, plan("alay-district", starts_at=TEN + timedelta(days=4))).id
    with pytest.raises(IllegalState):
        halls.open_hall(house, planner, hidden, "alay-district", 7, "")
    with pytest.raises(NotFound):
        seats.take_seat(house, hidden, Wish("alay-district", "x", 1, "x@example.org", "x", "ky"), "v")


def test_guests_are_forgotten_and_their_number_stays(house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    take(house, session, "aida", 2)
    sessions.cancel_session(house, planner, session, "Flood")
    clock.at = TEN + GUESTS_KEPT - timedelta(hours=1)
    assert housekeeping.clean_up(house)["guests"] == 0
    clock.at += timedelta(hours=3)
    assert housekeeping.clean_up(house)["guests"] == 1
    assert housekeeping.clean_up(house)["guests"] == 0
    with house.db.read() as db:
        row = db.scalars(select(t.Seat)).one()
        assert (row.name, row.contact, row.contact_digest, row.visitor, row.people) == ("", "", "", "", 2)
        assert db.scalar(select(func.count()).select_from(t.Seat)) == 1


def test_a_telephone_is_told_by_sms_where_there_is_a_gateway(house: House, app: Flask, session: str) -> None:
    made = take(house, session, "aida", contact="0555 12 34 56")
    assert told(house) == [] and not seats.own_seat(house, made.token).told  # none is set up here
    assert re.search("We cannot send you messages", sentences(Browser(app, house).get(f"/seat/{made.token}")))
    for typed in ("0555123456", "+996 555 12-34-56"):
        found = privacy.export(house, SYSTEM, privacy.subject_of(phone=typed))
        assert [row["contact"] for row in found["seats"]] == ["+996555123456"]
    with pytest.raises(Invalid):
        privacy.subject_of(phone="12")
