"""Coming back by itself: processes killed with -9 and cables pulled, in a live session with browsers; nobody touches anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import GatedServer
from tests.support.chromium import Participant, new_participant
from tests.support.papers import photo
from tests.support.room import Scene, book, labels, seconds_until, see_each_other, state

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN = "osh-oblast", "batken-oblast"
KILL_LIMIT_S = 10.0
NETWORK_LIMIT_S = 5.0
MEASURING_S = 1.5  # what `see_each_other` itself takes, once


@pytest.fixture(scope="module")
def scene(gated_server: GatedServer, chromium: Browser) -> Iterator[Scene]:
    """Osh leads through the gates, Batken sits beside the server; every test ends with both back as they were."""
    made = book(gated_server.server, OSH, BATKEN)
    people = [new_participant(chromium, gated_server.tcp.url, "#d02020", 440),
              new_participant(chromium, gated_server.server.url, "#20b030", 660)]
    try:
        made.enter(people[0], OSH, role="chair")
        made.enter(people[1], BATKEN)
        everybody(made, 30)
        made.watch_labels()
        yield made
    finally:
        made.end()
        for person in people:
            person.context.close()


def everybody(scene: Scene, limit: float) -> float:
    """Seconds until each decodes the other at five frames a second and hears the other's tone."""
    return seconds_until(lambda: see_each_other(scene.people, {OSH, BATKEN}, seconds=0.8), limit, "both to see each other")


def heard(scene: Scene) -> None:
    first, second = scene.people
    seconds_until(lambda: first.hears_tone(660), 5, "Batken's tone")
    seconds_until(lambda: second.hears_tone(440), 5, "Osh's tone")
    for person in scene.people:
        assert labels(person)["wrong"] == []
        assert person.errors == []


@pytest.mark.parametrize("seconds_away", [4.0, 20.0])
def test_a_lost_network_comes_back_within_five_seconds_of_its_return(
        scene: Scene, gated_server: GatedServer, seconds_away: float) -> None:
    osh = scene.people[0]
    ufrags = osh.ufrags()
    gated_server.tcp.cut()
    for ufrag in ufrags:
        gated_server.udp.cut(ufrag)
    osh.page.wait_for_timeout(int(seconds_away * 1000))
    if seconds_away > 15:
        assert osh.page.is_visible("#banner")
        assert osh.page.inner_text("#banner-title")
    gated_server.tcp.mend()
    gated_server.udp.mend()
    took = everybody(scene, NETWORK_LIMIT_S + MEASURING_S)
    assert took <= NETWORK_LIMIT_S + MEASURING_S
    seconds_until(lambda: state(osh).get("signal") == "joined", NETWORK_LIMIT_S, "the socket")
    seconds_until(lambda: osh.page.is_hidden("#banner"), 5, "the banner to go")
    heard(scene)


def write(page: Page, text: str, to: str | None = None) -> None:
    """Into the open chat."""
    if to:
        page.select_option("#chat-to", to)
    page.fill("#chat-text", text)
    page.press("#chat-text", "Enter")


def shares_a_picture(osh: Page, batken: Page) -> None:
    """The file that waited for the line is there once, opened by the other, and gone with its message."""
    files = batken.locator("#chat-log .chat-file")
    expect(files).to_have_count(1)
    expect(files).to_contain_text("Mill.png")
    batken.wait_for_function("() => document.querySelector('#chat-log .chat-file img').naturalWidth === 480")
    files.click()
    batken.wait_for_function("() => document.getElementById('chat-picture-img').naturalWidth === 900")
    with batken.expect_download() as saved:
        batken.click("#chat-picture-save")
    assert saved.value.suggested_filename == "Mill.png"
    osh.locator("#chat-log > li").last.locator('[data-key^="remove:"]').click()
    osh.click("#confirm-do")
    expect(batken.locator("#chat-picture")).to_be_hidden()
    expect(files).to_have_count(0)
    batken.set_input_files("#chat-file", {"name": "a.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\x00"})
    write(batken, "Take this")
    expect(batken.locator("#chat-note")).to_contain_text("Files of this kind are not taken here.")
    expect(batken.locator("#chat-text")).to_have_value("Take this")
    batken.fill("#chat-text", "")


