"""The API as the contract writes it, through the whole web application, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services.tokens import create_token
from tests.support.people import add_actor, organiser
from web.app import create_app

HARVEST = {
    "title": {"en": "Harvest report"}, "kind": "government", "starts_at": "2027-03-01T04:00:00Z", "duration_minutes": 60,
    "points": ["big-hall", "osh-oblast", "alay-district"], "public": False,
}

Call = Callable[..., TestResponse]


@pytest.fixture
def client(house: House) -> FlaskClient:
    return create_app(house).test_client()


@pytest.fixture
def call(house: House, client: FlaskClient) -> Call:
    """``call("GET", path, who=actor, json=…)`` with that account's token."""
    organiser(house)
    tokens: dict[str, str] = {}

    def do(method: str, path: str, who: Actor | str | None = "planner", headers: dict[str, str] | None = None,
           **rest: Any) -> TestResponse:
        headers = {"Accept-Language": "en"} | (headers or {})
        name = who.name if isinstance(who, Actor) else who
        if name is not None:
            tokens[name] = tokens.get(name) or create_token(house, SYSTEM, user=name)
            headers["Authorization"] = f"Bearer {tokens[name]}"
        return client.open(f"/api/v1{path}", method=method, headers=headers, **rest)

    return do


def _made(call: Call, **fields: Any) -> dict[str, Any]:
    answer = call("POST", "/sessions", json=HARVEST | fields)
    assert answer.status_code == 201, answer.text
    return answer.get_json()  # type: ignore[no-any-return]


def _problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    body = answer.get_json(force=True)
    assert body["code"] == code
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["remedy"]
    return body  # type: ignore[no-any-return]


def test_points_need_no_token(call: Call) -> None:
    answer = call("GET", "/points", who=None)
    body = answer.get_json()
    assert (answer.status_code, len(body["items"]), body["next"]) == (200, 63, None)
    assert body["items"][0] | {"id": 0} == body["items"][0] | {"id": 0, "slug": "big-hall", "phone": None, "email": None}
    assert call("GET", "/points", headers={"Accept-Language": "ru"}).get_json()["items"][0]["display_name"].startswith("Большой")
    assert [p["slug"] for p in call("GET", "/points?q=ош облусу&kind=province", who=None).get_json()["items"]] == ["osh-oblast"]
    assert call("GET", "/points/osh-oblast", who=None).get_json()["name"]["en"] == "Osh Province"
    _problem(call("GET", "/points/atlantis", who=None), 404, "not_found")


def test_a_session_is_booked_as_the_contract_says(call: Call) -> None:
    answer = call("POST", "/sessions", json=HARVEST)
    body = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/api/v1/sessions/{body['id']}")
    assert body["id"] == body["id"].lower()
    assert body["id"][14] == "7"
    assert {key: body[key] for key in ("number", "status", "starts_at", "ends_at", "title", "display_title")} == {
        "number": "2027-0001", "status": "confirmed", "starts_at": "2027-03-01T04:00:00Z",
        "ends_at": "2027-03-01T05:00:00Z", "title": {"en": "Harvest report"}, "display_title": "Harvest report"}
    assert [(p["slug"], p["answer"]) for p in body["points"]] == [(slug, "pending") for slug in HARVEST["points"]]
    assert body["chair"] == {"point": "big-hall", "user": "planner"}
    assert call("GET", f"/sessions/{body['id']}").get_json() == body


def test_every_optional_field_is_kept(call: Call, house: House) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    given = {
        "description": {"ru": "Отчёт"}, "agenda": [{"title": "Opening", "minutes": 5}, {"title": {"ky": "Түшүм"}, "minutes": 20}],
        "chair": {"point": "osh-oblast", "user": "osh"}, "deputy": "planner", "secretary": "OSH ", "record": True,
        "timezone": "Europe/Berlin", "public": True, "broadcast": False}
    body = _made(call, optional_points=["talas-oblast"], starts_at="2027-03-01T10:00:00.5+06:00", **given)
    assert {key: body[key] for key in given} == given | {"secretary": "osh"}
    assert body["starts_at"] == "2027-03-01T04:00:00.500000Z"
    assert [p["slug"] for p in body["points"] if not p["required"]] == ["talas-oblast"]


