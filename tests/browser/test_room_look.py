"""The room's pages at every size and in every language: nothing beyond the edge, nothing that axe-core calls serious."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zlib import crc32

import pytest
from playwright.sync_api import Page, ViewportSize

from liaison.domain.actor import SYSTEM
from liaison.services import documents, lifecycle, question_desk, questions
from liaison.services.documents import Placing
from liaison.services.questions import Asked
from tests.support.chromium import Participant
from tests.support.page_list import LANGUAGES
from tests.support.page_looks import serious
from tests.support.papers import photo
from tests.support.room import Scene, book
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN = "osh-oblast", "batken-oblast"
FEW = 3
"""Pictures a second of the camera: each is drawn on windows as large as a wall, and nobody looks at them."""
SIZES: dict[str, ViewportSize] = {
    "narrowest": {"width": 320, "height": 640}, "phone": {"width": 360, "height": 740}, "lying phone": {"width": 740, "height": 360},
    "tablet": {"width": 820, "height": 1180}, "laptop": {"width": 1366, "height": 768}, "laptop at 200 %": {"width": 683, "height": 384},
    "wall": {"width": 1920, "height": 1080},
}
# The page as it stays at a new size: its observers told (they are once a frame), its pictures drawn 40 ms after that (a page's timers
# go off in the order of their times), nothing in between two places or colours.
SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  do {
    await frame();
    await frame();
    await new Promise((done) => setTimeout(done, 50));
  } while (document.getAnimations().some((one) => one instanceof CSSTransition));
}"""
# Nothing of the page lies beyond the window, and every button's words and face lie within the button.
EDGES = """
() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) found.push("the page scrolls");
  for (const element of document.querySelectorAll("button, a, h2, .tile, .nameplate, .picture, select, input, #countdown")) {
    if (element.closest("[hidden]") || !element.checkVisibility()) continue;
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) found.push(`beyond the edge: ${element.id || element.className}`);
    const cut = element.matches("button") && element.scrollWidth > element.clientWidth + 2;
    if (cut) found.push(`cut off: ${element.id || element.textContent}`);
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    with LiaisonServer(tmp_path_factory.mktemp("look")) as running:
        yield running


@pytest.fixture
def lobby(server: LiaisonServer) -> Iterator[Scene]:
    scene = book(server, OSH, BATKEN, starts_in_s=900, agenda=[], public=True, questions=True)
    yield scene
    scene.end()


def look(page: Page, what: str) -> list[str]:
    """Complaints at every size."""
    found = []
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        page.evaluate(SETTLED)
        found += [f"{what}, {size}: {words}" for words in page.evaluate(EDGES)]
    return found


def axe(page: Page, what: str) -> list[str]:
    """Each face in one of the languages: what axe looks at is the same in all."""
    if LANGUAGES[crc32(what.encode()) % len(LANGUAGES)] != page.get_attribute("html", "lang"):
        return []
    return [f"{what}: {words}" for words in serious(page, sizes=True)]


def look_at_a_speech(page: Page) -> list[str]:
    """The request's dialog, the prompt of whoever is called, the clock, and all pictures alike."""
    page.set_viewport_size(SIZES["laptop"])
    page.keyboard.press("Shift+H")
    page.wait_for_selector("#request:visible")
    found = look(page, "request") + axe(page, "request")
    page.set_viewport_size(SIZES["laptop"])
    page.keyboard.press("Enter")
    page.click("#mic")
    page.click("#people")
    page.click("#hands-list .btn-warm")
    page.wait_for_selector("#floor-prompt:visible")
    found += look(page, "prompt") + axe(page, "prompt")
    page.click("#floor-mic")
    found += look(page, "speech") + axe(page, "speech")
    page.set_viewport_size(SIZES["laptop"])
    page.click("#speech-finish")
    page.click("#stage-menu summary")
    page.select_option("#stage-mode", "gallery")
    page.wait_for_selector("#floorplan[data-side='all']")
    found += look(page, "gallery") + axe(page, "gallery")
    page.set_viewport_size(SIZES["laptop"])
    page.select_option("#stage-mode", "free")
    page.click("#panel-close")
    return found


# Names that lie under the captions.
COVERED = """() => {
  const over = document.getElementById("captions").getBoundingClientRect();
  return [...document.querySelectorAll(".nameplate")].filter((plate) => {
    const box = plate.getBoundingClientRect();
    const beside = box.right <= over.left + 1 || box.left >= over.right - 1 || box.bottom <= over.top + 1 || box.top >= over.bottom - 1;
    return plate.checkVisibility() && box.width && !beside;
  }).map((plate) => `captions cover a name: ${plate.textContent.trim()}`);
}"""


