"""What the web serves of a broadcast: to whom, how long it may be kept, and how small."""

from __future__ import annotations

import gzip
import json

import pytest

from liaison.domain.actor import Actor
from liaison.house import House
from liaison.services import sessions
from tests.support.people import organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STATE = {"runs": 1, "ended": False, "slate": None, "item": 0, "speaker": "Osh", "languages": ["ky"], "tracks": ["v360"]}
PLAYLIST = "#EXTM3U\n" + "#EXTINF:2.000,\n1.m4s\n" * 100


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(create_app(house), house)


def session(house: House, planner: Actor, public: bool) -> str:
    """A session whose broadcast lies in its folder, as the encoder leaves it."""
    booked = sessions.book_session(house, planner, plan("big-hall" if public else "osh-oblast", public=public)).id
    track = house.settings.broadcasts_folder / booked / "v360"
    track.mkdir(parents=True)
    (track / "1.m4s").write_bytes(b"segment")
    (track / "live.m3u8").write_text(PLAYLIST)
    (track / "segments.jsonl").write_text("{}")
    (track.parent / "live-auto-sound-ky.m3u8").write_text(PLAYLIST)
    (track.parent / "state.json").write_text(json.dumps(STATE))
    return booked


def test_everybody_plays_a_public_session(house: House, planner: Actor, browser: Browser) -> None:
    booked = session(house, planner, public=True)
    segment = browser.get(f"/live/{booked}/v360/1.m4s")
    assert (segment.data, segment.headers["Cache-Control"]) == (b"segment", "public, max-age=31536000, immutable")
    playlist = browser.get(f"/live/{booked}/live-auto-sound-ky.m3u8")
    assert (playlist.text, playlist.headers["Cache-Control"]) == (PLAYLIST, "public, max-age=1")
    assert playlist.mimetype == "application/vnd.apple.mpegurl"
    for answer in (segment, playlist):
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "Set-Cookie" not in answer.headers
    told = browser.get(f"/live/{booked}/state.json")
    assert told.json == {"ended": False, "began": None, "slate": None, "item": 0, "speaker": "Osh", "languages": ["ky"]}
    assert told.headers["Cache-Control"] == "public, max-age=3"


def test_nobody_learns_that_another_session_exists(house: House, planner: Actor, browser: Browser) -> None:
    booked = session(house, planner, public=False)
    for address in (f"/live/{booked}/v360/1.m4s", f"/live/{booked}/state.json", f"/embed/{booked}", "/live/unknown/v360/1.m4s"):
        assert browser.get(address).status_code == 404
        assert browser.become(planner.user_id).get(address).status_code == 404


@pytest.mark.parametrize("name", ["state.json2", "lock", "v360/segments.jsonl", "v360/../state.json", "v360/2.m4s", "..", "v360",
                                  "v999/1.m4s", "v360/1.m4s/x", "%2e%2e/%2e%2e/liaison.db", "v360/.1.m4s.new"])
def test_nothing_but_playlists_and_segments_is_served(house: House, planner: Actor, browser: Browser, name: str) -> None:
    assert browser.get(f"/live/{session(house, planner, public=True)}/{name}").status_code == 404


def test_a_page_has_the_player_once_there_is_something_to_play(house: House, planner: Actor, browser: Browser) -> None:
    booked = session(house, planner, public=True)
    assert 'id="player"' in browser.get(f"/public/sessions/{booked}").text
    (house.settings.broadcasts_folder / booked / "state.json").unlink()
    assert 'id="player"' not in browser.get(f"/public/sessions/{booked}").text
    assert browser.get(f"/live/{booked}/state.json").status_code == 404


def test_only_the_player_may_stand_in_other_sites_pages(house: House, planner: Actor, browser: Browser) -> None:
    booked = session(house, planner, public=True)
    embedded, page = browser.get(f"/embed/{booked}"), browser.get(f"/public/sessions/{booked}")
    assert "frame-ancestors *" in embedded.headers["Content-Security-Policy"] and "X-Frame-Options" not in embedded.headers
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Sign in" not in sentences(embedded)


def test_a_shared_address_says_what_it_is(house: House, planner: Actor, browser: Browser) -> None:
    page = browser.get(f"/public/sessions/{session(house, planner, public=True)}").text
    assert '<meta property="og:title" content="Harvest report">' in page


@pytest.mark.parametrize("address", ["/static/css/liaison.css", "playlist"])
def test_what_is_the_same_for_everybody_is_sent_compressed(house: House, planner: Actor, browser: Browser, address: str) -> None:
    if address == "playlist":
        address = f"/live/{session(house, planner, public=True)}/v360/live.m3u8"
    plain, small = browser.get(address), browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers and small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in (plain, small))
    again = browser.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_pages_with_secrets_are_not_compressed(browser: Browser) -> None:
    assert "Content-Encoding" not in browser.get("/sign-in", headers={"Accept-Encoding": "gzip"}).headers
