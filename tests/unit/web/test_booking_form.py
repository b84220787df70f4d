"""The new-session form: what is typed becomes a plan, or words beside the field; nothing typed is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import MultiDict

from liaison.network import load_network
from web.booking_form import BookingForm, FormErrors, blank, form_field, from_draft, from_request, to_plan, whole_number

NETWORK = load_network()
TYPED = [
    ("title_ky", " Жыйым "), ("title_en", "Harvest"), ("kind", "training"), ("date", "2027-03-01"), ("time", "10:00"), ("minutes", "90"),
    ("points", "big-hall"), ("points", "osh-oblast"), ("optional_points", "osh-oblast"), ("optional_points", "naryn-city"),
    ("agenda_title", "Opening"), ("agenda_minutes", "10"), ("agenda_texts", ""),
    ("agenda_title", "Reports"), ("agenda_minutes", "30"), ("agenda_texts", '{"ky": "Отчеттор", "en": "Reports"}'),
    ("agenda_title", ""), ("agenda_minutes", ""), ("agenda_texts", ""), ("public", "1"), ("chair_point", "big-hall"),
]


def form(**changed: str) -> BookingForm:
    typed = MultiDict([(name, value) for name, value in TYPED if name not in changed])
    for name, value in changed.items():
        typed.add(name, value)
    return from_request(typed, NETWORK)


def test_a_filled_form_is_a_plan() -> None:
    plan = to_plan(form(), NETWORK.zone, "en")
    assert plan.title == {"ky": "Жыйым", "en": "Harvest"}
    assert plan.starts_at == datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
    assert (plan.duration_minutes, plan.kind, plan.public, plan.record) == (90, "training", True, None)
    assert (plan.points, plan.optional_points) == (("big-hall",), ("osh-oblast",))
    assert (plan.chair_point, plan.chair_user, plan.deputy) == ("big-hall", None, None)


@pytest.mark.parametrize(("public", "chosen", "broadcast"), [
    (True, "public", True), (True, "closed", True), (True, "no", False), (False, "public", False), (False, "closed", True),
    (False, "no", False), (True, "", None), (False, "", None)])
def test_whether_there_is_a_broadcast(public: bool, chosen: str, broadcast: bool | None) -> None:
    filled = form(broadcast=chosen)
    filled.public = public
    assert to_plan(filled, NETWORK.zone, "en").broadcast is broadcast


def test_an_agenda_row_keeps_its_other_languages_unless_retyped() -> None:
    first, second = to_plan(form(), NETWORK.zone, "en").agenda
    assert (first.title, first.minutes) == ({"en": "Opening"}, 10)
    assert second.title == {"ky": "Отчеттор", "en": "Reports"}
    retyped = form()
    retyped.agenda[1].title = "Other"
    assert to_plan(retyped, NETWORK.zone, "ru").agenda[1].title == {"ru": "Other"}


@pytest.mark.parametrize(("name", "value", "field"), [
    ("date", "", "date"), ("date", "1 March", "date"), ("time", "25:00", "date"), ("time", "", "date"), ("minutes", "", "minutes"),
    ("minutes", "-5", "minutes"), ("minutes", "1e3", "minutes"), ("minutes", "٣٠", "minutes"), ("agenda_minutes", "ten", "agenda"),
])
def test_what_cannot_be_read_is_said_at_its_field(name: str, value: str, field: str) -> None:
    with pytest.raises(FormErrors) as refused:
        to_plan(form(**{name: value}), NETWORK.zone, "en")
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("kept", ["{", "[]", '{"ky": 5}', "null", "\x00"])
def test_a_hidden_field_that_somebody_changed_counts_as_nothing(kept: str) -> None:
    assert form(agenda_texts=kept).agenda[0].texts == {}


def test_a_draft_brings_back_everything() -> None:
    typed = form(minutes="nonsense")
    assert from_draft(typed.as_json()) == typed
    assert from_draft(typed.as_json() | {"field of a later version": 1}) == typed


def test_a_blank_form_is_empty_and_starts_at_the_next_hour() -> None:
    local = datetime(2027, 3, 1, 9, 20, tzinfo=ZoneInfo("Asia/Bishkek"))
    fresh = blank(local, {})
    assert (fresh.date, fresh.time, fresh.empty) == ("2027-03-01", "10:00", True)
    clicked = blank(local, {"date": "2027-03-05", "time": "14:00", "points": "big-hall,osh-oblast"})
    assert (clicked.date, clicked.time, clicked.points) == ("2027-03-05", "14:00", ["big-hall", "osh-oblast"])


def test_names_of_the_services_fields() -> None:
    assert [form_field(name) for name in ("starts_at", "duration_minutes", "chair.user", "agenda.0.title", "points.3", "title.ky")] == [
        "date", "minutes", "chair_user", "agenda", "points", "title.ky"]


def test_whole_numbers_only() -> None:
    assert [whole_number(text) for text in ("60", "0", "", "-1", "1.5", "9999999", "²")] == [60, 0, None, None, None, None, None]
