"""The order of a meeting in real Chromium: roll call and quorum, a secret vote with a lost line, a closed item, a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from liaison.domain.actor import SYSTEM
from liaison.services import documents
from liaison.services.documents import Placing
from liaison.store import tables as t
from tests.support.booths import AIR, MIXED, look_at_sign_language, relay
from tests.support.chromium import Participant, new_participant
from tests.support.papers import pdf
from tests.support.room import Scene, all_see, book, frames_by_point, seconds_until, see_each_other, sees, state
from tests.support.server import PASSWORD, LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN, NARYN, TALAS = "osh-oblast", "batken-oblast", "naryn-oblast", "talas-oblast"
SMALL = "320x180@10"


class Meeting:
    """Osh leads, Batken and Naryn take part, Talas does not come; a secretary keeps the order, a citizen watches."""

    def __init__(self, scene: Scene, browser: Browser) -> None:
        self.scene = scene
        url = scene.server.url
        self.chair = scene.enter(new_participant(browser, url, "#d02020", 440), OSH, role="chair")
        self.batken = scene.enter(new_participant(browser, url, "#20b030", 660), BATKEN)
        self.naryn = scene.enter(new_participant(browser, url, "#2040d0", 880), NARYN)
        self.secretary = scene.enter(new_participant(browser, url, "#c0a020", 330), None, role="secretary")
        self.citizen = new_participant(browser, url, "#808080", 220)
        self.citizen.page.goto(f"/watch/{scene.session}")
        scene.people.append(self.citizen)

    @property
    def points(self) -> tuple[Participant, ...]:
        return self.chair, self.batken, self.naryn

    def log(self, kind: str) -> list[t.RoomEvent]:
        with self.scene.house.db.read() as db:
            query = select(t.RoomEvent).where(t.RoomEvent.session_id == self.scene.session, t.RoomEvent.type == kind)
            return list(db.scalars(query.order_by(t.RoomEvent.seq)))


@pytest.fixture(scope="module")
def meeting(live_server: LiaisonServer, chromium: Browser) -> Iterator[Meeting]:
    with book(live_server, OSH, BATKEN, NARYN, TALAS, public=True) as scene:
        made = Meeting(scene, chromium)
        seconds_until(lambda: see_each_other(made.points, {OSH, BATKEN, NARYN}), 60, "everybody to see everybody")
        yield made


def says(person: Participant, words: str) -> None:
    """The strip under the head says it."""
    expect(person.page.locator("#order-strip")).to_contain_text(words)


def open_rules(page: Page) -> None:
    if page.is_hidden("#panel-order"):
        page.click("#order")
    page.click("#tab-rules")


def test_a_roll_call_by_keys_brings_up_the_called_and_reaches_the_quorum(meeting: Meeting) -> None:
    secretary, names = meeting.secretary.page, meeting.scene.names
    secretary.keyboard.press("o")
    secretary.fill("#quorum-need", "4")
    secretary.press("#quorum-need", "Enter")
    for person in (*meeting.points, meeting.citizen):
        says(person, "No quorum: 3 of 4")
    secretary.click("#roll-start")
    says(meeting.chair, "Your point is called")
    says(meeting.batken, f"Roll call: {names[OSH]} — 0 of 4")
    for place, point in enumerate((OSH, BATKEN, NARYN), start=1):
        for person in meeting.points:
            if state(person)["me"]["point"] != point:
                expect(person.page.locator("#stage-name")).to_have_text(names[point])
        secretary.keyboard.press("p")
        says(meeting.citizen, f"{place} of 4")
        secretary.keyboard.press("n")
    says(meeting.batken, f"Roll call: {names[TALAS]} — 3 of 4")
    expect(secretary.locator("#roll-here")).to_have_text("is not in the room")
    secretary.keyboard.press("r")
    secretary.select_option("#roll-by-point", label=names[NARYN])
    secretary.fill("#roll-by-name", "A. Isakov")
    secretary.press("#roll-by-name", "Enter")
    for person in (*meeting.points, meeting.citizen):
        says(person, "Quorum: 4 of 4")
    expect(meeting.batken.page.locator("#toasts")).to_contain_text("The quorum is reached")
    secretary.click("#roll-end")
    expect(meeting.batken.page.locator("#order-strip")).not_to_contain_text("Roll call")
    assert [event.data["reached"] for event in meeting.log("quorum_changed")] == [False, True]


def test_presence_is_confirmed_with_one_button(meeting: Meeting) -> None:
    secretary = meeting.secretary.page
    secretary.click("#check-now")
    for person in (meeting.chair, meeting.batken):
        person.page.click("#ask-presence-yes")
        expect(person.page.locator("#ask-presence")).to_be_hidden()
    expect(secretary.locator("#check-state")).to_have_text("Asked now: 2 of 3 have answered.")
    expect(secretary.locator("#check-missing")).to_have_text(meeting.scene.names[NARYN])
    meeting.naryn.page.click("#ask-presence-yes")
    expect(secretary.locator("#check-state")).to_have_text("All 3 points answered.")
    assert [event.data["missing"] for event in meeting.log("presence_check_ended")] == [[]]


def choose(person: Participant, voter: str, choice: str) -> None:
    """Press a choice, and confirm it."""
    person.page.click(f'[data-key="choose:{voter}:{choice}"]')
    person.page.click(f'[data-key="confirm:{voter}"]')
    expect(person.page.locator(f'[data-key="confirm:{voter}"]')).to_have_count(0)


def test_a_secret_vote_waits_for_a_lost_line_and_says_so(meeting: Meeting) -> None:
    secretary, names = meeting.secretary.page, meeting.scene.names
    secretary.click("#tab-votes")
    secretary.fill("#vote-title", "To adopt the plan")
    secretary.select_option("#vote-kind", "secret")
    secretary.fill("#vote-quorum", "3")
    secretary.click("#vote-start")
    choose(meeting.chair, OSH, "yes")
    choose(meeting.naryn, NARYN, "no")
    choose(meeting.naryn, TALAS, "yes")  # which it represents since the roll call
    expect(meeting.chair.page.locator("#ask-vote-rows")).to_have_text("Your vote is taken.")
    meeting.batken.page.goto("about:blank")
    expect(secretary.locator("#vote-progress")).to_have_text("Voted: 3 of 4")
    meeting.secretary.page.wait_for_function(
        "point => Object.values(liaisonRoom.state().room.peers).every((p) => p.point !== point || p.away_at)", arg=BATKEN)
    secretary.click("#vote-close")
    expect(secretary.locator("#confirm-detail")).to_contain_text(names[BATKEN])
    secretary.click("#confirm-do")
    for person in (meeting.chair, meeting.naryn):
        expect(person.page.locator("#vote-result-outcome")).to_have_text("Accepted")
        expect(person.page.locator("#vote-result-counts dd")).to_have_text(["2", "1", "0"])
        person.page.click("#vote-result summary")
        expect(person.page.locator("#vote-result-who")).to_have_text(re.compile(rf"Line lost during the vote \(1\){names[BATKEN]}$"))
        person.page.click("#vote-result-close")
    assert all("choice" not in event.data for event in meeting.log("vote_cast"))
    meeting.batken.page.goto(meeting.scene.address("point", BATKEN, camera=SMALL))
    meeting.batken.page.wait_for_function("() => window.liaisonRoom?.state().signal === 'joined'")


def test_a_vote_by_roll_call_goes_from_voter_to_voter(meeting: Meeting) -> None:
    secretary, names = meeting.secretary.page, meeting.scene.names
    secretary.fill("#vote-title", "To end the debate")
    secretary.select_option("#vote-kind", "roll_call")
    secretary.fill("#vote-quorum", "2")
    secretary.click("#vote-start")
    expect(meeting.chair.page.locator(f'[data-key="choose:{OSH}:yes"]')).to_be_disabled()
    secretary.click("#voter-next")
    expect(meeting.naryn.page.locator("#stage-name")).to_have_text(names[OSH])
    choose(meeting.chair, OSH, "yes")
    secretary.keyboard.press("n")
    expect(meeting.naryn.page.locator("#stage-name")).to_have_text(names[BATKEN])
    secretary.click(f'[data-key="record:{BATKEN}:no"]')
    expect(secretary.locator("#vote-progress")).to_have_text("Voted: 2 of 4")
    secretary.click("#vote-close")
    expect(meeting.batken.page.locator("#vote-result-outcome")).to_have_text("Rejected")
    meeting.batken.page.click("#vote-result summary")
    who = meeting.batken.page.locator("#vote-result-who dl")
    expect(who).to_have_text(f"Yes (1){names[OSH]}No (1){names[BATKEN]}Did not vote (2){names[NARYN]}, {names[TALAS]}")
    for person in (*meeting.points, meeting.secretary):
        person.page.click("#vote-result-close")


def test_a_listener_hears_whoever_is_on_the_air_with_the_original_underneath(meeting: Meeting, chromium: Browser) -> None:
    scene = meeting.scene
    booths = [new_participant(chromium, scene.server.url, "#808080", tone) for tone in (1320, 1760)]
    for booth, name in zip(booths, ("Anna Kim", "Oleg Pak"), strict=True):
        booth.page.goto(f"/room/{scene.session}?token={scene.token('interpreter', None, name)}&camera=320x180@10")
        booth.page.click("#entry-join")
        booth.page.click("#booth-languages [data-language='ky']")
    one, two = (booth.page for booth in booths)
    one.wait_for_function(AIR, arg="on")
    two.wait_for_function(AIR, arg="ready")
    chair, batken, naryn = meeting.points
    naryn.page.click("#language")
    naryn.page.check("#languages [value='ky']")
    naryn.page.wait_for_function(MIXED, arg=[0.15, 1])
    seconds_until(lambda: naryn.hears_tone(1320), 20, "the interpreter's voice")
    chair.page.wait_for_selector("#order-strip .strip-air:has-text('Кыргызча Anna Kim')")
    one.click("#booth-offer")
    two.wait_for_function(AIR, arg="offered")
    two.keyboard.press("t")
    one.wait_for_function(AIR, arg="ready")
    seconds_until(lambda: naryn.hears_tone(1760) and not naryn.hears_tone(1320), 20, "the colleague's voice alone")
    naryn.page.wait_for_function(MIXED, arg=[0.15, 1])
    assert not batken.hears_tone(1760), "whoever has chosen nothing hears the room alone"
    two.keyboard.press("m")
    naryn.page.wait_for_function(MIXED, arg=[1, 0])
    naryn.page.wait_for_selector("#order-strip .strip-air:has-text('Oleg Pak · microphone off')")
    two.keyboard.press("m")
    naryn.page.reload()
    naryn.page.wait_for_function(MIXED, arg=[0.15, 1])
    naryn.page.click("#language")
    naryn.page.fill("#original-level", "40")
    naryn.page.wait_for_function(MIXED, arg=[0.4, 1])
    two.close()  # without a word: the line is lost, and the colleague may step in
    one.wait_for_function(AIR, arg="lost")
    one.click("#booth-take")
    seconds_until(lambda: naryn.hears_tone(1320), 20, "the first interpreter again")
    booths.append(relay(scene, naryn, chromium))
    look_at_sign_language(one, batken.page)
    for person in (*scene.people, *booths):
        assert person.errors == []
    for booth in booths:
        booth.context.close()


def test_who_comes_in_waits_until_let_in(meeting: Meeting, make_participant: Callable[..., Participant]) -> None:
    chair, names = meeting.chair.page, meeting.scene.names
    open_rules(chair)
    chair.check("#right-lobby")
    late = make_participant(meeting.scene.server.url, "#a03080", 550)
    meeting.scene.enter(late, TALAS)
    expect(late.page.locator("#lobby-title")).to_have_text("Please wait: you will be let in")
    assert quiet(late)
    expect(chair.locator("#waiting-list")).to_contain_text(names[TALAS])
    expect(chair.locator("#toasts")).to_contain_text(f"{names[TALAS]} waits to be let in.")
    chair.click("#waiting-list button")
    expect(late.page.locator("#stage")).to_be_visible()
    seconds_until(lambda: sees(late, {OSH, NARYN}, seconds=1.0), 30, "the latecomer to see")
    chair.uncheck("#right-lobby")
    late.page.click("#leave")
    late.page.wait_for_selector("#over:visible")
    meeting.scene.people.remove(late)


def test_a_closed_item_cuts_off_and_everybody_comes_back(meeting: Meeting) -> None:
    chair = meeting.chair.page
    both_see(meeting, {OSH, NARYN}, "the citizen and Batken to see")
    open_rules(chair)
    chair.uncheck("#doors-all")
    for point in (OSH, NARYN):
        chair.check(f'#doors-list [value="{point}"]')
    chair.click("#doors-close")
    chair.click("#confirm-do")
    for person in (meeting.chair, meeting.naryn):
        says(person, "Closed item: only the points let in stay (2)")
    expect(meeting.batken.page.locator("#lobby-title")).to_have_text("A closed item is being treated")
    expect(meeting.citizen.page.locator("#watch-closed-title")).to_have_text("A closed item is being treated")
    for person in (meeting.batken, meeting.citizen):
        assert quiet(person)
    assert sees(meeting.naryn, {OSH})
    chair.click("#doors-open")
    both_see(meeting, {OSH, BATKEN, NARYN}, "the citizen and Batken to see again")
    expect(meeting.batken.page.locator("#stage")).to_be_visible()
    assert len(meeting.log("doors_closed")) == len(meeting.log("doors_opened")) == 1
    for person in meeting.scene.people:
        assert person.errors == []


def both_see(meeting: Meeting, points: set[str], what: str) -> None:
    """The citizen sees all of these, and Batken the others."""
    wanted = [(meeting.citizen, points), (meeting.batken, points - {BATKEN})]
    seconds_until(lambda: all_see(wanted), 60, what)


def quiet(person: Participant) -> bool:
    """Nothing arrives: no packet of picture or sound while a second passes."""
    def packets() -> int:
        return sum(int(stream.get("packetsReceived", 0)) for stream in person.rtp())
    before, frames = packets(), frames_by_point(person)
    person.page.wait_for_timeout(1000)
    return packets() == before and frames_by_point(person) == frames

# ---------------------------------------------------------------- documents

PAGE_COLOUR = """
() => {
  const image = document.getElementById("paper-image");
  if (!image.complete || !image.naturalWidth || document.getElementById("paper").classList.contains("is-loading")) return "";
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  canvas.drawImage(image, image.naturalWidth / 2, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return red > 200 ? "red" : green > 150 ? "green" : blue > 200 ? "blue" : "other";
}
"""


def sees_page(page: Page, number: int, of: int) -> None:
    """The words and the picture of this page, which has a colour of its own."""
    page.wait_for_selector(f"#paper-page:text-is('Page {number} of {of}')")
    page.wait_for_function(f"colour => ({PAGE_COLOUR})() === colour", arg=("red", "green", "blue")[number - 1])


def upload(scene: Scene, chromium: Browser) -> None:
    """As the organiser does it on the session's page."""
    scene.server.create_user("planner", "organiser")
    office = new_participant(chromium, scene.server.url, camera=False)
    office.page.goto(f"/sign-in?next=/sessions/{scene.session}")
    office.page.fill("[name=name]", "planner")
    office.page.fill("[name=password]", PASSWORD)
    office.page.press("[name=password]", "Enter")
    file = {"name": "Water_plan.pdf", "mimeType": "application/pdf", "buffer": pdf(3, "Water")}
    office.page.set_input_files("#document-file", files=[file])  # type: ignore[list-item]
    office.page.check("#document-new-public")
    office.page.click(".document-new [type=submit]")
    office.page.wait_for_selector(".document a:has-text('Water plan')")
    assert office.errors == []
    office.context.close()


def test_a_document_is_uploaded_shown_turned_for_everybody_and_stays_over_a_reload(meeting: Meeting, chromium: Browser) -> None:
    chair, batken, naryn = (person.page for person in meeting.points)
    upload(meeting.scene, chromium)
    if chair.is_hidden("#panel-people"):
        chair.click("#people")
    chair.click("#papers-list [aria-label='Show to everybody: Water plan']")
    for page in (chair, batken, naryn, meeting.citizen.page):
        sees_page(page, 1, 3)
    chair.click("#paper-next")
    sees_page(batken, 2, 3)
    naryn.evaluate("() => document.activeElement.blur()")  # a slider keeps this key for itself
    naryn.keyboard.press("PageDown")
    naryn.wait_for_selector("#paper-follow:visible")
    chair.keyboard.press("PageDown")
    sees_page(naryn, 3, 3)
    naryn.click("#paper-back")
    sees_page(naryn, 2, 3)
    naryn.click("#paper-follow")
    sees_page(naryn, 3, 3)
    naryn.wait_for_selector("#paper-text:text-is('Water 3')", state="attached")
    batken.reload()
    sees_page(batken, 3, 3)
    batken.click("#paper-close")
    batken.wait_for_selector("#stage-picture.is-live")
    batken.click("#paper-reopen")
    sees_page(batken, 3, 3)
    chair.click("#paper-hide")
    for page in (chair, batken, naryn, meeting.citizen.page):
        page.wait_for_selector("#paper", state="hidden")
    draft = Placing("A draft", points=(NARYN,))
    documents.add_document(meeting.scene.house, SYSTEM, meeting.scene.session, pdf(1, "Draft"), draft)
    chair.click("#papers-list [aria-label='Show to everybody: A draft']")
    sees_page(naryn, 1, 1)
    expect(naryn.locator("#paper-title")).to_have_text("A draft")
    expect(batken.locator("#paper .paper-withheld")).to_be_visible()
    expect(batken.locator("#paper-title")).to_have_text("A document for some points")
    expect(batken.locator("#paper-image")).to_be_hidden()
    chair.click("#paper-hide")
    batken.wait_for_selector("#paper", state="hidden")


def test_low_connection_mode_names_people_instead_of_showing_them_and_stays_over_a_reload(meeting: Meeting) -> None:
    batken = meeting.batken.page
    wanted = "() => (window.liaisonRoom?.slots() ?? []).filter((slot) => slot.kind === 'video' && slot.wanted).length"
    batken.wait_for_function(f"() => ({wanted})() === 2")
    batken.click("#settings")
    batken.check("#low-switch")
    for _ in range(2):
        batken.wait_for_selector("#low-strip:visible")
        batken.wait_for_function(f"() => ({wanted})() === 1")
        batken.wait_for_selector("#stage-picture.is-live")
        batken.reload()
    batken.wait_for_selector("#low-strip:visible")
    batken.click("#low-off")
    batken.wait_for_selector("#low-strip", state="hidden")
    batken.wait_for_function(f"() => ({wanted})() === 2")
    for person in meeting.scene.people:
        assert person.errors == []
