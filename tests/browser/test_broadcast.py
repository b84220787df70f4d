"""A public session over HLS, seen by somebody at home: real publishers, the real encoder, the real page."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser

from liaison.domain.actor import SYSTEM
from liaison.services import sessions
from liaison.services.signed_broadcasts import signed_path
from tests.support.broadcast import (
    BACK_WITHIN_S,
    GREEN,
    RED,
    SLATE,
    conforming,
    folder,
    kill,
    moves,
    played,
    public_session,
    sees,
    viewer_of,
)
from tests.support.chromium import Participant, new_participant
from tests.support.course import lay
from tests.support.page_looks import serious
from tests.support.people import plan
from tests.support.room import Scene
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

READ = """() => {
  window.read = [];
  for (const track of document.getElementById('player').textTracks)
    track.addEventListener('cuechange', () => window.read.push(...[...track.activeCues].map((cue) => cue.text)));
}"""
"""Notes every caption that comes onto the picture."""
FIRST_CUE = "() => [...document.getElementById('player').textTracks].find((track) => track.mode === 'showing')?.cues?.[0]?.startTime"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    with LiaisonServer(tmp_path_factory.mktemp("broadcast"), broadcasts=1, web_standby=True) as running:
        yield running


@pytest.fixture(scope="module")
def scene(server: LiaisonServer, chromium: Browser) -> Iterator[Scene]:
    with public_session(server, chromium) as made:
        yield made


@pytest.fixture(scope="module")
def viewer(scene: Scene, chromium: Browser) -> Iterator[Participant]:
    with viewer_of(scene, chromium) as person:
        yield person


def test_a_player_goes_through_every_step_of_quality(server: LiaisonServer, chromium: Browser) -> None:
    """Of a session that is not public, at its signed address."""
    with server.house() as house:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        booked = sessions.book_session(house, SYSTEM, plan("naryn-oblast", starts_at=tomorrow, broadcast=True)).id
        address = signed_path(house, SYSTEM, booked)
    lay(server.data / "broadcasts" / booked, ended=True)
    person = new_participant(chromium, server.url, camera=False)
    person.page.goto(address)
    person.page.evaluate("""() => {
      const video = document.getElementById("player");
      window.heights = [];
      video.addEventListener("resize", () => window.heights.push(video.videoHeight));
      video.addEventListener("playing", () => (video.playbackRate = 4));
    }""")
    person.page.select_option("#player-quality", "v720")
    person.page.click("#player-start")
    person.page.wait_for_function("() => document.getElementById('player').ended")
    assert person.page.evaluate("() => window.heights") == [720, 360, 720]
    assert person.page.evaluate("() => document.getElementById('player').duration") == pytest.approx(14, abs=0.3)
    assert person.errors == []
    person.context.close()


def test_a_viewer_sees_the_speaker_in_the_size_that_is_chosen(scene: Scene, viewer: Participant) -> None:
    page = viewer.page
    loaded = viewer.page.evaluate("() => performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)")
    assert loaded < 200_000, "before the player"
    page.focus("#player-start")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'player'")
    moves(viewer)
    sees(viewer, RED)
    assert serious(page, sizes=True) == []
    print(f"from the camera to the viewer: {page.evaluate('() => liaisonPlayer.delay'):.1f} s")
    page.wait_for_selector(".agenda-view li[aria-current='step']:has-text('Roads')")
    page.wait_for_selector("#player-watching:visible:text-is('1')")
    page.select_option("#player-quality", "v360")
    page.wait_for_function("() => document.getElementById('player').videoHeight === 360")
    moves(viewer)
    page.select_option("#player-quality", "v720")
    page.wait_for_function("() => document.getElementById('player').videoHeight === 720")
    moves(viewer)
    page.press("#player-quality", "End")
    page.wait_for_function("() => { const v = document.getElementById('player'); return v.videoHeight === 0 && v.readyState > 2; }")
    moves(viewer)
    page.select_option("#player-quality", "v360")
    page.select_option("#player-sound", "sound-ru")
    moves(viewer)


def test_one_goes_back_to_the_beginning_and_to_what_is_on_now(viewer: Participant) -> None:
    page = viewer.page
    page.wait_for_function("() => document.getElementById('player').seekable.end(0) > 30")
    page.focus("#player-beginning")
    page.keyboard.press("Enter")
    page.wait_for_function("() => { const v = document.getElementById('player'); return v.readyState > 2 && v.currentTime < 8; }")
    moves(viewer)
    assert page.evaluate("() => liaisonPlayer.behind") > 20, "one stays where one has gone"
    page.wait_for_function("() => document.activeElement.id === 'player-live'")
    page.keyboard.press("Enter")
    page.wait_for_function("() => liaisonPlayer.behind < 12 && document.getElementById('player').readyState > 2")
    moves(viewer)


def test_a_question_is_asked_without_a_mouse(scene: Scene, viewer: Participant) -> None:
    page = viewer.context.new_page()
    page.goto(f"/public/sessions/{scene.session}")
    page.focus(".ask > summary")
    for key in ("Enter", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type("No")
    page.press(".ask button[type=submit]", "Enter")
    page.wait_for_selector(".ask #f-text[aria-invalid]")
    assert serious(page, sizes=True) == []
    page.focus("#f-text")
    page.keyboard.press("Control+A")
    page.keyboard.type("When does the bus come again?")
    page.press(".ask button[type=submit]", "Enter")
    page.wait_for_selector(".question-own:has-text('When does the bus come again?')")
    assert serious(page, sizes=True) == []
    page.close()


def test_a_citizen_speaks_from_a_hall_and_the_picture_follows(scene: Scene, viewer: Participant) -> None:
    chair, batken = (person.page for person in scene.people)
    batken.click("#people")
    batken.click("#ask-citizen")
    batken.wait_for_selector("#citizen-dialog[open]")
    assert serious(batken, sizes=True) == []
    batken.fill("#citizen-name", "Bakyt")
    batken.fill("#citizen-text", "When is the road mended?")
    batken.click("#citizen-do")
    batken.wait_for_function("() => document.activeElement.id === 'ask-citizen'")
    if chair.is_hidden("#panel"):
        chair.click("#people")
    chair.wait_for_selector("#hands-list .subject:has-text('Bakyt — When is the road mended?')")
    chair.click("#next-speaker")
    chair.wait_for_selector("#stage-name:text-is('Bakyt')")
    chair.wait_for_selector(".strip-question:has-text('When is the road mended?')")
    viewer.page.wait_for_selector("#player-asked:has-text('Bakyt: When is the road mended?')")
    sees(viewer, GREEN)


def test_captions_that_are_typed_are_read_at_home(scene: Scene, viewer: Participant) -> None:
    chair = scene.people[0].page
    chair.click("#caption-section summary")
    chair.select_option("#caption-language", "ky")
    chair.fill("#caption-text", "Саламатсыздарбы")
    typed = time.time()
    chair.press("#caption-text", "Enter")
    chair.wait_for_selector("#captions:has-text('Саламатсыздарбы')")
    told = time.time()
    page = viewer.page
    page.wait_for_selector("#player-captions:visible", timeout=30_000)
    page.evaluate(READ)
    page.select_option("#player-captions", "ky")
    page.click("#player-beginning")
    moment = page.wait_for_function(FIRST_CUE).json_value()
    page.evaluate("moment => (document.getElementById('player').currentTime = moment - 1)", moment)
    page.wait_for_function("() => window.read.includes('Саламатсыздарбы')")
    began = datetime.fromisoformat(json.loads((folder(scene) / "state.json").read_text())["began"]).timestamp()
    assert typed - 1 < began + moment < told + 1, "it is read where it was typed"
    page.select_option("#player-captions", "")
    page.click("#player-live")


def test_the_chair_takes_an_answer_back_and_the_question_again(scene: Scene, viewer: Participant) -> None:
    chair = scene.people[0].page
    chair.click("#question-undo")
    chair.wait_for_selector("#question-now", state="hidden")
    chair.click("#questions-list [data-key='take:2']")
    viewer.page.wait_for_selector("#player-asked:has-text('№ 2 · Bakyt: When is the road mended?')")
    chair.click("#question-end")
    chair.wait_for_selector(".strip-question", state="detached")
    chair.wait_for_selector("#questions-answered:visible")


@pytest.mark.kills
@pytest.mark.alone
@pytest.mark.parametrize("roles", [("broadcast",), ("web", "media")])
def test_processes_that_are_killed_are_missed_for_a_moment_only(scene: Scene, viewer: Participant, roles: tuple[str, ...]) -> None:
    missed = kill(scene, viewer, roles, GREEN)
    print(missed)
    assert missed.stood_s <= BACK_WITHIN_S and missed.away_s <= BACK_WITHIN_S


def test_of_a_closed_item_nothing_is_seen_or_heard(scene: Scene, viewer: Participant) -> None:
    chair = scene.people[0].page
    chair.click("#order")
    chair.click("#tab-rules")
    chair.click("#doors-close")
    chair.click("#confirm-do")
    viewer.page.wait_for_function("() => fetch(`${JSON.parse(document.getElementById('broadcast').dataset.broadcast).url}/state.json`)"
                                  ".then((answer) => answer.json()).then((state) => state.slate === 'closed')")
    sees(viewer, SLATE)
    viewer.page.wait_for_selector("#player-slate [data-slate='closed']:visible")
    assert serious(viewer.page, sizes=True) == []
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


def test_the_recording_goes_on_behind_the_hole_that_a_kill_has_left(scene: Scene, viewer: Participant) -> None:
    rows = [json.loads(line) for line in (folder(scene) / "v360" / "segments.jsonl").read_text().splitlines()]
    whole, hole = sum(row["s"] for row in rows), sum(row["s"] for row in rows if row["run"] == 1)
    assert hole < whole
    seconds = played(f"{scene.server.url}/live/{scene.session}/whole-v360-sound.m3u8")
    assert seconds == pytest.approx({"video": whole, "audio": whole}, abs=0.2)
    viewer.page.evaluate("at => liaisonPlayer.goTo(at)", hole - 2)
    viewer.page.wait_for_function("at => document.getElementById('player').currentTime > at", arg=hole + 1)


def test_the_recording_opens_where_a_question_was_answered(scene: Scene, viewer: Participant) -> None:
    page = viewer.page
    page.goto(f"/public/sessions/{scene.session}")
    assert page.locator(".contents-agenda").first.inner_text().endswith("1. Roads")
    assert page.locator(".contents-speaker:has-text('Batken')").count() >= 1
    answered = page.locator(".contents-question:has-text('When is the road mended?')")
    seconds = int(answered.get_attribute("data-seconds") or 0)
    assert seconds > 5
    answered.locator("a").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("at => { const { played } = document.getElementById('player');"
                           " return played.length > 0 && Math.abs(played.start(0) - at) < 2.5; }", arg=seconds)
    moves(viewer)
    page.wait_for_selector("#contents-list > [aria-current]")
    assert serious(page, sizes=True) == []
    page.press("#player", "ArrowLeft")
    page.wait_for_function("at => document.getElementById('player').currentTime < at - 2", arg=seconds)


def test_nobody_else_s_files_are_served(scene: Scene, viewer: Participant) -> None:
    for address in ("state.json/../../x", "lock", "v720/segments.jsonl", "..%2f..%2fsecret.key", "v720/99999.m4s"):
        assert viewer.context.request.get(f"/live/{scene.session}/{address}").status == 404
