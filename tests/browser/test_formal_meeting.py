"""A whole formal meeting of six items in real Chromium, with a crash of the web process and one of the media process in the middle.

Five people: Osh leads, Batken and Naryn take part, a secretary keeps the order, an interpreter speaks Kyrgyz. The tests are the meeting's
items, in order; the last one holds the log, the attendance sheet and the protocol against what was done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from liaison.domain.actor import SYSTEM
from liaison.domain.agenda import entry
from liaison.services import documents
from liaison.services.attendance import attendance_sheet
from liaison.services.documents import Placing
from liaison.store import tables as t
from signaling import rooms
from signaling.protocol import meeting_protocol
from signaling.room.events import Event, evolve
from signaling.room.state import RoomState, to_json
from tests.support.chromium import Participant, new_participant
from tests.support.papers import pdf
from tests.support.room import Scene, book, seconds_until, see_each_other, sees
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN, NARYN = "osh-oblast", "batken-oblast", "naryn-oblast"
ITEMS = ("Opening", "Report on the harvest", "The budget", "Roads", "Personnel", "Closing")
SCREEN = (140, 40, 160)
SHARES_A_SCREEN = """() => {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const pen = canvas.getContext("2d");
    const draw = () => { pen.fillStyle = "#8c28a0"; pen.fillRect(0, 0, 640, 360); };
    draw();
    setInterval(draw, 100);
    return canvas.captureStream(10);
  };
}"""


class Meeting:
    """The five, and what is read of the meeting from outside."""

    def __init__(self, scene: Scene, browser: Browser) -> None:
        self.scene = scene
        url = scene.server.url
        self.chair = scene.enter(new_participant(browser, url, "#d02020", 440), OSH, role="chair")
        self.batken = scene.enter(new_participant(browser, url, "#20b030", 660), BATKEN)
        self.naryn = scene.enter(new_participant(browser, url, "#2040d0", 880), NARYN)
        self.secretary = scene.enter(new_participant(browser, url, "#c0a020", 330), None, role="secretary")
        self.interpreter = scene.enter(new_participant(browser, url, "#a030a0", 1320), None, role="interpreter")

    @property
    def points(self) -> tuple[Participant, ...]:
        return self.chair, self.batken, self.naryn

    def log(self) -> list[t.RoomEvent]:
        with self.scene.house.db.read() as db:
            return list(db.scalars(select(t.RoomEvent).where(t.RoomEvent.session_id == self.scene.session).order_by(t.RoomEvent.seq)))

    def all_see_all(self, what: str) -> None:
        seconds_until(lambda: see_each_other(self.points, {OSH, BATKEN, NARYN}), 60, f"everybody to see everybody {what}")

    def next_item(self, index: int) -> None:
        """The chair goes on to this item, and everybody's page says so."""
        self.chair.page.click("#agenda-next")
        for person in self.scene.people:
            person.page.wait_for_function("index => window.liaisonRoom.state().room.agenda.index === index", arg=index)


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Meeting]:
    with LiaisonServer(tmp_path_factory.mktemp("formal")) as server:
        with book(server, OSH, BATKEN, NARYN, agenda=[entry(title, 5) for title in ITEMS]) as scene:
            made = Meeting(scene, chromium)
            documents.add_document(scene.house, SYSTEM, scene.session, pdf(3, "Budget"), Placing("Draft budget", item=2))
            made.all_see_all("at the beginning")
            yield made


def open_panel(page: Page, panel: str, button: str) -> None:
    if page.is_hidden(f"#panel-{panel}"):
        page.click(f"#{button}")
    page.wait_for_selector(f"#panel-{panel}:visible")


def test_1_the_roll_is_called_and_the_quorum_reached(meeting: Meeting) -> None:
    secretary = meeting.secretary.page
    open_panel(secretary, "order", "order")
    secretary.fill("#quorum-need", "3")
    secretary.press("#quorum-need", "Enter")
    secretary.wait_for_selector("#order-strip:visible")  # what comes up moves the buttons below it
    secretary.click("#roll-start")
    for point in (OSH, BATKEN, NARYN):
        expect(secretary.locator("#roll-name")).to_have_text(meeting.scene.names[point])
        secretary.keyboard.press("p")
        secretary.keyboard.press("n")
    secretary.keyboard.press("n")  # there is no further point: nothing else may happen
    secretary.click("#roll-end")
    for person in meeting.points:
        expect(person.page.locator("#order-strip")).to_contain_text("Quorum: 3 of 3")


