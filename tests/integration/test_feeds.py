"""Calendar feeds as calendar programs read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import sessions
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan
from web.app import create_app


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def client(house: House) -> FlaskClient:
    return create_app(house).test_client()


def _events(client: FlaskClient, path: str) -> dict[str, tuple[str, str]]:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar"), answer.text
    return {str(e["uid"]): (str(e["summary"]), str(e["status"])) for e in Calendar.from_ical(answer.data).walk("VEVENT")}


def _secret(house: House, table: type[t.User] | type[t.Point], name: str) -> str:
    column = t.User.name if table is t.User else t.Point.slug
    with house.db.read() as db:
        return str(db.scalars(select(table.calendar_secret).where(column == name)).one())


def test_who_finds_what(house: House, booker: Actor, client: FlaskClient, clock: FixedClock) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", "talas-oblast", language="ru")
    old = sessions.book_session(house, booker, plan("osh-oblast"))
    clock.advance(86_400 * 70)
    later = TEN + timedelta(days=80)
    osh = sessions.book_session(house, booker, plan("osh-oblast", starts_at=later, title={"ky": "Түшүм", "ru": "Урожай"}))
    talas = sessions.book_session(house, booker, plan("talas-oblast", starts_at=later))
    public = sessions.book_session(house, booker, plan("big-hall", starts_at=later, public=True, title={"en": "Open day"}))
    sessions.cancel_session(house, booker, talas.id)
    found = {name: _events(client, path) for name, path in {
        "public": "/public/calendar.ics", "point": f"/calendar/{_secret(house, t.Point, 'osh-oblast')}.ics",
        "officer": f"/calendar/{_secret(house, t.User, 'osh')}.ics",
        "organiser": f"/calendar/{_secret(house, t.User, 'planner')}.ics"}.items()}
    uids = {name: f"{view.id}@localhost" for name, view in (("old", old), ("osh", osh), ("talas", talas), ("public", public))}
    assert found["public"] == {uids["public"]: ("Open day", "CONFIRMED")}
    assert found["point"] == {uids["osh"]: ("Түшүм", "CONFIRMED")}
    assert found["officer"] == {uids["osh"]: ("Урожай", "CONFIRMED"), uids["talas"]: ("Harvest report", "CANCELLED")}
    assert set(found["organiser"]) == {uids["osh"], uids["talas"], uids["public"]}


def test_times_are_in_the_sessions_zone(house: House, booker: Actor, client: FlaskClient) -> None:
    sessions.book_session(house, booker, plan(public=True))
    feed = client.get("/public/calendar.ics")
    event = Calendar.from_ical(feed.data).walk("VEVENT")[0]
    assert event["dtstart"].params["TZID"] == "Asia/Bishkek"
    assert (event["dtstart"].dt, event["dtend"].dt) == (TEN, TEN + timedelta(hours=1))
    assert b"BEGIN:VTIMEZONE" in feed.data
    assert client.get("/public/calendar.ics", headers={"If-None-Match": feed.headers["ETag"]}).status_code == 304


def test_secrets_of_those_who_are_gone_open_nothing(house: House, booker: Actor, client: FlaskClient) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    person, point = _secret(house, t.User, "osh"), _secret(house, t.Point, "osh-oblast")
    with house.db.write() as db:
        db.scalars(select(t.User).where(t.User.name == "osh")).one().active = False
        db.scalars(select(t.Point).where(t.Point.slug == "osh-oblast")).one().active = False
    for secret in (person, point, "nonsense", "%00"):
        assert client.get(f"/calendar/{secret}.ics").status_code == 404
