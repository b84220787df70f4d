"""What the web serves of a broadcast: to whom, how long it may be kept, and how small."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
from dataclasses import replace

import pytest
from PIL import Image
from sqlalchemy import update

from liaison.domain.actor import Actor
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import sessions
from liaison.store import tables as t
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STATE = {"runs": 1, "ended": False, "slate": None, "item": 0, "speaker": "Osh", "question": None, "languages": ["ky"], "tracks": ["v360"]}
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
    part = browser.get(f"/live/{booked}/v360/1.m4s", headers={"Range": "bytes=0-1"})
    assert segment.headers["X-Accel-Expires"] == part.headers["X-Accel-Expires"] == "60"
    playlist = browser.get(f"/live/{booked}/live-auto-sound-ky.m3u8")
    assert "X-Accel-Expires" not in playlist.headers
    assert (playlist.text, playlist.headers["Cache-Control"]) == (PLAYLIST, "public, max-age=1")
    assert playlist.mimetype == "application/vnd.apple.mpegurl"
    for answer in (segment, playlist):
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "Set-Cookie" not in answer.headers
    told = browser.get(f"/live/{booked}/state.json")
    assert told.json == {"ended": False, "began": None, "slate": None, "item": 0, "speaker": "Osh", "question": None,
                         "languages": ["ky"], "captions": None,
                         "watching": 0, "full": False}
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


def test_a_shared_address_shows_a_picture_in_the_language_of_the_page(house: House, planner: Actor, browser: Browser) -> None:
    booked = session(house, planner, public=True)
    seen = {}
    for language in ("ky", "en"):
        browser.client.set_cookie("lang", language)
        page = browser.get(f"/public/sessions/{booked}").text
        address = re.search(r'property="og:image" content="http[^"]*?(/public/[^"]+)"', page)
        assert address is not None
        answer = browser.get(html.unescape(address[1]))
        picture = Image.open(io.BytesIO(answer.data))
        assert (picture.format, picture.size) == ("PNG", (1200, 630)) and len(answer.data) < 100_000
        assert "max-age" in answer.headers["Cache-Control"]
        again = browser.get(html.unescape(address[1]), headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        seen[language] = answer.data
    assert seen["ky"] != seen["en"]
    assert browser.get(f"/public/sessions/{booked}/card-xx.png").status_code == 404
    hidden = session(house, planner, public=False)
    assert browser.get(f"/public/sessions/{hidden}/card-en.png").status_code == 404


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


# ---------------------------------------------------------------- viewers


def says(browser: Browser, session: str, page: int = 0, quality: str | None = "v360", **more: object) -> int:
    """The answer to a page's word that it plays; no cookie and no token goes with it."""
    body = {"id": f"{page:032x}", "quality": quality, "sound": "sound"} | more
    return browser.send("POST", f"/live/{session}/here", csrf=False, json=body).status_code


@pytest.fixture
def small(house: House) -> Browser:
    """A house with places for two."""
    few = replace(house, settings=house.settings.model_copy(update={"viewers": 2}))
    return Browser(create_app(few), few)


def test_viewers_are_counted_without_cookies(house: House, planner: Actor, browser: Browser) -> None:
    booked = session(house, planner, public=True)
    answer = browser.send("POST", f"/live/{booked}/here", csrf=False, json={"id": "0" * 32, "quality": "v360", "sound": "sound-ru"})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (204, False)
    assert says(browser, booked, 1, "sound") == says(browser, booked, 1, "v720") == 204
    page = browser.get(f"/public/sessions/{booked}")
    assert 'id="player-watching">2<' in page.text
    figures = browser.get("/metrics").text
    assert 'liaison_viewers{quality="v360"} 1.0' in figures and 'liaison_viewers{quality="sound"} 0.0' in figures
    assert says(browser, booked, 1, None) == 204
    assert 'id="player-watching">1<' in browser.get(f"/public/sessions/{booked}").text


def test_the_next_one_hears_that_all_places_are_taken(house: House, planner: Actor, small: Browser) -> None:
    booked = session(house, planner, public=True)
    assert '<div class="player-full" id="player-full" hidden>' in small.get(f"/public/sessions/{booked}").text
    assert [says(small, booked, page) for page in (1, 2, 3)] == [204, 204, 503]
    assert says(small, booked, 3, "sound") == 204
    for address in (f"/public/sessions/{booked}", f"/embed/{booked}"):
        page = small.get(address)
        assert '<div class="player-full" id="player-full">' in page.text and "All places for watching are taken" in sentences(page)
    says(small, booked, 1, None)
    assert says(small, booked, 4) == 204


@pytest.mark.parametrize("body", [
    None, [], "x", {}, {"id": "x"}, {"id": 5}, {"id": "0" * 33}, {"id": "0" * 31 + "\0"}, {"quality": "v1080"}, {"quality": 5},
    {"quality": "none"}, {"sound": "sound-rus"}, {"sound": "\0"}, {"sound": "x" * 5000}, {"sound": None}, {"address": "10.0.0.1"}])
