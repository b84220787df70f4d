"""The network in a real browser: the map by keyboard, states that change without a reload, a van made, routed and invited, a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from liaison.domain.actor import SYSTEM
from liaison.services import points, presence
from liaison.store import tables as t
from tests.support.pages import PageSite, page_site
from tests.support.ports import wait_until

OFTEN = "const own = window.setInterval; window.setInterval = (act, ms) => own(act, ms > 5000 ? 300 : ms);"
"""The page looks again after a third of a second, so that nobody waits for it."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, site: PageSite) -> Iterator[Page]:
    """The administrator's browser, in English."""
    context = chromium.new_context(base_url=site.url, viewport={"width": 1366, "height": 900}, locale="en-GB")
    context.add_cookies([site.cookie("admin"), site.language_cookie("en")])
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def state(page: Page, slug: str) -> str:
    return str(page.locator(f'[data-map] [data-point="{slug}"]').get_attribute("class"))


def test_the_map_is_walked_with_arrow_keys(page: Page) -> None:
    page.goto("/network")
    page.locator("[data-map] [tabindex='0']").focus()
    expect(page.locator("[data-map] [tabindex='0']")).to_have_count(1)
    for key in ("End", "Home", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    seen = []
    for key in ("ArrowRight",) * 12:
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.dataset.point"))
        expect(page.locator("[data-map-card]")).to_have_text(str(page.evaluate("document.activeElement.getAttribute('aria-label')")))
    place = "slug => document.querySelector(`[data-map] [data-point='${slug}']`).getBoundingClientRect().x"
    places = [page.evaluate(place, slug) for slug in seen]
    moved = list(dict.fromkeys(places))
    assert moved == sorted(moved) and len(moved) > 5, "each step leads east"
    here = page.evaluate("document.activeElement.dataset.point")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/network/points/{here}")


def test_states_change_without_a_reload(page: Page, site: PageSite) -> None:
    page.add_init_script(OFTEN)
    page.goto("/network")
    page.evaluate("window.stayed = true")
    assert "mark-session" in state(page, "osh-oblast")
    row = page.locator('tr[data-point="osh-oblast"]')
    with site.house.db.write() as db:
        peer = presence_of(site, "osh-oblast")
        presence.close_presence(db, peer, site.house.clock.now(), "lost")
    expect(page.locator('[data-map] [data-point="osh-oblast"]')).to_have_class("mark mark-trouble")
    expect(row).to_contain_text("Trouble")
    expect(row).to_contain_text("Dropped out at")
    expect(page.locator('[data-count="trouble"]')).to_have_text("3")
    assert page.evaluate("window.stayed") is True
    page.context.set_offline(True)
    expect(page.locator("[data-as-of]")).to_contain_text("No news since")
    page.context.set_offline(False)
    expect(page.locator("[data-as-of]")).to_contain_text("As of")


def presence_of(site: PageSite, slug: str) -> str:
    with site.house.db.read() as db:
        query = select(t.Presence.peer_id).join(t.Point, t.Point.id == t.Presence.point_id)
        return str(db.scalar(query.where(t.Point.slug == slug, t.Presence.left_at.is_(None))))


def test_the_board_narrows_while_one_types(page: Page) -> None:
    page.goto("/network")
    page.get_by_label("Search").fill("узген")
    expect(page.locator("tbody tr:not([hidden])")).to_have_count(1)
    page.get_by_label("Search").fill("nowhere")
    expect(page.get_by_role("heading", name="No such point")).to_be_visible()
    page.get_by_label("Search").fill("")
    page.get_by_label("Kind").select_option("mobile")
    expect(page.locator("tbody tr:not([hidden])")).to_have_count(1)
    page.locator(".states a", has_text="Trouble").click()
    expect(page.locator("tbody tr")).not_to_have_count(64)


def test_on_a_phone_the_board_comes_first_and_the_map_is_one_step_away(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/network")
    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator("#board")).to_be_visible()
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator("[data-map]")).to_be_visible()
    expect(page.locator("[data-board]")).to_be_hidden()


def test_a_van_is_made_routed_and_invited(page: Page, site: PageSite) -> None:
    page.goto("/admin/points")
    page.get_by_role("link", name="New mobile point").click()
    page.get_by_label("Name (English)").fill("Van 2")
    page.get_by_label("Name (Кыргызча)").fill("2-унаа")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The point is made.")).to_be_visible()
    page.get_by_label("At the place of this point").select_option("talas-city")
    page.get_by_label("From", exact=True).fill("2027-03-02T08:00")
    page.get_by_label("Until", exact=True).fill("2027-03-04T18:00")
    page.get_by_role("button", name="Add a stop").click()
    expect(page.get_by_text("Here now")).to_be_visible()
    page.locator("details.more summary", has_text="Add a stop").click()
    page.get_by_label("At the place of this point").select_option("talas-city")
    page.get_by_label("From", exact=True).fill("2027-03-04T08:00")
    page.get_by_label("Until", exact=True).fill("2027-03-05T18:00")
    page.get_by_role("button", name="Add a stop").click()
    expect(page.get_by_text("The point already has a stop in this time")).to_be_visible()
    page.goto("/network")
    expect(page.locator('[data-map] [data-point="van-2"]')).to_have_attribute("aria-label", "Van 2, Talas until 4 Mar, 18:00, Not checked")
    page.goto("/sessions/new?date=2027-03-10&time=10:00")
    page.locator("#f-title_en").fill("Visit of the van")
    page.get_by_label("Search a point").fill("2-унаа")
    page.get_by_label("Search a point").press("Enter")
    page.get_by_role("button", name="All mobile points").click()
    page.get_by_role("button", name="Book the session").click()
    expect(page.get_by_text("The session is booked.")).to_be_visible()
    expect(page.locator(".point-answers li")).to_have_count(2)
    page.goto("/network/points/van-2")
    expect(page.get_by_role("link", name="Visit of the van")).to_be_visible()


def test_a_table_is_looked_through_before_it_is_carried_out(page: Page, site: PageSite, tmp_path: Path) -> None:
    page.goto("/admin/tables/points")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the table as it is").click()
    file = tmp_path / "points.csv"
    text = download.value.path().read_text(encoding="utf-8-sig")
    file.write_text(text.replace("suzak-district;", "suzak-distr;"), encoding="utf-8")
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_role("button", name="Look through the table").click()
    expect(page.get_by_text("Some rows are refused")).to_be_visible()
    expect(page.get_by_role("button", name="Carry it out")).to_have_count(0)
    file.write_text("slug;phone\nsuzak-district;+996 3748 1\n", encoding="utf-8")
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_role("button", name="Look through the table").click()
    expect(page.get_by_text("Every row is right. Nothing has been changed yet.")).to_be_visible()
    assert points.get_point(site.house, SYSTEM, "suzak-district").phone == ""
    page.get_by_role("button", name="Carry it out").click()
    expect(page.get_by_text("The table has been imported.")).to_be_visible()
    assert points.get_point(site.house, SYSTEM, "suzak-district").phone == "+996 3748 1"


def test_a_picture_is_made_small_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "room.png"
    Image.effect_noise((2600, 1300), 60).convert("RGB").save(file)
    assert file.stat().st_size > 3_000_000
    page.goto("/network/points/suzak-district")
    page.locator("#f-picture").set_input_files(file)
    kind = "document.getElementById('f-picture').files[0].type"
    wait_until(lambda: page.evaluate(kind) == "image/jpeg", 15, "the picture to be made small")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    size = "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
    assert page.locator(".point-picture").evaluate(size) == [1600, 800]