def test_a_conflict_names_the_session_that_holds_the_point(call: Call) -> None:
    held = _made(call)
    body = _problem(call("POST", "/sessions", json=HARVEST | {"points": ["talas-oblast", "osh-oblast"]}), 409, "booking_conflict")
    assert body["conflicts"] == [{"point": "osh-oblast", "session": {
        "id": held["id"], "number": "2027-0001", "title": {"en": "Harvest report"}, "starts_at": "2027-03-01T04:00:00Z",
        "ends_at": "2027-03-01T05:00:00Z"}}]
    assert "Harvest report" in body["detail"]
    assert "Osh Province" in body["detail"]


@pytest.mark.parametrize(("fields", "wrong"), [
    ({"colour": "red", "size": 1}, ["colour", "size"]), ({"agenda": [{"title": "A", "minutes": 5, "who": 1}]}, ["agenda.0.who"]),
    ({"starts_at": "2027-03-01T04:00:00"}, ["starts_at"]), ({"starts_at": 1803873600}, ["starts_at"]),
    ({"starts_at": "2027-02-30T04:00:00Z"}, ["starts_at"]), ({"starts_at": "0001-01-01T00:00:00+14:00"}, ["starts_at"]),
    ({"starts_at": "9999-12-31T23:59:59Z"}, ["starts_at"]), ({"starts_at": "2026-03-01T04:00:00Z"}, ["starts_at"]),
    ({"duration_minutes": 4}, ["duration_minutes"]), ({"duration_minutes": 721}, ["duration_minutes"]),
    ({"duration_minutes": 10**30}, ["duration_minutes"]), ({"duration_minutes": "60"}, ["duration_minutes"]),
    ({"title": {}}, ["title"]), ({"title": "Harvest"}, ["title"]), ({"title": {"en": 1}}, ["title.en"]),
    ({"title": {"en": "\0"}}, ["title.en"]), ({"title": {"xx": "A"}}, ["title.xx"]), ({"kind": "party"}, ["kind"]),
    ({"points": []}, ["points"]), ({"points": ["a\0"]}, ["points.0"]), ({"points": [1]}, ["points.0"]),
    ({"points": "big-hall"}, ["points"]), ({"public": "yes"}, ["public"]), ({"chair": {"user": "nobody"}}, ["chair.user"]),
    ({"chair": {"role": "king"}}, ["chair.role"]), ({"agenda": [{"title": {"en": 5}, "minutes": 5}]}, None),
])
def test_wrong_fields_are_refused_by_name(call: Call, fields: dict[str, Any], wrong: list[str] | None) -> None:
    body = _problem(call("POST", "/sessions", json=HARVEST | fields), 422, "invalid")
    found = {error["field"] for error in body["errors"]}
    assert all(error["message"] for error in body["errors"])
    if wrong is not None:
        assert found == set(wrong)
    assert call("GET", "/sessions").get_json()["items"] == []


def test_missing_fields_are_named(call: Call) -> None:
    body = _problem(call("POST", "/sessions", json={}), 422, "invalid")
    assert {error["field"] for error in body["errors"]} == {"title", "kind", "starts_at", "duration_minutes", "points"}


@pytest.mark.parametrize(("data", "content_type", "status", "code"), [
    (b"{", "application/json", 400, "bad_request"), (b"\xff", "application/json", 400, "bad_request"),
    (b"[" * 100_000, "application/json", 400, "bad_request"), (b"[]", "application/json", 422, "invalid"),
    (b"null", "application/json", 422, "invalid"), (b"{}", "text/plain", 415, "unsupported_media_type"),
    (b" " * 3_000_000, "application/json", 413, "too_large"),
])
def test_unreadable_bodies(call: Call, data: bytes, content_type: str, status: int, code: str) -> None:
    _problem(call("POST", "/sessions", data=data, content_type=content_type), status, code)