def look_at_captions(page: Page) -> list[str]:
    """Long ones, at every size; then how they are chosen."""
    page.set_viewport_size(SIZES["laptop"])
    page.click("#people")
    page.click("#caption-section summary")
    for words in ("Алай районунун Сары-Таш айылына баруучу жол качан оңдолот деген суроого министр өзү жооп берет.", "Кийинки маселе."):
        page.fill("#caption-text", words)
        page.press("#caption-text", "Enter")
    page.wait_for_selector("#captions p:has-text('Кийинки маселе.')")
    found = look_at_order(page, "captions")
    page.click("#panel-close")
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        page.evaluate(SETTLED)
        found += [f"captions, {size}: {words}" for words in page.evaluate(COVERED)]
    page.set_viewport_size(SIZES["laptop"])
    page.click("#settings")
    page.locator("#captions-language").scroll_into_view_if_needed()
    found += look_at_order(page, "choice of captions")
    page.click("#panel-close")
    return found


def look_at_questions(scene: Scene, page: Page) -> list[str]:
    """The chair takes one from the list by the keyboard alone."""
    for number, text in enumerate(("Алай районуна баруучу жол качан оңдолот?", "Почему в нашем селе вечером нет воды?"), 1):
        asked = Asked(text, f"sheet-{number}", "Токтогулбекова Гүлмира Жээнбаевна", "Сары-Таш айылы", "", "roads")
        questions.ask_question(scene.house, scene.session, asked, f"citizen {number}", "ky")
        question_desk.approve(scene.house, SYSTEM, scene.session, number)
    page.set_viewport_size(SIZES["laptop"])
    page.click("#people")
    page.focus("#questions-list [data-key='take:1']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".strip-question")
    page.wait_for_function("() => document.activeElement.id === 'question-end'")
    found = look_at_order(page, "questions")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.dataset.key === 'take:2'")
    page.click("#panel-close")
    return found


def look_at_what_is_written(page: Page) -> list[str]:
    """The chat with a message, and the notes, at the sizes that are tight."""
    page.set_viewport_size(SIZES["laptop"])
    page.click("#chat")
    page.select_option("#chat-to", "chair")
    page.fill("#chat-text", "Күн тартиби: https://www.gov.kg/ky/post/s/kun-tartibi-2027-03-01-tolugu-menen?bolum=ekinchi")
    page.press("#chat-text", "Enter")
    page.wait_for_selector("#chat-log a")
    name = "Күзгү-кышкы мезгилге даярдык боюнча иш-чаралардын планы"
    page.set_input_files("#chat-file", {"name": f"{name}.png", "mimeType": "image/png", "buffer": photo("PNG", (1200, 700))})
    page.press("#chat-text", "Enter")
    page.wait_for_selector("#chat-log .chat-file")
    page.set_input_files("#chat-file", {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": b"Plan"})
    found = look_at_order(page, "chat")
    page.set_viewport_size(SIZES["laptop"])
    page.click("#chat-file-end")
    page.click("#chat-log .chat-file")
    page.wait_for_selector("#chat-picture[open]")
    found += look_at_order(page, "chat picture")
    page.click("#chat-picture-close")
    page.set_viewport_size(SIZES["laptop"])
    page.click("#notes")
    page.fill("#notes-text", "Айыл чарба министринин маалыматы угулду.")
    return found + look_at_order(page, "notes")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_face_of_the_room(
        lobby: Scene, server: LiaisonServer, make_participant: Callable[..., Participant], language: str) -> None:
    person = make_participant(server.url, language=language, frames_per_second=FEW)
    page = person.page
    page.goto(lobby.address("chair", OSH))
    page.wait_for_selector("#mirror.is-live")
    found = look(page, "before joining") + axe(page, "before joining")
    lobby.enter(person, OSH, role="chair")
    page.wait_for_selector("#lobby:visible")
    if page.is_visible("#panel"):
        page.click("#panel-close")
    found += look(page, "waiting room") + axe(page, "waiting room")
    page.click("#open-now")
    page.wait_for_selector("#stage:visible")
    found += look(page, "room") + axe(page, "room")
    found += look_at_a_speech(page)
    found += look_at_questions(lobby, page)
    found += look_at_captions(page)
    for view in ("people", "settings", "bar-quality"):
        page.set_viewport_size(SIZES["laptop"])
        page.click(f"#{view}")
        found += look(page, view) + axe(page, view)
    found += look_at_what_is_written(page)
    page.click("#panel-close")
    page.click("#leave")
    page.wait_for_selector("#over:visible")
    found += look(page, "after") + axe(page, "after")
    assert not found, "\n".join(found)
    assert person.errors == []


ORDER_SIZES = ("narrowest", "phone", "laptop at 200 %", "laptop")


def look_at_order(page: Page, what: str) -> list[str]:
    """Complaints at the sizes that are tight, and what axe-core says on a laptop."""
    found = []
    for size in ORDER_SIZES:
        page.set_viewport_size(SIZES[size])
        page.evaluate(SETTLED)
        found += [f"{what}, {size}: {words}" for words in page.evaluate(EDGES)]
    return found + axe(page, what)


def look_at_a_document(scene: Scene, page: Page) -> list[str]:
    """In the list, shown, as text, put away; then low-connection mode, in strong contrast."""
    words = Placing("План мероприятий по подготовке хозяйственного комплекса к осенне-зимнему периоду", points=(OSH,))
    documents.add_document(scene.house, SYSTEM, scene.session, photo("PNG", (1200, 1700)), words)
    page.set_viewport_size(SIZES["laptop"])
    page.click("#people")
    page.wait_for_selector("#papers-list .paper-open")
    found = look_at_order(page, "documents")
    page.set_viewport_size(SIZES["laptop"])
    page.click("#papers-list .act")
    page.click("#panel-close")
    page.wait_for_selector("#paper:not(.is-loading)")
    found += look_at_order(page, "document")
    page.click("#paper-words")
    page.click("#settings")
    page.check("#low-switch")
    page.click("#panel-settings [data-contrast-switch]")
    page.click("#panel-close")
    found += look_at_order(page, "low-connection mode in strong contrast")
    page.click("#low-off")
    page.click("#paper-hide")
    page.wait_for_selector("#paper", state="hidden")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_face_of_the_meeting_s_order(
        lobby: Scene, server: LiaisonServer, make_participant: Callable[..., Participant], language: str) -> None:
    """One person who leads, votes and is asked: each tab, each card, each sign."""
    person = lobby.enter(make_participant(server.url, language=language, frames_per_second=FEW), OSH, role="chair")
    page = person.page
    page.click("#open-now")
    page.wait_for_selector("#stage:visible")
    page.set_viewport_size(SIZES["laptop"])
    page.click("#order")
    page.click("#roll-start")
    page.wait_for_selector("#roll-called:visible")
    page.click("#roll-represented")
    found = look_at_order(page, "roll call")
    page.click("#roll-absent")
    page.fill("#quorum-need", "2")
    page.press("#quorum-need", "Enter")
    page.click("#check-now")
    page.wait_for_selector("#ask-presence:visible")
    found += look_at_order(page, "presence")
    page.click("#ask-presence-yes")
    page.click("#tab-votes")
    page.fill("#vote-quorum", "1")
    page.fill("#vote-title", "О принятии проекта постановления «О подготовке к осенне-зимнему периоду»")
    found += look_at_order(page, "form of a vote")
    page.click("#vote-start")
    page.wait_for_selector("#ask-vote:visible")
    found += look_at_order(page, "ballot")
    page.click(f'[data-key="choose:{OSH}:abstain"]')
    found += look_at_order(page, "ballot to confirm")
    page.click(f'[data-key="confirm:{OSH}"]')
    page.click("#vote-close")
    page.wait_for_selector("#vote-result:visible")
    page.click("#vote-result summary")
    found += look_at_order(page, "result")
    page.click("#vote-result-close")
    found += look_at_a_document(lobby, page)
    page.click("#order")
    page.click("#tab-rules")
    page.uncheck("#doors-all")
    page.check(f'#doors-list [value="{OSH}"]')
    found += look_at_order(page, "rules of the room")
    page.click("#doors-close")
    page.click("#confirm-do")
    page.wait_for_selector("[data-doors=closed]")
    page.set_viewport_size(SIZES["laptop"])
    page.click("#people")
    found += look_at_order(page, "closed item")
    assert not found, "\n".join(found)
    assert person.errors == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_face_of_interpretation(
        lobby: Scene, server: LiaisonServer, make_participant: Callable[..., Participant], language: str) -> None:
    """An interpreter's own place, and what a listener chooses."""
    person = make_participant(server.url, language=language, frames_per_second=FEW)
    page = person.page
    page.goto(f"/room/{lobby.session}?token={lobby.token('interpreter', None, 'Айпери Токтосунова-Жээнбаева')}")
    page.click("#entry-join")
    page.wait_for_selector("#booth-choose:visible")
    found = look_at_order(page, "choice of a channel")
    lifecycle.open_session(lobby.house, SYSTEM, lobby.session)
    page.click("#booth-languages [data-language='ky']")
    page.wait_for_selector("#booth[data-air='on']")
    page.wait_for_selector(".strip-air [data-air='on']")
    found += look_at_order(page, "on the air")
    page.click("#booth-mic")
    page.wait_for_selector(".strip-air [data-air='muted']")
    page.click("#language")
    found += look_at_order(page, "language")
    assert not found, "\n".join(found)
    assert person.errors == []


def test_the_check_sees_what_is_broken(
        lobby: Scene, server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    page = make_participant(server.url).page
    page.goto(lobby.address("chair", OSH))
    page.wait_for_selector("#mirror.is-live")
    assert page.evaluate(EDGES) == []
    page.evaluate("() => { document.querySelector('.entry').style.width = '3000px'; }")
    assert any("beyond the edge" in words for words in page.evaluate(EDGES))
