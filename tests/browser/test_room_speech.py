"""The list of speakers and the clock of a speech, in real Chromium: asked for, reordered, granted, prompted, timed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from liaison.domain.agenda import entry
from signaling.room.agenda import Item, forecast
from signaling.room.floor import Speech
from signaling.room.state import stamp
from tests.support.chromium import Participant, new_participant
from tests.support.room import Scene, book, seconds_until, state
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN, NARYN = "osh-oblast", "batken-oblast", "naryn-oblast"
NAMES = "() => [...document.querySelectorAll('#hands-list strong')].map((name) => name.textContent)"


@pytest.fixture(scope="module")
def scene(live_server: LiaisonServer, chromium: Browser) -> Iterator[Scene]:
    """Osh leads; Batken and Naryn take part."""
    with book(live_server, OSH, BATKEN, NARYN, agenda=[entry("Roads", 20), entry("Schools", 15)]) as made:
        for point, colour, role in ((OSH, "#d02020", "chair"), (BATKEN, "#20b030", "point"), (NARYN, "#2040d0", "point")):
            person = new_participant(chromium, live_server.url, colour, 440, viewport={"width": 1366, "height": 768})
            made.enter(person, point, role=role)
        for person in made.people:
            person.page.wait_for_selector("#stage:visible")
        if made.people[0].page.is_hidden("#panel"):
            made.people[0].page.click("#people")
        made.people[0].page.click("#stage-menu summary")
        yield made


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


# Keeps every phase of the clock with its sign and words, and every sentence for screen readers, however short they last.
RECORD = """() => {
  const clock = document.getElementById("stage-clock"), said = document.getElementById("speech-said");
  window.__phases = {};
  window.__said = [];
  const note = () => {
    const words = clock.querySelector(".clock-words").textContent;
    if (!clock.hidden) window.__phases[clock.dataset.phase] = [clock.querySelector("use").getAttribute("href"), words];
    if (said.textContent && window.__said.at(-1) !== said.textContent) window.__said.push(said.textContent);
  };
  const all = { attributes: true, childList: true, characterData: true, subtree: true };
  for (const part of [clock, said]) new MutationObserver(note).observe(part, all);
}"""


def test_a_short_limit_turns_yellow_then_red_in_colour_sign_and_words(scene: Scene) -> None:
    chair, batken, naryn = (person.page for person in scene.people)
    batken.click("#hand")
    in_list(chair, ["Batken Province"])
    limit_of_ten_seconds(chair)
    for page in (batken, naryn):
        page.evaluate(RECORD)
    chair.click("#next-speaker")
    naryn.wait_for_selector("#stage-clock[data-phase='red'] .clock-words:has-text('over the limit')", timeout=30_000)
    batken.wait_for_selector("#speech-said:text('Your time is up.')", state="attached")
    assert batken.evaluate("() => window.__said") == ["Your time is nearly up.", "Your time is up."]
    assert naryn.evaluate("() => window.__said") == ["The time of the speech is nearly up.", "The time of the speech is up."]
    phases: dict[str, tuple[str, str]] = naryn.evaluate("() => window.__phases")
    assert list(phases) == ["green", "yellow", "red"]
    assert len({sign for sign, _ in phases.values()}) == len({words for _, words in phases.values()}) == 3
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


# What the page reckons of [speech, now in milliseconds] and of [planned minutes, items, now in milliseconds].
PAGES_CLOCKS = """async ([speeches, agendas]) => {
  const { clockOf } = await import("/static/js/room/speech_clock.js");
  const { forecast } = await import("/static/js/room/agenda_clock.js");
  return [speeches.map(([speech, now]) => { const { elapsed, phase } = clockOf(speech, now); return [elapsed, phase]; }),
    agendas.map(([planned, items, now]) => forecast(planned, items, now))];
}"""
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_the_pages_clocks_reckon_as_the_server_does(scene: Scene) -> None:
    chance = random.Random(5)
    since = [None, *(NOON - timedelta(seconds=chance.uniform(-2, 400)) for _ in range(4))]
    speeches = [Speech("p", chance.choice(since), NOON, chance.uniform(0, 300), chance.choice([None, 10.0, 60.0, 300.0]))
                for _ in range(200)]
    agendas = [{str(index): Item(chance.uniform(0, 2000), chance.choice(since), chance.choice([None, NOON]))
                for index in range(chance.randrange(4))} for _ in range(50)]
    told = [{"since": stamp(speech.since), "spent_s": speech.spent_s, "limit_s": speech.limit_s, "yellow_s": speech.yellow_s}
            for speech in speeches]
    items = [{key: {"spent_s": item.spent_s, "since": stamp(item.since), "closed_at": stamp(item.closed_at)}
              for key, item in agenda.items()} for agenda in agendas]
    now = NOON.timestamp() * 1000
    clocks, ends = scene.people[0].page.evaluate(PAGES_CLOCKS, [[[one, now] for one in told], [[[20, 5, 10], one, now] for one in items]])
    for speech, (elapsed, phase) in zip(speeches, clocks, strict=True):
        assert phase == speech.phase(NOON)
        assert abs(elapsed - speech.elapsed_s(NOON)) < 0.01
    for agenda, end in zip(agendas, ends, strict=True):
        assert abs(end / 1000 - forecast([20, 5, 10], agenda, NOON).timestamp()) < 0.01


PAGES_LOAD = """async (readings) => {
  const { DrawLoad } = await import("/static/js/room/draw_load.js");
  const load = new DrawLoad(2);
  return readings.map((reading) => load.take(reading));
}"""


def reading(shown: int, dropped: int = 0, loss: float = 0.0, decoding: float = 0.5) -> dict[str, float]:
    return {"decoded": 500 - dropped, "dropped": dropped, "decoding": decoding, "loss": loss, "seconds": 2.5, "shown": shown}


def test_a_pc_that_cannot_draw_all_pictures_asks_for_fewer_and_tries_more_again_later(scene: Scene) -> None:
    weak, well, bad_link = reading(24, dropped=100), reading(16), reading(16, dropped=100, loss=0.05)
    busy = reading(16, decoding=4.5)  # of the 5 s that two cores have
    told = scene.people[0].page.evaluate(PAGES_LOAD, [weak, well, weak, weak, bad_link, busy, busy, *[reading(9)] * 24, *[busy] * 2,
                                                      *[reading(9)] * 47, reading(9), *[reading(16)] * 48])
    assert told[:7] == [None, None, None, 16, 16, 16, 9], "twice in a row, and not for what the link has lost"
    assert told[7:31] == [9] * 23 + [16], "a minute of calm"
    assert told[31:33] == [16, 9]
    assert told[33:81] == [9] * 47 + [16], "two minutes, after a step up that was too much"
    assert told[81:] == [16] * 47 + [None]


def test_names_stand_for_the_pictures_that_a_weak_pc_leaves_out(scene: Scene) -> None:
    chair = scene.people[0].page
    asked = "() => window.liaisonRoom.slots().filter((slot) => slot.kind === 'video' && slot.wanted).length"
    chair.wait_for_function(f"() => ({asked})() === 2")
    chair.evaluate("() => window.liaisonRoom.drawAtMost(0)")
    chair.wait_for_function(f"() => ({asked})() === 1")
    chair.wait_for_selector("#stage-picture.is-live")
    chair.evaluate("() => window.liaisonRoom.drawAtMost(null)")
    chair.wait_for_function(f"() => ({asked})() === 2")


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
    batken.click("#language")
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


def test_what_the_chair_has_chosen_since_is_not_lost_to_an_earlier_choice(scene: Scene) -> None:
    chair, batken, _ = (person.page for person in scene.people)
    chair.select_option("#stage-mode", "pinned")
    chair.select_option("#stage-one", peer_of(scene, 2))
    chair.wait_for_selector("#stage-name:text('Naryn Province')")
    scene.people[0].hold_messages()
    chair.select_option("#stage-mode", "two")
    chair.select_option("#stage-one", peer_of(scene, 1))
    assert chair.evaluate("() => window.__letGo('set_stage')")
    chair.wait_for_function("() => window.liaisonRoom.state().room.stage.mode === 'two'")  # the first choice is heard of only now
    assert chair.input_value("#stage-one") == peer_of(scene, 1)
    chair.select_option("#stage-two", peer_of(scene, 2))
    chair.evaluate("() => window.__letAllGo()")
    for page in (chair, batken):
        page.wait_for_selector("#stage-name:text('Batken Province')")
        page.wait_for_selector("#second-name:text('Naryn Province')")
    chair.wait_for_function("() => window.liaisonRoom.state().room.stage.peers[1] === document.getElementById('stage-two').value")
    chair.select_option("#stage-mode", "free")
    chair.wait_for_function("() => window.liaisonRoom.state().room.stage.mode === 'free'")


def test_a_microphone_pressed_twice_before_the_server_has_answered_is_as_it_was(scene: Scene) -> None:
    batken = scene.people[1].page
    was, before = batken.get_attribute("#mic", "aria-pressed"), state(scene.people[1])["seq"]
    scene.people[1].hold_messages()
    for _ in range(2):
        batken.click("#mic")
    assert batken.get_attribute("#mic", "aria-pressed") == was
    batken.evaluate("() => window.__letAllGo()")
    batken.wait_for_function(
        "([seq, on]) => ((now) => now.seq >= seq + 2 && now.room.peers[now.me.peer].microphone === on)(window.liaisonRoom.state())",
        arg=[before, was == "true"])
    assert batken.get_attribute("#mic", "aria-pressed") == was


def sent_frames(person: Participant) -> int:
    rows = person.page.evaluate("() => window.liaisonRoom.sent()")
    return sum(row["frames"] for row in rows if row["kind"] == "video")


def frames_in(person: Participant, seconds: float) -> int:
    before = sent_frames(person)
    time.sleep(seconds)
    return sent_frames(person) - before


def test_whoever_does_not_speak_sends_stills_where_only_speakers_send_video(scene: Scene) -> None:
    chair, batken, _ = scene.people
    seconds_until(lambda: frames_in(batken, 2.0) >= 10, 20, "Batken's whole picture")
    chair.page.click("#order")
    chair.page.click("#tab-rules")
    chair.page.select_option("#right-video", "speakers")
    batken.page.wait_for_selector(".tile-own.is-still .still:visible")
    seconds_until(lambda: 0 < frames_in(batken, 4.0) <= 7, 30, "stills of Batken")
    chair.page.wait_for_selector(f".tile[data-peer='{peer_of(scene, 1)}'] .picture.is-live, #stage-picture.is-live")
    batken.page.click("#hand")  # the next in the list
    batken.page.wait_for_selector(".tile-own:not(.is-still)")
    seconds_until(lambda: frames_in(batken, 2.0) >= 10, 20, "Batken's whole picture before its turn")
    chair.page.select_option("#right-video", "all")
    batken.page.click("#hand")
    for person in scene.people:
        assert person.errors == []


def names_on(page: Page, where: str) -> set[str]:
    """The names that are to be read on a screen."""
    script = "where => [...document.querySelectorAll(where)].filter((name) => name.checkVisibility()).map((name) => name.textContent)"
    return set(page.evaluate(script, where))


def test_a_halls_two_screens_show_everybody_without_a_click(scene: Scene, chromium: Browser) -> None:
    walls = [new_participant(chromium, scene.server.url, camera=False, viewport={"width": 1920, "height": 1080}) for _ in (1, 2)]
    for number, wall in enumerate(walls, start=1):
        wall.page.goto(scene.address("chair", OSH, f"&wall=1&screen={number}"))
    first, second = (wall.page for wall in walls)
    for page in (first, second):
        page.wait_for_function("() => window.liaisonRoom?.state().me?.via === 'wall'")
        page.wait_for_selector(".tile .picture.is-live")
    everybody, large_or_small = set(scene.names.values()), ".tile .nameplate strong, #stage-name"
    seconds_until(lambda: names_on(first, large_or_small) | names_on(second, large_or_small) == everybody, 10, "everybody on two screens")
    assert names_on(second, large_or_small) == {"Naryn Province"}
    assert names_on(first, ".tile .nameplate strong") <= {"Osh Province", "Batken Province"}
    assert first.locator("#tools, #panel").count() == 0
    first.wait_for_selector("#hall-strip:has-text('Roads')")
    first.wait_for_selector("#stage-picture.is-live")
    chair, batken, _ = (person.page for person in scene.people)
    batken.click("#hand")
    if chair.is_hidden("#panel-people"):
        chair.click("#people")
    chair.click("#next-speaker")
    first.wait_for_selector("#stage-clock:visible")
    first.wait_for_selector("#stage-name:text('Batken Province')")
    for wall in walls:
        assert wall.errors == []
        wall.context.close()
