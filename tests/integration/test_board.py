"""The board: everybody sees what is taken, only those who may see a session see which; moves are looked at before they are made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.booking import Period
from liaison.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import board, sessions
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

HOUR = timedelta(hours=1)
DAY = Period(TEN - 4 * HOUR, TEN + 20 * HOUR)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def test_shows_what_is_held_in_the_period_and_nothing_else(house: House, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    gone = sessions.book_session(house, planner, plan("naryn-oblast"))
    sessions.book_session(house, planner, plan("osh-oblast", starts_at=DAY.ends_at))
    sessions.cancel_session(house, planner, gone.id)
    blocks = board.busy_blocks(house, planner, DAY)
    assert [block.period for block in blocks] == [Period(TEN, TEN + HOUR)] * 2
    assert {block.session and block.session.id for block in blocks} == {made.id}
    shown = blocks[0].session
    assert shown and shown.movable and shown.version == made.version and shown.title == {"en": "Harvest report"}


def test_others_see_only_that_it_is_taken(house: House, planner: Actor) -> None:
    sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    public = sessions.book_session(house, planner, plan("talas-oblast", public=True, starts_at=TEN + HOUR))
    invited = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    stranger = add_actor(house, "naryn", AccountRole.OFFICER, "naryn-oblast")
    assert all(block.session and not block.session.movable for block in board.busy_blocks(house, invited, DAY))
    seen = board.busy_blocks(house, stranger, DAY)
    assert [block.session.id if block.session else None for block in seen] == [None, None, public.id]
    with pytest.raises(Unauthenticated):
        board.busy_blocks(house, ANONYMOUS, DAY)


def test_a_move_is_looked_at_and_changes_nothing(house: House, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    other = sessions.book_session(house, planner, plan("alay-district", starts_at=TEN + 2 * HOUR))
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    free = board.check_move(house, planner, made.id, 60)
    assert (free.period, free.conflicts, free.errors, len(free.points)) == (Period(TEN + HOUR, TEN + 2 * HOUR), [], [], 2)
    assert (free.people, len(free.silent)) == (1, 1)
    taken = board.check_move(house, planner, made.id, 75)
    assert [(item["point"], item["session"]["id"]) for item in taken.conflicts] == [("alay-district", other.id)]
    assert board.check_move(house, planner, made.id, -24 * 60).errors[0]["message"] == "The start is in the past."
    assert sessions.get_session(house, planner, made.id).starts_at == TEN


def test_who_may_look_and_at_what(house: House, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast"))
    with pytest.raises(Forbidden):
        board.check_move(house, add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast"), made.id, 15)
    with pytest.raises(NotFound):
        board.check_move(house, planner, "nothing", 15)
    with pytest.raises(Invalid):
        board.check_move(house, planner, made.id, 10**6)
    sessions.cancel_session(house, planner, made.id)
    assert board.check_move(house, planner, made.id, 15).errors[0]["message"] == "Only a session that has not begun can be moved."


def test_the_page_and_its_check(house: House, app: Flask, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    sessions.book_session(house, planner, plan("alay-district", starts_at=TEN + 2 * HOUR, title={"en": "Water"}))
    browser = Browser(app, house).become(planner.user_id)
    for view in ("day", "week"):
        page = browser.get(f"/board?date=2027-03-01&view={view}")
        assert page.text.count(f'data-session="{made.id}"') == 2
        assert page.text.count("<tr data-point=") == 63
    answer = browser.post("/board/check", {"session_id": made.id, "minutes": "75"}).json
    assert answer["starts_at"] == "2027-03-01T05:15:00Z"
    assert answer["taken"] == ["Alay District: Water, 12:00–13:00"]
    assert "2 points will be asked again" in answer["told"]
    assert browser.get("/board?date=never").status_code == 422
    assert browser.get("/board?view=year").status_code == 422
    assert browser.post("/board/check", {"session_id": made.id, "minutes": "soon"}).status_code == 422


def test_an_officer_reads_busy_where_the_session_is_not_theirs(house: House, app: Flask, planner: Actor) -> None:
    sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    stranger = add_actor(house, "naryn", AccountRole.OFFICER, "naryn-oblast")
    page = Browser(app, house).become(stranger.user_id).get("/board?date=2027-03-01")
    assert "Harvest" not in page.text and "data-movable" not in page.text
    assert "10:00–11:00 busy" in sentences(page)
