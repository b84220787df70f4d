"""The rules of a plan, of its agenda, of periods and of texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.agenda import AgendaEntry, agenda_errors, entry, planned_minutes
from liaison.domain.booking import Held, Period, collisions, cut, end_of, resource_of
from liaison.domain.points import matches, valid_email
from liaison.domain.sessions import MOVES, Plan, may_move, number_year, plan_errors, search_text, time_errors
from liaison.domain.text import storable, text_error
from liaison.domain.words import SessionStatus

TEN = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
LANGUAGES = ("ky", "ru", "en")
PLAN = Plan(title={"en": "Harvest"}, kind="government", starts_at=TEN, duration_minutes=60, points=("osh", "talas"))


def hour(start: int, end: int) -> Period:
    return Period(TEN.replace(hour=start), TEN.replace(hour=end))


@pytest.mark.parametrize(("changes", "fields"), [
    ({}, []), ({"title": {}}, ["title"]), ({"title": {"de": "Ernte"}}, ["title.de"]),
    ({"title": {"en": " ", "ky": "Түшүм"}}, []), ({"description": {"ru": "a" * 10_001}}, ["description.ru"]),
    ({"kind": ""}, ["kind"]), ({"duration_minutes": 5}, []), ({"duration_minutes": 720}, []),
    ({"duration_minutes": -1}, ["duration_minutes"]), ({"points": (), "optional_points": ("osh",)}, ["points"]),
    ({"chair_point": "osh"}, []), ({"chair_point": "alay"}, ["chair.point"]),
    ({"chair_point": "alay", "optional_points": ("alay",)}, []), ({"timezone": "Asia/Bishkek"}, []),
    ({"timezone": "../etc/passwd"}, ["timezone"]),
    ({"agenda": (entry("", 5), entry({"en": "A", "de": "B"}, 721))}, ["agenda.0.title", "agenda.1.title.de", "agenda.1.minutes"]),
    ({"agenda": (entry("A", 5),) * 101}, ["agenda"]),
])
def test_plans(changes: dict[str, Any], fields: list[str]) -> None:
    assert [error["field"] for error in plan_errors(replace(PLAN, **changes), LANGUAGES)] == fields


@pytest.mark.parametrize(("start", "length", "field"), [
    (0, 60, None), (-10, 60, None), (-10, 10, "duration_minutes"), (-10.1, 60, "starts_at"), (60 * 24 * 1830, 60, None),
    (60 * 24 * 1831, 60, "starts_at"),
])
def test_times(start: float, length: int, field: str | None) -> None:
    starts_at = TEN + timedelta(minutes=start)
    errors = time_errors(starts_at, starts_at + timedelta(minutes=length), TEN)
    assert [error["field"] for error in errors] == ([field] if field else [])


def test_points_of_a_plan() -> None:
    plan = replace(PLAN, optional_points=("talas", "naryn"))
    assert plan.all_points == ("osh", "talas", "naryn")
    assert [plan.required(slug) for slug in plan.all_points] == [True, False, False]


def test_every_state_has_its_moves_and_the_last_ones_none() -> None:
    assert set(MOVES) == set(SessionStatus)
    allowed = {(old, new) for old in SessionStatus for new in SessionStatus if may_move(old, new)}
    assert allowed == {("confirmed", "live"), ("confirmed", "cancelled"), ("confirmed", "ended"), ("live", "ended")}


def test_the_number_follows_the_networks_calendar() -> None:
    eve = datetime(2027, 12, 31, 18, 0, tzinfo=UTC)
    assert number_year(eve, ZoneInfo("Asia/Bishkek")) == 2028
    assert number_year(eve, ZoneInfo("UTC")) == 2027


def test_search_text_folds_every_language() -> None:
    assert search_text("2027-0001", {"ky": "ТҮШҮМ"}, {"en": "Report"}) == "2027-0001 түшүм report"


def test_agendas() -> None:
    items = [entry("Opening", 5), entry({"ky": "Түшүм"}, 25)]
    assert [item.plain_or_texts for item in items] == ["Opening", {"ky": "Түшүм"}]
    assert planned_minutes(items) == 30
    assert agenda_errors(items, LANGUAGES) == []
    assert agenda_errors([AgendaEntry({"": "A\0"}, 5)], LANGUAGES)[0]["field"] == "agenda.0.title."


@pytest.mark.parametrize(("other", "overlaps"), [
    (hour(4, 5), True), (hour(3, 5), True), (hour(5, 6), False), (hour(3, 4), False), (hour(3, 6), True)])
def test_periods(other: Period, overlaps: bool) -> None:
    assert hour(4, 5).overlaps(other) is overlaps
    assert other.overlaps(hour(4, 5)) is overlaps


@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 6)), max_size=8), st.integers(0, 22))
def test_a_free_period_collides_with_nothing(taken: list[tuple[int, int]], start: int) -> None:
    held = [Held("p", str(index), Period(TEN + timedelta(hours=at), TEN + timedelta(hours=at + length)))
            for index, (at, length) in enumerate(taken)]
    wanted = Period(TEN + timedelta(hours=start), TEN + timedelta(hours=start + 1))
    found = collisions(held, {"p"}, wanted)
    assert {booking.session_id for booking in found} == {
        str(index) for index, (at, length) in enumerate(taken) if at < start + 1 and start < at + length}
    assert collisions(held, {"other"}, wanted) == []
    assert [b for b in collisions(held, {"p"}, wanted, session_id="0") if b.session_id == "0"] == []


def test_cutting() -> None:
    assert cut(hour(4, 6), TEN.replace(hour=5)) == hour(4, 5)
    assert cut(hour(4, 6), TEN.replace(hour=7)) == hour(4, 6)
    assert cut(hour(4, 6), TEN) is None
    assert resource_of("x") == "room:x"


def test_no_date_is_too_far_to_be_refused_politely() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert end_of(last, 60) == datetime.max.replace(tzinfo=UTC)
    assert end_of(TEN, 10**30) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(("text", "fine"), [
    ("Өкмөт\n\tҢ", True), ("a\0b", False), ("\ud800", False), ("\x1b[0m", False), ("👍", True), ("", True)])
def test_storable(text: str, fine: bool) -> None:
    assert storable(text) is fine
    assert (text_error(text, 100) is None) is fine


def test_points_are_found_by_what_people_call_them() -> None:
    names = ("osh-oblast", {"ky": "Ош облусу", "en": "Osh Province"}, {"ru": "Ош"}, ["Южная"])
    assert all(matches(query, *names) for query in ("", "ОШ обл", "province osh", "южная", "osh-oblast"))
    assert not matches("talas", *names)


@pytest.mark.parametrize(("address", "fine"), [
    ("a@b.kg", True), ("a@localhost", True), ("a", False), ("a@", False), ("a b@c.kg", False), ("a@b@c", False),
    ("a@" + "b" * 260, False), ("a@b..c", False)])
def test_addresses(address: str, fine: bool) -> None:
    assert valid_email(address) is fine
