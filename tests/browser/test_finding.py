"""From a form to a time that suits, and a session dragged on the board to another time: by mouse, by keyboard, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import func, select

from liaison.domain.words import OutboxKind
from liaison.services import sessions
from liaison.store import tables as t
from tests.support.pages import PageSite, page_site
from tests.support.people import plan

TOMORROW = "2027-03-03"
WINTER = "Readiness of the regions for winter: heating, coal and roads"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("finding")) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, site: PageSite) -> Iterator[Page]:
    """The organiser's browser, in English."""
    context = chromium.new_context(base_url=site.url, viewport={"width": 1366, "height": 768}, locale="en-GB", reduced_motion="reduce")
    context.add_cookies([site.cookie("planner"), site.language_cookie("en")])
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def start_of(site: PageSite, name: str) -> datetime:
    return sessions.get_session(site.house, site.seeded.actors["planner"], site.seeded.sessions[name]).starts_at


def letters(site: PageSite, session_id: str) -> int:
    """Letters that tell of the session as it is now."""
    with site.house.db.read() as db:
        session = db.get_one(t.Session, session_id)
        return db.scalar(select(func.count()).select_from(t.Outbox).where(
            t.Outbox.session_id == session_id, t.Outbox.session_sequence == session.sequence,
            t.Outbox.kind.in_((OutboxKind.INVITATION, OutboxKind.UPDATE)))) or 0


def block(page: Page, point: str) -> Locator:
    return page.locator(f'[data-point="{point}"] [data-movable]').filter(has_text="Readiness")


def test_find_a_time_and_book_it(page: Page) -> None:
    page.goto(f"/sessions/new?date={TOMORROW}&time=10:00&points=big-hall,osh-oblast")
    page.locator("#f-title_en").fill("Roads before winter")
    expect(page.locator("[data-conflict-list]")).to_contain_text("Readiness of the regions")
    page.get_by_role("button", name="Find a time").click()
    expect(page.get_by_role("heading", name="Times")).to_be_focused()
    first = page.locator(".offer").first
    expect(first).to_contain_text("Everybody is free")
    first.get_by_role("link", name="Take this time").click()
    expect(page.locator("#f-title_en")).to_have_value("Roads before winter")
    expect(page.locator("#f-date")).to_have_value(TOMORROW)
    expect(page.locator("#f-time")).to_have_value("09:00")
    page.get_by_role("button", name="Book the session").click()
    expect(page.get_by_role("heading", name="Roads before winter")).to_be_visible()


def test_where_no_time_suits_all_it_says_who_would_be_missing(page: Page) -> None:
    page.goto(f"/find-time?go=1&points=big-hall&points=alay-district&minutes=60&first_day={TOMORROW}&days=1&weekdays=3"
              "&hours_from=10:00&hours_to=11:30")
    expect(page.get_by_text("No time within these days suits everybody required.")).to_be_visible()
    missing = page.locator(".offer").first.locator("details")
    missing.locator("summary").click()
    expect(missing).to_contain_text("10:00–12:00")
    expect(missing.get_by_role("link", name=WINTER)).to_be_visible()


def test_arrow_keys_move_through_the_board_and_provinces_fold(page: Page) -> None:
    page.goto(f"/board?date={TOMORROW}")
    fold = page.locator("[data-fold]").first
    fold.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-point]").first.locator("td").first).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator("[data-point]").first.locator("td").last).to_be_focused()
    expect(page.locator('[data-board] [tabindex="0"]')).to_have_count(1)
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-point]").first).to_be_hidden()
    page.reload()
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.press("Enter")
    expect(page.locator("[data-point]").first).to_be_visible()


def test_a_session_is_picked_up_with_enter_and_put_back_where_it_would_collide(page: Page, site: PageSite) -> None:
    begun = start_of(site, "winter")
    sessions.book_session(site.house, site.seeded.actors["planner"], plan(
        "big-hall", "aravan-district", starts_at=datetime(2027, 3, 3, 10, tzinfo=UTC), title={"en": "Water in spring"}))
    page.goto(f"/board?date={TOMORROW}")
    grip = block(page, "big-hall").locator(".grip")
    grip.press("Enter")
    panel = page.locator("[data-move-panel]")
    for _ in range(5):
        grip.press("Shift+ArrowRight")
    expect(panel).to_contain_text("3 Mar 2027, 15:00–17:00")
    expect(panel).to_contain_text("Water in spring, 16:00–17:00")
    grip.press("Enter")
    expect(page.locator("#move-dialog")).to_be_hidden()
    grip.press("Escape")
    expect(panel).to_be_hidden()
    expect(grip).to_be_focused()
    assert start_of(site, "winter") == begun


def test_a_session_dragged_is_moved_for_all_its_points_and_they_are_told(page: Page, site: PageSite) -> None:
    begun, winter = start_of(site, "winter"), site.seeded.sessions["winter"]
    people = letters(site, winter)
    page.goto(f"/board?date={TOMORROW}")
    grip = block(page, "big-hall").locator(".grip")
    box = grip.bounding_box()
    cell = page.locator('[data-point="big-hall"] td').first.bounding_box()
    assert box and cell
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5 + cell["width"] / 2, box["y"] + 5, steps=4)
    page.mouse.move(box["x"] + 5 + cell["width"], box["y"] + 5, steps=4)
    expect(page.locator("[data-move-panel]")).to_contain_text("All points are free then.")
    expect(block(page, "osh-oblast")).to_have_class("board-block kind-government state-confirmed is-moving")
    page.mouse.up()
    dialog = page.locator("#move-dialog")
    expect(dialog).to_contain_text("11:00–13:00")
    expect(dialog).to_contain_text("10 points will be asked again")
    dialog.get_by_role("button", name="Move and tell them").click()
    expect(page.get_by_text("The session is moved. The points are being told.")).to_be_visible()
    assert start_of(site, "winter") == begun + timedelta(hours=1)
    with site.house.db.read() as db:
        assert db.get_one(t.Session, winter).sequence == 1
    assert letters(site, winter) == people > 0
    expect(block(page, "talas-oblast")).to_contain_text("11:00–13:00")