def test_what_no_page_says_is_refused(house: House, planner: Actor, browser: Browser, body: object) -> None:
    booked = session(house, planner, public=True)
    sent = {"id": "0" * 32, "quality": "auto", "sound": "sound"} | body if body and isinstance(body, dict) else body
    assert browser.send("POST", f"/live/{booked}/here", csrf=False, json=sent).status_code == 422
    assert browser.get(f"/live/{booked}/state.json").json["watching"] == 0


def test_only_what_is_broadcast_has_viewers(house: House, planner: Actor, browser: Browser) -> None:
    assert says(browser, session(house, planner, public=False)) == says(browser, "unknown") == 404
    booked = sessions.book_session(house, planner, plan("naryn-oblast", public=True)).id
    assert says(browser, booked) == 404


def watched(house: House, planner: Actor, browser: Browser, minutes: int = 3) -> str:
    """A live session that two watch and one hears for so many minutes."""
    booked = session(house, planner, public=True)
    with house.db.write() as db:
        db.execute(update(t.Session).where(t.Session.id == booked).values(status="live", opened_at=house.clock.now()))
    for _ in range(2 * minutes + 1):
        pages = ((1, "v360", "sound"), (2, "v360", "sound-ru"), (3, "sound", "sound-xx"))
        assert [says(browser, booked, page, quality, sound=sound) for page, quality, sound in pages] == [204] * 3
        house.clock.advance(30)
    return booked


def close(house: House, booked: str) -> None:
    with house.db.write() as db:
        db.execute(update(t.Session).where(t.Session.id == booked).values(status="ended", closed_at=house.clock.now()))


def test_minutes_are_kept_and_open_to_everybody_afterwards(house: House, planner: Actor, browser: Browser) -> None:
    booked = watched(house, planner, browser)
    address = f"/public/sessions/{booked}/viewers"
    assert browser.get(f"{address}.json").status_code == browser.get(f"{address}.csv").status_code == 404, "not while it is live"
    close(house, booked)
    told = browser.get(f"{address}.json").json
    assert (told["most"], told["mean"], [minute["viewers"] for minute in told["minutes"]]) == (3, 3.0, [3, 3, 3])
    assert told["hours_by_quality"] == {"auto": 0, "v720": 0, "v360": 0.1, "sound": 0.05}
    assert told["hours_by_sound"] == {"sound": 0.1, "sound-ru": 0.05}, "a language that nobody speaks here is none"
    rows = browser.get(f"{address}.csv").text.removeprefix("\ufeff").splitlines()
    assert rows[0] == "minute,viewers,auto,v720,v360,sound,hear_sound,hear_sound-ru" and rows[1].endswith(",3,0,0,2,1,2,1")
    assert f"{address}.csv" in browser.get(f"/public/sessions/{booked}").text
    for _ in range(5):  # the recording's viewers are not written down
        says(browser, booked, 9)
        house.clock.advance(30)
    assert len(browser.get(f"{address}.json").json["minutes"]) == 3


def test_viewers_of_other_processes_count_too(house: House, planner: Actor, browser: Browser) -> None:
    booked = watched(house, planner, browser)
    other = Browser(create_app(house), house)
    assert 'id="player-watching">3<' in other.get(f"/public/sessions/{booked}").text
    house.clock.advance(180)
    assert 'id="player-watching">0<' in other.get(f"/public/sessions/{booked}").text


def test_the_office_sees_that_a_broadcast_has_given_way(house: House, planner: Actor, browser: Browser) -> None:
    booked = watched(house, planner, browser)
    page = f"/sessions/{booked}/viewers"
    assert "Full: 15 pictures a second" in sentences(browser.become(planner.user_id).get(page))
    assert 'liaison_broadcasts{quality="full"} 1.0' in browser.get("/metrics").text
    file = house.settings.broadcasts_folder / booked / "state.json"
    file.write_text(json.dumps(STATE | {"step": "small"}))
    assert "Lowered: the small picture alone" in sentences(browser.get(page)) and "comes back by itself" in sentences(browser.get(page))
    figures = browser.get("/metrics").text
    assert 'liaison_broadcasts{quality="small"} 1.0' in figures and 'liaison_broadcasts{quality="full"} 0.0' in figures
    assert "step" not in browser.become(None).get(f"/live/{booked}/state.json").json
    file.write_text(json.dumps(STATE | {"ended": True}))
    assert "Quality of the broadcast" not in sentences(browser.become(planner.user_id).get(page))


def test_who_conducts_a_session_sees_how_many_watch(house: House, planner: Actor, browser: Browser) -> None:
    booked = watched(house, planner, browser)
    page = browser.become(planner.user_id).get(f"/sessions/{booked}/viewers")
    assert "Watching now: 3" in sentences(page) and page.text.count('<rect class="viewers-v360"') == 3
    assert f"/sessions/{booked}/viewers" in browser.get(f"/sessions/{booked}").text
    assert "Русский" in sentences(page) and "6 min" in sentences(page)
    private = session(house, planner, public=False)
    assert browser.get(f"/sessions/{private}/viewers").status_code == 404
    officer = add_actor(house, "osh", AccountRole.OFFICER, "big-hall")
    assert browser.become(officer.user_id).get(f"/sessions/{booked}/viewers").status_code == 403
    assert browser.become(None).get(f"/sessions/{booked}/viewers").status_code == 303
