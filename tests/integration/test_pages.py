"""Pages of organisers, officers and citizens, driven through their forms without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services import drafts, sessions
from liaison.store import tables as t
from tests.support.databases import make_settings
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser
from web.app import create_app

FORM: dict[str, Any] = {
    "title_ky": "Жыйым-терим", "title_en": "Harvest report", "kind": "government", "date": "2027-03-01", "time": "10:00",
    "minutes": "60", "points": ["big-hall", "osh-oblast"], "agenda_title": ["Opening", "Reports"], "agenda_minutes": ["10", "40"],
    "agenda_texts": ["", ""], "chair_point": "", "chair_user": "", "deputy": "", "secretary": "",
}


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[House]:
    """Pages are the same on both databases; the services below them are tested on each."""
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


@pytest.fixture
def osh(house: House, planner: Actor) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")


@pytest.fixture
def office(app: Any, house: House, osh: Actor) -> Browser:
    """The browser of the officer in Osh."""
    return Browser(app, house).become(osh.user_id)


def only_session(house: House, planner: Actor) -> sessions.SessionView:
    (view,) = sessions.list_sessions(house, planner).items
    return view


# ---------------------------------------------------------------- booking


def test_the_form_books_and_shows_the_session(desk: Browser, house: House, planner: Actor) -> None:
    answer = desk.post("/sessions/new", FORM)
    view = only_session(house, planner)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{view.id}")
    assert [(point.slug, point.required) for point in view.points] == [("big-hall", True), ("osh-oblast", True)]
    assert [(item.title, item.minutes) for item in view.agenda] == [({"en": "Opening"}, 10), ({"en": "Reports"}, 40)]
    page = desk.get(f"/sessions/{view.id}").text
    assert "Harvest report" in page
    assert "10:00–11:00" in page
    assert "The session is booked." in page


def test_a_taken_point_is_refused_by_name_and_nothing_typed_is_lost(desk: Browser, house: House, planner: Actor) -> None:
    desk.post("/sessions/new", FORM)
    answer = desk.post("/sessions/new", FORM | {"title_en": "Roads", "time": "10:30", "points": ["osh-oblast", "naryn-oblast"]})
    assert answer.status_code == 422
    assert "Taken: Harvest report, 10:00–11:00" in answer.text
    assert 'value="Roads"' in answer.text
    assert 'value="naryn-oblast" checked' in answer.text
    assert 'value="Reports"' in answer.text
    assert len(sessions.list_sessions(house, planner).items) == 1


@pytest.mark.parametrize(("changed", "words"), [
    ({"title_ky": "", "title_en": ""}, "Give a title in at least one language."),
    ({"points": []}, "Choose at least one point."),
    ({"date": "2027-02-01"}, "The start is in the past."),
    ({"minutes": "3"}, "Give between 5 and 720 minutes."),
    ({"minutes": "soon"}, "Give the length in whole minutes."),
    ({"date": "yesterday"}, "Give a date and a time of day."),
    ({"chair_point": "talas-city"}, "The chair&#39;s point must be one of the points chosen."),
    ({"chair_user": "nobody"}, "There is no active account nobody."),
    ({"agenda_minutes": ["10", "0"]}, "Give between 1 and 720 minutes."),
])
def test_what_is_wrong_stands_beside_its_field(desk: Browser, house: House, planner: Actor, changed: dict[str, Any], words: str) -> None:
    answer = desk.post("/sessions/new", FORM | changed)
    assert answer.status_code == 422
    assert words in answer.text
    assert sessions.list_sessions(house, planner).items == ()


def test_the_check_names_holders_and_points_that_nobody_hears_for(desk: Browser, osh: Actor) -> None:
    desk.post("/sessions/new", FORM)
    asked = {"date": "2027-03-01", "time": "10:59", "minutes": "30", "points": ["osh-oblast", "talas-city"]}
    answer = desk.post("/sessions/check", asked).json
    assert answer == {"taken": {"big-hall": "Harvest report, 10:00–11:00", "osh-oblast": "Harvest report, 10:00–11:00"},
                      "silent": ["talas-city"], "closed": [], "warnings": []}
    assert desk.post("/sessions/check", asked | {"time": "11:00"}).json["taken"] == {}
    assert desk.post("/sessions/check", asked | {"time": "?"}).json["taken"] == {}


def test_a_session_may_be_moved_and_does_not_stand_in_its_own_way(desk: Browser, house: House, planner: Actor) -> None:
    desk.post("/sessions/new", FORM)
    view = only_session(house, planner)
    assert f'name="version" value="{view.version}"' in desk.get(f"/sessions/{view.id}/edit").text
    answer = desk.post(f"/sessions/{view.id}/edit", FORM | {"time": "10:30", "version": str(view.version)})
    assert answer.status_code == 303
    assert only_session(house, planner).starts_at.minute == 30


def test_a_change_over_somebody_elses_change_is_refused(desk: Browser, house: House, planner: Actor) -> None:
    desk.post("/sessions/new", FORM)
    view = only_session(house, planner)
    sessions.change_session(house, planner, view.id, {"public": True})
    answer = desk.post(f"/sessions/{view.id}/edit", FORM | {"time": "12:00", "version": str(view.version)})
    assert answer.status_code == 422
    assert "Somebody changed this after you opened it." in answer.text


def test_a_copy_is_a_form_a_week_later_and_books_nothing(desk: Browser, house: House, planner: Actor) -> None:
    desk.post("/sessions/new", FORM)
    view = only_session(house, planner)
    page = desk.get(f"/sessions/{view.id}/copy").text
    assert 'value="2027-03-08"' in page
    assert 'value="osh-oblast" checked' in page
    assert len(sessions.list_sessions(house, planner).items) == 1


def test_cancelling_tells_the_reason(desk: Browser, house: House, planner: Actor) -> None:
    desk.post("/sessions/new", FORM)
    view = only_session(house, planner)
    assert desk.post(f"/sessions/{view.id}/cancel", {"reason": "The minister is ill."}).status_code == 303
    assert "The minister is ill." in desk.get(f"/sessions/{view.id}").text
    assert desk.post(f"/sessions/{view.id}/cancel", {"reason": "Again"}).status_code == 409


def test_a_draft_saves_itself_holds_nothing_and_goes_when_booked(desk: Browser, house: House, planner: Actor) -> None:
    assert desk.post("/drafts/save", {"kind": "press"}).json == {"id": None, "saved_at": None}
    first = desk.post("/drafts/save", FORM | {"minutes": "six"}).json
    again = desk.post("/drafts/save", FORM | {"draft_id": first["id"]}).json
    assert (again["id"], again["saved_at"]) == (first["id"], "09:00")
    assert "Harvest report" in desk.get("/drafts").text
    assert 'value="Harvest report"' in desk.get(f"/sessions/new?draft={first['id']}").text
    assert desk.post("/sessions/check", FORM).json["taken"] == {}
    desk.post("/sessions/new", FORM | {"draft_id": first["id"]})
    assert drafts.list_drafts(house, planner) == []


def test_drafts_belong_to_one_person(desk: Browser, house: House) -> None:
    mine = desk.post("/drafts/save", FORM).json["id"]
    other = add_actor(house, "other", AccountRole.ORGANISER)
    stranger = Browser(desk.app, house).become(other.user_id)
    assert stranger.get(f"/sessions/new?draft={mine}").status_code == 404
    stranger.post(f"/drafts/{mine}/delete", {})
    assert stranger.post("/drafts/save", FORM | {"draft_id": mine}).json["id"] != mine
    assert desk.get(f"/sessions/new?draft={mine}").status_code == 200


# ---------------------------------------------------------------- officers


def test_the_next_session_and_its_large_button(desk: Browser, office: Browser, house: House, planner: Actor, clock: FixedClock) -> None:
    sessions.book_session(house, planner, plan(starts_at=house.clock.now().replace(hour=9), title={"en": "Evening"}))
    page = office.get("/today").text
    assert "Accept the invitation" in page
    assert "Join" not in page
    view = only_session(house, planner)
    office.post(f"/sessions/{view.id}/points/osh-oblast/answer", {"answer": "accepted", "next": "/today"})
    assert "Opens at 14:00" in office.get("/today").text
    mark = office.get("/today/state").json
    clock.advance(5.5 * 3600)
    assert office.get("/today/state").json != mark
    page = office.get("/today").text
    assert f'href="/room/{view.id}"' in page
    assert "It starts at 15:00." in page


def test_declining_needs_a_reason(office: Browser, house: House, planner: Actor) -> None:
    view = sessions.book_session(house, planner, plan())
    where = f"/sessions/{view.id}/points/osh-oblast/answer"
    office.post(where, {"answer": "declined", "reason": " ", "next": "/today"})
    assert "Write in a few words" in office.get("/today").text
    assert office.post(where, {"answer": "declined", "reason": "The pass is closed.", "next": "/today"}).headers["Location"] == "/today"
    point = next(point for point in only_session(house, planner).points if point.slug == "osh-oblast")
    assert (point.answer, point.answer_reason) == ("declined", "The pass is closed.")


def test_an_answer_never_leads_to_another_site(office: Browser, house: House, planner: Actor) -> None:
    view = sessions.book_session(house, planner, plan())
    answer = office.post(f"/sessions/{view.id}/points/osh-oblast/answer", {"answer": "accepted", "next": "https://example.org/"})
    assert answer.headers["Location"] == f"/sessions/{view.id}"


def test_headcount_and_names(office: Browser, house: House, planner: Actor) -> None:
    view = sessions.book_session(house, planner, plan())
    where = f"/sessions/{view.id}/points/osh-oblast/headcount"
    office.post(where, {"headcount": "12", "representatives": "Айда Өмүрбекова\r\n\r\n Бакыт Усенов "})
    point = next(point for point in only_session(house, planner).points if point.slug == "osh-oblast")
    assert (point.headcount, point.representatives) == (12, ("Айда Өмүрбекова", "Бакыт Усенов"))
    office.post(where, {"headcount": "a dozen"})
    assert "Give a whole number of people." in office.get(f"/sessions/{view.id}").text


# ---------------------------------------------------------------- calendar, list, notice


def test_week_month_and_list_show_the_session(desk: Browser, house: House, planner: Actor) -> None:
    view = sessions.book_session(house, planner, plan())
    for where in ("/calendar", "/calendar?view=month", "/sessions", "/sessions?q=harvest", f"/sessions?q={view.number}",
                  "/sessions?point=osh-oblast&kind=government&status=confirmed", "/sessions?from=2027-03-01&to=2027-03-01"):
        assert f"/sessions/{view.id}" in desk.get(where).text, where
    for where in ("/calendar?date=2027-03-08", "/sessions?q=roads", "/sessions?kind=press", "/sessions?to=2027-02-28"):
        assert f"/sessions/{view.id}" not in desk.get(where).text, where


@pytest.mark.parametrize("where", ["/calendar?date=yesterday", "/calendar?view=year", "/calendar?date=9999-12-31", "/sessions?cursor=x"])
def test_addresses_that_cannot_be_shown_are_refused_kindly(desk: Browser, where: str) -> None:
    assert desk.get(where).status_code == 422


def test_a_long_list_has_further_pages(desk: Browser, house: House, planner: Actor) -> None:
    for hour in range(35):
        start = house.clock.now().replace(hour=4) + (house.clock.now() - house.clock.now().replace(hour=2)) * 2 * hour
        sessions.book_session(house, planner, plan(starts_at=start, duration_minutes=30, title={"en": f"Session {hour}"}))
    first = desk.get("/sessions").text
    assert "Session 29<" in first
    assert "Session 30<" not in first
    cursor = first.split("cursor=")[1].split('"')[0]
    second = desk.get(f"/sessions?cursor={cursor}").text
    assert "Session 30<" in second
    assert "Session 34<" in second


def test_the_notice_comes_in_the_chosen_language_inside_the_readers_page(desk: Browser, house: House, planner: Actor) -> None:
    view = sessions.book_session(house, planner, plan(title={"ky": "Жыйым-терим", "en": "Harvest report"}))
    page = desk.get(f"/sessions/{view.id}/notice?language=ky").text
    assert '<html lang="en"' in page
    assert '<article class="sheet" lang="ky">' in page
    assert "Жыйым-терим" in page.split("<article")[1]
    assert "Ош облусу" in page
    assert "шейшемби" not in page
    assert "дүйшөмбү" in page


# ---------------------------------------------------------------- citizens


def test_citizens_see_public_sessions_only(app: Any, house: House, planner: Actor) -> None:
    citizen = Browser(app, house)
    shown = sessions.book_session(house, planner, plan("big-hall", public=True, title={"en": "Open hearing"}))
    hidden = sessions.book_session(house, planner, plan("osh-oblast", title={"en": "Closed meeting"}))
    page = citizen.get("/public").text
    assert "Open hearing" in page
    assert "Closed meeting" not in page
    assert citizen.get(f"/public/sessions/{shown.id}").status_code == 200
    assert citizen.get(f"/public/sessions/{hidden.id}").status_code == 404
    assert citizen.get(f"/sessions/{hidden.id}").status_code == 303
    assert "planner" not in citizen.get(f"/public/sessions/{shown.id}").text.lower()


def test_watching_begins_when_the_session_is_live_and_ends_with_the_places(app: Any, house: House, planner: Actor) -> None:
    citizen = Browser(app, house)
    view = sessions.book_session(house, planner, plan("big-hall", public=True))
    where = f"/public/sessions/{view.id}/watch"
    assert citizen.post(where, {}).headers["Location"] == f"/public/sessions/{view.id}"
    with house.db.write() as db:
        db.scalars(select(t.Session)).one().status = "live"
    assert "Watch" in citizen.get(f"/public/sessions/{view.id}").text
    assert citizen.post(where, {}).headers["Location"] == f"/watch/{view.id}"
    for_program = app.test_client().post(where, headers={"Accept": "application/json"})
    assert for_program.status_code == 201
    assert {"token", "expires_at", "room", "whep"} <= for_program.json.keys()
    object.__setattr__(house.settings, "watchers", 0)
    full = citizen.post(where, {})
    assert (full.status_code, full.headers["Retry-After"]) == (503, "180")
    assert "All places for watching are taken" in full.text
    assert "Please try again at 09:03." in full.text


def test_everybody_is_led_to_where_their_work_begins(app: Any, house: House, desk: Browser, office: Browser) -> None:
    assert Browser(app, house).get("/").headers["Location"] == "/public"
    assert desk.get("/").headers["Location"] == "/desk"
    assert office.get("/").headers["Location"] == "/today"


def test_the_help_desk_stands_on_every_page(app: Any, house: House, desk: Browser, office: Browser) -> None:
    number = house.network.help_desk_phone
    pages = [(desk, "/calendar"), (desk, "/sessions/new"), (office, "/today"), (office, "/nowhere"), (Browser(app, house), "/public")]
    assert [where for browser, where in pages if number not in browser.get(where).text] == []
