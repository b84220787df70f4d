"""Points whose firewall leaves only the relay, over TCP, TLS or UDP: real Chromium in a network of its own, a real coturn, real page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.cage import Cage
from tests.support.chromium import EXECUTABLE, Participant, another_chromium, new_participant
from tests.support.coturn import Coturn
from tests.support.gates import TcpGate, UdpGate
from tests.support.room import Scene, book, labels, seconds_until, see_each_other, state
from tests.support.server import PASSWORD, LiaisonServer

pytestmark = pytest.mark.timeout(240)

RED, GREEN = "#d02020", "#20b030"
OSH, BATKEN = "osh-oblast", "batken-oblast"
BACK_LIMIT_S = 20.0
# What the guided check does on its own page to learn which ways are open, for the ways named.
TRY_WAYS = """async (wanted) => {
  const { tryWay } = await import("/static/js/trial.js");
  const headers = { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrf_token]").value };
  const post = async (url, body = {}) => (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
  const { ways } = await post("/self-test/trial");
  const tried = await Promise.all(ways.filter(({ way }) => wanted.includes(way)).map((way) => tryWay(post, way)));
  return tried.filter(({ works }) => works).map(({ way }) => way);
}"""


@dataclass
class Walled:
    """Osh sits in the cage, Batken beside the server; the gates of Osh's wall are ``straight`` to the media port, and the relay's."""

    scene: Scene
    cage: Cage
    coturn: Coturn

    @property
    def osh(self) -> Participant:
        return self.scene.people[0]

    def ways(self) -> dict[str, tuple[str, str]]:
        """What each of Osh's connections goes through: (candidate type, protocol to the relay)."""
        found = self.osh.page.evaluate("() => window.liaisonRoom.ways()")
        return {way["name"]: (way.get("type", ""), way.get("relay", "")) for way in found}

    def all_by(self, kind: str, *relays: str) -> bool:
        """Whether both connections are up by candidates of this type, and through a relay over one of these protocols."""
        ways = self.ways()
        return set(ways) == {"publish", "subscribe"} and all(
            found == kind and (relay in relays or not relays) for found, relay in ways.values())

    @property
    def straight(self) -> UdpGate:
        return self.cage.udp[self.scene.server.media_port]

    @property
    def relay_udp(self) -> UdpGate:
        return self.cage.udp[self.coturn.port]

    @property
    def relay_tcp(self) -> TcpGate:
        return self.cage.tcp[self.coturn.port]

    @property
    def relay_tls(self) -> TcpGate:
        return self.cage.tcp[self.coturn.tls_port]

    def shut(self, *shut: UdpGate | TcpGate) -> None:
        """These of Osh's gates are shut from now on, silently; all others are open."""
        for gate in (*self.cage.udp.values(), *self.cage.tcp.values()):
            if gate in shut:
                gate.cut()
            else:
                gate.mend()


@pytest.fixture(scope="module")
def walled(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Walled]:
    folder = tmp_path_factory.mktemp("firewall")
    with Coturn(folder / "coturn") as coturn:
        settings = {"turn_url": f"{coturn.udp},{coturn.tcp},{coturn.tls}", "turn_secret": coturn.secret}
        with LiaisonServer(folder / "liaison", **settings) as server:
            tcp, udp = (server.http_port, coturn.port, coturn.tls_port), (server.media_port, coturn.port)
            with Cage(folder, tcp, udp) as cage, another_chromium(
                    chromium, cage.program(EXECUTABLE), ("--ignore-certificate-errors",)) as caged:
                scene = book(server, OSH, BATKEN)
                yield from session(Walled(scene, cage, coturn), caged, chromium)


def session(walled: Walled, caged: Browser, chromium: Browser) -> Iterator[Walled]:
    """Osh comes in while no UDP leaves its network and the relay's TLS port is shut too."""
    scene, server = walled.scene, walled.scene.server
    walled.shut(walled.straight, walled.relay_udp, walled.relay_tls)
    people = [new_participant(caged, server.url, RED, 440), new_participant(chromium, server.url, GREEN, 660)]
    try:
        scene.enter(people[0], OSH, role="chair")
        scene.enter(people[1], BATKEN)
        both_see(scene, 30)
        scene.watch_labels()
        yield walled
    finally:
        scene.end()
        for person in people:
            person.context.close()


def both_see(scene: Scene, limit: float) -> float:
    """Seconds until each decodes the other at five frames a second."""
    return seconds_until(lambda: see_each_other(scene.people, {OSH, BATKEN}, seconds=0.8), limit, "both to see each other")


def both_hear(scene: Scene) -> None:
    """Each hears the other's tone, and no picture has stood under a wrong name."""
    first, second = scene.people
    seconds_until(lambda: first.hears_tone(660), 10, "Batken's tone in Osh")
    seconds_until(lambda: second.hears_tone(440), 10, "Osh's tone in Batken")
    for person in scene.people:
        seconds_until(lambda p=person: bool(labels(p)["right"]), 10, "a picture under its name")
        assert labels(person)["wrong"] == []
        assert person.errors == []


def settings_say(person: Participant, words: str) -> None:
    person.page.click("#settings")
    person.page.wait_for_selector(f"#settings-way:text('{words}')")
    person.page.click("#settings")


def place(person: Participant) -> Any:
    """Who the page is in the room, and since when."""
    now = state(person)
    return now["room"]["peers"][now["me"]["peer"]]["joined_at"], now["me"]["peer"], now["epoch"]


def test_with_nothing_but_tcp_the_session_works_through_the_relay(walled: Walled) -> None:
    assert walled.all_by("relay", "tcp")
    both_hear(walled.scene)
    assert walled.straight.forwarded == walled.relay_udp.forwarded == 0
    settings_say(walled.osh, "through the relay server (TCP)")


def test_with_nothing_but_tls_on_one_port_it_comes_back_by_itself(walled: Walled) -> None:
    before = place(walled.osh)
    walled.shut(walled.straight, walled.relay_udp, walled.relay_tcp)
    seconds_until(lambda: walled.all_by("relay", "tls"), BACK_LIMIT_S, "the way inside TLS")
    both_see(walled.scene, BACK_LIMIT_S)
    both_hear(walled.scene)
    assert place(walled.osh) == before


def test_when_the_straight_way_is_shut_the_page_takes_the_detour_over_udp_in_the_same_place(walled: Walled) -> None:
    scene = walled.scene
    walled.shut()
    walled.osh.page.reload()  # the gate translates addresses, as a NAT does: the straight way is peer reflexive
    seconds_until(lambda: state(walled.osh).get("signal") == "joined" and walled.all_by("prflx"), BACK_LIMIT_S, "the straight way")
    settings_say(walled.osh, "straight to the server")  # a click wakes the tone of the loaded page, too
    scene.watch_labels()
    both_see(scene, BACK_LIMIT_S)
    before = place(walled.osh)
    walled.shut(walled.straight)
    seconds_until(lambda: walled.all_by("relay", "udp"), BACK_LIMIT_S, "the detour over UDP")
    walled.shut(walled.straight, walled.relay_tcp, walled.relay_tls)
    both_see(scene, BACK_LIMIT_S)
    both_hear(scene)
    assert place(walled.osh) == before
    assert not walled.osh.page.is_visible("#banner")
    settings_say(walled.osh, "through the relay server (UDP)")


def test_a_computers_check_tells_the_ways_to_the_relay_apart(walled: Walled) -> None:
    """UDP, TCP and TLS, each by really connecting through it to the media engine."""
    server = walled.scene.server
    server.create_user("checker", "officer", OSH)
    browser = walled.osh.context.browser
    assert browser is not None
    person = new_participant(browser, server.url, RED, 440)
    try:
        sign_in(person, "checker", "/self-test")
        ways = ["udp", "turn-udp", "turn-tcp", "turn-tls"]
        walled.shut(walled.straight, walled.relay_tcp)
        assert person.page.evaluate(TRY_WAYS, ways) == ["turn-udp", "turn-tls"]
        walled.shut(walled.straight, walled.relay_udp, walled.relay_tls)
        assert person.page.evaluate(TRY_WAYS, ["turn-tcp"]) == ["turn-tcp"]
        assert person.errors == []
    finally:
        person.context.close()


def sign_in(person: Participant, name: str, address: str) -> None:
    page = person.page
    page.goto(f"/sign-in?next={address}")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**{address}")
