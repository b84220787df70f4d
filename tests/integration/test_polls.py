"""Date polls: the points are asked once, reminded only while they have not answered; closing books, or says what is in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import BookingConflict, Forbidden, IllegalState, Invalid, NotFound
from liaison.domain.words import AccountRole, OutboxKind
from liaison.house import House
from liaison.services import poll_answers, polls, sessions
from liaison.services.notifier import Letter
from liaison.services.outbox import deliver_due
from liaison.services.poll_links import PollLink, poll_url
from liaison.services.polls import PollView
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

DAY = timedelta(days=1)
STARTS = [TEN + 3 * DAY, TEN + 4 * DAY]


class FakeNotifier:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def officer(house: House, planner: Actor) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")


@pytest.fixture
def poll(house: House, planner: Actor, officer: Actor) -> PollView:
    return polls.open_poll(house, planner, plan("osh-oblast", "naryn-oblast", optional_points=("talas-oblast",)), STARTS, TEN + 2 * DAY)


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def say(poll: PollView, *answers: str) -> dict[str, str]:
    return {time.time_id: answer for time, answer in zip(poll.times, answers, strict=True)}


def letters(house: House, notifier: FakeNotifier) -> list[OutboxKind]:
    before = len(notifier.letters)
    deliver_due(house, notifier, "test")
    return [letter.kind for letter in notifier.letters[before:]]


def test_nothing_is_booked_while_the_points_are_asked(house: House, planner: Actor, poll: PollView) -> None:
    assert (poll.open, poll.best, [time.open for time in poll.times]) == (True, None, [3, 3])
    assert sessions.list_sessions(house, planner).items == ()


def test_asked_once_and_reminded_only_without_an_answer(house: House, planner: Actor, officer: Actor, poll: PollView,
                                                        clock: FixedClock) -> None:
    notifier = FakeNotifier()
    assert letters(house, notifier) == [OutboxKind.POLL]
    assert "/poll/" in notifier.letters[0].payload["url"]
    clock.advance(DAY.total_seconds() * 1.5)
    assert letters(house, notifier) == [OutboxKind.POLL_REMINDER]
    other = polls.open_poll(house, planner, plan("osh-oblast"), STARTS, TEN + 2 * DAY)
    polls.answer_poll(house, officer, other.id, "osh-oblast", say(other, "yes", "no"))
    clock.advance(8 * 3600)
    assert letters(house, notifier) == [OutboxKind.POLL]


def test_the_best_time_follows_from_the_answers(house: House, planner: Actor, officer: Actor, poll: PollView) -> None:
    polls.answer_poll(house, officer, poll.id, "osh-oblast", say(poll, "no", "if_need_be"))
    polls.answer_poll(house, planner, poll.id, "talas-oblast", say(poll, "yes", "yes"))
    seen = polls.get_poll(house, officer, poll.id)
    assert (seen.best, seen.own_points) == (poll.times[1].time_id, ("osh-oblast",))
    assert [(time.yes, time.if_need_be, time.no, time.open) for time in seen.times] == [(1, 0, 1, 1), (1, 1, 0, 1)]


def test_who_may_answer_and_what(house: House, officer: Actor, poll: PollView) -> None:
    stranger = add_actor(house, "chuy", AccountRole.OFFICER, "chuy-oblast")
    refusals = ((stranger, "osh-oblast", Forbidden), (officer, "naryn-oblast", Forbidden), (officer, "alay-district", NotFound))
    for actor, slug, wanted in refusals:
        with pytest.raises(wanted):
            polls.answer_poll(house, actor, poll.id, slug, say(poll, "yes", "yes"))
    for answers in ({}, say(poll, "yes", "maybe"), {**say(poll, "yes", "yes"), "x": "yes"}):
        with pytest.raises(Invalid):
            polls.answer_poll(house, officer, poll.id, "osh-oblast", answers)
    with pytest.raises(Forbidden):
        polls.close_poll(house, officer, poll.id, poll.times[0].time_id)
    assert polls.list_polls(house, stranger) == []


def test_closing_books_the_session_once(house: House, planner: Actor, poll: PollView) -> None:
    made = polls.close_poll(house, planner, poll.id, poll.times[1].time_id)
    assert (made.starts_at, [point.slug for point in made.points]) == (STARTS[1], ["osh-oblast", "naryn-oblast", "talas-oblast"])
    seen = polls.get_poll(house, planner, poll.id)
    assert (seen.open, seen.session_id) == (False, made.id)
    with pytest.raises(IllegalState):
        polls.close_poll(house, planner, poll.id, poll.times[1].time_id)
    with pytest.raises(IllegalState):
        polls.answer_poll(house, planner, poll.id, "osh-oblast", say(poll, "yes", "yes"))


def test_closing_says_what_is_in_the_way_and_leaves_the_poll_open(house: House, planner: Actor, poll: PollView) -> None:
    held = sessions.book_session(house, planner, plan("naryn-oblast", starts_at=STARTS[0]))
    with pytest.raises(BookingConflict) as refused:
        polls.close_poll(house, planner, poll.id, poll.times[0].time_id)
    assert refused.value.details["conflicts"][0]["session"]["id"] == held.id
    assert polls.get_poll(house, planner, poll.id).open
    assert polls.close_poll(house, planner, poll.id, poll.times[1].time_id).starts_at == STARTS[1]


def test_a_dropped_poll_asks_nobody_any_more(house: House, planner: Actor, poll: PollView, clock: FixedClock) -> None:
    polls.drop_poll(house, planner, poll.id)
    assert letters(house, FakeNotifier()) == []
    with pytest.raises(IllegalState):
        polls.drop_poll(house, planner, poll.id)


def test_the_link_of_a_letter_answers_for_its_point(house: House, app: Flask, planner: Actor, officer: Actor, poll: PollView) -> None:
    point = poll.points[0]
    path = "/poll/" + poll_url(house.settings, PollLink(poll.id, point.point_id, officer.user_id)).rsplit("/", 1)[1]
    browser = Browser(app, house).become(None)
    assert "Which times suit you?" in sentences(browser.get(path))
    answered = browser.post(path, {f"answer-{time.time_id}": "yes" for time in poll.times})
    assert answered.status_code == 303
    assert polls.get_poll(house, planner, poll.id).points[0].answers == say(poll, "yes", "yes")
    assert browser.post(path, {}).status_code == 422
    assert browser.get(path[:-2]).status_code == 404
    with house.db.write() as db:
        db.scalars(select(t.User).where(t.User.name == "osh")).one().active = False
    assert "no longer acts for this point" in sentences(browser.get(path))
    with pytest.raises(NotFound):
        poll_answers.answer_with_poll_link(house, path.rsplit("/", 1)[1], say(poll, "no", "no"))


def test_from_the_times_found_to_a_poll_and_its_session(house: House, app: Flask, planner: Actor, officer: Actor) -> None:
    browser = Browser(app, house).become(planner.user_id)
    page = browser.get("/find-time?go=1&points=osh-oblast&points=big-hall&minutes=60&first_day=2027-03-04&days=5&weekdays=4&weekdays=5")
    assert page.text.count('name="times"') >= 2
    asked = {"points": ["osh-oblast", "big-hall"], "minutes": "60", "times": [start.isoformat() for start in STARTS]}
    form = browser.get("/polls/new", query_string=asked)
    assert form.text.count('name="times"') == 2
    assert "Give a title" in sentences(browser.post("/polls/new", asked | {"answer_by": "2027-03-03"}))
    assert browser.post("/polls/new", asked | {"answer_by": "never", "title_en": "A"}).status_code == 422
    made = browser.post("/polls/new", asked | {"answer_by": "2027-03-03", "title_en": "Water"})
    assert made.status_code == 303
    poll_id = made.location.rsplit("/", 1)[1]
    times = polls.get_poll(house, planner, poll_id).times
    said = {"point": "osh-oblast"} | {f"answer-{time.time_id}": "yes" for time in times}
    assert Browser(app, house).become(officer.user_id).post(f"/polls/{poll_id}/answer", said).status_code == 303
    assert "suits best" in sentences(browser.get(f"/polls/{poll_id}"))
    assert "Water" in sentences(browser.get("/polls"))
    sessions.book_session(house, planner, plan("osh-oblast", starts_at=STARTS[0]))
    refused = browser.post(f"/polls/{poll_id}/close", {"time": times[0].time_id})
    assert (refused.status_code, "already taken by" in sentences(refused)) == (409, True)
    booked = browser.post(f"/polls/{poll_id}/close", {"time": times[1].time_id})
    assert booked.status_code == 303
    assert "/sessions/" in booked.location

