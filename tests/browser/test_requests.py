"""An officer asks and the organiser answers; a session of higher priority takes another's time; a freed time is accepted; a citizen
asks and is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from liaison.services import sessions
from liaison.store import tables as t
from tests.support.pages import PageSite, page_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(Path(tmp_path_factory.mktemp("requests"))) as running:
        yield running


@pytest.fixture
def as_account(chromium: Browser, site: PageSite) -> Iterator[Callable[[str], Page]]:
    """A page of this account's browser, in English; "" is a citizen without one."""
    contexts = []

    def sign_in(account: str) -> Page:
        context = chromium.new_context(base_url=site.url, viewport={"width": 1366, "height": 768}, locale="en-GB")
        context.add_cookies([*([site.cookie(account)] if account else []), site.language_cookie("en")])
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield sign_in
    for context in contexts:
        context.close()


def test_an_officer_asks_and_is_told_of_the_change(as_account: Callable[[str], Page], site: PageSite) -> None:
    officer, organiser = as_account("alay"), as_account("planner")
    officer.goto("/requests/new")
    officer.get_by_label("Title").fill("Road over the pass")
    officer.get_by_label("Date").fill("2027-03-11")
    officer.get_by_label("Start").fill("09:30")
    officer.get_by_label("Why it is needed").fill("Avalanches every week.")
    officer.get_by_role("button", name="Ask the office").click()
    expect(officer.get_by_text("The office has been asked.")).to_be_visible()

    organiser.goto("/requests")
    organiser.get_by_role("link", name="Road over the pass").click()
    expect(organiser.get_by_text("Avalanches every week.")).to_be_visible()
    organiser.get_by_role("link", name="Approve with changes").click()
    organiser.locator("#f-time").fill("14:00")
    organiser.get_by_label("Note to").fill("The hall is free only after lunch.")
    organiser.get_by_role("button", name="Approve and book").click()
    expect(organiser.get_by_text("The session is booked.")).to_be_visible()

    officer.reload()
    expect(officer.get_by_text("The hall is free only after lunch.")).to_be_visible()
    officer.get_by_role("link", name="Open the session").click()
    expect(officer.get_by_text("14:00").first).to_be_visible()
    with site.house.db.read() as db:
        told = [row.payload for row in db.scalars(select(t.Outbox).where(t.Outbox.kind == "request_notice"))
                if row.payload["title"].get("en") == "Road over the pass"]
    assert sorted(payload["what"] for payload in told) == ["approved", "asked"]
    assert any(payload.get("changed") and "before" in payload for payload in told)


def test_a_higher_session_takes_the_time_of_a_lower_one(as_account: Callable[[str], Page], site: PageSite) -> None:
    page = as_account("planner")
    page.goto("/sessions/new?date=2027-03-03&time=11:30&points=big-hall,talas-oblast")
    page.locator("#f-title_en").fill("Flood")
    page.get_by_text("Set-up, clear-up and priority").click()
    page.get_by_label("Priority").select_option("3")
    page.get_by_role("button", name="Book the session").click()
    page.get_by_role("button", name="Take the time of lower sessions").click()
    expect(page.get_by_role("heading", name="Take the time of other sessions")).to_be_visible()
    winter = page.locator("section", has_text="Readiness of the regions for winter")
    expect(winter.get_by_text("Points it would lose")).to_be_visible()
    winter.get_by_label("Move it to").first.check()
    page.get_by_label("Reason, as the points will read it").fill("Flood in the valley")
    page.get_by_role("button", name="Displace them and book").click()
    expect(page.get_by_text("Everybody concerned is being told.")).to_be_visible()
    planner = site.seeded.actors["planner"]
    moved = sessions.get_session(site.house, planner, site.seeded.sessions["winter"])
    assert (moved.status, moved.sequence) == ("confirmed", 1)
    assert not sessions.find_conflicts(site.house, planner, ["chuy-oblast"], moved.starts_at, 120, moved.id)


