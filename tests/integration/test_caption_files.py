"""Captions put to a recording from a file: who may, what is refused, and that each run of the encoder has its own clock."""

from __future__ import annotations

import io
import json

import pytest
from flask import Flask

from liaison.domain.actor import Actor
from liaison.domain.errors import Forbidden, IllegalState, Invalid
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import sessions
from signaling.broadcast.playlist import Picture, Sound, Text, master_playlist
from signaling.caption_files import languages_of, put_captions
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser
from web.app import create_app

FILE = b"WEBVTT\n\n00:01.000 --> 00:03.000\nGood morning.\n\n00:05.000 --> 00:09.000\nOver both runs.\n"


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def session(house: House, planner: Actor) -> str:
    """Six seconds in one run, then four in another."""
    made = sessions.book_session(house, planner, plan(public=True)).id
    track = house.settings.broadcasts_folder / made / "v720"
    track.mkdir(parents=True)
    (track.parent / "text-ky").mkdir()
    lines = [{"n": n, "s": 2.0, "at": f"2027-03-02T05:00:0{n}+00:00", "run": 1 if n < 3 else 2, "t": 2.0 * (n if n < 3 else n - 3)}
             for n in range(5)]
    (track / "segments.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for line in lines:
        (track / f"{line['n']}.m4s").write_bytes(b"")
    (track.parent / "state.json").write_text(json.dumps({"runs": 2, "ended": True, "tracks": ["v720"], "texts": ["ky"]}))
    return made


def test_each_run_has_its_captions_on_its_own_clock(house: House, planner: Actor, session: str) -> None:
    folder = house.settings.broadcasts_folder / session / "text-ky"
    assert put_captions(house, planner, session, "ky", FILE) == 2
    first, second = ((folder / f"file-1-{run}.vtt").read_text() for run in (0, 1))
    assert "00:00:01.000 --> 00:00:03.000\nGood morning." in first and "00:00:05.000 --> 00:00:09.000\nOver both runs." in first
    assert "Good morning." not in second and "00:00:00.000 --> 00:00:03.000\nOver both runs." in second
    playlist = (folder / "whole.m3u8").read_text()
    assert "#EXTINF:6.000,\nfile-1-0.vtt\n#EXT-X-DISCONTINUITY\n" in playlist and "#EXT-X-TARGETDURATION:6" in playlist
    assert json.loads((folder.parent / "state.json").read_text())["captions"] == ["ky"]
    put_captions(house, planner, session, "ky", FILE)
    assert "file-2-0.vtt" in (folder / "whole.m3u8").read_text(), "another file has another address"


def test_what_is_refused_changes_nothing(house: House, planner: Actor, session: str) -> None:
    officer = add_actor(house, "officer", AccountRole.OFFICER, "osh-oblast")
    with pytest.raises(Forbidden):
        put_captions(house, officer, session, "ky", FILE)
    for data in (b"", b"\xff\xfe", b"WEBVTT\n" * 400_000, b"1\n00:00:01,000 --> 00:00:02,000\nSubRip\n"):
        with pytest.raises(Invalid):
            put_captions(house, planner, session, "ky", data)
    with pytest.raises(IllegalState):
        put_captions(house, planner, session, "de", FILE)
    other = sessions.book_session(house, planner, plan("alay-district", "naryn-oblast", public=True)).id
    assert languages_of(house, other) == []
    with pytest.raises(IllegalState):
        put_captions(house, planner, other, "ky", FILE)
    assert not list((house.settings.broadcasts_folder / session / "text-ky").glob("file-*"))


def test_a_recording_that_was_made_without_captions_gets_them(house: House, planner: Actor, session: str) -> None:
    folder = house.settings.broadcasts_folder / session
    sounds = [Sound("sound", "Original", None, 80_000, "mp4a.40.2")]
    pictures = [Picture("v720", 1280, 720, 15, 1_300_000, 1_000_000, "avc1.42c01f,mp4a.40.2")]
    for file in ("live", "whole"):
        for name in (file, f"{file}-auto-sound"):
            (folder / f"{name}.m3u8").write_text(master_playlist(pictures, sounds, f"{file}.m3u8"))
    (folder / "state.json").write_text(json.dumps({"runs": 2, "ended": True, "tracks": ["v720"]}))
    assert languages_of(house, session) == ["ky", "ru", "en"]
    for language in ("ru", "ky", "ru"):
        put_captions(house, planner, session, language, FILE)
    texts = [Text("text-ru", "Русский", "ru"), Text("text-ky", "Кыргызча", "ky")]
    for name, file in (("live", "live"), ("whole-auto-sound", "whole")):
        assert (folder / f"{name}.m3u8").read_text() == master_playlist(pictures, sounds, f"{file}.m3u8", texts)
    state = json.loads((folder / "state.json").read_text())
    assert (state["texts"], state["captions"]) == (["ru", "ky"], ["ru", "ky"])


def test_the_page_takes_a_file_and_the_player_gets_it(house: House, planner: Actor, session: str) -> None:
    app: Flask = create_app(house)
    browser = Browser(app, house)
    browser.become(planner.user_id)
    assert "00:00:01" not in browser.get(f"/sessions/{session}/viewers").text
    page = browser.post(f"/sessions/{session}/captions", {"language": "ky", "file": (io.BytesIO(b"no"), "x.vtt")})
    assert page.status_code == 422 and "WEBVTT" in page.text
    assert browser.post(f"/sessions/{session}/captions", {"language": "ky", "file": (io.BytesIO(FILE), "x.vtt")}).status_code == 303
    answer = app.test_client().get(f"/live/{session}/text-ky/file-1-0.vtt")
    assert (answer.status_code, answer.mimetype) == (200, "text/vtt") and "Good morning." in answer.text