def test_what_is_written_in_the_chat_while_the_line_is_lost_arrives_once(scene: Scene, gated_server: GatedServer) -> None:
    osh, batken = (person.page for person in scene.people)
    before = osh.evaluate("document.activeElement.id")
    batken.click("#chat")
    write(batken, "See https://example.org/plan.")
    write(batken, "May we begin later?", "chair")
    expect(osh.locator("#chat .tool-count")).to_have_text("2")
    expect(osh.locator("#toasts")).to_contain_text("May we begin later?")
    assert osh.evaluate("document.activeElement.id") == before  # nobody took the focus away
    osh.click("#chat")
    link = osh.locator("#chat-log a")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == ("https://example.org/plan", "noopener noreferrer nofollow")
    expect(osh.locator("#chat .tool-count")).to_be_hidden()
    expect(osh.locator(".is-to-chair .chat-chip")).to_have_text("To the chair")
    gated_server.tcp.cut()
    write(osh, "Sent without a line", "all")
    expect(osh.locator("#chat-waiting")).to_contain_text("Sent without a line")
    osh.set_input_files("#chat-file", {"name": "Mill.png", "mimeType": "image/png", "buffer": photo("PNG", (900, 600))})
    expect(osh.locator("#chat-chosen-name")).to_have_text("Mill.png")
    osh.click("#chat-send")
    expect(osh.locator("#chat-waiting .chat-sending")).to_contain_text("Mill.png")
    write(batken, "Are you there?", "all")
    expect(batken.locator("#chat-log > li")).to_have_count(3)
    gated_server.tcp.mend()
    for page in (osh, batken):
        expect(page.locator("#chat-log .chat-text")).to_have_text(
            ["See https://example.org/plan.", "May we begin later?", "Are you there?", "Sent without a line"])
    expect(osh.locator("#chat-waiting > li")).to_have_count(0)
    shares_a_picture(osh, batken)
    osh.click('#chat-log [data-key="remove:3"]')
    osh.click("#confirm-do")
    expect(batken.locator("#chat-log > li").nth(2)).to_contain_text("The chair has removed this message.")
    batken.click("#panel-close")


def test_two_who_write_the_notes_at_once_lose_no_word(scene: Scene, gated_server: GatedServer, chromium: Browser) -> None:
    secretary = new_participant(chromium, gated_server.server.url, "#c0a020", 330)
    scene.enter(secretary, None, role="secretary")
    chair, other = scene.people[0].page, secretary.page
    for page in (chair, other):
        page.click("#notes")
    other.fill("#notes-text", "First line")
    expect(chair.locator("#notes-text")).to_have_value("First line")
    chair.fill("#notes-text", "From the chair\nFirst line")
    other.fill("#notes-text", "First line\nFrom the secretary")
    for page in (chair, other):
        expect(page.locator("#notes-text")).to_have_value("From the chair\nFirst line\nFrom the secretary")
    expect(other.locator("#notes-state")).to_contain_text("Kept at")
    chair.click("#panel-close")
    assert secretary.errors == []
    scene.people.remove(secretary)
    secretary.page.click("#leave")
    secretary.context.close()


def test_a_killed_process_is_back_within_ten_seconds(scene: Scene, gated_server: GatedServer) -> None:
    for role in ("media", "web"):
        one_kill(scene, gated_server, role)


def one_kill(scene: Scene, gated_server: GatedServer, role: str) -> None:
    before = [person_state(person) for person in scene.people]
    gated_server.server.kill(role)
    took = everybody(scene, KILL_LIMIT_S + MEASURING_S)
    assert took <= KILL_LIMIT_S + MEASURING_S
    heard(scene)
    for person, was in zip(scene.people, before, strict=True):
        seconds_until(lambda p=person: state(p).get("signal") == "joined", 30, "the socket")  # web has to start again
        assert state(person)["me"]["peer"] == was["peer"]
        assert (state(person)["epoch"] > was["epoch"]) == (role == "media")


def person_state(person: Participant) -> dict[str, Any]:
    now = state(person)
    return {"peer": now["me"]["peer"], "epoch": now["epoch"]}