def test_a_freed_time_is_accepted_with_one_click(as_account: Callable[[str], Page], site: PageSite) -> None:
    page = as_account("planner")
    with site.house.db.write() as db:  # what stood in the way is gone
        for booking in db.scalars(select(t.Booking).where(t.Booking.session_id == site.seeded.sessions["winter"])):
            db.delete(booking)
    page.goto(f"/requests/{site.seeded.requests['offered']}")
    page.get_by_role("button", name="Accept the time").click()
    expect(page.get_by_text("The session is booked.")).to_be_visible()
    page.goto("/requests?all=1")
    expect(page.get_by_text("Booked").first).to_be_visible()


def test_a_citizen_asks_others_want_to_know_too_and_the_session_answers(as_account: Callable[[str], Page], site: PageSite) -> None:
    session = site.seeded.sessions["people"]
    citizen, other, desk = as_account(""), as_account(""), as_account("planner")
    desk.goto(f"/sessions/{session}/questions")
    expect(desk.locator("[data-question]")).to_have_count(3)

    citizen.goto(f"/public/sessions/{session}")
    citizen.get_by_text("Ask a question").click()
    citizen.get_by_label("Your question").fill("Who clears the snow on our street?")
    citizen.get_by_label("Village or town").fill("Naryn")
    citizen.get_by_role("button", name="Send the question").click()
    expect(citizen.get_by_text("Your question is here.")).to_be_visible()
    expect(citizen.get_by_text("Waits to be looked at")).to_be_visible()

    asked = desk.locator("[data-question]", has_text="Who clears the snow")
    expect(asked).to_be_visible()  # by itself
    for _ in range(4):
        desk.keyboard.press("j")
    expect(asked).to_be_focused()
    desk.keyboard.press("a")
    expect(asked).to_have_count(0)

    other.goto(f"/public/sessions/{session}")
    wanted = other.locator(".question", has_text="Who clears the snow").get_by_role("button")
    wanted.click()
    expect(wanted).to_have_attribute("aria-pressed", "true")
    expect(wanted).to_have_text("1")

    desk.locator(".desk-states a[href*='state=approved']").click()
    expect(asked).to_contain_text("Naryn")
    asked.focus()
    desk.keyboard.press("l")
    expect(asked).to_have_count(0)
    citizen.reload()
    expect(citizen.get_by_text("Answered in the session at")).to_be_visible()


def test_a_citizen_registers_and_the_door_counts_him_also_without_a_network(as_account: Callable[[str], Page], site: PageSite) -> None:
    session = site.seeded.sessions["people"]
    citizen, door, office = as_account(""), as_account("osh"), as_account("planner")
    citizen.goto(f"/public/sessions/{session}")
    citizen.locator("summary", has_text="Register").click()
    citizen.get_by_label("In which hall").select_option(label="Osh Province: 52 seats are free")
    citizen.get_by_label("Your name").fill("Aizada Bekova")
    citizen.get_by_label("How many people come").fill("3")
    citizen.get_by_label("E-mail or telephone").fill("aizada@example.org")
    citizen.get_by_role("button", name="Register").click()
    expect(citizen.get_by_text("A seat is kept")).to_be_visible()
    code = citizen.locator(".ticket-letters").inner_text()

    door.set_viewport_size({"width": 360, "height": 740})
    door.goto(f"/sessions/{session}/halls/osh-oblast/door")
    expect(door.get_by_text("Aizada Bekova")).to_be_visible()
    door.context.set_offline(True)
    door.get_by_label("Code of the ticket").fill(code.lower())
    door.get_by_role("button", name="Check in").click()
    result = door.locator("[data-door=result]")
    expect(result).to_contain_text("Come in")
    door.get_by_label("People without a ticket").fill("4")
    door.get_by_role("button", name="Count", exact=True).click()
    expect(door.locator("[data-door=network]")).to_contain_text("Waiting to be sent: 2")
    expect(door.locator("[data-door=inside]")).to_have_text("7")
    door.get_by_label("Code of the ticket").fill(code)
    door.get_by_role("button", name="Check in").click()
    expect(result).to_contain_text("Already checked in at")

    door.context.set_offline(False)
    expect(door.locator("[data-door=network]")).to_have_text("Everything is sent.")
    office.goto(f"/sessions/{session}/attendance")
    expect(office.get_by_text("Citizens: 3 of 11 registered, 4 without a ticket")).to_be_visible()
    expect(door.locator("[data-door=inside]")).to_have_text("7")
    citizen.reload()
    expect(citizen.get_by_text("This ticket was used at")).to_be_visible()
