"""Coming back by itself: processes killed with -9 and cables pulled, in a live session with browsers; nobody touches anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.conftest import GatedServer
from tests.support.chromium import Participant, new_participant
from tests.support.room import Scene, book, labels, seconds_until, sees, state

pytestmark = pytest.mark.timeout(240)

OSH, BATKEN = "osh-oblast", "batken-oblast"
KILL_LIMIT_S = 10.0
NETWORK_LIMIT_S = 5.0
MEASURING_S = 1.5  # what `sees` itself takes, once


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
    first, second = scene.people
    def back() -> bool:
        return sees(first, {BATKEN}, seconds=0.8) and sees(second, {OSH}, seconds=0.8)
    return seconds_until(back, limit, "both to see each other")


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
