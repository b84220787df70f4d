"""The booking form with its script: choosing points, what is taken, drafts; and the calendar by keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from liaison.services import drafts, sessions
from tests.support.pages import PageSite, page_site


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("booking")) as running:
        yield running


@pytest.fixture
def site(filled: PageSite, tmp_path: Path) -> Iterator[PageSite]:
    """A copy for each test, which may change it."""
    with page_site(tmp_path, like=filled) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, site: PageSite) -> Iterator[Page]:
    """The organiser's browser, in English."""
    context = chromium.new_context(base_url=site.url, viewport={"width": 1366, "height": 768}, locale="en-GB")
    context.add_cookies([site.cookie("planner"), site.language_cookie("en")])
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_book_with_groups_search_and_agenda(page: Page, site: PageSite) -> None:
    page.goto("/sessions/new?date=2027-03-10&time=10:00")
    page.locator("#f-title_en").fill("Roads before winter")
    page.get_by_role("button", name="All provinces").click()
    expect(page.locator("[data-count]")).to_have_text("9")
    page.get_by_label("Leave out: Osh City").click()
    expect(page.locator("[data-count]")).to_have_text("8")
    search = page.get_by_label("Search a point")
    search.fill("Узген")  # a former name in another language
    expect(page.locator(".point:not([hidden])")).to_have_count(1)
    search.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("9")
    page.get_by_role("button", name="1 h 30 min").click()
    expect(page.locator("[data-ends]")).to_have_text("11:30")
    page.get_by_label("Topic").first.fill("Reports")
    page.get_by_label("Minutes", exact=True).first.fill("100")
    expect(page.locator("[data-agenda-sum]")).to_contain_text("10 min too long")
    page.get_by_role("button", name="Book the session").click()
    expect(page.get_by_text("The session is booked.")).to_be_visible()
    expect(page.get_by_role("heading", name="Roads before winter")).to_be_visible()
    expect(page.locator(".point-answers li")).to_have_count(9)


def test_taken_points_are_marked_with_their_holder_and_may_be_left_out(page: Page) -> None:
    page.goto("/sessions/new?date=2027-03-03&time=11:30&points=big-hall,talas-city")
    held = "Readiness of the regions for winter: heating, coal and roads, 10:00–12:00"
    expect(page.locator("[data-conflict-list]")).to_contain_text(held)
    expect(page.locator('[data-point="big-hall"] [data-taken]')).to_contain_text("Taken: Readiness of the regions")
    page.get_by_role("button", name="Leave these points out").click()
    expect(page.locator("[data-conflicts]")).to_be_hidden()
    expect(page.locator(".chip")).to_have_text(["Talas City×"])
    page.locator("#f-time").fill("12:00")
    expect(page.locator('[data-point="big-hall"]')).not_to_have_class("point is-taken")


def test_the_form_saves_itself_as_a_draft(page: Page, site: PageSite) -> None:
    page.goto("/sessions/new")
    before = len(drafts.list_drafts(site.house, site.seeded.actors["planner"]))
    page.locator("#f-title_ky").fill("Жайыт")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved at 11:20")
    page.locator("#f-title_ky").fill("Жайыт маселеси")
    with page.expect_response("**/drafts/save"):
        page.get_by_role("button", name="All districts").click()
    kept = drafts.list_drafts(site.house, site.seeded.actors["planner"])
    assert len(kept) == before + 1
    page.goto(f"/sessions/new?draft={kept[0].id}")
    expect(page.locator("#f-title_ky")).to_have_value("Жайыт маселеси")
    expect(page.locator("[data-count]")).to_have_text("52")


def test_booking_works_without_a_script(chromium: Browser, site: PageSite) -> None:
    context = chromium.new_context(base_url=site.url, java_script_enabled=False, locale="en-GB")
    context.add_cookies([site.cookie("planner"), site.language_cookie("en")])
    page = context.new_page()
    page.goto("/sessions/new?date=2027-03-11&time=09:00")
    page.locator("#f-title_en").fill("Without a script")
    page.locator('[data-point="big-hall"] input[name=points]').check()
    page.get_by_role("button", name="Book the session").click()
    expect(page.get_by_role("heading", name="Without a script")).to_be_visible()
    context.close()