def test_2_the_list_of_speakers_with_a_point_of_order_in_between(meeting: Meeting) -> None:
    chair, batken, naryn = (person.page for person in meeting.points)
    open_panel(chair, "people", "people")
    meeting.next_item(1)
    batken.click("#hand")
    chair.wait_for_selector("#hands-list li:has-text('Batken')")
    chair.click("#next-speaker")
    batken.wait_for_selector("#stage-clock.is-mine:visible")
    naryn.keyboard.press("Shift+H")
    naryn.fill("#request-subject", "The figures of last year")
    naryn.keyboard.press("Enter")
    chair.click("#hands-list .btn-warm")
    batken.wait_for_selector("#stage-clock .clock-order")
    expect(batken.locator("#stage-name")).to_have_text(meeting.scene.names[NARYN])
    naryn.click("#speech-finish")
    batken.wait_for_selector("#stage-clock.is-mine:visible")
    batken.click("#speech-finish")
    chair.wait_for_selector("#floor-section", state="hidden")


def cast(person: Participant, point: str, choice: str) -> None:
    person.page.click(f'[data-key="choose:{point}:{choice}"]')
    person.page.click(f'[data-key="confirm:{point}"]')


HEARS_KYRGYZ = """() => {
  const levels = Object.fromEntries([...document.querySelectorAll("#sounds audio")].map((a) => [a.dataset.mid, a.muted ? 0 : a.volume]));
  return levels.i0 === 1 && levels.a0 < 0.5;
}"""


def naryn_hears_the_interpreter(meeting: Meeting, when: str) -> None:
    meeting.naryn.page.wait_for_function(HEARS_KYRGYZ, timeout=30_000)
    seconds_until(lambda: meeting.naryn.hears_tone(meeting.interpreter.tone), 20, f"the interpreter {when}")


def a_document_is_shown_and_leafed_for_everybody(meeting: Meeting) -> None:
    chair = meeting.chair.page
    open_panel(chair, "people", "people")
    chair.click("[aria-label='Show to everybody: Draft budget']")
    for number in (1, 2, 3):
        for person in meeting.points:
            person.page.wait_for_selector(f"#paper-page:text-is('Page {number} of 3')")
            person.page.wait_for_function("() => document.getElementById('paper-image').naturalWidth > 0")
        chair.click("#paper-next" if number < 3 else "#paper-hide")
    for person in meeting.points:
        person.page.wait_for_selector("#paper", state="hidden")


def test_3_a_document_is_shown_and_a_vote_is_taken_on_it(meeting: Meeting) -> None:
    secretary, naryn = meeting.secretary.page, meeting.naryn.page
    meeting.interpreter.page.click("#booth-languages [data-language='ky']")
    naryn.click("#language")
    naryn.check("#languages [value='ky']")
    naryn.click("#panel-close")
    naryn_hears_the_interpreter(meeting, "from the choice on")
    meeting.next_item(2)
    a_document_is_shown_and_leafed_for_everybody(meeting)
    open_panel(secretary, "order", "order")
    secretary.click("#tab-votes")
    secretary.fill("#vote-title", "To adopt the budget")
    secretary.click("#vote-start")
    for person, point, choice in zip(meeting.points, (OSH, BATKEN, NARYN), ("yes", "yes", "no"), strict=True):
        cast(person, point, choice)
    expect(secretary.locator("#vote-progress")).to_have_text("Voted: 3 of 3")
    secretary.click("#vote-close")
    for person in (*meeting.points, meeting.secretary, meeting.interpreter):
        expect(person.page.locator("#vote-result-outcome")).to_have_text("Accepted")
        person.page.click("#vote-result-close")


def shows_the_screen(viewer: Participant) -> bool:
    seen = viewer.sees("#stage-picture video")
    return seen is not None and all(abs(a - b) <= 48 for a, b in zip(seen, SCREEN, strict=True))


