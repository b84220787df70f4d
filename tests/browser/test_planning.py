"""The planning office's two ways to a date: a series booked from a time found, and a poll where no time is clear; all told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from liaison.notify.sender import sender_of
from liaison.notify.senders import SmtpNotifier
from liaison.services import outbox
from liaison.services.sessions import SessionFilter, SessionView, list_sessions
from tests.support.pages import PageSite, page_site
from tests.support.smtp import SmtpSink

DAY = "2027-04-06"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("planning")) as running:
        yield running


@pytest.fixture
def pages(chromium: Browser, site: PageSite) -> Iterator[dict[str, Page]]:
    """The organiser's browser, an officer's, and one of somebody who is not signed in."""
    made = {}
    for name in ("planner", "osh", ""):
        context = chromium.new_context(base_url=site.url, viewport={"width": 1366, "height": 768}, locale="en-GB", reduced_motion="reduce")
        context.add_cookies([site.language_cookie("en"), *([site.cookie(name)] if name else [])])
        context.set_default_timeout(15_000)
        made[name] = context.new_page()
    yield made
    for page in made.values():
        page.context.close()


def mail(site: PageSite, sink: SmtpSink) -> Counter[tuple[str, str]]:
    """What leaves now, by kind and recipient."""
    before = len(sink.messages)
    sender = sender_of(site.house.settings, site.house.network)
    outbox.deliver_due(site.house, SmtpNotifier(sink.url, sender, site.house.clock.now), "test:1:a")
    return Counter((str(one.message["X-Liaison-Kind"]), one.recipients[0]) for one in sink.messages[before:])


def booked(site: PageSite, words: str) -> list[SessionView]:
    return list(list_sessions(site.house, site.seeded.actors["planner"], SessionFilter(q=words)).items)


def find(page: Page, title: str) -> None:
    """From the booking form to the times found for it."""
    page.goto(f"/sessions/new?date={DAY}&time=10:00&points=big-hall,osh-oblast,naryn-oblast")
    page.locator("#f-title_en").fill(title)
    page.get_by_role("button", name="Find a time").click()
    expect(page.get_by_role("heading", name="Times")).to_be_focused()


def test_a_series_from_a_time_found_declined_on_one_date_and_moved_on_another(
        pages: dict[str, Page], site: PageSite, smtp_sink: SmtpSink) -> None:
    mail(site, smtp_sink)  # what the seeded sessions owe
    planner, officer = pages["planner"], pages["osh"]
    find(planner, "Passes in spring")
    planner.locator(".offer").first.get_by_role("link", name="Take this time").click()
    expect(planner.locator("#f-title_en")).to_have_value("Passes in spring")
    planner.get_by_label("How often").select_option("weekly")
    planner.get_by_label("Number of times").fill("3")
    expect(planner.locator("[data-repeat-list] li")).to_have_count(3)
    planner.get_by_role("button", name="Book the session").click()
    expect(planner.get_by_text("The series is booked.")).to_be_visible()
    told = mail(site, smtp_sink)
    assert {address for _kind, address in told} >= {"hall@example.org", "osh@example.org", "naryn@example.org"}
    assert {kind for kind, _address in told} == {"series_invitation"} and set(told.values()) == {1}

    dates = booked(site, "Passes")
    officer.goto(f"/sessions/{dates[1].id}")
    officer.get_by_text("Decline", exact=True).click()
    officer.get_by_label("Why can the point not take part?").fill("The pass is closed")
    officer.get_by_role("button", name="Decline the invitation").click()
    expect(officer.get_by_text("Your answer is kept.")).to_be_visible()
    assert mail(site, smtp_sink) == {("answer_notice", "planner@example.org"): 1}

    planner.goto(f"/sessions/{dates[2].id}/edit")
    planner.locator("#f-time").fill("16:30")
    planner.get_by_role("button", name="Save the change").click()
    expect(planner.get_by_text("The session is changed.")).to_be_visible()
    site.house.clock.advance(120)  # type: ignore[attr-defined]  # a change waits a little for the next
    moved = mail(site, smtp_sink)
    assert {address for _kind, address in moved} == {address for _kind, address in told}
    assert {kind for kind, _address in moved} == {"update"} and set(moved.values()) == {1}
    after = booked(site, "Passes")
    assert [next(point.answer for point in one.points if point.slug == "osh-oblast") for one in after] == ["pending", "declined", "pending"]
    assert [one.starts_at == before.starts_at for one, before in zip(after, dates, strict=True)] == [True, True, False]
    assert mail(site, smtp_sink) == {}


def test_a_poll_from_the_times_found_to_the_session(pages: dict[str, Page], site: PageSite, smtp_sink: SmtpSink) -> None:
    mail(site, smtp_sink)
    planner, officer, citizen = pages["planner"], pages["osh"], pages[""]
    find(planner, "Avalanches")
    for index in (0, 1):
        planner.locator(".offer").nth(index).get_by_role("checkbox").check()
    planner.get_by_role("button", name="Propose the ticked times to the points").click()
    expect(planner.get_by_role("checkbox", checked=True)).to_have_count(2)
    planner.get_by_role("button", name="Ask the points").click()
    expect(planner.get_by_text("The points are being asked.")).to_be_visible()
    poll = planner.url
    asked = mail(site, smtp_sink)
    assert {kind for kind, _address in asked} == {"poll"} and set(asked.values()) == {1}

    officer.goto(urlsplit(poll).path)  # signed in: the first time does not suit
    _answer(officer, "No", "Yes")
    letter = next(one for one in reversed(smtp_sink.messages) if one.recipients == ("naryn@example.org",))
    link = re.search(r"https?://\S+/poll/\S+", letter.text())
    assert link is not None
    citizen.goto(urlsplit(link[0]).path)  # from the letter: no sign-in
    _answer(citizen, "Yes", "Yes")

    planner.reload()
    planner.get_by_role("button", name=re.compile("Book this time")).last.click()
    expect(planner.get_by_text("The session is booked. The points are being told.")).to_be_visible()
    session = booked(site, "Avalanches")
    assert [one.status for one in session] == ["confirmed"]
    told = mail(site, smtp_sink)
    assert {kind for kind, _address in told} == {"invitation"} and set(told.values()) == {1}
    citizen.reload()
    expect(citizen.get_by_text("This poll is closed.")).to_be_visible()


def _answer(page: Page, first: str, second: str) -> None:
    for group, words in zip(page.locator("fieldset.poll-choice").all(), (first, second), strict=True):
        group.get_by_text(words, exact=True).click()
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is kept.")).to_be_visible()
