"""What pages say beyond the plain facts: whose answer is missing, who could not be told, what is wrong with a small form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.agenda import entry
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services import links, people, sessions
from liaison.services.lifecycle import close_session, open_session
from tests.support.databases import make_settings
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

CHAIRS, OPEN, NEVER = "Leads the session", "No answer yet", "Did not answer"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[House]:
    opened = open_house(make_settings(tmp_path / "data", database_url=sqlite_url), clock)
    yield opened
    opened.db.close()


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def app(house: House) -> Any:
    return create_app(house)


@pytest.fixture
def desk(app: Any, house: House, planner: Actor) -> Browser:
    """The organiser's browser."""
    return Browser(app, house).become(planner.user_id)


def officer(app: Any, house: House, name: str, *points: str) -> Browser:
    actor = add_actor(house, name, AccountRole.OFFICER, *points, email=f"{name}@example.org")
    return Browser(app, house).become(actor.user_id)


# ---------------------------------------------------------------- answers


def test_the_chairs_own_point_is_not_asked_and_nobody_answers_after_the_end(
        app: Any, desk: Browser, house: House, planner: Actor) -> None:
    view = sessions.book_session(house, planner, plan("big-hall", "osh-oblast", "alay-district", chair_point="big-hall"))
    where = f"/sessions/{view.id}"
    words = sentences(desk.get(where))
    assert words.count(CHAIRS) == 1
    assert words.count(OPEN) == 3  # two points, and the sum over them
    assert "No answer yet: 2" in words
    open_session(house, planner, view.id)
    close_session(house, planner, view.id)
    words = sentences(desk.get(where))
    assert words.count(CHAIRS) == 1
    assert OPEN not in words
    assert "Did not answer: 2" in words
    assert OPEN not in sentences(desk.get("/sessions?q=harvest"))
    assert NEVER in sentences(desk.get(f"{where}/attendance"))


def test_the_hall_is_not_asked_to_accept_what_it_leads(app: Any, house: House, planner: Actor) -> None:
    hall, osh = officer(app, house, "hall", "big-hall"), officer(app, house, "osh", "osh-oblast")
    view = sessions.book_session(house, planner, plan(
        chair_point="big-hall", starts_at=house.clock.now().replace(hour=9)))
    assert "Accept" not in sentences(hall.get("/today"))
    assert "Accept the invitation" in sentences(osh.get("/today"))
    assert "Decline" in sentences(hall.get(f"/sessions/{view.id}"))


# ---------------------------------------------------------------- who could not be told; the agenda


def test_the_session_names_the_points_that_nobody_could_be_told_at(app: Any, desk: Browser, house: House, planner: Actor) -> None:
    osh = officer(app, house, "osh", "osh-oblast")
    view = sessions.book_session(house, planner, plan("osh-oblast", "talas-city", "alay-district"))
    page = desk.get(f"/sessions/{view.id}")
    box = page.text.partition('id="silent"')[2].partition("</ul>")[0]
    assert "Talas City" in box
    assert "Alay" in box
    assert "Osh" not in box
    assert "the invitation leaves by itself" in sentences(page)
    assert "/admin/points/" not in box
    assert 'id="silent"' not in osh.get(f"/sessions/{view.id}").text
    admin = Browser(app, house).become(add_actor(house, "boss", AccountRole.ADMINISTRATOR).user_id)
    assert 'href="/admin/points/talas-city"' in admin.get(f"/sessions/{view.id}").text
    for name, point in (("talas", "talas-city"), ("alay", "alay-district")):
        officer(app, house, name, point)
    assert 'id="silent"' not in desk.get(f"/sessions/{view.id}").text


def test_an_agenda_that_is_too_long_says_so_on_the_session(desk: Browser, house: House, planner: Actor) -> None:
    fits = sessions.book_session(house, planner, plan("osh-oblast", agenda=(entry({"en": "Reports"}, 60),)))
    assert "Together 1 h" in sentences(desk.get(f"/sessions/{fits.id}"))
    long = sessions.book_session(house, planner, plan("alay-district", agenda=(entry({"en": "Reports"}, 75),)))
    assert "Topics: 75 min of 60 min. That is 15 min too long." in sentences(desk.get(f"/sessions/{long.id}"))


# ---------------------------------------------------------------- the calendar's past


def test_the_past_is_not_offered_for_booking(desk: Browser, clock: FixedClock) -> None:
    clock.advance(24 * 3600 + 2 * 3600 + 60)  # Tuesday, 11:01
    page = desk.get("/calendar").text
    for gone in ("date=2027-03-01&amp;time=10:00", "date=2027-03-02&amp;time=11:00"):
        assert gone not in page
    for coming in ("date=2027-03-02&amp;time=12:00", "date=2027-03-03&amp;time=08:00"):
        assert coming in page
    assert "This hour has passed." in page
    month = desk.get("/calendar?view=month").text
    assert "/sessions/new?date=2027-03-01" not in month
    assert "/sessions/new?date=2027-03-02" in month


