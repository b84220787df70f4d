"""The door of a hall: each ticket counts once whatever comes again, what else it may be for, what a telephone keeps of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import halls, invitations, seats, sessions
from liaison.services.lifecycle import close_session, run_clock
from liaison.services.seats import Wish
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app
from web.door_worker import DECODER, STATIC, kept_files, worker_script


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


def take(house: House, session: str, who: str, people: int = 1, hall: str = "alay-district") -> seats.SeatView:
    wish = Wish(hall, who, people, f"{who}@example.org", sheet=f"sheet of {who}", language="en")
    return seats.take_seat(house, session, wish, f"visitor {who}")


def act(id: str, kind: str = "came", ticket: str = "", people: int = 1, at: str = "2027-03-01T03:58:00+00:00") -> dict[str, object]:
    return {"id": id, "kind": kind, "ticket": ticket, "people": people, "at": at}


def results(answer: object) -> list[str]:
    assert getattr(answer, "status_code", 0) == 200, getattr(answer, "text", "")
    return [one["result"] for one in answer.get_json()["outcomes"]]  # type: ignore[attr-defined]


def test_the_door_counts_each_ticket_once_whatever_comes_again(house: House, app: Flask, session: str, clock: FixedClock) -> None:
    alay = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    family, single, gone = take(house, session, "family", 3), take(house, session, "single"), take(house, session, "gone")
    seats.give_back(house, gone.token)
    door, phone = f"/sessions/{session}/halls/alay-district/door.json", Browser(app, house).become(alay.user_id)
    clock.at = TEN - timedelta(minutes=1)
    acts = [act("a1", ticket=family.code.lower(), people=2), act("a2", "walk_in", people=4), act("a3", ticket=gone.code),
            act("a4", ticket="NOSUCH")]
    assert results(phone.send("POST", door, json={"acts": acts})) == ["counted", "counted", "given_back", "unknown"]
    assert phone.get(door).get_json()["gone"] == [gone.code]
    again = phone.send("POST", door, json={"acts": [*acts, act("b1", ticket=family.code)]})
    assert results(again) == ["counted", "counted", "given_back", "unknown", "already"]
    assert again.get_json()["outcomes"][-1]["at"] == "2027-03-01T03:58:00+00:00"  # the telephone's time, which can be true
    assert again.get_json()["counts"] == {"seats": 5, "free": 0, "registered": 3, "came": 2, "walk_ins": 4, "inside": 6}
    assert results(phone.send("POST", door, json={"acts": [act("c1", "undo", "a2"), act("c1", "undo", "a2"),
                                                           act("c2", ticket=single.code, at="2020-01-01T00:00:00+00:00")]})) == [
        "undone", "undone", "counted"]
    told_now = phone.get(door).get_json()
    spared = phone.get(f"{door}?have={told_now['mark']}").get_json()
    assert "tickets" not in spared and "gone" not in spared and spared["counts"] == told_now["counts"]
    assert phone.get(f"{door}?have=older").get_json()["tickets"] == told_now["tickets"]
    assert told_now["counts"]["inside"] == 3 and told_now["counts"]["free"] == 2
    times = {ticket["name"]: ticket["at"] for ticket in told_now["tickets"]}
    assert times["single"] == clock.at.isoformat()  # a clock that is wrong by years is not believed


def test_what_is_taken_back_is_as_it_was_and_takes_no_seat_of_others(
        house: House, planner: Actor, app: Flask, session: str, clock: FixedClock) -> None:
    halls.open_hall(house, planner, session, "alay-district", 2, "")
    pair, late = take(house, session, "pair", 2), take(house, session, "late")
    door, phone = f"/sessions/{session}/halls/alay-district/door.json", Browser(app, house).become(planner.user_id)
    clock.at = TEN - timedelta(minutes=1)
    acts = [act("a1", ticket=late.code), act("a2", ticket=pair.code, people=2), act("u1", "undo", "a1"), act("u2", "undo", "a2")]
    for sent in (acts, acts):
        assert results(phone.send("POST", door, json={"acts": sent})) == ["counted", "counted", "undone", "undone"]
        told = phone.get(door).get_json()
        assert {ticket["name"]: ticket["state"] for ticket in told["tickets"]} == {"pair": "held", "late": "waiting"}
        assert (told["counts"]["registered"], told["counts"]["free"]) == (2, 0)


def test_the_door_opens_three_hours_before_and_closes_long_after(house: House, planner: Actor, app: Flask, session: str,
                                                                 clock: FixedClock) -> None:
    made, office = take(house, session, "aida"), Browser(app, house).become(planner.user_id)
    door = f"/sessions/{session}/halls/alay-district/door"
    for at, open_now in ((TEN - timedelta(hours=3, minutes=1), False), (TEN - timedelta(hours=3), True), (TEN + timedelta(hours=12), True),
                         (TEN + timedelta(hours=13), False)):
        clock.at = at
        assert office.get(f"{door}.json").get_json()["open"] is open_now
        sent = office.send("POST", f"{door}.json", json={"acts": [act("1", ticket=made.code)]})
        assert sent.status_code == (200 if open_now else 409)
        assert ("Now nobody is counted" in office.get(door).text) is not open_now


def test_the_door_says_what_else_a_ticket_is_for(house: House, planner: Actor, app: Flask, session: str, clock: FixedClock) -> None:
    halls.open_hall(house, planner, session, "osh-oblast", 5, "")
    next_week = sessions.book_session(house, planner, plan("alay-district", public=True, starts_at=TEN + timedelta(days=7))).id
    halls.open_hall(house, planner, next_week, "alay-district", 5, "")
    there, later = take(house, session, "there", hall="osh-oblast"), take(house, next_week, "later")
    clock.at = TEN
    office = Browser(app, house).become(planner.user_id)
    answer = office.send("POST", f"/sessions/{session}/halls/alay-district/door.json", json={"acts": [
        act("1", ticket=there.code), act("2", ticket=later.code.lower()), act("3", ticket="NOSUCH"), act("4", "undo", ticket="NOSUCH")]})
    told_now = [(one["result"], one["hall"]) for one in answer.get_json()["outcomes"]]
    assert told_now == [("elsewhere", "Osh Province"), ("other_session", ""), ("unknown", ""), ("undone", "")]
    assert [hall.counts.came for one in (session, next_week) for hall in halls.open_halls(house, one)] == [0, 0, 0]


def test_a_telephone_keeps_the_list_until_an_hour_after_the_session(house: House, planner: Actor, app: Flask, session: str,
                                                                    clock: FixedClock) -> None:
    office, door = Browser(app, house).become(planner.user_id), f"/sessions/{session}/halls/alay-district/door.json"
    ends_at = sessions.get_session(house, planner, session).ends_at
    for at, keeps_s in ((ends_at - timedelta(minutes=5), 3900), (ends_at + timedelta(minutes=59), 60), (ends_at + timedelta(hours=2), 0)):
        clock.at = at
        assert office.get(door).get_json()["keeps_s"] == keeps_s
    clock.at = TEN
    sessions.cancel_session(house, planner, session, "Flood")
    assert office.get(door).get_json()["keeps_s"] == 0


def test_what_a_telephone_keeps_of_the_door_names_nobody(house: House, app: Flask, session: str, clock: FixedClock) -> None:
    alay = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    made, phone = take(house, session, "aida"), Browser(app, house).become(alay.user_id)
    door = f"/sessions/{session}/halls/alay-district/door"
    whole, kept = phone.get(door).text, phone.get(f"{door}/kept").text
    token = phone.get(f"{door}.json").get_json()["token"]
    for secret in ("aida", made.code, "csrf", "Sign out", token.split(".")[0]):
        assert secret in whole and secret not in kept, secret
    assert "data-nobody" not in whole + kept and "data-nobody" in Browser(app, house).get("/public/").text
    worker = phone.get("/sessions/door-worker.js")
    assert worker.mimetype == "text/javascript" and "/static/js/door/door.js" in worker.text and worker.text == worker_script()


def test_all_that_the_door_loads_is_kept_and_changes_the_worker() -> None:
    files = kept_files()
    script = json.loads(worker_script().split("const KEPT = ", 1)[1].split(";\n", 1)[0])
    assert script["files"] == [f"/static/{name}" for name in files] and script["decoder"] == f"/static/{DECODER}"
    named = {found for name in files if name.startswith("js/") for found in re.findall(r'"\./([\w/]+\.js)"', (STATIC / name).read_text())}
    assert {"kept.js", "door/kept.js", "reader.js"} <= named
    assert {one.rsplit("/", 1)[-1] for one in named} <= {one.rsplit("/", 1)[-1] for one in files}


def test_who_came_stands_in_the_attendance_and_in_open_data(
        house: House, planner: Actor, app: Flask, session: str, clock: FixedClock) -> None:
    made, absent = take(house, session, "aida", 2), take(house, session, "absent", 1)
    office = Browser(app, house).become(planner.user_id)
    clock.at = TEN
    run_clock(house)
    office.send("POST", f"/sessions/{session}/halls/alay-district/door.json",
                json={"acts": [act("1", ticket=made.code, people=2), act("2", "walk_in", people=3)]})
    close_session(house, planner, session)
    sheet = {point["slug"]: point for point in office.get(f"/sessions/{session}/attendance.json").get_json()["points"]}
    assert sheet["alay-district"]["headcount"] == 5
    assert sheet["alay-district"]["citizens"] == {
        "seats": 5, "registered": 3, "waiting": 0, "came": 2, "walk_ins": 3, "inside": 5, "no_shows": 1}
    assert "2 of 3 registered" in sentences(office.get(f"/sessions/{session}/attendance"))
    row = next(line for line in office.get(f"/sessions/{session}/attendance.csv").text.splitlines() if line.startswith("alay-district"))
    assert row.endswith(",5,,5,3,0,2,3,1")
    invitations.set_headcount(house, planner, session, "alay-district", 9)  # the officer's own word counts more
    again = office.get(f"/sessions/{session}/attendance.json").get_json()["points"]
    assert {point["slug"]: point["headcount"] for point in again}["alay-district"] == 9
    citizen = Browser(app, house)
    table = citizen.get(f"/public/sessions/{session}/halls.csv").text
    assert "alay-district,Alay District,5,3,0,2,3,5,1" in table
    data = citizen.get(f"/public/sessions/{session}/viewers.json").get_json()
    assert data["halls"][0]["came"] == 2 and "aida" not in json.dumps(data) and absent.code not in json.dumps(data)
    assert "Without a ticket" in sentences(office.get(f"/sessions/{session}/viewers"))
    assert office.get(f"/sessions/{session}/protocol.pdf").status_code == 200


@pytest.mark.parametrize("sent", [
    None, [], {"acts": 5}, {"acts": [5]}, {"acts": [{}]}, {"acts": [{"id": 5, "kind": "came", "at": "x"}]}, {"acts": [act("", "came")]},
    {"acts": [act("x", "dance")]}, {"acts": [act("x", at="2027-03-01T03:58:00")]}, {"acts": [act("x", "walk_in", people=0)]},
    {"acts": [act("x", "walk_in", people=501)]}, {"acts": [act("x", ticket="\0")]}, {"acts": [act(str(n)) for n in range(501)]}])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_door_refuses_what_its_page_does_not_send(house: House, planner: Actor, app: Flask, session: str, sent: object) -> None:
    office = Browser(app, house).become(planner.user_id)
    answer = office.send("POST", f"/sessions/{session}/halls/alay-district/door.json", json=sent)
    assert answer.status_code in (400, 422)
