"""What guards every page: CSRF, headers, limits, cookies, languages, errors for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from liaison.domain.actor import SYSTEM
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services import people, tokens
from tests.support.databases import make_settings
from tests.support.web import Browser, form_token, sentences
from web.app import create_app

PASSWORD = "three green tractors"


@pytest.fixture
def make_house(sqlite_url: str, tmp_path: Path, clock: FixedClock, request: pytest.FixtureRequest) -> Any:
    """A house with settings of one's own."""
    def make(**settings: object) -> House:
        house = open_house(make_settings(tmp_path / "data", database_url=sqlite_url, **settings), clock)
        request.addfinalizer(house.db.close)
        return house
    return make


@pytest.fixture
def house(make_house: Any) -> House:
    return make_house()  # type: ignore[no-any-return]


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def boss(house: House) -> str:
    return str(people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR, password=PASSWORD)["id"])


@pytest.fixture
def browser(app: Flask, house: House) -> Browser:
    return Browser(app, house)


# ---------------------------------------------------------------- CSRF


def test_no_form_is_taken_from_another_site(app: Flask, browser: Browser, boss: str) -> None:
    """Every changing address refuses a form without the page's token, those for bearers and one for everybody aside."""
    browser.become(boss)
    taken = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            built = rule.build({name: "x" for name in rule.arguments})
            assert built is not None
            answer = browser.send(method, built[1], csrf=False)
            if (answer.status_code, "open for too long" in answer.text) != (400, True):
                taken.append(rule.endpoint)
    exempt = {"broadcast.here", "broadcast.signed_here",
              "whip.whip", "whip.whip_leave", "whip.whip_trickle", "whip.whep", "whip.whep_leave", "whip.whep_trickle",
              "public.watch", "channels.sms_report", "chat_files.add"}  # a gateway signs each report; a header of ours says who asks
    assert set(taken) <= exempt


def test_a_token_of_another_visitor_is_refused(app: Flask, house: House) -> None:
    stranger, victim = app.test_client(), app.test_client()
    victim.get("/sign-in")
    token = form_token(stranger.get("/sign-in"))
    assert victim.post("/sign-in", data={"name": "x", "password": "x", "csrf_token": token}).status_code == 400


def test_an_api_call_with_the_browsers_cookie_needs_the_token_and_a_bearer_call_does_not(
        house: House, browser: Browser, boss: str) -> None:
    path = "/api/v1/sessions/x/cancel"
    browser.become(boss)
    assert browser.send("POST", path, json={"reason": "x"}, csrf=False).status_code == 400
    assert browser.send("POST", path, json={"reason": "x"}).status_code == 404
    bearer = {"Authorization": f"Bearer {tokens.create_token(house, SYSTEM, user='boss')}"}
    assert browser.send("POST", path, json={"reason": "x"}, csrf=False, headers=bearer).status_code == 404


def test_a_bearer_header_never_borrows_the_cookies_rights(browser: Browser, boss: str) -> None:
    answer = browser.become(boss).get("/admin/settings", headers={"Authorization": "Bearer lsn_wrong", "Accept": "application/json"})
    assert answer.status_code == 401


def test_an_api_token_makes_no_further_tokens(house: House, browser: Browser, boss: str) -> None:
    bearer = {"Authorization": f"Bearer {tokens.create_token(house, SYSTEM, user='boss', days=1)}", "Accept": "application/json"}
    for path in ("/account/tokens", "/account/calendar", "/account/sign-out-everywhere"):
        assert browser.send("POST", path, data={"days": "365"}, csrf=False, headers=bearer).status_code == 403


# ---------------------------------------------------------------- headers and cookies


