"""Series that meet closed periods, holidays, taken points and full servers: every date is named with its reason and can be left out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.booking import Period
from liaison.domain.errors import BookingConflict
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import closures, sessions
from liaison.services.series import Recurrence, book_series
from liaison.services.series_edits import Edit, change_dates
from liaison.services.series_refusals import DatesRefused
from liaison.services.settings import change_settings
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, plan
from tests.support.series import NEXT, WEEKLY, make_booker, nothing_overlaps_and_nothing_is_orphaned, starts_of, whole
from tests.support.web import Browser, sentences
from web.app import create_app

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
HOLIDAY, TAKEN, CLOSED, FULL = (date(2027, 3, day) for day in (8, 15, 22, 29))
ASKED: frozenset[str] = frozenset()


@pytest.fixture
def booker(house: House) -> Actor:
    """The four dates of WEEKLY: a holiday, a point taken, a closed period, and no ports left on the server."""
    actor = make_booker(house)
    admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR)
    change_settings(house, admin, {"video_ports": 4})
    sessions.book_session(house, actor, plan("osh-oblast", starts_at=NEXT + WEEK, title={"en": "Other"}))
    closures.add_closure(house, admin, Period(NEXT + 2 * WEEK, NEXT + 2 * WEEK + HOUR), "Elections")
    sessions.book_session(house, actor, plan("talas-oblast", "chuy-oblast", "naryn-oblast", starts_at=NEXT + 3 * WEEK))
    return actor


def refused_by(act: Any) -> list[tuple[str, str]]:
    with pytest.raises(BookingConflict) as refused:
        act()
    return [(item["date"][-2:], item["reason"]) for item in refused.value.details["refused"]]


def test_every_date_is_named_with_its_reason_and_may_be_left_out(house: House, booker: Actor) -> None:
    def act(*left_out: date, confirmed: Any = ASKED) -> Any:
        return book_series(house, booker, plan(starts_at=NEXT), Recurrence(WEEKLY.rule, frozenset(left_out)), confirmed=confirmed)

    assert refused_by(act) == [("08", "holiday"), ("15", "taken"), ("22", "closed"), ("29", "capacity")]
    with pytest.raises(DatesRefused) as refused:
        act(HOLIDAY, confirmed={"holiday"})
    details = refused.value.details
    assert [item["session"]["title"]["en"] for item in details["conflicts"]] == ["Other"]
    assert (details["taken"], details["dates"], details["refused"][1]["closures"][0]["reason"]) == (3, 3, "Elections")
    assert details["refused"][2]["shortages"][0]["wanted"] == 2
    with house.db.read() as db:
        assert not list(db.scalars(select(t.Series.id)))
    view = whole(house, booker, act(TAKEN, CLOSED, FULL, confirmed={"holiday"}))
    assert starts_of(view) == ["03-08 04"]
    assert [(gap.at.day, gap.reason) for gap in view.gaps] == [(15, "left_out"), (22, "left_out"), (29, "left_out")]


def test_a_change_of_all_dates_names_those_that_cannot_be_and_they_may_stay(house: House, booker: Actor) -> None:
    made = book_series(house, booker, plan(starts_at=NEXT - 2 * HOUR), WEEKLY)
    later = {"starts_at": NEXT}
    assert refused_by(lambda: change_dates(house, booker, made.id, Edit("all", later), confirmed=ASKED)) == [
        ("08", "holiday"), ("15", "taken"), ("22", "closed"), ("29", "capacity")]
    assert starts_of(whole(house, booker, made)) == ["03-08 02", "03-15 02", "03-22 02", "03-29 02"]
    change_dates(house, booker, made.id, Edit("all", later, stay=frozenset({TAKEN, CLOSED, FULL})))
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-15 02", "03-22 02", "03-29 02"]
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_move_by_days_names_dates_by_where_they_are_now(house: House, booker: Actor) -> None:
    made = book_series(house, booker, plan(starts_at=NEXT - timedelta(days=1)), Recurrence("FREQ=WEEKLY;COUNT=3"))
    a_day_later = Edit("all", {"starts_at": NEXT})
    assert refused_by(lambda: change_dates(house, booker, made.id, a_day_later)) == [("14", "taken"), ("21", "closed")]
    stay = frozenset({date(2027, 3, 14), date(2027, 3, 21)})
    change_dates(house, booker, made.id, Edit("all", a_day_later.changes, stay=stay))
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-14 04", "03-21 04"]


def test_new_dates_of_another_rule_may_be_left_out(house: House, booker: Actor) -> None:
    made = book_series(house, booker, plan(starts_at=NEXT - timedelta(days=1)), Recurrence("FREQ=WEEKLY;COUNT=2"))
    daily = "FREQ=WEEKLY;BYDAY=SU,MO;COUNT=4"
    assert refused_by(lambda: change_dates(house, booker, made.id, Edit("all", {}, rule=daily), confirmed=ASKED)) == [
        ("08", "holiday"), ("15", "taken")]
    change_dates(house, booker, made.id, Edit("all", {}, rule=daily, stay=frozenset({HOLIDAY, TAKEN})))
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-07 04", "03-14 04"]
    assert [(gap.at.day, gap.reason) for gap in view.gaps] == [(8, "left_out"), (15, "left_out")]


def test_a_full_server_does_not_count_the_series_own_dates_twice(house: House, booker: Actor) -> None:
    """Three points a date on a server for four: moved by a day, each date meets the next one's former time."""
    wanted = plan("batken-oblast", "osh-oblast", "big-hall", starts_at=TEN + 50 * WEEK)
    made = book_series(house, booker, wanted, Recurrence("FREQ=DAILY;COUNT=3"))
    for days in (1, 0):
        change_dates(house, booker, made.id, Edit("all", {"starts_at": wanted.starts_at + timedelta(days=days)}))
    assert len(starts_of(whole(house, booker, made))) == 3


