"""A public session over HLS, seen by somebody at home: real publishers, the real encoder, the real page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser

from liaison.domain.agenda import entry
from tests.support.chromium import DESKTOP, PHONE, Participant, close_colour, new_participant
from tests.support.ports import wait_until
from tests.support.room import Scene, book
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN = "osh-oblast", "batken-oblast"
RED, GREEN, SLATE = "#d02020", "#20b030", "#101827"
SMALL = {"width": 640, "height": 480}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    with LiaisonServer(tmp_path_factory.mktemp("broadcast"), broadcasts=1) as running:
        yield running


@pytest.fixture(scope="module")
def scene(server: LiaisonServer, chromium: Browser) -> Iterator[Scene]:
    """Osh leads a public session, Batken takes part."""
    made = book(server, OSH, BATKEN, public=True, agenda=[entry("Roads", 20), entry("Appointments", 15)])
    for point, colour, tone, role, size in ((OSH, RED, 440, "chair", DESKTOP), (BATKEN, GREEN, 880, "point", SMALL)):
        made.enter(new_participant(chromium, server.url, colour, tone, viewport=size), point, role=role)
    for person in made.people:
        person.page.wait_for_selector("#stage:visible", timeout=30_000)
    made.people[1].be_silent()
    yield made
    made.end()
    for person in made.people:
        person.context.close()


@pytest.fixture(scope="module")
def viewer(scene: Scene, chromium: Browser) -> Iterator[Participant]:
    """At home, on a telephone, with no camera and no account."""
    person = new_participant(chromium, scene.server.url, camera=False, viewport=PHONE)
    wait_until(lambda: (folder(scene) / "v720" / "2.m4s").exists(), 60, "the broadcast")
    person.page.goto(f"/public/sessions/{scene.session}")
    yield person
    assert person.errors == []
    person.context.close()


def folder(scene: Scene) -> Path:
    return scene.server.data / "broadcasts" / scene.session


def sees(viewer: Participant, colour: str, seconds: float = 25) -> None:
    wait_until(lambda: close_colour(viewer.sees("#player"), colour), seconds, f"the colour {colour}")


def moves(viewer: Participant, seconds: float = 20) -> None:
    """The picture goes on: a second of it within some."""
    viewer.page.wait_for_function("at => document.getElementById('player').currentTime > at + 1",
                                  arg=viewer.page.evaluate("() => document.getElementById('player').currentTime"), timeout=seconds * 1000)


def test_a_viewer_sees_the_speaker_in_the_size_that_is_chosen(scene: Scene, viewer: Participant) -> None:
    page = viewer.page
    loaded = viewer.page.evaluate("() => performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)")
    assert loaded < 200_000, "before the player"
    page.click("#player-start")
    moves(viewer)
    sees(viewer, RED)
    print(f"from the camera to the viewer: {page.evaluate('() => liaisonPlayer.delay'):.1f} s")
    page.wait_for_selector(".agenda-view li[aria-current='step']:has-text('Roads')")
    page.wait_for_selector("#player-watching:visible:text-is('1')")
    page.select_option("#player-quality", "v360")
    page.wait_for_function("() => document.getElementById('player').videoHeight === 360")
    moves(viewer)
    page.select_option("#player-quality", "v720")
    page.wait_for_function("() => document.getElementById('player').videoHeight === 720")
    moves(viewer)
    page.select_option("#player-quality", "sound")
    page.wait_for_function("() => { const v = document.getElementById('player'); return v.videoHeight === 0 && v.readyState > 2; }")
    moves(viewer)
    page.select_option("#player-quality", "v360")
    page.select_option("#player-sound", "sound-ru")
    moves(viewer)


def test_one_goes_back_to_the_beginning_and_to_what_is_on_now(viewer: Participant) -> None:
    page = viewer.page
    page.click("#player-beginning")
    page.wait_for_function("() => { const v = document.getElementById('player'); return v.readyState > 2 && v.currentTime < 8; }")
    moves(viewer)
    page.click("#player-live")
    page.wait_for_function("() => liaisonPlayer.behind < 12 && document.getElementById('player').readyState > 2")
    moves(viewer)


def test_the_picture_follows_who_has_the_floor(scene: Scene, viewer: Participant) -> None:
    chair, batken = (person.page for person in scene.people)
    batken.click("#hand")
    if chair.is_hidden("#panel"):
        chair.click("#people")
    chair.click("#next-speaker")
    sees(viewer, GREEN)


def test_an_encoder_that_is_killed_is_missed_for_a_moment_only(scene: Scene, viewer: Participant) -> None:
    scene.server.kill("broadcast")
    before = scene.server.log(200_000).count("broadcast begins")
    wait_until(lambda: scene.server.log(200_000).count("broadcast begins") > before, 20, "the encoder to be back")
    wait_until(lambda: "#EXT-X-DISCONTINUITY" in (folder(scene) / "v360" / "live.m3u8").read_text(), 20, "a segment of the next run")
    moves(viewer, 30)
    sees(viewer, GREEN, 30)


def test_of_a_closed_item_nothing_is_seen_or_heard(scene: Scene, viewer: Participant) -> None:
    chair = scene.people[0].page
    chair.click("#order")
    chair.click("#tab-rules")
    chair.click("#doors-close")
    chair.click("#confirm-do")
    viewer.page.wait_for_function("() => fetch(`${JSON.parse(document.getElementById('broadcast').dataset.broadcast).url}/state.json`)"
                                  ".then((answer) => answer.json()).then((state) => state.slate === 'closed')")
    sees(viewer, SLATE)
    chair.click("#doors-open")
    sees(viewer, GREEN, 30)


def test_afterwards_the_recording_is_at_the_same_address(scene: Scene, viewer: Participant) -> None:
    scene.end()
    viewer.page.wait_for_selector("#player-ended:visible", timeout=40_000)
    viewer.page.click("#player-ended a")
    viewer.page.click("#player-start")
    viewer.page.wait_for_function("() => Number.isFinite(document.getElementById('player').duration)")
    moves(viewer)
    pictures, sounds = ("v720", "v360"), ("sound", "sound-ky", "sound-ru", "sound-en")
    assert conforming(folder(scene)) == dict.fromkeys(pictures, "h264") | dict.fromkeys(sounds, "aac")


def conforming(broadcast: Path) -> dict[str, str]:
    """What ffprobe says of each track: its codec. Every run of the encoder is as long as the playlist says."""
    found = {}
    for track in sorted(path.parent for path in broadcast.glob("*/whole.m3u8")):
        rows = [json.loads(line) for line in (track / "segments.jsonl").read_text().splitlines()]
        for run in sorted({row["run"] for row in rows}):
            mine = [row for row in rows if row["run"] == run]
            data = b"".join((track / name).read_bytes() for name in (f"init-{run}.mp4", *(f"{row['n']}.m4s" for row in mine)))
            codec, seconds = probed(data)
            assert abs(seconds - sum(row["s"] for row in mine)) < 0.15, (track.name, run)
            found[track.name] = codec
    return found


def probed(data: bytes) -> tuple[str, float]:
    """Codec and seconds of a file's only stream, as FFmpeg reads it."""
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams[0]
        packets = [packet for packet in file.demux(stream) if packet.size]
        seconds = sum(float(packet.duration * packet.time_base) for packet in packets)
        return stream.codec_context.name, seconds


def test_nobody_else_s_files_are_served(scene: Scene, viewer: Participant) -> None:
    for address in ("state.json/../../x", "lock", "v720/segments.jsonl", "..%2f..%2fsecret.key", "v720/99999.m4s"):
        assert viewer.context.request.get(f"/live/{scene.session}/{address}").status == 404
