"""Find a time: what the database holds decides, the page leads into the booking form, and a form's typing is kept."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from liaison.domain.actor import Actor
from liaison.domain.booking import Period
from liaison.domain.errors import Forbidden, Invalid
from liaison.domain.finding import Hours, Wanted
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import blocked, finding, sessions
from liaison.services.blocked import Blocked
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

MONDAY = date(2027, 3, 1)
TWO_DAYS = Wanted(required=("big-hall", "osh-oblast"), optional=("talas-oblast",), minutes=60, first_day=MONDAY, days=2)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def app(house: House, planner: Actor) -> Flask:
    return create_app(house)


def starts(found: finding.Found) -> list[datetime]:
    return [offer.starts_at for offer in found.offers]


def test_what_is_booked_is_not_offered_and_what_was_freed_is(house: House, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    assert TEN not in starts(finding.find_times(house, planner, replace(TWO_DAYS, limit=50)))
    assert TEN in starts(finding.find_times(house, planner, replace(TWO_DAYS, limit=50), except_session=made.id))
    sessions.cancel_session(house, planner, made.id)
    assert TEN in starts(finding.find_times(house, planner, replace(TWO_DAYS, limit=50)))


def test_times_for_a_broadcast_are_those_at_which_the_site_has_a_place(house: House, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("alay-district", public=True))
    wanted = replace(TWO_DAYS, limit=50, step=60)
    assert TEN in starts(finding.find_times(house, planner, wanted))
    assert TEN not in starts(finding.find_times(house, planner, replace(wanted, broadcast=True)))
    assert TEN in starts(finding.find_times(house, planner, replace(wanted, broadcast=True), except_session=made.id))
    none = replace(house, settings=house.settings.model_copy(update={"broadcasts": 0}))
    assert starts(finding.find_times(none, planner, replace(wanted, broadcast=True))) == []


def test_says_who_would_be_missing_and_what_holds_them(house: House, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", starts_at=TEN, duration_minutes=90))
    narrow = replace(TWO_DAYS, days=1, hours=Hours(10 * 60, 11 * 60))
    found = finding.find_times(house, planner, narrow)
    offer = found.offers[0]
    assert (offer.starts_at, offer.free, found.wanted, found.suits_required) == (TEN, 2, 3, False)
    assert [item.slug for item in offer.missing_required] == ["osh-oblast"]
    holder = offer.missing[0].holders[0]
    assert (holder.session_id, holder.number, holder.title) == (made.id, made.number, {"en": "Harvest report"})
    assert holder.period == Period(TEN, TEN + timedelta(minutes=90))


def test_the_chairs_other_sessions_count_as_busy(house: House, planner: Actor) -> None:
    add_actor(house, "chair", AccountRole.ORGANISER)
    sessions.book_session(house, planner, plan("alay-district", chair_user="chair"))
    narrow = replace(TWO_DAYS, days=1, hours=Hours(10 * 60, 11 * 60))
    assert finding.find_times(house, planner, narrow).suits_required
    offer = finding.find_times(house, planner, narrow, chair_user="chair").offers[0]
    assert [(item.slug, item.name) for item in offer.missing] == [("", {"": "Chair"})]


def test_blocked_times_of_a_point_and_of_everybody(house: House, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def source(db: Any, _house: House, points: Any, period: Period) -> list[Blocked]:
        osh = next(point for point in points if point.slug == "osh-oblast")
        closed = Period(TEN - timedelta(hours=5), TEN + timedelta(hours=1))
        return [Blocked(closed, "Closed"), Blocked(Period(TEN, TEN + timedelta(days=3)), "New cables", osh.id)]
    monkeypatch.setattr(blocked, "SOURCES", (source,))
    offer = finding.find_times(house, planner, TWO_DAYS).offers[0]
    assert offer.starts_at == TEN + timedelta(hours=1)
    assert [(item.slug, item.holders[0].reason) for item in offer.missing] == [("osh-oblast", "New cables")]


def test_nothing_in_the_past_and_nothing_that_is_not_there(house: House, planner: Actor) -> None:
    for wrong in (replace(TWO_DAYS, first_day=MONDAY - timedelta(days=1)), replace(TWO_DAYS, required=("atlantis",)),
                  replace(TWO_DAYS, first_day=date.max), replace(TWO_DAYS, required=("a\0",)), replace(TWO_DAYS, minutes=1)):
        with pytest.raises(Invalid):
            finding.find_times(house, planner, wrong)
    with pytest.raises(Invalid):
        finding.find_times(house, planner, TWO_DAYS, chair_user="nobody")


def test_only_planners_look(house: House, planner: Actor) -> None:
    with pytest.raises(Forbidden):
        finding.find_times(house, add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast"), TWO_DAYS)


def test_the_api_tells_the_same(house: House, app: Flask, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    asked = {"points": ["big-hall"], "optional_points": ["osh-oblast"], "duration_minutes": 60, "from": "2027-03-01", "days": 1,
             "hours_from": "10:00", "hours_to": "11:00", "weekdays": [1], "chair": {"point": "big-hall"}}
    answer = Browser(app, house).become(planner.user_id).send("POST", "/api/v1/find-times", json=asked)
    assert (answer.status_code, answer.json["wanted"], answer.json["suits_required"]) == (200, 2, True)
    assert answer.json["items"] == [{
        "starts_at": "2027-03-01T04:00:00Z", "ends_at": "2027-03-01T05:00:00Z", "free": 1, "missing": [{
            "point": "osh-oblast", "name": answer.json["items"][0]["missing"][0]["name"], "required": False, "held_by": [{
                "starts_at": "2027-03-01T04:00:00Z", "ends_at": "2027-03-01T05:00:00Z", "reason": "",
                "session": {"id": made.id, "number": made.number, "title": {"en": "Harvest report"}}}]}]}]


def test_what_was_typed_waits_in_the_booking_form_for_the_time_found(house: House, app: Flask, planner: Actor) -> None:
    browser = Browser(app, house).become(planner.user_id)
    typed = {"title_en": "Winter roads", "points": ["big-hall", "osh-oblast"], "optional_points": "osh-oblast", "minutes": "45",
             "date": "2027-03-03", "time": "10:00", "kind": "government"}
    found = browser.get(browser.post("/find-time", typed).location)
    assert found.status_code == 200
    first = re.findall(r'href="(/sessions/new\?[^"]+)"', found.text.split("offer-list")[1])[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(first).query)
    assert (asked["date"], asked["time"], asked["minutes"]) == (["2027-03-03"], ["09:00"], ["45"])
    form = browser.get(first).text
    assert 'value="Winter roads"' in form and 'value="2027-03-03"' in form and 'value="09:00"' in form
    assert 'name="optional_points" value="osh-oblast" checked' in form


def test_a_session_that_is_to_be_moved_does_not_stand_in_its_own_way(house: House, app: Flask, planner: Actor) -> None:
    made = sessions.book_session(house, planner, plan("osh-oblast", "alay-district"))
    browser = Browser(app, house).become(planner.user_id)
    page = browser.get(f"/find-time?session={made.id}&go=1")
    assert "Everybody is free" in sentences(page)
    assert f"/sessions/{made.id}/edit?date=2027-03-01&amp;time=09:00" in page.text
    assert 'value="09:15"' in browser.get(f"/sessions/{made.id}/edit?date=2027-03-05&time=09:15&minutes=60").text
    assert browser.get("/find-time?session=nonsense&go=1").status_code == 422


def test_mistakes_stand_beside_their_fields(house: House, app: Flask, planner: Actor) -> None:
    browser = Browser(app, house).become(planner.user_id)
    page = browser.get("/find-time?go=1&minutes=x&first_day=soon&hours_from=9&days=400&chair_user=nobody")
    words = sentences(page)
    assert page.status_code == 422
    assert "Give a whole number." in words and "This is not a date." in words and "Give a time of day, such as 09:00." in words
    assert "Choose at least one point." in sentences(browser.get("/find-time?go=1&minutes=60&weekdays=1"))
