"""A series from end to end in a browser: booked from a template, one date declined, one moved; every person told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from liaison.notify.sender import sender_of
from liaison.notify.senders import SmtpNotifier
from liaison.services import outbox
from liaison.services.sessions import SessionFilter, list_sessions
from tests.support.pages import PageSite, page_site
from tests.support.smtp import SmtpSink


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PageSite]:
    with page_site(tmp_path) as running:
        yield running


def person(chromium: Browser, site: PageSite, name: str) -> Page:
    context = chromium.new_context(base_url=site.url, viewport={"width": 1366, "height": 768}, locale="en-GB")
    context.add_cookies([site.cookie(name), site.language_cookie("en")])
    context.set_default_timeout(15_000)
    return context.new_page()


def mail(site: PageSite, sink: SmtpSink) -> Counter[tuple[str, str]]:
    """What leaves now, by kind and recipient."""
    before = len(sink.messages)
    sender = sender_of(site.house.settings, site.house.network)
    outbox.deliver_due(site.house, SmtpNotifier(sink.url, sender, site.house.clock.now), "test:1:a")
    return Counter((str(one.message["X-Liaison-Kind"]), one.recipients[0]) for one in sink.messages[before:])


def test_a_series_from_a_template_declined_on_one_date_and_moved_on_another(
        chromium: Browser, site: PageSite, smtp_sink: SmtpSink) -> None:
    mail(site, smtp_sink)  # what the seeded sessions owe
    planner, officer = person(chromium, site, "planner"), person(chromium, site, "osh")

    planner.goto("/templates")
    planner.get_by_role("link", name="New session: Heads of the provinces").click()
    expect(planner.get_by_label("How often")).to_have_value("month_nth")
    planner.locator("#f-date").fill("2027-04-06")
    planner.get_by_label("Ends").select_option("count")
    planner.get_by_label("Number of times").fill("4")
    expect(planner.locator("[data-repeat-words]")).to_have_text("Every month: first Tuesday; 4 times")
    expect(planner.locator("[data-repeat-list] li")).to_have_count(4)
    planner.get_by_label("Leave out: Tuesday, 4 May 2027, 11:00").check()
    planner.get_by_role("button", name="Book the session").click()
    expect(planner.get_by_text("The series is booked.")).to_be_visible()
    told = mail(site, smtp_sink)
    assert set(told) == {("series_invitation", f"{name}@example.org") for name in ("osh", "naryn", "planner")}
    assert set(told.values()) == {1}
    planner.get_by_role("link", name="Every month: first Tuesday; 4 times").click()
    expect(planner.locator(".session-table tbody tr")).to_have_count(3)
    expect(planner.locator(".exceptions li")).to_contain_text(["left out when it was booked"])

    dates = list_sessions(site.house, site.seeded.actors["planner"], SessionFilter(q="Heads")).items
    officer.goto(f"/sessions/{dates[1].id}")
    officer.get_by_text("Decline", exact=True).click()
    officer.get_by_label("Why can the point not take part?").fill("The pass is closed")
    officer.get_by_role("button", name="Decline the invitation").click()
    expect(officer.get_by_text("Your answer is kept.")).to_be_visible()
    assert mail(site, smtp_sink) == {("answer_notice", "planner@example.org"): 1}

    planner.goto(f"/sessions/{dates[2].id}/edit")
    expect(planner.get_by_label("Only this date")).to_be_checked()
    planner.locator("#f-time").fill("15:00")
    planner.get_by_role("button", name="Save the change").click()
    expect(planner.get_by_text("The session is changed.")).to_be_visible()
    site.house.clock.advance(120)  # type: ignore[attr-defined]  # a change waits a little for the next
    told = mail(site, smtp_sink)
    assert set(told) == {("update", f"{name}@example.org") for name in ("osh", "naryn", "planner")}
    assert set(told.values()) == {1}
    assert "RECURRENCE-ID" in smtp_sink.messages[-1].calendar
    after = list_sessions(site.house, site.seeded.actors["planner"], SessionFilter(q="Heads")).items
    answers = [next(point.answer for point in one.points if point.slug == "osh-oblast") for one in after]
    assert answers == ["pending", "declined", "pending"]
    for page in (planner, officer):
        page.context.close()
