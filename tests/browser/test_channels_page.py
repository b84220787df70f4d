"""A person's channels, and answers that say who comes, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from liaison.services import contacts, invitations
from liaison.services.answer_links import AnswerLink, answer_url
from liaison.services.sessions import get_session
from tests.support.gateways import Browser as PushBrowser
from tests.support.gateways import gateway
from tests.support.pages import PageSite, page_site
from tests.support.ports import wait_until

SUBSCRIBE = """([endpoint, p256dh, auth]) => {
  // There is no push service here that Chromium would subscribe with: everything behind it is real.
  PushManager.prototype.subscribe = async (options) => {
    window.subscribedWith = { visible: options.userVisibleOnly, key: options.applicationServerKey.length };
    return { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  };
  Notification.requestPermission = async () => 'granted';
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("channels")) as running:
        yield running


@contextmanager
def officer(browser: Browser, site: PageSite) -> Iterator[BrowserContext]:
    """The one of Naryn, in English."""
    made = browser.new_context(base_url=site.url, viewport={"width": 1366, "height": 768}, locale="en-GB")
    made.add_cookies([site.cookie("naryn"), site.language_cookie("en")])
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(chromium: Browser, site: PageSite) -> Iterator[Page]:
    with officer(chromium, site) as context:
        yield context.new_page()


@pytest.fixture
def context(whole_chromium: Browser, site: PageSite) -> Iterator[BrowserContext]:
    """The browser that keeps notices on the screen."""
    with officer(whole_chromium, site) as made:
        yield made


def test_somebody_chooses_how_they_are_told(page: Page, site: PageSite) -> None:
    page.goto("/account")
    page.get_by_role("link", name="Choose", exact=True).click()
    page.get_by_label("SMS to this telephone").fill("12")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Give a telephone number such as")).to_be_visible()
    page.get_by_label("SMS to this telephone").fill("0555 12 34 56")
    page.get_by_label("Alarm in your calendar").fill("20")
    page.get_by_label("Which quiet hours").select_option("own")
    page.get_by_label("From").fill("21:00")
    page.get_by_label("Until").fill("06:30")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("SMS to this telephone")).to_have_value("+996555123456")
    page.get_by_role("button", name="Get a code").click()
    code = page.locator("#telegram-code").inner_text()
    assert contacts.link_chat(site.house, code, "4711", "@aigul") is not None
    page.goto("/account/channels")
    expect(page.get_by_text("Linked to @aigul.")).to_be_visible()
    page.get_by_role("button", name="Unlink").click()
    expect(page.get_by_role("button", name="Get a code")).to_be_visible()


def test_this_browser_takes_notices_and_a_notice_opens_its_page(context: BrowserContext, site: PageSite) -> None:
    page, receiver = context.new_page(), PushBrowser()
    with gateway() as service:
        context.grant_permissions(["notifications"], origin=site.url)
        page.goto("/account/channels")
        page.evaluate(SUBSCRIBE, [f"{service.url}/push/1", receiver.p256dh, receiver.auth])
        with page.expect_navigation():
            page.get_by_role("button", name="Switch on in this browser").click()
        expect(page.get_by_role("button", name="Remove")).to_be_visible()
    registration = page.evaluate("navigator.serviceWorker.getRegistration('/static/js/push/').then((one) => one && one.scope)")
    assert registration == f"{site.url}/static/js/push/"
    push(context, page, '{"title": "Reminder: Harvest", "body": "10:00", "url": "/today", "tag": "t1", "lang": "en"}')
    shown = "navigator.serviceWorker.getRegistration('/static/js/push/').then((one) => one.getNotifications())" \
            ".then((all) => all.map((one) => [one.title, one.body, one.data.url]))"
    wait_until(lambda: len(page.evaluate(f"() => {shown}")) == 1, 15, "the notice")
    assert page.evaluate(f"() => {shown}") == [["Reminder: Harvest", "10:00", "/today"]]
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Removed.")).to_be_visible()


def push(context: BrowserContext, page: Page, data: str) -> None:
    """What the browser does when its push service hands it a message, by DevTools."""
    devtools = context.new_cdp_session(page)
    known: list[str] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated",
                lambda event: known.extend(one["registrationId"] for one in event["registrations"]))
    devtools.send("ServiceWorker.enable")
    while not known:  # the test's own time limit ends it
        page.wait_for_timeout(50)
    devtools.send("ServiceWorker.deliverPushMessage", {"origin": page.url.split("/account")[0], "registrationId": known[0], "data": data})
    devtools.detach()


def test_an_answer_says_perhaps_and_who_comes(page: Page, site: PageSite) -> None:
    session = site.seeded.sessions["health"]
    page.goto(f"/sessions/{session}")
    page.get_by_text("Who will come").click()
    page.get_by_label("How many people will come").fill("7")
    page.get_by_label("Who represents the point").fill("Айгүл Осмонова\nНурлан Беков")
    page.get_by_role("button", name="Perhaps").click()
    expect(page.get_by_text("Your answer is kept.")).to_be_visible()
    expect(page.get_by_text("7 people will come: Айгүл Осмонова, Нурлан Беков").first).to_be_visible()
    mine = next(point for point in get_session(site.house, site.seeded.actors["planner"], session).points if point.slug == "naryn-oblast")
    assert (mine.answer, mine.expected, mine.representatives) == ("tentative", 7, ("Айгүл Осмонова", "Нурлан Беков"))


def test_the_mail_s_link_takes_the_same_without_signing_in(chromium: Browser, site: PageSite) -> None:
    planner, session = site.seeded.actors["planner"], site.seeded.sessions["health"]
    view = get_session(site.house, planner, session)
    point = next(one for one in view.points if one.slug == "talas-oblast")
    address = answer_url(site.house.settings, AnswerLink(session, point.id, None, view.starts_at))
    context = chromium.new_context(base_url=site.url, locale="en-GB")
    context.add_cookies([site.language_cookie("en")])
    page = context.new_page()
    page.goto("/answer/" + address.rsplit("/", 1)[1])
    page.get_by_label("How many people will come").fill("3")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("3 people will come")).to_be_visible()
    context.close()
    invitations.answer_invitation(site.house, planner, session, "talas-oblast", "declined", "Snow")
    mine = next(one for one in get_session(site.house, planner, session).points if one.slug == "talas-oblast")
    assert (mine.answer, mine.expected) == ("declined", 3)
