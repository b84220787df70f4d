"""The list of speakers and the clock of a speech, in real Chromium: asked for, reordered, granted, prompted, timed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from liaison.domain.agenda import entry
from tests.support.chromium import new_participant
from tests.support.room import Scene, book, state
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN, NARYN = "osh-oblast", "batken-oblast", "naryn-oblast"
NAMES = "() => [...document.querySelectorAll('#hands-list strong')].map((name) => name.textContent)"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Scene]:
    """Osh leads; Batken and Naryn take part."""
    with LiaisonServer(tmp_path_factory.mktemp("speech")) as server:
        made = book(server, OSH, BATKEN, NARYN, agenda=[entry("Roads", 20), entry("Schools", 15)])
        for point, colour, role in ((OSH, "#d02020", "chair"), (BATKEN, "#20b030", "point"), (NARYN, "#2040d0", "point")):
            made.enter(new_participant(chromium, server.url, colour, 440, viewport={"width": 1366, "height": 768}), point, role=role)
        for person in made.people:
            person.page.wait_for_selector("#stage:visible", timeout=30_000)
        if made.people[0].page.is_hidden("#panel"):
            made.people[0].page.click("#people")
        yield made
        made.end()
        for person in made.people:
            person.context.close()


def in_list(page: Page, names: list[str]) -> None:
    page.wait_for_function(f"names => JSON.stringify(({NAMES})()) === JSON.stringify(names)", arg=names)


def focused(page: Page) -> str:
    found: str = page.evaluate("() => document.activeElement.id || document.activeElement.dataset.key || ''")
    return found


def limit_of_ten_seconds(chair: Page) -> None:
    """Shorter than any choice of the page, so that the test need not wait for a minute."""
    chair.evaluate("() => document.getElementById('limit-speech').append(new Option('10 s', '10'))")
    chair.select_option("#limit-speech", "10")
    chair.wait_for_function("() => window.liaisonRoom.state().room.list.speech_s === 10")


def test_hands_are_raised_with_a_subject_and_reordered_without_losing_the_keyboards_place(scene: Scene) -> None:
    chair, batken, naryn = (person.page for person in scene.people)
    batken.click("#hand")
    batken.click(".toast:has-text('number 1') .btn")
    batken.fill("#request-subject", "Water for Leilek")
    batken.click("#request-do")
    chair.wait_for_selector("#hands-list .subject:text('Water for Leilek')")
    naryn.keyboard.press("Shift+H")
    naryn.fill("#request-subject", "The agenda")
    naryn.keyboard.press("Enter")
    in_list(chair, ["Naryn Province", "Batken Province"])  # a point of order stands first
    chair.wait_for_selector("#hands-list li:first-child .order-sign")
    chair.focus("#hands-list li:last-child [data-key^='up']")
    held = focused(chair)
    chair.keyboard.press("Enter")
    for page in (chair, batken, naryn):
        in_list(page, ["Batken Province", "Naryn Province"])
    assert focused(chair) == held
    chair.wait_for_selector("#queue-said:text('Batken Province is number 1 now.')", state="attached")


def test_a_closed_list_takes_points_of_order_alone(scene: Scene) -> None:
    chair, _, naryn = (person.page for person in scene.people)
    naryn.click("#hand")
    in_list(chair, ["Batken Province"])
    chair.click("#list-rules summary")
    chair.click("#list-open")
    chair.wait_for_selector("#list-closed:visible")
    naryn.click("#hand")
    naryn.wait_for_selector(".toast:has-text('list of speakers is closed')")
    naryn.keyboard.press("Shift+H")
    naryn.keyboard.press("Enter")
    in_list(chair, ["Naryn Province", "Batken Province"])
    chair.click("#hands-list [data-key^='lower_hand']")
    in_list(chair, ["Batken Province"])
    chair.click("#list-open")
    chair.wait_for_selector("#list-closed", state="hidden")


def test_a_reload_keeps_the_place_in_the_list(scene: Scene) -> None:
    chair, batken, _ = (person.page for person in scene.people)
    batken.reload()
    batken.wait_for_selector("#hand .tool-count:text('1')")
    in_list(chair, ["Batken Province"])


def test_whoever_is_called_is_asked_for_the_microphone_and_never_switched_on(scene: Scene) -> None:
    chair, batken, _ = scene.people
    if state(batken)["room"]["peers"][state(batken)["me"]["peer"]]["microphone"]:
        batken.page.click("#mic")
    batken.page.wait_for_selector("#mic[aria-pressed='false']")
    chair.page.select_option("#limit-speech", "60")
    batken.page.wait_for_function("() => window.liaisonRoom.state().room.list.speech_s === 60")
    chair.page.click("#next-speaker")
    batken.page.wait_for_selector("#floor-prompt:visible")
    batken.page.wait_for_function("() => document.activeElement.id === 'floor-mic'")
    assert batken.page.get_attribute("#mic", "aria-pressed") == "false"
    batken.page.keyboard.press("Enter")
    batken.page.wait_for_selector("#floor-prompt", state="hidden")
    batken.page.wait_for_selector("#mic[aria-pressed='true']")
    assert focused(batken.page) == "speech-finish"


def test_the_clock_is_green_yellow_and_red_for_everybody_stands_and_goes_on(scene: Scene) -> None:
    chair, batken, naryn = (person.page for person in scene.people)
    for page in (chair, batken, naryn):
        page.wait_for_selector("#stage-clock[data-phase='green']:visible")
        assert page.inner_text("#stage-clock .clock-limit") == "/ 01:00"
    assert "is-mine" in (batken.get_attribute("#stage-clock", "class") or "")
    chair.click("#speech-pause")
    naryn.wait_for_selector("#stage-clock.is-paused .clock-words:text('The clock stands')")
    stood = naryn.inner_text("#stage-clock time")
    chair.click("#speech-resume")
    naryn.wait_for_function("stood => document.querySelector('#stage-clock time').textContent !== stood", arg=stood)
    chair.click("#speech-more")
    batken.wait_for_selector("#stage-clock .clock-limit:text('/ 02:00')")
    batken.click("#speech-finish")
    chair.wait_for_selector("#floor-section", state="hidden")


def test_a_short_limit_turns_yellow_then_red_in_colour_sign_and_words(scene: Scene) -> None:
    chair, batken, naryn = (person.page for person in scene.people)
    batken.click("#hand")
    in_list(chair, ["Batken Province"])
    limit_of_ten_seconds(chair)
    chair.click("#next-speaker")
    for page, said in ((naryn, "The time of the speech is nearly up."), (batken, "Your time is nearly up.")):
        page.wait_for_selector("#stage-clock[data-phase='yellow'] .clock-words:has-text('left')", timeout=20_000)
        assert page.inner_text("#speech-said") == said
    yellow = naryn.get_attribute("#stage-clock use", "href")
    naryn.wait_for_selector("#stage-clock[data-phase='red'] .clock-words:has-text('over the limit')", timeout=20_000)
    assert naryn.get_attribute("#stage-clock use", "href") != yellow
    naryn.keyboard.press("Shift+H")
    naryn.keyboard.press("Enter")
    chair.click("#hands-list .btn-warm")
    batken.wait_for_selector("#stage-clock .clock-order:text('Point of order · goes on afterwards: Batken Province')")
    chair.click("#floor-list .btn-warm")
    batken.wait_for_selector("#stage-clock.is-mine[data-phase='red']")
    batken.click("#speech-finish")
    chair.wait_for_selector("#floor-section", state="hidden")
    for person in scene.people:
        assert person.errors == []


def test_the_agenda_shows_what_each_item_took_and_when_the_meeting_ends(scene: Scene) -> None:
    chair, batken, _ = (person.page for person in scene.people)
    batken.click("#people")
    batken.wait_for_selector("#agenda-list li[aria-current='step'] .muted:has-text(' of ')")
    assert batken.locator("#agenda-list .act").count() == 0
    batken.wait_for_selector("#agenda-forecast:has-text('Will end at')")
    chair.click("#agenda-list [data-act='close']")
    batken.wait_for_selector("#agenda-list .is-done .agenda-tick")
    chair.click("#agenda-list li:first-child [data-act='start']")
    batken.wait_for_selector("#agenda-list li:first-child[aria-current='step']")


def peer_of(scene: Scene, index: int) -> str:
    found: str = state(scene.people[index])["me"]["peer"]
    return found


def test_everybody_sees_what_the_chair_decides_and_may_choose_again_afterwards(scene: Scene) -> None:
    chair, batken, naryn = (person.page for person in scene.people)
    chair.select_option("#stage-mode", "pinned")
    chair.select_option("#stage-one", peer_of(scene, 2))
    batken.wait_for_selector("#stage-told-words:text('The chair shows: one participant')")
    batken.wait_for_selector("#stage-name:text('Naryn Province')")
    batken.wait_for_selector("#stage-picture.is-live")
    naryn.wait_for_selector("#stage-told-words:text('The chair shows you to everybody')")
    batken.click("button.tile")
    batken.wait_for_selector(".toast:has-text('The chair decides what everybody sees now')")
    assert batken.inner_text("#stage-name") == "Naryn Province"
    chair.select_option("#stage-mode", "two")
    chair.select_option("#stage-one", peer_of(scene, 1))
    chair.select_option("#stage-two", peer_of(scene, 2))
    for page in (chair, batken, naryn):
        page.wait_for_selector("#second-name:text('Naryn Province')")
        page.wait_for_selector("#stage-name:text('Batken Province')")
        page.wait_for_selector("#stage-picture.is-live")
        page.wait_for_selector("#stage-second.is-live")
    chair.select_option("#stage-mode", "gallery")
    for page in (chair, batken, naryn):
        page.wait_for_selector("#floorplan[data-side='all'] .tile:nth-child(3)")
    chair.select_option("#stage-sign", peer_of(scene, 2))
    if batken.is_hidden("#panel-settings"):
        batken.click("#settings")
    batken.check("#sign-switch")
    batken.wait_for_selector("#sign-picture.is-live")
    chair.select_option("#stage-sign", "")
    batken.wait_for_selector("#sign-picture", state="hidden")
    chair.select_option("#stage-mode", "free")
    batken.wait_for_selector("#stage-told", state="hidden")
    batken.click("button.tile:not(.is-on-stage)")
    batken.wait_for_selector("#unpin:visible")
    for person in scene.people:
        assert person.errors == []
