"""What strangers may try with the pages that need no account: letters to others, what is not public any more."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.house import House
from liaison.services import halls, outbox, questions, seat_clock, seats, sessions, watch_reminders
from liaison.services.notifier import Letter
from liaison.store import tables as t
from tests.support.people import TEN, organiser, plan
from tests.support.web import Browser
from web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
    booked = sessions.book_session(house, planner, plan("big-hall", "alay-district", kind="population", public=True)).id
    halls.open_hall(house, planner, booked, "alay-district", 5, "Lenin st. 12")
    return booked


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def letters(house: House) -> list[Letter]:
    """What leaves now to those who have a seat."""
    post = Post()
    outbox.deliver_due(house, post, "test")
    return [letter for letter in post.letters if letter.kind == "seat_notice"]


def test_nobody_is_written_to_all_day_by_whoever_types_his_address(house: House, app: Flask, session: str) -> None:
    """A seat that is given back, and what is kept of it erased, leaves no trace in the rows by which it could be counted."""
    page, answers, written = f"/public/sessions/{session}", [], 0
    for number in range(14):
        browser = Browser(app, house)
        browser.get(page)
        form = {"hall": "alay-district", "guest": "Aida", "people": "1", "reach": f"Aida+{number}@example.org", "sheet": f"sheet {number}"}
        sent = browser.post(f"{page}/seats", form)
        answers.append(sent.status_code)
        written += len(letters(house))
        if sent.status_code == 303:
            assert [browser.post(f"{sent.location}/{act}").status_code for act in ("give-back", "erase")] == [303, 303]
    assert answers == [303] * 10 + [429] * 4 and written == 10
    assert browser.post(f"{page}/remind", {"remind": "aida@example.org"}).status_code == 303  # it gives nothing away
    with house.db.read() as db:
        assert db.scalar(select(func.count()).select_from(t.WatchReminder)) == 0


def test_a_session_that_is_not_public_any_more_keeps_its_new_name_to_itself(
        house: House, planner: Actor, app: Flask, session: str, clock: FixedClock) -> None:
    browser, wish = Browser(app, house), seats.Wish("alay-district", "Aida", 1, "aida@example.org", "sheet", "en")
    made = seats.take_seat(house, session, wish, "aida")
    asked = questions.ask_question(house, session, questions.Asked("When is the road mended?", "sheet"), "aida", "en")
    reminder = watch_reminders.remind_chat(house, session, "77", "en")
    letters(house)
    moved = TEN + timedelta(days=9, hours=5)
    sessions.change_session(house, planner, session, {"public": False, "title": {"en": "Arms of the north"}, "starts_at": moved})
    clock.at += timedelta(minutes=2)
    assert seat_clock.run_halls(house).told == 1
    (letter,) = letters(house)
    pages = [browser.get(f"/{name}/{token}").text for name, token in (
        ("seat", made.token), ("question", asked.token), ("remind", reminder.token))]
    assert letter.payload["what"] == "hall_closed" and letter.payload["starts_at"].startswith(TEN.date().isoformat())
    assert [text for text in (*pages, json.dumps(letter.payload)) if "Arms of the north" in text or "March 10" in text] == []
    assert browser.post(f"/remind/{reminder.token}/stop").status_code == 303