@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/points", "/nothing", "/static/css/office.css", "/healthz"])
def test_every_answer_carries_the_guarding_headers(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["script-src"].startswith("'self' 'nonce-")
    assert (policy["frame-ancestors"], policy["object-src"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert {"blob:", "mediastream:"} <= set(policy["media-src"].split())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    for device in ("camera", "microphone", "display-capture"):
        assert f"{device}=(self)" in headers["Permissions-Policy"]


def test_each_answer_has_its_own_nonce(browser: Browser) -> None:
    assert browser.get("/sign-in").headers["Content-Security-Policy"] != browser.get("/sign-in").headers["Content-Security-Policy"]


def test_https_is_demanded_from_then_on_only_where_it_is_served(browser: Browser) -> None:
    assert "Strict-Transport-Security" not in browser.get("/sign-in").headers
    assert "max-age" in browser.get("/sign-in", base_url="https://localhost").headers["Strict-Transport-Security"]


def test_cookies_are_secure_where_pages_are_served_over_https(make_house: Any) -> None:
    app = create_app(make_house(public_url="https://meet.example.org"))
    cookie = app.test_client().get("/sign-in", base_url="https://meet.example.org").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_signing_in_replaces_the_cookie(app: Flask, boss: str) -> None:
    client = app.test_client()
    token = form_token(client.get("/sign-in"))
    with client.session_transaction() as cookie:
        before = cookie["csrf_token"]
    answer = client.post("/sign-in", data={"name": "boss", "password": PASSWORD, "csrf_token": token, "next": "/admin/audit"})
    assert answer.headers["Location"] == "/admin/audit"
    client.get("/account")
    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] != before


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\nx", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(browser: Browser, boss: str, target: str) -> None:
    answer = browser.post("/sign-in", {"name": "boss", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_stolen_cookie_ends_with_signing_out_everywhere(app: Flask, house: House, boss: str) -> None:
    owner, thief = Browser(app, house).become(boss), Browser(app, house).become(boss)
    assert thief.get("/account").status_code == 200
    assert owner.post("/account/sign-out-everywhere").status_code == 303
    assert thief.get("/account").status_code == 303


def test_the_sign_in_page_says_how_long_to_wait(browser: Browser, boss: str) -> None:
    for _ in range(3):
        assert browser.post("/sign-in", {"name": "boss", "password": "wrong"}).status_code == 401
    answer = browser.post("/sign-in", {"name": "boss", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert "Wait 3 seconds" in sentences(answer)
    assert "+996 312 00 00 00" in answer.text  # the help desk


# ---------------------------------------------------------------- limits


def test_an_organiser_is_never_refused_below_a_hundred_requests_a_second(app: Flask, house: House, boss: str) -> None:
    browser = Browser(app, house).become(boss)
    assert {browser.get("/api/v1/points/osh-oblast").status_code for _ in range(180)} == {200}


def test_five_hundred_people_behind_one_address_are_normal(app: Flask) -> None:
    assert {app.test_client().get("/").status_code for _ in range(500)} == {302}


def test_a_single_visitor_who_hammers_is_refused_politely(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    import limits.storage.memory as memory

    monkeypatch.setattr(memory.time, "time", lambda: 1_800_000_000.0)  # one second that does not pass
    client = app.test_client()
    client.get("/sign-in")
    answers = [client.get("/link", headers={"Accept-Language": "en"}) for _ in range(70)]
    assert (answers[30].status_code, answers[-1].status_code) == (200, 429)
    assert answers[-1].headers["Retry-After"]


def test_the_address_is_the_proxys_word_only_behind_trusted_proxies(make_house: Any) -> None:
    for hops, seen in ((0, "127.0.0.1"), (1, "203.0.113.5")):
        app = create_app(make_house(trusted_proxies=hops))

        @app.get("/address")
        def address() -> str:
            from web import context
            return context.address()

        assert app.test_client().get("/address", headers={"X-Forwarded-For": "192.0.2.66, 203.0.113.5"}).text == seen


# ---------------------------------------------------------------- languages


@pytest.mark.parametrize(("headers", "cookie", "own", "language"), [
    ({}, "", "", "ky"), ({"Accept-Language": "ru-RU,ru;q=0.9"}, "", "", "ru"), ({"Accept-Language": "de"}, "", "", "ky"),
    ({"Accept-Language": "ru"}, "en", "", "en"), ({"Accept-Language": "ru"}, "en", "ky", "ky"), ({}, "xx", "", "ky"),
])
def test_the_readers_language(app: Flask, house: House, boss: str, headers: dict[str, str], cookie: str, own: str,
                              language: str) -> None:
    browser = Browser(app, house, cookie)
    if own:
        people.change_user(house, SYSTEM, boss, language=own)
        browser.become(boss)
    assert f'<html lang="{language}"' in browser.get("/link", headers=headers).text


def test_the_language_switch_is_remembered_by_the_account(app: Flask, house: House, boss: str) -> None:
    browser = Browser(app, house).become(boss)
    answer = browser.post("/language/ru", {"next": "/account"})
    assert answer.headers["Location"] == "/account"
    assert people.get_user(house, SYSTEM, boss)["language"] == "ru"
    assert browser.post("/language/de").status_code == 404


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(("path", "accept"), [("/api/v1/nothing", "*/*"), ("/whip/nothing/x/y", "*/*"), ("/nothing", "application/json")])
def test_programs_get_problem_json(browser: Browser, path: str, accept: str) -> None:
    answer = browser.get(path, headers={"Accept": accept})
    body = json.loads(answer.text)
    assert (answer.status_code, answer.mimetype, body["code"], body["status"]) == (404, "application/problem+json", "not_found", 404)
    assert body["title"] and body["detail"] and body["remedy"]


def test_a_bug_becomes_a_clear_page_and_nothing_of_it_leaks(app: Flask, house: House) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the secret inside")

    browser = Browser(app, house)
    page, problem = browser.get("/broken"), browser.get("/broken", headers={"Accept": "application/json"})
    assert (page.status_code, problem.status_code, problem.get_json(force=True)["code"]) == (500, 500, "internal_error")
    assert "secret inside" not in page.text + problem.text
    assert "help desk" in sentences(page)


def test_too_much_is_refused(browser: Browser, boss: str) -> None:
    answer = browser.become(boss).send("POST", "/api/v1/sessions", data=b"x" * (3 << 20), content_type="application/json")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (413, "too_large")


def test_health_says_when_the_database_is_gone(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").get_json()["status"]) == (200, "ok")

    def gone(_self: object) -> object:
        raise OperationalError("select", {}, Exception("gone"))
    monkeypatch.setattr(type(house.db), "read", gone)
    assert client.get("/healthz").status_code == 503


def test_metrics_name_what_matters(app: Flask) -> None:
    client = app.test_client()
    client.get("/link")
    text = client.get("/metrics").text
    for name in ("liaison_http_requests_total{", "liaison_sockets", "liaison_sessions_live 0.0", 'liaison_outbox{status="pending"} 0.0',
                 "liaison_media_up 0.0"):
        assert name in text


# ---------------------------------------------------------------- who is at this machine


TOKEN = "a token of twenty signs"


@pytest.mark.parametrize(("hops", "address", "headers", "status"), [
    (0, "127.0.0.1", {}, 200), (0, "::1", {}, 200), (0, "198.51.100.7", {}, 403), (0, "nonsense", {}, 403),
    (0, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403), (0, "127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
    (0, "127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 403),
    (1, "127.0.0.1", {}, 200), (1, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 200),
    (1, "127.0.0.1", {"X-Forwarded-For": "198.51.100.7"}, 403), (1, "127.0.0.1", {"X-Real-IP": "198.51.100.7"}, 403),
    (2, "127.0.0.1", {"X-Forwarded-For": "198.51.100.7"}, 403),
    (0, "198.51.100.7", {"Authorization": f"Bearer {TOKEN}"}, 200), (0, "198.51.100.7", {"Authorization": f"Bearer {TOKEN}x"}, 403),
    (0, "127.0.0.1", {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "198.51.100.7"}, 200),
])
def test_figures_are_for_this_machine_or_for_the_token(make_house: Any, hops: int, address: str, headers: dict[str, str],
                                                       status: int) -> None:
    client = create_app(make_house(trusted_proxies=hops, metrics_token=TOKEN)).test_client()
    answer = client.get("/metrics", headers={"Accept": "application/json", **headers}, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("liaison_sockets" in answer.text) == (status == 200)


def test_without_a_token_in_the_settings_none_opens_the_figures(make_house: Any) -> None:
    client = create_app(make_house()).test_client()
    for shown in ("", "x", "None"):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {shown}"}, environ_base={"REMOTE_ADDR": "198.51.100.7"})
        assert answer.status_code == 403


def test_whoever_asks_for_figures_without_end_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    import limits.storage.memory as memory

    monkeypatch.setattr(memory.time, "time", lambda: 1_800_000_000.0)
    client = app.test_client()
    assert [client.get("/metrics").status_code for _ in range(22)] == [200] * 20 + [429] * 2
