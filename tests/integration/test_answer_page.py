"""The page behind a mail's answer link: looking changes nothing, its buttons answer, nobody signs in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from liaison.domain.actor import Actor
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import outbox, sessions
from liaison.services.notifier import Letter
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan
from web.app import create_app


class Post:
    """Keeps letters."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture
def booker(house: House) -> Actor:
    organiser(house)
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org", language="en")
    return add_actor(house, "lead", AccountRole.ORGANISER, email="lead@example.org")


@pytest.fixture
def session(house: House, booker: Actor) -> SessionView:
    return sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(days=2)))


@pytest.fixture
def path(house: House, session: SessionView) -> str:
    """The address in the officer's invitation."""
    post = Post()
    outbox.deliver_due(house, post, "test:1:a")
    letter = next(one for one in post.letters if one.to_address == "aida@example.org")
    return letter.points[0].answer_url.removeprefix(house.settings.base_url)


@pytest.fixture
def browser(house: House) -> Iterator[FlaskClient]:
    with create_app(house).test_client() as client:
        yield client


def invitation(house: House) -> t.Invitation:
    with house.db.read() as db:
        return db.scalars(select(t.Invitation)).one()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def send(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    """Open the page and press a button."""
    page = browser.get(path).text
    fields = {"csrf_token": hidden(page, "csrf_token"), "starts_at": hidden(page, "starts_at")}
    return browser.post(path, data=fields | form)


def test_opening_the_link_any_number_of_times_changes_nothing(house: House, browser: FlaskClient, path: str) -> None:
    for _ in range(3):
        assert browser.get(path).status_code == 200
        assert browser.head(path).status_code == 200
    row = invitation(house)
    assert (row.answer, row.answered_at) == ("pending", None)


def test_the_button_answers_and_a_mind_may_change(house: House, browser: FlaskClient, path: str) -> None:
    assert send(browser, path, answer="accepted").status_code == 303
    assert invitation(house).answer == "accepted"
    assert send(browser, path, answer="declined", reason="No light").status_code == 303
    row = invitation(house)
    assert (row.answer, row.answer_reason) == ("declined", "No light")
    assert "No light" in browser.get(path).text


def test_a_decline_reaches_the_booker(house: House, browser: FlaskClient, path: str) -> None:
    send(browser, path, answer="declined", reason="No light")
    post = Post()
    outbox.deliver_due(house, post, "test:1:a")
    assert [(letter.to_address, letter.payload["reason"]) for letter in post.letters] == [("lead@example.org", "No light")]


@pytest.mark.parametrize("cut", [lambda path: path[:-2], lambda path: path[:-5] + "AAAAA", lambda _path: "/answer/x",
                                 lambda _path: "/answer/%D3%A8"])
def test_a_changed_link_is_refused(browser: FlaskClient, path: str, cut: object) -> None:
    assert browser.get(cut(path)).status_code == 404  # type: ignore[operator]


@pytest.mark.parametrize("form", [{"answer": "maybe"}, {"answer": ""}, {"answer": "declined", "reason": "x" * 5000}])
def test_a_wrong_answer_is_said_beside_the_form(house: House, browser: FlaskClient, path: str, form: dict[str, str]) -> None:
    assert send(browser, path, **form).status_code == 422
    assert invitation(house).answer == "pending"


def test_a_forged_post_is_refused(house: House, browser: FlaskClient, path: str) -> None:
    assert browser.post(path, data={"answer": "accepted"}).status_code == 400
    assert invitation(house).answer == "pending"


def test_a_moved_session_says_so_and_can_be_answered(house: House, browser: FlaskClient, booker: Actor, session: SessionView,
                                                     path: str) -> None:
    sessions.change_session(house, booker, session.id, {"starts_at": TEN + timedelta(days=3)})
    assert "has been moved since the mail" in browser.get(path).text
    assert send(browser, path, answer="accepted").status_code == 303
    assert invitation(house).answer == "accepted"


def test_an_answer_for_a_time_that_has_just_changed_does_not_count(house: House, browser: FlaskClient, booker: Actor,
                                                                   session: SessionView, path: str) -> None:
    page = browser.get(path).text
    sessions.change_session(house, booker, session.id, {"starts_at": TEN + timedelta(days=3)})
    stale = {name: hidden(page, name) for name in ("csrf_token", "starts_at")}
    answer = browser.post(path, data=stale | {"answer": "accepted"})
    assert (answer.status_code, invitation(house).answer) == (409, "pending")


def test_closed_doors_say_why(house: House, browser: FlaskClient, booker: Actor, session: SessionView, path: str) -> None:
    page = browser.get(path).text
    form = {name: hidden(page, name) for name in ("csrf_token", "starts_at")} | {"answer": "accepted"}
    with house.db.write() as db:
        db.execute(update(t.User).where(t.User.name == "aida").values(active=False))
    refused = browser.get(path)
    assert (refused.status_code, "no longer acts for this point" in refused.text) == (410, True)
    sessions.cancel_session(house, booker, session.id, "Storm")
    refused = browser.post(path, data=form)
    assert (refused.status_code, "has been cancelled" in refused.text, "Storm" in refused.text) == (410, True, True)
    assert invitation(house).answer == "pending"


def test_a_session_that_is_over_takes_no_answer(house: House, browser: FlaskClient, session: SessionView, path: str) -> None:
    house.clock.at = TEN + timedelta(days=2, hours=2)  # type: ignore[attr-defined]
    answer = browser.get(path)
    assert (answer.status_code, "Answers are closed" in answer.text) == (410, True)


def test_a_point_that_left_the_session_takes_no_answer(house: House, browser: FlaskClient, booker: Actor,
                                                       session: SessionView, path: str) -> None:
    sessions.change_session(house, booker, session.id, {"points": ("big-hall",)})
    answer = browser.get(path)
    assert (answer.status_code, "no longer invited" in answer.text) == (410, True)
