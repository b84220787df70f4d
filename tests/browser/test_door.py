"""The door of a hall on a telephone: tickets before the camera, the page opened anew without a network, what is left of it afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from liaison.services import seats
from liaison.services.seats import SeatView, Wish
from liaison.store import tables as t
from tests.support.camera_film import film
from tests.support.chromium import PATIENCE_MS, SHELL, another_chromium
from tests.support.gates import TcpGate
from tests.support.page_looks import serious
from tests.support.pages import PageSite, page_site
from web.pages import door as door_pages

NO_DETECTOR = "delete window.BarcodeDetector"
FORBIDDEN = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"))"""
KEEPS_ALL = """async (decoder) => Boolean(await caches.match(`${location.pathname}/kept`)) && Boolean(await caches.match(decoder))
  && Boolean(navigator.serviceWorker.controller)"""
DECODER = "/static/vendor/jsqr/jsQR.js"
LEFT = """async () => [Object.keys(localStorage).filter((key) => key.startsWith("door ")).length, (await caches.keys()).length,
  (await navigator.serviceWorker.getRegistrations()).length]"""
READ = """async (texts) => { const { codeOf } = await import("/static/js/door/scan.js"); return texts.map(codeOf); }"""


@dataclass
class Street:
    """A hall's door, behind a network that can be taken away, and a telephone whose camera sees two tickets in turn: of ``guest``, who
    comes with two others, and of another hall."""

    site: PageSite
    gate: TcpGate
    browser: Browser
    guest: SeatView

    @property
    def door(self) -> str:
        return f"/sessions/{self.site.seeded.sessions['people']}/halls/osh-oblast/door"

    def telephone(self, script: str = NO_DETECTOR) -> BrowserContext:
        context = self.browser.new_context(base_url=f"http://127.0.0.1:{self.gate.port}", viewport={"width": 360, "height": 740},
                                           locale="en-GB", permissions=["camera"])
        context.add_cookies([self.site.cookie("osh"), self.site.language_cookie("en")])
        context.add_init_script(script)
        context.set_default_timeout(30_000)
        return context

    def came(self) -> dict[str, int]:
        """How many came with each ticket of the hall, and without one, as the server knows it."""
        with self.site.house.db.read() as db:
            rows = db.scalars(select(t.Seat).where(t.Seat.point.has(slug="osh-oblast"), t.Seat.state == "came"))
            return {row.name: row.came for row in rows}

    def nobody_came(self) -> None:
        with self.site.house.db.write() as db:
            db.execute(update(t.Seat).where(t.Seat.state == "came").values(state="held", came=0, came_at=None, came_act=""))


