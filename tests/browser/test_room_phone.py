"""The room on a phone and its notices: the name beside the picture and not on it, no room left empty, everything in reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, ViewportSize

from liaison.domain.actor import SYSTEM
from liaison.services import sessions
from tests.support.chromium import Participant
from tests.support.room import Scene, book
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN, NARYN = "osh-oblast", "batken-oblast", "naryn-oblast"
PHONES: tuple[ViewportSize, ...] = ({"width": 360, "height": 800}, {"width": 390, "height": 844})
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
BOX = "selector => document.querySelector(selector).getBoundingClientRect().toJSON()"


@pytest.fixture(scope="module")
def server(live_server: LiaisonServer) -> LiaisonServer:
    return live_server


@pytest.fixture
def scene(server: LiaisonServer) -> Iterator[Scene]:
    made = book(server, OSH, BATKEN, NARYN)
    yield made
    made.end()


def box(page: Page, selector: str) -> dict[str, float]:
    found: dict[str, float] = page.evaluate(BOX, selector)
    return found


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    return (one["left"] < other["right"] - 1 and other["left"] < one["right"] - 1
            and one["top"] < other["bottom"] - 1 and other["top"] < one["bottom"] - 1)


def give_floor(chair: Participant, to: Participant) -> None:
    to.page.click("#hand")
    chair.page.click("#hands-list .btn-warm")


def test_the_room_on_a_phone(scene: Scene, server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    chair = scene.enter(make_participant(server.url, "#d02020", 440), OSH, role="chair")
    phone = make_participant(server.url, "#20b030", 660, viewport=PHONES[1], language="ky")
    page = phone.page
    page.goto(scene.address("point", BATKEN))
    page.wait_for_selector("#mirror.is-live")
    for size in PHONES:
        page.set_viewport_size(size)
        assert not overlap(box(page, "#entry-join"), box(page, "#entry-pickers"))
        assert box(page, "#entry-join")["bottom"] <= size["height"], "Join is in sight without scrolling"
    scene.enter(phone, BATKEN)
    scene.enter(make_participant(server.url, "#2040d0", 880), NARYN)
    page.wait_for_selector("#stage-picture.is-live")
    give_floor(chair, phone)
    for size in PHONES:
        page.set_viewport_size(size)
        page.wait_for_timeout(700)
        video, plate = box(page, "#stage-picture video"), box(page, "#stage-plate")
        assert plate["top"] >= video["bottom"] - 1
        assert plate["height"] < 60
        assert video["width"] > size["width"] * 0.94
        free = box(page, "#tools")["top"] - box(page, "#tiles")["bottom"]
        assert free < size["height"] * 0.16, "the small pictures use the room"
        assert page.is_visible("#sheet")
    page.click("#sheet")
    page.fill("#sheet-count", "a dozen")
    page.click("#sheet-save")
    page.wait_for_selector("#sheet-note.is-wrong:text('Адамдардын')")
    page.fill("#sheet-count", "12")
    page.click("#sheet-save")
    page.wait_for_selector("#sheet .tool-count:text('12')", state="attached")
    assert phone.errors == []


def test_a_notice_never_lies_on_the_name(scene: Scene, server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    chair = scene.enter(make_participant(server.url, "#d02020", 440), OSH, role="chair")
    point = scene.enter(make_participant(server.url, "#20b030", 660, viewport=LAPTOP), BATKEN)
    point.page.wait_for_selector("#stage-picture.is-live")
    give_floor(chair, point)
    point.page.wait_for_selector(".toast:has-text('You have the floor')")
    assert not overlap(box(point.page, ".toasts"), box(point.page, "#stage-plate"))
    assert not overlap(box(point.page, ".toasts"), box(point.page, "#tools"))


def test_the_heading_follows_a_session_that_is_renamed(
        scene: Scene, server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    point = scene.enter(make_participant(server.url, "#20b030", 660), BATKEN)
    sessions.change_session(scene.house, SYSTEM, scene.session, {"title": {"en": "Roads before winter"}})
    point.page.wait_for_selector("#bar-heading:text('Roads before winter')")
    assert point.page.title().startswith("Roads before winter · ")
    assert point.errors == []