def test_the_week_by_keyboard_and_by_click(page: Page) -> None:
    page.goto("/sessions")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("gc")  # somebody who types goes nowhere
    page.get_by_role("searchbox").blur()
    for key in "gc":
        page.keyboard.press(key)
    page.wait_for_url("**/calendar")
    assert page.locator("a.slot[tabindex='0']").count() == 1
    first = page.locator("a.slot[tabindex='0']")
    expect(first).to_have_attribute("aria-label", "New session: Tuesday, 2 March, 12:00")  # it is 11:20
    first.focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowUp"):  # the first two lead into the past: nothing happens
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "New session: Wednesday, 3 March, 10:00"
    page.keyboard.press("Enter")
    expect(page.locator("#f-date")).to_have_value("2027-03-03")
    expect(page.locator("#f-time")).to_have_value("10:00")


def test_the_past_cannot_be_clicked(page: Page) -> None:
    page.goto("/calendar")
    today = page.locator(".week-column.is-today")
    expect(today.locator("span.slot.is-past")).to_have_count(4)
    today.locator("span.slot.is-past").first.click()
    assert page.url.endswith("/calendar")


def test_overlapping_sessions_can_be_read(page: Page, site: PageSite) -> None:
    """Of three at once two stand in lanes wide enough for words, the third is counted; all words come with the pointer."""
    page.goto("/calendar")
    strip = page.locator(".more-strip")
    expect(strip).to_have_count(1)
    expect(strip).to_have_text("+1")
    blocks = page.locator(".block.is-crowded")
    expect(blocks).to_have_count(2)
    boxes = [block.bounding_box() for block in (*blocks.all(), strip)]
    assert all(box is not None for box in boxes)
    assert all(one["x"] + one["width"] <= other["x"] + 1 for one, other in itertools.pairwise(boxes))  # type: ignore[index]
    assert all(box["width"] >= 60 for box in boxes[:2])  # type: ignore[index]
    blocks.first.hover()
    expect(blocks.first.locator(".what")).to_have_text("Readiness of the regions for winter: heating, coal and roads")
    what = blocks.first.locator(".what")
    assert what.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 1")
    strip.click()
    expect(page.get_by_role("link", name="Sharing of irrigation water")).to_be_visible()
    assert "from=2027-03-03&to=2027-03-03" in page.url


def test_a_mark_goes_when_the_field_is_corrected(page: Page) -> None:
    page.goto("/sessions/new?date=2027-03-10&time=10:00")
    page.locator("#f-date").fill("")
    page.get_by_label("Topic").first.fill("Reports")
    page.get_by_role("button", name="Book the session").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator(".field-error")).to_have_count(2)
    page.get_by_label("Minutes", exact=True).first.fill("10")
    expect(page.locator(".field-error")).to_have_count(1)
    expect(page.locator("#f-date")).to_have_class("form-control is-invalid")
    page.locator("#f-time").fill("11:00")  # the sentence is about date and time together
    expect(page.locator("#f-date")).to_have_class("form-control")
    expect(page.locator("#errors")).to_have_count(0)
    page.locator("#f-date").fill("2027-03-10")
    page.get_by_role("button", name="Book the session").click()
    expect(page.locator(".field-error")).to_have_count(2)
    page.locator("#f-title_en").fill("Roads")
    expect(page.locator(".field-error")).to_have_count(1)
    expect(page.locator("#f-title_ky")).to_have_class("form-control")
    page.get_by_label("Search a point").fill("osh")
    expect(page.locator("#points-error")).to_have_count(1)
    page.get_by_role("button", name="All provinces").click()
    expect(page.locator(".field-error")).to_have_count(0)
    expect(page.locator("#errors")).to_have_count(0)


def test_throwing_a_draft_away_asks_on_our_own_buttons(page: Page, site: PageSite) -> None:
    before = len(drafts.list_drafts(site.house, site.seeded.actors["planner"]))
    page.goto("/drafts")
    page.get_by_role("button", name="Throw away").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Throw this draft away?")
    dialog.get_by_role("button", name="Back").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Throw away").first.click()
    dialog.get_by_role("button", name="Continue").click()
    page.wait_for_function("count => document.querySelectorAll('form[action*=drafts]').length < count", arg=before)
    assert len(drafts.list_drafts(site.house, site.seeded.actors["planner"])) == before - 1


def test_cancelling_asks_first(page: Page, site: PageSite) -> None:
    session_id = site.seeded.sessions["health"]
    page.goto(f"/sessions/{session_id}")
    page.get_by_role("button", name="Cancel the session").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep the session").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Cancel the session").click()
    dialog.get_by_label("Reason").fill("Moved to April")
    dialog.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_text("Moved to April")).to_be_visible()
    assert sessions.get_session(site.house, site.seeded.actors["planner"], session_id).status == "cancelled"