@pytest.fixture(scope="module")
def street(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = Path(tmp_path_factory.mktemp("door"))
    with page_site(folder / "site") as site:
        wish = Wish("osh-oblast", "Aizada Bekova", 3, "aizada@example.org", "aizada", "en")
        guest = seats.take_seat(site.house, site.seeded.sessions["people"], wish, "somebody")
        shown = [ticket(chromium, site, token) for token in (guest.token, site.seeded.seats["held"])]
        camera = film(folder / "film.y4m", [(shown[0], 2.0), (None, 1.0), (shown[1], 2.0), (None, 1.0)])
        with TcpGate(site.house.settings.http_port) as gate, another_chromium(chromium, SHELL, (camera,)) as browser:
            yield Street(site, gate, browser, guest)


def ticket(browser: Browser, site: PageSite, token: str) -> Image.Image:
    """The picture on a ticket's page, as its holder shows it."""
    page = browser.new_page(base_url=site.url)
    page.goto(f"/seat/{token}")
    picture = Image.open(io.BytesIO(page.locator(".ticket-code img").screenshot()))
    page.close()
    return picture


@pytest.fixture
def phone(street: Street) -> Iterator[Page]:
    street.nobody_came()
    context = street.telephone()
    yield context.new_page()
    street.gate.mend()
    context.close()


def until(page: Page, true: str, *more: str) -> None:
    """Wait for what a function of the page promises (``wait_for_function`` takes the promise itself for true)."""
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate(true, *more):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {true}")


def test_the_camera_checks_in_who_shows_a_ticket(street: Street, phone: Page) -> None:
    phone.goto(street.door)
    result = phone.locator("[data-door=result]")
    scan = phone.locator("[data-door=scan]")
    scan.click()
    expect(result).to_contain_text("Come in")
    expect(result).to_contain_text("Aizada Bekova · 3")
    expect(result).to_have_class("door-result door-good")
    assert serious(phone) == []
    expect(result).to_contain_text("This ticket is for another hall")
    expect(result).to_contain_text("Naryn Province")
    expect(result).to_contain_text("Already checked in at")
    expect(result).to_have_class("door-result door-bad")
    expect(phone.locator("[data-door=inside]")).to_have_text("3")
    assert street.came() == {"Aizada Bekova": 3}
    scan.click()
    expect(phone.locator("[data-door=stage]")).to_be_hidden()
    assert phone.evaluate("document.querySelector('[data-door=video]').srcObject") is None
    assert phone.evaluate(READ, ["https://x.example/seat/abc#k7wm2q", " К7wm 2q", "https://x.example/", "wifi:S:cafe;;", "#"]) == [
        "K7WM2Q", "K7WM2Q", "", "", ""]


def test_a_refused_camera_leaves_the_code(street: Street) -> None:
    context = street.telephone(FORBIDDEN)
    page = context.new_page()
    page.goto(street.door)
    page.locator("[data-door=scan]").click()
    expect(page.locator("[data-door=result]")).to_contain_text("The camera is not allowed.")
    expect(page.locator("[data-door=stage]")).to_be_hidden()
    context.close()


def test_the_door_opens_and_counts_without_a_network(street: Street, phone: Page) -> None:
    """By camera, by list, without a ticket; over a reload; each once when the network is back."""
    phone.goto(street.door)
    until(phone, KEEPS_ALL, DECODER)
    network, result = phone.locator("[data-door=network]"), phone.locator("[data-door=result]")
    street.gate.cut()
    phone.reload()
    expect(network).to_contain_text("No network. The list is that of")
    phone.locator("[data-door=scan]").click()
    expect(result).to_contain_text("Aizada Bekova · 3")
    phone.locator("[data-door=scan]").click()
    phone.locator("li", has_text="Асан ата").get_by_role("button", name="Came").click()
    expect(network).to_contain_text("Waiting to be sent: 2")
    phone.reload()
    expect(network).to_contain_text("Waiting to be sent: 2")
    expect(phone.locator("li.is-in")).to_have_count(2)
    phone.get_by_role("button", name="Count", exact=True).click()
    phone.get_by_label("Code of the ticket").fill("NOSUCH")
    phone.get_by_role("button", name="Check in").click()
    expect(result).to_contain_text("Without a network it cannot be asked")
    expect(phone.get_by_role("button", name="Let in and count")).to_be_visible()
    assert serious(phone) == []
    assert street.came() == {}
    street.gate.mend()
    expect(network).to_have_text("Everything is sent.")
    assert street.came() == {"Aizada Bekova": 3, "Асан ата": 1, "": 1}
    expect(phone.locator("[data-door=inside]")).to_have_text("5")


def test_the_worker_takes_a_new_version(street: Street, phone: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.goto(street.door)
    until(phone, KEEPS_ALL, DECODER)
    (old,) = phone.evaluate("caches.keys()")
    version = old.split(" ")[1]
    script = door_pages.worker_script().replace(version, "newer")
    monkeypatch.setattr(door_pages, "worker_script", lambda: script)
    phone.reload()
    until(phone, "async (name) => { const names = await caches.keys(); return names.length === 1 && names[0] === name; }",
          old.replace(version, "newer"))
    until(phone, KEEPS_ALL, DECODER)


def test_the_list_goes_with_its_time_and_with_the_sign_in_and_what_waits_stays(street: Street, phone: Page) -> None:
    phone.goto(street.door)
    until(phone, KEEPS_ALL, DECODER)
    assert phone.evaluate(LEFT) == [1, 1, 1]
    phone.evaluate("""() => { const key = Object.keys(localStorage).find((one) => one.startsWith("door list of "));
      localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), until: Date.now() - 1 })); }""")
    street.gate.cut()
    phone.reload()
    expect(phone.locator("[data-door=network]")).to_contain_text("no list is kept here")
    expect(phone.get_by_text("Асан ата")).to_have_count(0)
    street.gate.mend()
    phone.goto(street.door)
    until(phone, KEEPS_ALL, DECODER)
    with street.site.house.db.write() as db:  # somebody ends the lost telephone's sign-in
        db.execute(update(t.User).where(t.User.name == "osh").values(sign_in_version="ended"))
    phone.get_by_role("button", name="Count", exact=True).click()
    expect(phone.locator("[data-door=network]")).to_contain_text("You are signed out here.")
    expect(phone.locator("[data-door=network]")).to_contain_text("Waiting: 1")
    expect(phone.get_by_text("Асан ата")).to_have_count(0)
    phone.context.add_cookies([street.site.cookie("osh")])
    phone.goto("/today")  # any page of the service sends it
    until(phone, "() => !Object.keys(localStorage).some((key) => key.startsWith('door '))")
    assert street.came() == {"": 1}
    phone.goto(street.door)
    expect(phone.locator("[data-door=network]")).to_have_text("Everything is sent.")
    until(phone, KEEPS_ALL, DECODER)
    phone.locator("summary[aria-label^='Your account']").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/public")
    until(phone, f"async () => String(await ({LEFT})()) === '0,0,0'")
