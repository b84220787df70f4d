"""A rehearsal with bots in real Chromium, and the same session seen again afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from liaison.domain.agenda import entry
from liaison.services.rehearsals import rehearsals_of
from tests.browser.test_room_look import EDGES, SIZES
from tests.support.chromium import new_participant
from tests.support.room import Scene, book
from tests.support.server import PASSWORD, LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN, NARYN, TALAS = "osh-oblast", "batken-oblast", "naryn-oblast", "talas-oblast"
AGENDA = (entry("Roads", 10), entry("Water", 10))


@pytest.fixture(scope="module")
def scene(live_server: LiaisonServer) -> Iterator[Scene]:
    live_server.create_user("rehearser", "organiser")
    with book(live_server, OSH, BATKEN, NARYN, TALAS, starts_in_s=7200, agenda=AGENDA) as made:
        yield made


@pytest.fixture(scope="module")
def planner(scene: Scene, chromium: Browser) -> Iterator[Page]:
    person = new_participant(chromium, scene.server.url, "#d02020", 440)
    person.page.goto("/sign-in?next=/desk")
    person.page.locator("[name=name]").fill("rehearser")
    person.page.locator("[name=password]").fill(PASSWORD)
    person.page.locator("[name=password]").press("Enter")
    person.page.wait_for_url("**/desk")
    yield person.page
    person.context.close()


def looks(page: Page) -> list[str]:
    found = []
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        page.wait_for_timeout(150)
        found += [f"{size}: {words}" for words in page.evaluate(EDGES)]
    page.set_viewport_size(SIZES["laptop"])
    return found


def test_a_chair_rehearses_with_bots(scene: Scene, planner: Page) -> None:
    planner.goto(f"/sessions/{scene.session}")
    planner.get_by_role("button", name="Start a rehearsal").click()
    planner.wait_for_url(re.compile("/room/"))
    planner.click("#entry-join")
    expect(planner.locator(".bar-rehearsal")).to_have_text("Rehearsal")
    expect(planner.locator("button.tile, #stage-name").filter(has_text=scene.names[NARYN]).first).to_be_visible()
    if planner.is_hidden("#panel-people"):
        planner.click("#people")
    expect(planner.locator("#bots-count")).to_contain_text("Bots in place of absent points: 3")
    planner.get_by_role("button", name=f"Give the floor to: {scene.names[BATKEN]}").click()
    expect(planner.locator("#stage-name")).to_have_text(scene.names[BATKEN])
    planner.select_option("#bots-mood", "lively")
    expect(planner.locator("#hands-list li").first).to_be_visible(timeout=60_000)
    planner.click("#agenda-next")
    assert looks(planner) == []
    planner.click("#steer-end")
    planner.click("#confirm-do")
    expect(planner.locator("#over")).to_be_visible()


def test_the_session_is_seen_again(scene: Scene, planner: Page) -> None:
    planner.goto(f"/sessions/{scene.session}")
    planner.get_by_role("link", name="Replay").click()
    expect(planner.locator("#course li").first).to_contain_text("The session opens")
    assert planner.evaluate("() => liaisonReplay.state().playing") is False
    planner.get_by_role("button", name=f"{scene.names[BATKEN]} has the floor").click()
    expect(planner.locator("#stage-name")).to_have_text(scene.names[BATKEN])
    at = planner.evaluate("() => liaisonReplay.state()")
    assert at["room"]["floor"] == f"bot-{BATKEN}" and at["room"]["agenda"]["index"] == 0
    planner.keyboard.press("l")
    planner.wait_for_function("() => liaisonReplay.state().room.agenda.index === 1")
    expect(planner.locator("#course [aria-current] button")).to_contain_text("Item 2: Water")
    planner.keyboard.press("Home")
    planner.wait_for_function("() => liaisonReplay.state().room.phase === 'lobby' || liaisonReplay.state().count <= 1")
    planner.locator(".speed").filter(has_text="60×").click()
    planner.click("#play")
    planner.wait_for_function("() => liaisonReplay.state().room.phase === 'closed'", timeout=60_000)
    assert planner.evaluate("() => liaisonReplay.state().playing") is False
    planner.click("#tab-people")
    assert looks(planner) == []
    planner.get_by_role("tab", name="Course").click()
    planner.get_by_role("button", name=f"{scene.names[BATKEN]} has the floor").click()
    planner.click("#tab-people")
    expect(planner.locator("#here-list li").first).to_be_visible()


def test_it_is_removed_with_one_press(scene: Scene, planner: Page) -> None:
    planner.goto(f"/sessions/{scene.session}")
    planner.get_by_role("button", name="Throw away").click()
    expect(planner.get_by_text("The rehearsal is removed.")).to_be_visible()
    assert rehearsals_of(scene.house, scene.session) == []