def test_many_at_once_are_counted_and_lead_to_the_list(desk: Browser, house: House, planner: Actor) -> None:
    points = ("osh-oblast", "alay-district", "talas-city", "naryn-city")
    made = [sessions.book_session(house, planner, plan(point, title={"en": f"At {point}"})) for point in points]
    page = desk.get("/calendar").text
    week = page.partition('class="week card"')[2].partition("</section>")[0]
    assert [f'href="/sessions/{view.id}"' in week for view in made] == [True, True, False, False]
    assert 'href="/sessions?from=2027-03-01&amp;to=2027-03-01"' in week
    assert "2 more: 10:00 At talas-city; 10:00 At naryn-city" in week
    small = page.partition('class="agenda-list"')[2]
    assert all(f'href="/sessions/{view.id}"' in small for view in made)


# ---------------------------------------------------------------- the way on from the room


@pytest.mark.parametrize(("name", "role", "points", "leads"), [
    ("chair", AccountRole.OFFICER, ("big-hall",), True), ("clerk", AccountRole.OFFICER, (), True),
    ("osh", AccountRole.OFFICER, ("osh-oblast",), False), ("another", AccountRole.ORGANISER, (), True),
])
def test_the_goodbye_page_leads_on(app: Any, house: House, planner: Actor, name: str, role: AccountRole, points: tuple[str, ...],
                                   leads: bool) -> None:
    actor = add_actor(house, name, role, *points)
    named = {"chair_user": actor.user_id} if name == "chair" else {"secretary": actor.user_id} if name == "clerk" else {}
    view = sessions.book_session(house, planner, plan(chair_point="big-hall", **named))
    open_session(house, planner, view.id)
    page = Browser(app, house).become(actor.user_id).get(f"/room/{view.id}")
    if page.status_code == 200:
        over = page.text.partition('id="over"')[2]
        assert (f'href="/sessions/{view.id}/attendance"' in over) is leads
        assert ('href="/today">' in over) is (role is AccountRole.OFFICER)
        assert ("Back to Today" in over) is (role is AccountRole.OFFICER)
    else:
        assert (name, page.status_code) == ("clerk", 403)


# ---------------------------------------------------------------- small forms


@pytest.mark.parametrize(("path", "words"), [
    ("/sign-in", ("Кирүү атыңызды териңиз.", "Сырсөзүңүздү териңиз.")),
    ("/forgot-password", ("Кирүү атыңызды же почта дарегиңизди териңиз.",)),
])
def test_an_empty_form_is_refused_in_the_readers_language(
        app: Any, house: House, planner: Actor, path: str, words: tuple[str, ...]) -> None:
    answer = Browser(app, house, "ky").post(path, {"name": " ", "password": ""})
    assert answer.status_code in (401, 422)
    assert all(word in answer.text for word in words)
    assert answer.text.count('aria-invalid="true"') == len(words)


def test_an_empty_code_is_refused(app: Any, house: House, planner: Actor) -> None:
    browser = Browser(app, house, "ru")
    assert 'aria-invalid="true"' not in browser.get("/link").text
    answer = browser.get("/link?code=")
    assert answer.status_code == 422
    assert "Введите код из письма." in answer.text


def test_a_password_that_does_not_do_stands_beside_its_field(app: Any, house: House, planner: Actor) -> None:
    user = people.create_user(house, SYSTEM, name="aida", role=AccountRole.OFFICER, points=["osh-oblast"])
    path = "/link/" + links.sign_in_link(house, SYSTEM, user["id"]).rsplit("/", 1)[1]
    answer = Browser(app, house, "ru").post(path, {"password": "", "password_again": ""})
    assert answer.status_code == 422
    assert 'id="f-password-error"' in answer.text


def test_changing_the_password_asks_for_every_field(desk: Browser) -> None:
    answer = desk.post("/account/password", {"old": "", "password": "", "password_again": ""})
    assert answer.status_code == 422
    assert "Type your present password." in answer.text
    assert "Choose a new password." in answer.text


def test_a_date_that_is_none_is_named_in_the_log(app: Any, house: House, planner: Actor) -> None:
    admin = Browser(app, house).become(add_actor(house, "boss", AccountRole.ADMINISTRATOR).user_id)
    answer = admin.get("/admin/audit?from=yesterday")
    assert answer.status_code == 200
    assert 'id="f-from-error"' in answer.text
    assert 'id="f-to-error"' not in answer.text


def test_a_table_without_a_file_is_refused_beside_its_field(app: Any, house: House, planner: Actor) -> None:
    admin = Browser(app, house).become(add_actor(house, "boss", AccountRole.ADMINISTRATOR).user_id)
    answer = admin.post("/admin/people/import", {})
    assert answer.status_code == 422
    assert 'id="f-file-error"' in answer.text
