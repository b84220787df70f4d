"""Broadcasts that are not public: who gets an address, what it opens and for how long, also behind a real nginx with its cache."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flask import request
from werkzeug.serving import make_server

from liaison.domain.actor import ANONYMOUS, SYSTEM, Actor
from liaison.domain.errors import Forbidden, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import lifecycle, recordings, sessions, signed_broadcasts
from liaison.services.signed_broadcasts import in_force, link_secret, mark_of, signed_path
from tests.bench.front import nginx
from tests.support.people import add_actor, organiser, plan
from tests.support.ports import LOOPBACK, wait_until
from tests.support.web import Browser, sentences
from web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STATE = {"runs": 1, "ended": False, "slate": None, "item": 0, "speaker": "Osh", "languages": [], "tracks": ["v360"]}
SEGMENT = b"segment" * 1000


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(create_app(house), house)


def book(house: House, planner: Actor, point: str = "osh-oblast", broadcast: bool = True, public: bool = False) -> str:
    """A session whose broadcast lies in its folder, a private one."""
    booked = sessions.book_session(house, planner, plan(point, "big-hall", broadcast=broadcast, public=public)).id
    track = house.settings.broadcasts_folder / booked / "v360"
    track.mkdir(parents=True)
    (track / "1.m4s").write_bytes(SEGMENT)
    (track / "live.m3u8").write_text("#EXTM3U\n1.m4s\n" * 200)
    (track.parent / "state.json").write_text(json.dumps(STATE))
    return booked


@pytest.fixture
def booked(house: House, planner: Actor) -> str:
    return book(house, planner)


FILES = ("/v360/1.m4s", "/v360/live.m3u8", "/state.json", "")


def test_whoever_has_the_address_sees_it_and_nobody_else(house: House, planner: Actor, booked: str, browser: Browser) -> None:
    path = signed_path(house, planner, booked)
    for file in FILES:
        assert browser.get(path + file).status_code == 200
        for wrong in (path.replace("/signed/", "/signed/1"), path[:-len(booked)] + "x" * 36, path.replace(path.split("/")[3], "A" * 22)):
            assert browser.get(wrong + file).status_code == 404
    assert browser.get(f"{path}/v360/1.m4s").data == SEGMENT
    assert browser.get(f"/live/{booked}/v360/1.m4s").status_code == browser.get(f"/public/sessions/{booked}").status_code == 404
    assert f'"url": "{path}"' in browser.get(path).text and "Only for those who were given this address" in sentences(browser.get(path))
    here = {"id": "0" * 32, "quality": "v360", "sound": "sound"}
    assert browser.send("POST", f"{path}/here", csrf=False, json=here).status_code == 204
    assert browser.send("POST", f"{path}/here", csrf=False, json=here | {"quality": "x"}).status_code == 422
    assert browser.get(f"{path}/state.json").json["watching"] in (0, 1)


def test_an_address_of_one_session_opens_no_other_and_none_without_a_broadcast(house: House, planner: Actor, booked: str) -> None:
    other = sessions.book_session(house, planner, plan("naryn-oblast")).id
    until, mark = signed_path(house, planner, booked).split("/")[2:4]
    assert in_force(house, until, mark, booked) and not in_force(house, until, mark, other)
    with pytest.raises(NotFound):
        signed_path(house, planner, other)
    with pytest.raises(NotFound):
        signed_broadcasts.broadcast_session(house, other)


@pytest.mark.parametrize(("until", "mark"), [("", ""), ("x", "y"), ("-1", "A" * 22), ("٣", "A" * 22), ("9" * 13, "A" * 22),
                                              ("1", "ы" * 22)])
def test_what_is_no_address_is_none(house: House, booked: str, until: str, mark: str) -> None:
    assert not in_force(house, until, mark, booked)


def test_it_is_over_some_hours_after_the_session(house: House, planner: Actor, booked: str, browser: Browser) -> None:
    path = signed_path(house, planner, booked)
    assert path == signed_path(house, planner, booked), "the same for everybody"
    house.clock.advance(int(timedelta(days=30).total_seconds()))
    assert browser.get(f"{path}/v360/1.m4s").status_code == 404


def test_who_may_see_the_session_is_led_there(house: House, planner: Actor, booked: str, browser: Browser) -> None:
    page = f"/sessions/{booked}/broadcast"
    for point, status in (("osh-oblast", 303), ("naryn-oblast", 403)):
        officer = add_actor(house, point[:3], AccountRole.OFFICER, point)
        assert browser.become(officer.user_id).get(page).status_code == status
    with pytest.raises(Forbidden):
        signed_path(house, officer, booked)
    assert page in browser.become(planner.user_id).get(f"/sessions/{booked}").text
    assert browser.get(page).location == signed_path(house, planner, booked)
    with pytest.raises(Unauthenticated):
        signed_path(house, ANONYMOUS, booked)


@pytest.fixture
def front(house: House, tmp_path: Path) -> Iterator[str]:
    """The application behind nginx with our configuration."""
    server = make_server(LOOPBACK, 0, create_app(house), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with nginx(tmp_path / "nginx", f"{LOOPBACK}:{server.port}", link_secret(house.settings)) as running:
        yield running.url
    server.shutdown()
    thread.join()
    server.server_close()


def test_nginx_looks_at_the_address_before_its_cache_answers(house: House, planner: Actor, booked: str, front: str) -> None:
    path = signed_path(house, planner, booked)
    until = int(path.split("/")[2])
    later = f"/signed/{until + 60}/{mark_of(house.settings, until + 60, booked)}/{booked}"
    with httpx.Client(base_url=front) as client:
        got = [client.get(f"{one}/v360/1.m4s") for one in (path, path, later)]
        assert [(one.status_code, one.headers["X-Cache"]) for one in got] == [(200, "MISS"), (200, "HIT"), (200, "HIT")]
        assert {one.content for one in got} == {SEGMENT}
        assert client.get(f"{path}/state.json").json()["speaker"] == "Osh"
        for wrong in (path.replace(path.split("/")[3], "A" * 22), f"/signed/{until + 61}/{path.split('/')[3]}/{booked}"):
            assert client.get(f"{wrong}/v360/1.m4s").status_code == 404
        over = f"/signed/1000/{mark_of(house.settings, 1000, booked)}/{booked}"
        assert client.get(f"{over}/v360/1.m4s").status_code == 410
        said = client.post(f"{path}/here", json={"id": "0" * 32, "quality": "v360", "sound": "sound"})
        assert said.status_code == 204


def test_nobody_fills_nginx_s_cache_by_what_stands_behind_a_question_mark(house: House, planner: Actor, front: str) -> None:
    file = f"/live/{book(house, planner, public=True)}/v360/1.m4s"
    with httpx.Client(base_url=front) as client:
        first, again = client.get(file), client.get(f"{file}?again=1")
        assert (first.headers["X-Cache"], again.headers["X-Cache"]) == ("MISS", "HIT")
        assert "immutable" in first.headers["Cache-Control"] and "X-Accel-Expires" not in first.headers


@pytest.mark.parametrize(("public", "how"), [(True, "withheld"), (False, "removed")])
def test_what_is_withheld_or_removed_comes_from_no_cache(
        house: House, planner: Actor, booked: str, front: str, public: bool, how: str) -> None:
    path = signed_path(house, planner, booked)
    if public:
        sessions.change_session(house, planner, booked, {"public": True})
        path = f"/live/{booked}"
    lifecycle.open_session(house, SYSTEM, booked)
    lifecycle.close_session(house, SYSTEM, booked)
    files = [f"{path}/{name}" for name in ("v360/1.m4s", "v360/live.m3u8", "state.json")]
    with httpx.Client(base_url=front) as client:
        def got() -> list[int]:
            return [client.get(file).status_code for file in files]
        assert got() == [200] * 3 and client.get(files[0]).headers["X-Cache"] == "HIT"
        if how == "withheld":
            recordings.publish(house, planner, booked, False)
        else:
            recordings.remove(house, planner, booked, "composite")
        wait_until(lambda: got() == [404] * 3, 10, "the cache to be asked for nothing more")
        assert client.post(f"{path}/here", json={"id": "0" * 32, "quality": "v360", "sound": "sound"}).status_code == 404
        if how == "withheld":
            recordings.publish(house, planner, booked, True)
            wait_until(lambda: client.get(files[0]).status_code == 200, 10, "it to be there again")
            assert client.get(files[0]).content == SEGMENT


def test_nginx_asks_once_a_second_and_goes_on_while_nobody_answers(house: House, planner: Actor, booked: str, tmp_path: Path) -> None:
    asked: list[str] = []
    app = create_app(house)

    @app.before_request
    def count() -> None:
        asked.append(request.path)
    server = make_server(LOOPBACK, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    path = signed_path(house, planner, booked)
    with (nginx(tmp_path / "nginx", f"{LOOPBACK}:{server.port}", link_secret(house.settings)) as running,
          httpx.Client(base_url=running.url) as client):
        began = time.monotonic()
        assert {client.get(f"{path}/v360/1.m4s").status_code for _ in range(200)} == {200}
        assert asked.count(f"{path}/shown") <= 2 + time.monotonic() - began
        server.shutdown()
        thread.join()
        server.server_close()
        wait_until(lambda: time.monotonic() - began > 2, 5, "what was said to be old")
        assert client.get(f"{path}/v360/1.m4s").status_code == 200
