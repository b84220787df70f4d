"""Series, groups and templates through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from liaison.domain.actor import SYSTEM
from liaison.house import House
from liaison.services.tokens import create_token
from tests.support.people import organiser
from web.app import create_app

WEEKLY = {
    "title": {"en": "Weekly"}, "kind": "government", "starts_at": "2027-03-08T04:00:00Z", "duration_minutes": 60,
    "groups": ["provinces"], "recurrence": {"rule": "FREQ=WEEKLY;COUNT=4", "leave_out": ["2027-03-15"]},
}
Call = Callable[..., TestResponse]


@pytest.fixture
def call(house: House) -> Call:
    organiser(house)
    client, token = create_app(house).test_client(), create_token(house, SYSTEM, user="planner")

    def do(method: str, path: str, headers: dict[str, str] | None = None, **rest: Any) -> TestResponse:
        return client.open(f"/api/v1{path}", method=method, headers={
            "Authorization": f"Bearer {token}", "Accept-Language": "en"} | (headers or {}), **rest)

    return do


def test_one_request_books_a_series_once(call: Call) -> None:
    first, again = (call("POST", "/sessions", json=WEEKLY, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.json["id"]) == (201, 201, again.json["id"])
    assert len(first.json["points"]) == 9
    series = call("GET", f"/series/{first.json['series']['id']}").json
    assert [date["starts_at"] for date in series["dates"]] == [f"2027-03-{day}T04:00:00Z" for day in ("08", "22", "29")]
    assert (series["rule"], series["in_words"]) == ("FREQ=WEEKLY;BYDAY=MO;COUNT=4", "Every week: Monday; 4 times")
    assert series["left_out"] == [{"date": "2027-03-15T04:00:00Z", "reason": "left_out"}]


def test_a_refusal_names_every_date(call: Call) -> None:
    call("POST", "/sessions", json=WEEKLY)
    refused = call("POST", "/sessions", json=WEEKLY | {"groups": [], "points": ["osh-oblast"]})
    assert (refused.status_code, refused.json["code"]) == (409, "booking_conflict")
    assert [(item["date"], item["point"]) for item in refused.json["conflicts"]] == [
        ("2027-03-08", "osh-oblast"), ("2027-03-22", "osh-oblast"), ("2027-03-29", "osh-oblast")]


def test_changes_and_cancellations_reach_as_far_as_they_say(call: Call) -> None:
    first = call("POST", "/sessions", json=WEEKLY).json
    dates = call("GET", f"/series/{first['series']['id']}").json["dates"]
    one = call("PATCH", f"/sessions/{dates[1]['session']}", json={"starts_at": "2027-03-22T09:00:00Z"}).json
    assert one["series"]["changed"] == ["starts_at"]
    call("PATCH", f"/sessions/{first['id']}", json={"starts_at": "2027-03-08T05:00:00Z", "series": {"scope": "all"}})
    series = call("GET", f"/series/{first['series']['id']}").json
    assert [(date["starts_at"][8:13], date["changed"]) for date in series["dates"]] == [
        ("08T05", []), ("22T09", ["starts_at"]), ("29T05", [])]
    call("POST", f"/sessions/{dates[1]['session']}/cancel", json={"scope": "following", "reason": "Budget"})
    series = call("GET", f"/series/{first['series']['id']}").json
    assert [date["status"] for date in series["dates"]] == ["confirmed", "cancelled", "cancelled"]


def test_one_answer_for_all_dates(call: Call) -> None:
    first = call("POST", "/sessions", json=WEEKLY).json
    call("POST", f"/sessions/{first['id']}/answer", json={"point": "osh-oblast", "answer": "accepted", "scope": "all"})
    for date in call("GET", f"/series/{first['series']['id']}").json["dates"]:
        points = call("GET", f"/sessions/{date['session']}").json["points"]
        assert [point["answer"] for point in points if point["slug"] == "osh-oblast"] == ["accepted"]


def test_groups_and_templates(call: Call) -> None:
    made = call("PUT", "/groups/south", json={"name": {"en": "South"}, "points": ["osh-oblast", "batken-oblast"]})
    assert (made.status_code, made.json["built_in"]) == (200, False)
    listed = [(group["slug"], group["built_in"]) for group in call("GET", "/groups").json["items"]]
    assert listed[0] == ("all", True) and listed[-1] == ("south", False)
    session = call("POST", "/sessions", json=WEEKLY | {"groups": ["south"]}).json
    kept = call("POST", "/templates", json={"session": session["id"], "name": {"en": "Mine"}, "groups": ["south"]})
    assert (kept.status_code, kept.json["plan"]["points"], kept.json["time"]) == (201, [], "10:00")
    assert call("DELETE", f"/templates/{kept.json['id']}").status_code == 204
    assert call("DELETE", "/groups/south").status_code == 204
