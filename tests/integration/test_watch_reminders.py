"""Reminders of public sessions for citizens: nobody is written to unasked, each is reminded once and for the time that holds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import IllegalState, Invalid, NotFound
from liaison.domain.words import Channel
from liaison.house import House
from liaison.services import housekeeping, outbox, sessions, watch_reminders
from liaison.services.citizen_links import own_token
from liaison.services.lifecycle import run_clock
from liaison.services.notifier import Letter
from liaison.store import tables as t
from scheduler.listening import answer_update
from tests.support.people import TEN, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/abc"
KEYS = {"p256dh": "B" * 87, "auth": "a" * 22}


class Post:
    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)


class Bot:
    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def updates(self, after: int) -> list[dict[str, Any]]:
        return []

    def send(self, chat: str, text: str) -> str:
        self.said.append((chat, text))
        return "1"


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def session(house: House, planner: Actor) -> str:
    return sessions.book_session(house, planner, plan(public=True, starts_at=TEN + timedelta(days=2))).id


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def told(house: House) -> list[tuple[str, str]]:
    """(what, to) of what leaves to citizens now."""
    post = Post()
    outbox.deliver_due(house, post, "test")
    return [(letter.payload["what"], letter.to_address if letter.channel is Channel.EMAIL else letter.targets[0].address)
            for letter in post.letters if letter.kind == "watch_reminder"]


def token_of(house: House) -> str:
    with house.db.read() as db:
        return own_token(house.settings, "remind", db.scalars(select(t.WatchReminder.id)).one())


def begin(house: House, clock: FixedClock, before: timedelta) -> list[tuple[str, str]]:
    clock.at = TEN + timedelta(days=2) - before
    watch_reminders.run_reminders(house)
    watch_reminders.run_reminders(house)
    return told(house)


def test_mail_is_confirmed_by_a_press_and_comes_once(house: House, app: Flask, session: str, clock: FixedClock) -> None:
    browser, page = Browser(app, house), f"/public/sessions/{session}"
    browser.get(page)
    for _ in range(2):
        assert browser.post(f"{page}/remind", {"remind": "Aida@example.org"}).status_code == 303
    assert told(house) == [("confirm", "Aida@example.org")]
    token = token_of(house)
    assert browser.get(f"/remind/{token}").status_code == 200  # looking changes nothing
    with house.db.read() as db:
        assert db.scalars(select(t.WatchReminder.confirmed_at)).one() is None
    assert browser.post(f"/remind/{token}").status_code == 303
    assert "by e-mail half an hour before" in sentences(browser.get(f"/remind/{token}"))
    assert begin(house, clock, timedelta(minutes=31)) == []
    assert begin(house, clock, timedelta(minutes=30)) == [("begins", "Aida@example.org")]
    assert begin(house, clock, timedelta(minutes=5)) == []


def test_who_has_not_confirmed_or_stops_is_not_reminded(house: House, app: Flask, session: str, clock: FixedClock) -> None:
    watch_reminders.remind_by_mail(house, session, "aida@example.org", "en")
    stopped = watch_reminders.remind_browser(house, session, ENDPOINT, KEYS["p256dh"], KEYS["auth"], "en")
    told(house)
    assert Browser(app, house).post(f"/remind/{stopped}/stop").status_code == 303
    assert begin(house, clock, timedelta(minutes=20)) == []
    with pytest.raises(NotFound):
        watch_reminders.own_reminder(house, stopped)


def test_an_address_is_asked_a_few_times_a_day_whoever_writes_it_down(house: House, planner: Actor, session: str) -> None:
    others = [sessions.book_session(house, planner, plan(public=True, starts_at=TEN + timedelta(days=3 + n))).id for n in range(4)]
    for one in (session, *others):
        watch_reminders.remind_by_mail(house, one, "victim@example.org", "en")
    assert told(house) == [("confirm", "victim@example.org")] * 3


def test_the_reminder_goes_with_the_session(house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    watch_reminders.remind_browser(house, session, ENDPOINT, KEYS["p256dh"], KEYS["auth"], "en")
    assert begin(house, clock, timedelta(minutes=29)) == [("begins", ENDPOINT)]
    sessions.change_session(house, planner, session, {"starts_at": TEN + timedelta(days=2, hours=4)})  # moved in the last moment
    assert begin(house, clock, timedelta(hours=-3, minutes=-29)) == []
    assert begin(house, clock, timedelta(hours=-3, minutes=-30)) == [("begins", ENDPOINT)]
    sessions.cancel_session(house, planner, session, "Flood")
    watch_reminders.run_reminders(house)
    assert told(house) == [("off", ENDPOINT)]


def test_a_cancelled_session_is_told(house: House, planner: Actor, session: str) -> None:
    watch_reminders.remind_chat(house, session, "4711", "ru")
    sessions.cancel_session(house, planner, session, "Flood")
    assert watch_reminders.run_reminders(house) == 1 and told(house) == [("off", "4711")]


def test_who_was_reminded_already_hears_that_it_is_off(house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    watch_reminders.remind_chat(house, session, "77", "en")
    assert begin(house, clock, timedelta(minutes=29)) == [("begins", "77")]
    sessions.cancel_session(house, planner, session, "The minister is ill.")
    assert begin(house, clock, timedelta(minutes=20)) == [("off", "77")]
    assert begin(house, clock, timedelta(minutes=10)) == []


def test_a_reminder_that_has_not_left_yet_does_not_leave_of_a_session_that_is_off(
        house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    watch_reminders.remind_chat(house, session, "77", "en")
    clock.at = TEN + timedelta(days=2) - timedelta(minutes=29)
    watch_reminders.run_reminders(house)
    sessions.cancel_session(house, planner, session, "The minister is ill.")
    assert told(house) == []
    watch_reminders.run_reminders(house)
    assert told(house) == [("off", "77")]


def test_telegram_comes_by_the_link_of_the_page(house: House, planner: Actor, session: str) -> None:
    bot = Bot()

    def write(text: str) -> str:
        answer_update(house, bot, {"update_id": 1, "message": {"chat": {"id": 4711, "type": "private"}, "text": text,
                                                              "from": {"language_code": "en"}}})
        return bot.said[-1][1]

    assert "Harvest report" in write(f"/start {watch_reminders.start_parameter(session)}")
    with house.db.read() as db:
        row = db.scalars(select(t.WatchReminder)).one()
        assert (row.channel, row.confirmed_at is not None, "4711" in row.address) == ("telegram", True, False)
    hidden = sessions.book_session(house, planner, plan(starts_at=TEN + timedelta(days=5))).id
    assert "nothing to be reminded of" in write(f"/start {watch_reminders.start_parameter(hidden)}")
    assert "code is not valid" in write("/start w123")


def test_what_is_wrong_is_refused_and_nothing_is_given_away(house: House, app: Flask, session: str, clock: FixedClock) -> None:
    browser, page = Browser(app, house), f"/public/sessions/{session}"
    browser.get(page)
    wrong = browser.post(f"{page}/remind", {"remind": "nobody"})
    assert (wrong.status_code, "not an e-mail address" in wrong.text, "nobody" in wrong.text) == (422, True, True)
    assert browser.post(f"{page}/remind", {"remind": "spam@example.org", "website": "x"}).status_code == 303
    nonsense: tuple[Any, ...] = (
        {}, [], {"endpoint": "https://10.0.0.1/", "keys": KEYS}, {"endpoint": ENDPOINT, "keys": {"p256dh": "x", "auth": 5}})
    for sent in nonsense:
        assert browser.send("POST", f"{page}/remind/push", json=sent).status_code == 422
    fine = browser.send("POST", f"{page}/remind/push", json={"endpoint": ENDPOINT, "keys": KEYS})
    assert "Your browser reminds you" in sentences(browser.get(fine.get_json()["url"]))
    clock.at = TEN + timedelta(days=2)
    run_clock(house)
    assert browser.post(f"{page}/remind", {"remind": "late@example.org"}).status_code == 409
    with pytest.raises(IllegalState):
        watch_reminders.remind_chat(house, session, "1", "en")
    with pytest.raises(Invalid):
        watch_reminders.remind_by_mail(house, session, "x", "en")


def test_all_is_forgotten_after_the_session(house: House, session: str, clock: FixedClock) -> None:
    watch_reminders.remind_by_mail(house, session, "aida@example.org", "en")
    watch_reminders.remind_chat(house, session, "4711", "en")
    with house.db.read() as db:
        kept = json.dumps([row.address for row in db.scalars(select(t.WatchReminder))])
        kept += json.dumps([[row.address, row.payload] for row in db.scalars(select(t.Outbox))])
    assert "aida@" not in kept and "4711" not in kept.replace(session, "")
    clock.at = clock.now() + timedelta(days=2, minutes=1)
    assert housekeeping.clean_up(house)["reminders"] == 1  # never confirmed
    clock.at = TEN + timedelta(days=3, hours=2)
    assert housekeeping.clean_up(house)["reminders"] == 1
    with house.db.read() as db:
        assert db.scalar(select(func.count()).select_from(t.WatchReminder)) == 0