def test_4_a_screen_is_shown_while_the_web_process_dies(meeting: Meeting) -> None:
    meeting.next_item(3)
    batken, server = meeting.batken.page, meeting.scene.server
    batken.evaluate(SHARES_A_SCREEN)
    batken.click("#screen")
    for viewer in (meeting.chair, meeting.naryn):
        seconds_until(lambda v=viewer: shows_the_screen(v), 20, "the screen")
    old = server.pids()["web"]
    server.kill("web")
    assert shows_the_screen(meeting.naryn), "pictures do not need the web process"
    server.wait_for_new("web", old)
    for person in meeting.scene.people:
        person.page.wait_for_function("() => window.liaisonRoom.state().signal === 'joined'", timeout=30_000)
    for viewer in (meeting.chair, meeting.naryn):
        seconds_until(lambda v=viewer: shows_the_screen(v), 20, "the screen after the crash")
    naryn_hears_the_interpreter(meeting, "after the crash")
    batken.click("#screen")
    for viewer in (meeting.chair, meeting.naryn):
        viewer.page.wait_for_selector("#stage-badge", state="hidden")


def test_5_a_closed_item_is_closed_for_the_media_process_that_comes_anew(meeting: Meeting) -> None:
    meeting.next_item(4)
    chair, server = meeting.chair.page, meeting.scene.server
    open_panel(chair, "order", "order")
    chair.click("#tab-rules")
    chair.uncheck("#doors-all")
    for point in (OSH, NARYN):
        chair.check(f'#doors-list [value="{point}"]')
    chair.click("#doors-close")
    chair.click("#confirm-do")
    expect(meeting.batken.page.locator("#lobby-title")).to_have_text("A closed item is being treated")
    old = server.pids()["media"]
    server.kill("media")
    server.wait_for_new("media", old)
    seconds_until(lambda: sees(meeting.naryn, {OSH}, seconds=1.0), 40, "the two to see each other again")
    assert not sees(meeting.batken, {OSH}, per_second=0.1)
    naryn_hears_the_interpreter(meeting, "in the media process that came anew")
    chair.click("#doors-open")
    meeting.all_see_all("after the closed item")


def test_6_log_sheet_and_protocol_agree_with_what_was_done(meeting: Meeting) -> None:
    chair, scene = meeting.chair.page, meeting.scene
    open_panel(chair, "people", "people")
    meeting.next_item(5)
    chair.click("#steer-end")
    chair.click("#confirm-do")
    for person in scene.people:
        person.page.wait_for_selector("#over:visible")
        assert person.errors == []
    events = meeting.log()
    the_log_folds_to_the_saved_state(scene, events)
    count = [event.type for event in events].count
    assert {kind: count(kind) for kind in ("vote_opened", "vote_cast", "vote_closed", "doors_closed", "doors_opened", "media_reset")} == {
        "vote_opened": 1, "vote_cast": 3, "vote_closed": 1, "doors_closed": 1, "doors_opened": 1, "media_reset": 1}
    the_protocol_tells_it(meeting_protocol(scene.house, SYSTEM, scene.session))
    for row in attendance_sheet(scene.house, SYSTEM, scene.session)["points"]:
        assert row["share"] > 0.9, row
        assert len(row["presences"]) == 1, "one stay each, through both crashes"


def the_log_folds_to_the_saved_state(scene: Scene, events: list[t.RoomEvent]) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    with scene.house.db.read() as db:
        saved, _ = rooms.read_state(db, scene.session)
    folded = RoomState(scene.session, plan=saved.plan)
    for event in events:
        folded = evolve(folded, Event(event.type, event.data, event.at))
    assert to_json(folded) == to_json(saved)


def the_protocol_tells_it(facts: dict[str, Any]) -> None:
    assert all(item["treated"] for item in facts["agenda"])
    assert [item["title"][""] for item in facts["agenda"]] == list(ITEMS)
    marks = {point: mark["mark"] for point, mark in facts["roll_calls"][0]["marks"].items()}
    assert marks == dict.fromkeys((OSH, BATKEN, NARYN), "present")
    assert facts["quorum"][-1]["reached"]
    (vote,) = facts["votes"]
    assert (vote["counts"], vote["outcome"]) == ({"yes": 2, "no": 1, "abstain": 0}, "accepted")
    assert vote["cast"] == {OSH: "yes", BATKEN: "yes", NARYN: "no"}
    assert {each["delegation"]: each["times"] for each in facts["speeches"]}[NARYN] == 1
    assert facts["closed_items"][0]["points"] == [OSH, NARYN]
    assert [paper["title"] for paper in facts["documents"]] == ["Draft budget"]