def test_rights(call: Call, house: House) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    other = add_actor(house, "talas", AccountRole.OFFICER, "talas-oblast")
    made = _made(call)
    path = f"/sessions/{made['id']}"
    for method, route in (("POST", "/sessions"), ("PATCH", path), ("POST", f"{path}/cancel")):
        body = HARVEST if route == "/sessions" else {}
        _problem(call(method, route, who=None, json=body), 401, "unauthenticated")
        _problem(call(method, route, who=officer, json=body), 403, "forbidden")
    assert call("GET", path, who=officer).status_code == 200
    _problem(call("GET", path, who=other), 403, "forbidden")
    refused = call("GET", path, who=None)
    _problem(refused, 401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    _problem(call("GET", path, who=None, headers={"Authorization": "Bearer lsn_nonsense"}), 401, "token_refused")
    for route in ("/sessions/x", "/sessions/01a1fff9-145e-7190-8a6e-e7719d80b973", "/sessions/%00", "/sessions/%ff/attendance"):
        _problem(call("GET", route), 404, "not_found")


def test_public_sessions_need_no_token_and_hide_people(call: Call) -> None:
    made = _made(call, public=True)
    _made(call, points=["talas-oblast"])
    items = call("GET", "/sessions", who=None).get_json()["items"]
    assert [item["id"] for item in items] == [made["id"]]
    assert (items[0]["chair"]["user"], items[0]["booked_by"], items[0]["points"][0]["answer"]) == (None, None, None)


def test_lists_are_paged_and_filtered(call: Call) -> None:
    ids = [_made(call, starts_at=f"2027-03-0{day}T04:00:00Z", title={"ru": f"Совещание №{day}"})["id"] for day in range(1, 6)]
    first = call("GET", "/sessions?limit=2").get_json()
    second = call("GET", f"/sessions?limit=3&cursor={first['next']}").get_json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids
    assert second["next"] is None

    def found(**wanted: str) -> list[str]:
        return [item["id"] for item in call("GET", "/sessions", query_string=wanted).get_json()["items"]]

    assert found(**{"from": "2027-03-02T04:30:00Z", "to": "2027-03-04T04:00:00Z"}) == ids[1:3]
    assert found(order="desc") == ids[::-1]
    assert found(q="СОВЕЩАНИЕ №3") == [ids[2]]
    assert found(status="confirmed,live", kind="government", point="osh-oblast", public="false", mine="true") == ids
    assert found(point="talas-oblast") == []
    for bad in ({"from": "yesterday"}, {"status": "gone"}, {"kind": "x"}, {"limit": "0"}, {"cursor": "x"}, {"page": "2"},
                {"cursor": "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMHx4"}):
        _problem(call("GET", "/sessions", query_string=bad), 422, "invalid")


def test_a_change_moves_version_and_sequence(call: Call) -> None:
    made = _made(call)
    path = f"/sessions/{made['id']}"
    changed = call("PATCH", path, json={"starts_at": "2027-03-01T06:00:00Z", "title": {"ky": "Түшүм"}, "chair": None}).get_json()
    assert (changed["starts_at"], changed["ends_at"]) == ("2027-03-01T06:00:00Z", "2027-03-01T07:00:00Z")
    assert (changed["display_title"], changed["sequence"], changed["version"]) == ("Түшүм", 1, 2)
    assert changed["points"] == made["points"]
    held = _made(call, points=["osh-oblast"])
    body = _problem(call("PATCH", path, json={"starts_at": "2027-03-01T04:30:00Z"}), 409, "booking_conflict")
    assert body["conflicts"][0]["session"]["id"] == held["id"]
    assert call("GET", path).get_json() == changed
    for wrong in ({"number": "1"}, {"title": None}, {"points": None}, {"duration_minutes": None}, {"starts_at": None}):
        _problem(call("PATCH", path, json=wrong), 422, "invalid")


def test_etags(call: Call) -> None:
    made = call("POST", "/sessions", json=HARVEST)
    path = f"/sessions/{made.get_json()['id']}"
    tag = made.headers["ETag"]
    got = call("GET", path)
    assert got.headers["ETag"] == tag
    same = call("GET", path, headers={"If-None-Match": tag})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    changed = call("PATCH", path, json={"public": True}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert call("GET", path, headers={"If-None-Match": tag}).status_code == 200
    for stale in (tag, '"nonsense"', "W/" + changed.headers["ETag"]):
        _problem(call("PATCH", path, json={"public": False}, headers={"If-Match": stale}), 412, "precondition_failed")
    assert call("PATCH", path, json={"public": False}, headers={"If-Match": "*"}).status_code == 200


def test_cancelling(call: Call) -> None:
    path = f"/sessions/{_made(call)['id']}"
    key = {"Idempotency-Key": "c1"}
    for _ in range(2):
        gone = call("POST", f"{path}/cancel", json={"reason": "Snow"}, headers=key)
        assert (gone.status_code, gone.get_json()["status"], gone.get_json()["cancel_reason"]) == (200, "cancelled", "Snow")
    _problem(call("POST", f"{path}/cancel", json={}), 409, "illegal_state")
    _problem(call("PATCH", path, json={"public": True}), 409, "illegal_state")
    _made(call)


def test_a_repeated_post_books_once(call: Call) -> None:
    key = {"Idempotency-Key": "once"}
    first, second = (call("POST", "/sessions", json=HARVEST, headers=key) for _ in range(2))
    assert (second.status_code, second.get_json()) == (201, first.get_json())
    _problem(call("POST", "/sessions", json=HARVEST | {"public": True}, headers=key), 409, "idempotency_key_reused")
    _problem(call("POST", "/sessions", json=HARVEST, headers={"Idempotency-Key": "x" * 201}), 422, "invalid")


def test_answering_an_invitation(call: Call, house: House) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    made = _made(call)
    path = f"/sessions/{made['id']}"

    def kept() -> tuple[str, str]:
        return next((p["answer"], p["answer_reason"]) for p in call("GET", path).get_json()["points"] if p["slug"] == "osh-oblast")
    no = {"point": "osh-oblast", "answer": "declined", "reason": " No power "}
    said = call("POST", f"{path}/answer", json=no, who=officer, headers={"Idempotency-Key": "a1"})
    assert (said.status_code, said.get_json()["version"], kept()) == (200, made["version"], ("declined", "No power"))
    assert call("POST", f"{path}/answer", json={"point": "osh-oblast", "answer": "accepted"}, who=officer).status_code == 200
    repeated = call("POST", f"{path}/answer", json=no, who=officer, headers={"Idempotency-Key": "a1"})
    assert (repeated.status_code, kept()) == (200, ("accepted", ""))  # the mind was changed meanwhile: a repetition undoes nothing
    _problem(call("POST", f"{path}/answer", json=no | {"reason": "x"}, who=officer, headers={"Idempotency-Key": "a1"}), 409,
             "idempotency_key_reused")
    assert call("POST", f"{path}/answer", json={"point": "big-hall", "answer": "tentative"}).status_code == 200  # the office, for any
    _problem(call("POST", f"{path}/answer", json={"point": "big-hall", "answer": "accepted"}, who=officer), 403, "forbidden")
    _problem(call("POST", f"{path}/answer", json=no, who=None), 401, "unauthenticated")


def test_a_way_into_the_room(call: Call, house: House) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    session_id = _made(call)["id"]
    path = f"/sessions/{session_id}/join-tokens"
    body = call("POST", path, json={"point": "osh-oblast", "role": "point", "name": "Bench 1"}, who=officer)
    assert body.status_code == 201
    assert body.get_json() | {"token": 0} == {
        "token": 0, "expires_at": "2027-03-01T06:00:00Z", "room": f"/room/{session_id}", "whip": f"/whip/{session_id}",
        "whep": f"/whep/{session_id}"}
    _problem(call("POST", path, json={"point": "big-hall", "role": "point"}, who=officer), 403, "forbidden")
    _problem(call("POST", path, json={"role": "chair"}, who=officer), 403, "forbidden")
    _problem(call("POST", path, json={"role": "king"}), 422, "invalid")
    _problem(call("POST", path, json={"role": "watcher"}, who=None), 401, "unauthenticated")


def test_attendance_as_json_and_csv(call: Call, house: House) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    path = f"/sessions/{_made(call)['id']}/attendance"
    body = call("GET", path).get_json()
    assert [p["slug"] for p in body["points"]] == HARVEST["points"]
    assert [p["slug"] for p in call("GET", path, who=officer).get_json()["points"]] == ["osh-oblast"]
    sheet = call("GET", f"{path}.csv")
    assert (sheet.mimetype, sheet.text.splitlines()[0].split(",")[0]) == ("text/csv", "\ufeffpoint")
    for route in (path, f"{path}.csv"):
        _problem(call("GET", route, who=None), 401, "unauthenticated")


def test_errors_speak_the_readers_language(call: Call) -> None:
    titles = {code: call("GET", "/sessions/x", headers={"Accept-Language": code}).headers["Content-Language"]
              for code in ("ky", "ru", "en")}
    assert titles == {"ky": "ky", "ru": "ru", "en": "en"}


def test_the_description_tells_of_every_route_and_refusal(call: Call, client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    routes = {rule.rule.replace("<", "{").replace(">", "}") for rule in client.application.url_map.iter_rules()
              if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")}
    assert set(spec["paths"]) == routes
    for operations in spec["paths"].values():
        for operation in operations.values():
            refusals = {status: answer for status, answer in operation["responses"].items() if status >= "4"}
            assert {"400", "401", "403", "429", "503"} <= set(refusals)
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values())
