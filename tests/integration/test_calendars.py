"""Calendar addresses that can be ended, feeds as another program reads them, and taking over a foreign calendar."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services import calendar_addresses, sessions
from liaison.services.calendar_addresses import FeedKind
from tests.support.databases import make_settings
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

NEXT_WEEK = TEN + timedelta(days=7)


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[House]:
    opened = open_house(make_settings(tmp_path / "data", database_url=sqlite_url), clock)
    yield opened
    opened.db.close()


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def app(house: House) -> Any:
    return create_app(house)


@pytest.fixture
def desk(app: Any, house: House, booker: Actor) -> Browser:
    return Browser(app, house).become(booker.user_id)


def secret_of(house: House, actor: Actor, kind: FeedKind, slug: str) -> str:
    return next(feed.secret for feed in calendar_addresses.list_addresses(house, actor) if (feed.kind, feed.slug) == (kind, slug))


# ---------------------------------------------------------------- addresses


def test_a_provinces_calendar_holds_the_sessions_of_all_its_points(house: House, booker: Actor, desk: Browser) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    inside = sessions.book_session(house, booker, plan("big-hall", "alay-district"))
    sessions.book_session(house, booker, plan("naryn-oblast"))
    page = Browser(desk.app, house).become(officer.user_id)
    assert page.post("/calendars/province/osh-oblast/renew").status_code == 303
    first = secret_of(house, officer, FeedKind.PROVINCE, "osh-oblast")
    feed = page.get(f"/calendar/{first}.ics")
    assert re.findall(r"UID:(\S+)@", feed.text) == [inside.id]
    assert first in page.get("/calendars").text
    page.post("/calendars/province/osh-oblast/renew")
    assert page.get(f"/calendar/{first}.ics").status_code == 404
    assert page.get(f"/calendar/{secret_of(house, officer, FeedKind.PROVINCE, 'osh-oblast')}.ics").status_code == 200


def test_a_points_address_can_be_ended(house: House, app: Any, booker: Actor) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    page = Browser(app, house).become(officer.user_id)
    before = secret_of(house, officer, FeedKind.POINT, "osh-oblast")
    page.post("/calendars/point/osh-oblast/renew")
    assert page.get(f"/calendar/{before}.ics").status_code == 404


def test_who_may_know_and_end_which(house: House, app: Any, booker: Actor) -> None:
    osh = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    alay = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    def known(actor: Actor) -> set[str]:
        return {f"{feed.kind}:{feed.slug}" for feed in calendar_addresses.list_addresses(house, actor)}
    assert known(osh) == {"point:osh-oblast", "province:osh-oblast"}
    assert known(alay) == {"point:alay-district"}
    assert len(known(booker)) > 63
    for actor, path, status in ((alay, "province/osh-oblast", 403), (alay, "point/osh-oblast", 403), (booker, "point/osh-oblast", 403),
                                (osh, "point/osh-oblast", 303), (osh, "province/alay-district", 403), (osh, "planet/osh-oblast", 404),
                                (osh, "point/atlantis", 404), (alay, "province/alay-district", 404)):
        assert Browser(app, house).become(actor.user_id).post(f"/calendars/{path}/renew").status_code == status, (actor.name, path)


def test_another_program_reads_every_kind_of_feed(house: House, booker: Actor, desk: Browser) -> None:
    made = sessions.book_session(house, booker, plan(
        public=True, title={"en": "Ыйык; көл, \\ тоо"}, description={"en": "First line\nsecond, with; marks"}))
    gone = sessions.book_session(house, booker, plan("talas-oblast", public=True))
    sessions.cancel_session(house, booker, gone.id)
    secrets = [feed.secret for feed in calendar_addresses.list_addresses(house, booker) if feed.slug == "big-hall"]
    for path in ("/public/calendar.ics", *(f"/calendar/{secret}.ics" for secret in secrets)):
        read = vobject.readOne(desk.get(path).text)
        read.validate(raiseException=True)
        assert read.refresh_interval.value == "PT15M" and read.x_published_ttl.value == "PT15M"
        events = {event.uid.value: event for event in read.vevent_list}
        event = events[f"{made.id}@localhost"]
        assert (event.summary.value, event.description.value) == ("Ыйык; көл, \\ тоо", "First line\nsecond, with; marks")
        assert (event.dtstart.value.astimezone(TEN.tzinfo), event.status.value) == (TEN, "CONFIRMED")
        if gone.id in str(list(events)):
            assert events[f"{gone.id}@localhost"].status.value == "CANCELLED"


# ---------------------------------------------------------------- taking over


def ics(*events: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", *events, "END:VCALENDAR", "")).encode()


def event(uid: str, starts_at: datetime, *lines: str, summary: str = "Meeting", minutes: int = 60) -> str:
    stamps = (f"{at:%Y%m%dT%H%M%S}Z" for at in (starts_at, starts_at + timedelta(minutes=minutes)))
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20270101T000000Z", "DTSTART:{}\r\nDTEND:{}".format(*stamps),
                        f"SUMMARY:{summary}", *lines, "END:VEVENT"))


def upload(desk: Browser, data: bytes, **fields: Any) -> Any:
    return desk.post("/calendars/import", {"kind": "training", "points": ["big-hall"], "file": (io.BytesIO(data), "x.ics"), **fields},
                     content_type="multipart/form-data")


def events_of(page: Any, ticked_only: bool = True) -> list[str]:
    return re.findall(r'name="event" value="(\w+)"[^>]*checked' if ticked_only else r'name="event" value="(\w+)"', page.text)


def book(desk: Browser, data: bytes, keys: list[str]) -> Any:
    form = {"act": "import", "kind": "training", "points": ["big-hall"], "calendar": data.decode(), "event": keys}
    return desk.post("/calendars/import", form, content_type="multipart/form-data")


def test_a_dry_run_shows_conflicts_and_books_nothing_then_the_ticked_ones_are_booked(house: House, booker: Actor, desk: Browser) -> None:
    sessions.book_session(house, booker, plan("big-hall", starts_at=NEXT_WEEK, title={"en": "Standing meeting"}))
    data = ics(event("taken", NEXT_WEEK), event("free", NEXT_WEEK + timedelta(hours=2), summary="Budget"),
               event("clash", NEXT_WEEK + timedelta(hours=2, minutes=30)),
               event("osh", NEXT_WEEK, "LOCATION:Osh Province", summary="At Osh"),
               event("empty", NEXT_WEEK + timedelta(hours=5), summary=""), event("past", TEN - timedelta(days=3)))
    page = upload(desk, data)
    assert page.status_code == 200 and "Standing meeting" in page.text and "as line" in page.text
    assert len(events_of(page, ticked_only=False)) == 5 and len(events_of(page)) == 2
    assert len(sessions.list_sessions(house, booker).items) == 1
    done = book(desk, data, events_of(page))
    assert done.status_code == 201
    found = {view.title["ky"]: view for view in sessions.list_sessions(house, booker).items if "ky" in view.title}
    booked = {title: [point.slug for point in view.points] for title, view in found.items()}
    assert booked == {"Budget": ["big-hall"], "At Osh": ["osh-oblast"]}
    assert found["Budget"].starts_at == NEXT_WEEK + timedelta(hours=2)
    again = upload(desk, data)
    assert again.text.count("Taken over before") == 2 and events_of(again) == []
    book(desk, data, events_of(page))
    assert len(sessions.list_sessions(house, booker).items) == 3


def test_recurring_events_are_laid_out_with_their_exceptions(house: House, booker: Actor, desk: Browser) -> None:
    data = ics(event("weekly", NEXT_WEEK, "RRULE:FREQ=WEEKLY;COUNT=4", f"EXDATE:{NEXT_WEEK + timedelta(days=7):%Y%m%dT%H%M%S}Z"))
    assert len(events_of(upload(desk, data))) == 3


@pytest.mark.parametrize(("data", "words"), [
    (b"", "Choose a file first."), (b"hello", "is not a calendar"), (b"\xff\xfe\0", "is not a calendar"),
    (b"x" * 400_001, "too large"),
    (ics(event("d", TEN, "RRULE:FREQ=HOURLY")), "more than 500 events")])
def test_what_is_refused(desk: Browser, data: bytes, words: str) -> None:
    page = upload(desk, data)
    assert page.status_code in (400, 422) and words in sentences(page)


# ---------------------------------------------------------------- the desk


def test_the_desk_shows_the_day_and_what_others_changed(house: House, booker: Actor, desk: Browser, clock: FixedClock) -> None:
    other = add_actor(house, "second", AccountRole.ORGANISER)
    today = sessions.book_session(house, other, plan("big-hall", "osh-oblast", title={"en": "Morning"}))
    sessions.book_session(house, booker, plan("big-hall", "naryn-oblast", starts_at=NEXT_WEEK, title={"en": "Own act"}))
    page = sentences(desk.get("/desk"))
    assert all(words in page for words in ("Morning", "Own act", "Osh Province", "Naryn Province"))
    assert page.count("Session booked") == 1, "what the reader did is no news"
    clock.advance(60)
    made = re.search(r'name="at" value="([^"]+)"', desk.get("/desk").text)
    assert made is not None
    clock.advance(60)
    sessions.change_session(house, other, today.id, {"title": {"en": "Morning, moved"}})
    assert desk.post("/desk/seen", {"at": made[1]}).status_code == 303
    page = sentences(desk.get("/desk"))
    assert "Session booked" not in page and "Session changed" in page, "what came after the page was made stays"
    assert desk.post("/desk/seen", {"at": "yesterday"}).status_code == 422
    history = sentences(desk.get(f"/sessions/{today.id}/history"))
    assert "Session booked" in history and "Morning, moved" in history


def test_a_week_stands_on_one_sheet(house: House, booker: Actor, desk: Browser) -> None:
    sessions.book_session(house, booker, plan(starts_at=NEXT_WEEK, title={"en": "Harvest"}))
    page = sentences(desk.get(f"/week-sheet?date={NEXT_WEEK.date()}"))
    assert "Harvest" in page and "10:00–11:00" in page