def test_the_form_says_why_and_books_without_these_dates(house: House, booker: Actor) -> None:
    desk = Browser(create_app(house), house).become(booker.user_id)
    form = {"title_en": "Weekly", "kind": "government", "date": "2027-03-08", "time": "10:00", "minutes": "60",
            "points": ["big-hall", "osh-oblast"], "repeat": "weekly", "repeat_end": "count", "repeat_count": "4"}
    preview = desk.post("/sessions/dates", form).json
    assert preview is not None
    assert [line["taken"].split(":")[0] for line in preview["dates"]] == [
        "8 March 2027 is a holiday", "Taken", "Closed", "The server carries 4 points at once. Others take 3 then, this session wants 2. "
        "It fits on 29 March 2027, 09"]
    assert [warning["code"] for warning in preview["warnings"]] == ["holiday"]
    confirmed = desk.post("/sessions/dates", form | {"confirm": "holiday"}).json
    assert confirmed is not None and confirmed["dates"][0]["taken"] == "" and confirmed["warnings"] == preview["warnings"]
    page = desk.post("/sessions/new", form)
    assert (page.status_code, page.text.count('name="leave_out"')) == (422, 4)
    said = sentences(page)
    assert "4 of 4 dates of the series cannot be booked; the first is 8 March 2027." in said
    assert "Leave out: Monday, 22 March 2027 Closed: Elections" in said
    assert 'id="f-confirm-holiday"' in page.text
    booked = desk.post("/sessions/new", form | {"confirm": "holiday", "leave_out": ["2027-03-15", "2027-03-22", "2027-03-29"]})
    assert booked.status_code == 303
    edited = desk.post(f"{booked.location}/edit", form | {"time": "11:00", "scope": "all", "version": "1", "repeat": "", "confirm": ""})
    assert (edited.status_code, 'value="2027-03-08"' in edited.text) == (422, True)
