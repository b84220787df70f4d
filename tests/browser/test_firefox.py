"""Firefox beside Chromium in the real room page, and as a plain WHIP and WHEP client.

The media worker listens on both families of addresses: Chromium comes over IPv6, the encoder over IPv4, Firefox may choose.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import EXECUTABLE, Participant, another_chromium, new_participant
from tests.support.firefox import Firefox
from tests.support.room import Scene, all_see, book, frames_by_point, labels, seconds_until, sees, state
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(300)

RED, GREEN, YELLOW = "#d02020", "#20b030", "#c0a020"
OSH, BATKEN, TALAS = "osh-oblast", "batken-oblast", "talas-oblast"
PATIENCE_S = 30.0
PRESS_AGAIN_S = 5.0

# A publisher as any encoder in a web page is (RFC 9725), and a player (WHEP); both keep their connection in `window`.
ENCODER = """
async ({ url, token }) => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 180 } });
  const pc = (window.encoder = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
  for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: "sendonly" });
  return await (%s)(pc, url, token);
}
"""
PLAYER = """
async ({ url, token }) => {
  const pc = (window.player = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
  for (const kind of ["audio", "audio", "video", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
  return await (%s)(pc, url, token);
}
"""
EXCHANGE = """
async (pc, url, token) => {
  await pc.setLocalDescription();
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" };
  const answer = await fetch(url, { method: "POST", body: pc.localDescription.sdp, headers });
  if (!answer.ok) return [answer.status, await answer.text()];
  await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  return [answer.status, answer.headers.get("Location")];
}
"""
PLAYED = """
async () => [...(await window.player.getStats()).values()].filter((entry) => entry.type === "inbound-rtp")
  .map((entry) => ({ kind: entry.kind, frames: entry.framesDecoded ?? 0, energy: entry.totalAudioEnergy ?? 0 }))
"""
# This page's browser is told of one of the worker's addresses alone.
TOLD_ONLY = """
const native = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  return native.call(this, { type, sdp: sdp.replace(/^a=candidate:(?!.* %s ).*\\r\\n/gm, "") });
};
"""
# Where each connection sends to, and which addresses it was told of.
ADDRESSES = """
async () => Promise.all(__probe.connections.filter((pc) => pc.connectionState === "connected").map(async (pc) => {
  const report = await pc.getStats();
  const pair = [...report.values()].find((entry) => entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded");
  const told = [...pc.remoteDescription.sdp.matchAll(/^a=candidate:\\S+ 1 udp \\d+ (\\S+)/gm)].map((found) => found[1]);
  return { to: report.get(pair.remoteCandidateId).address, told: [...new Set(told)].sort() };
}))
"""


@dataclass
class Beside:
    """Osh leads in Chromium, Batken takes part in Firefox, Talas is an encoder in another window of it."""

    scene: Scene
    firefox: Firefox
    encoder: Participant

    @property
    def osh(self) -> Participant:
        return self.scene.people[0]

    @property
    def batken(self) -> Participant:
        return self.scene.people[1]

    def enter_batken(self) -> None:
        person = self.firefox.person(self.scene.server.url, GREEN, 660)
        self.scene.enter(person, BATKEN, camera="640x360@10")

    def all_see(self) -> None:
        wanted = [(self.osh, {BATKEN, TALAS}), (self.batken, {OSH, TALAS})]
        seconds_until(lambda: all_see(wanted, seconds=0.8), PATIENCE_S, "everybody to see everybody")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Beside]:
    folder = tmp_path_factory.mktemp("beside")
    families = {"media_bind": "::", "media_host": "127.0.0.1,[::1]"}
    firefox = Firefox(folder / "firefox")
    firefox.launch()  # it starts beside the service
    with firefox, LiaisonServer(folder / "liaison", **families) as server, another_chromium(
            chromium, EXECUTABLE, ("--allow-loopback-in-peer-connection",)) as chromium_v6:
        scene = book(server, OSH, BATKEN, TALAS, public=True)
        osh = new_participant(chromium_v6, server.url, RED, 440)
        osh.context.add_init_script(TOLD_ONLY % "::1")
        talas = firefox.person(server.url, YELLOW, 880, width=320, height=180, script=TOLD_ONLY % "127.0.0.1")
        made = Beside(scene, firefox, talas)
        try:
            scene.enter(osh, OSH, role="chair")
            made.enter_batken()
            talas.page.goto("/public")
            status, _ = talas.page.evaluate(ENCODER % EXCHANGE, {"url": f"/whip/{scene.session}", "token": scene.token("point", TALAS)})
            assert status == 201
            scene.colours[scene.names[TALAS]] = (0xC0, 0xA0, 0x20)
            made.all_see()
            scene.watch_labels()
            yield made
        finally:
            scene.end()
            osh.context.close()


def no_wrong_label(beside: Beside) -> None:
    for person in beside.scene.people:
        assert labels(person)["wrong"] == []
        assert person.errors == []


def test_both_see_and_hear_each_other_and_the_encoder(beside: Beside) -> None:
    for person, tones in ((beside.osh, (660, 880)), (beside.batken, (440, 880))):
        seconds_until(lambda p=person, t=tones: p.hears_tones(t), PATIENCE_S, f"tones of {tones} Hz")
    seconds_until(lambda: all(len(labels(p)["right"]) >= 2 for p in beside.scene.people), PATIENCE_S, "every picture under its name")
    no_wrong_label(beside)


def test_both_families_of_addresses_are_announced_and_serve(beside: Beside) -> None:
    for person, told in ((beside.osh, ["::1"]), (beside.encoder, ["127.0.0.1"]), (beside.batken, ["127.0.0.1", "::1"])):
        ways = person.page.evaluate(ADDRESSES)
        assert ways and all(way["told"] == told and way["to"].strip("[]") in told for way in ways), ways


def test_firefox_sends_layers(beside: Beside) -> None:
    """Two of its camera, as Chromium does; the large one flows while somebody watches it large."""
    def rows() -> dict[str, dict[str, Any]]:
        return {row["rid"]: row for row in beside.batken.page.evaluate("() => window.liaisonRoom.sent()") if row["kind"] == "video"}

    assert set(rows()) == {"h", "f"}
    show_large(beside.osh, beside.scene.names[BATKEN])
    seconds_until(lambda: rows()["f"]["active"] and rows()["f"]["width"] == 640, PATIENCE_S, "the large layer")
    before = rows()["f"]["frames"]
    seconds_until(lambda: rows()["f"]["frames"] > before + 10, PATIENCE_S, "its pictures")


def show_large(person: Participant, name: str) -> None:
    """Press the small picture of that name, unless it is the large one already, and wait for its colour there."""
    if person.page.inner_text("#stage-name") != name:
        person.page.evaluate("name => [...document.querySelectorAll('button.tile')]"
                             ".find(t => t.querySelector('.nameplate strong').textContent === name).click()", name)
    person.page.wait_for_function("name => document.getElementById('stage-name').textContent === name"
                                  " && document.getElementById('stage-picture').classList.contains('is-live')", arg=name)


def test_the_large_picture_changes_in_firefox(beside: Beside) -> None:
    names = beside.scene.names
    for point in (TALAS, OSH, TALAS, OSH):
        show_large(beside.batken, names[point])
        expected = beside.scene.colours[names[point]]
        seconds_until(lambda e=expected: near(beside.batken.sees("#stage-picture video"), e), PATIENCE_S, f"the colour of {point}")
    no_wrong_label(beside)


def near(seen: list[int] | None, expected: tuple[int, int, int]) -> bool:
    return seen is not None and all(abs(a - b) <= 48 for a, b in zip(seen, expected, strict=True))


def test_microphone_and_camera_go_off_and_on(beside: Beside) -> None:
    osh, batken = beside.osh, beside.batken
    peer = state(batken)["me"]["peer"]
    switch(batken, "#mic", "microphone", False)
    seconds_until(lambda: not osh.hears_tone(660), PATIENCE_S, "silence from Batken")
    switch(batken, "#mic", "microphone", True)
    seconds_until(lambda: osh.hears_tone(660), PATIENCE_S, "Batken's tone again")
    switch(batken, "#camera", "camera", False)
    osh.page.wait_for_function("peer => window.liaisonRoom.slots().every(slot => !String(slot.wanted).startsWith(peer))", arg=peer)
    switch(batken, "#camera", "camera", True)
    seconds_until(lambda: sees(osh, {BATKEN}, seconds=0.8), PATIENCE_S, "Batken's picture again")
    no_wrong_label(beside)


def switch(person: Participant, button: str, device: str, on: bool) -> None:
    """Press it until the room knows; a press while the last one is still being told is not taken."""
    def told() -> bool:
        now = state(person)
        return bool(now["room"]["peers"][now["me"]["peer"]][device]) is on

    for _ in range(int(PATIENCE_S / PRESS_AGAIN_S)):
        person.page.click(button)
        with suppress(TimeoutError):
            seconds_until(told, PRESS_AGAIN_S, f"{device} to be told")
            return
    raise AssertionError(f"{button} does not switch the {device}")


def test_firefox_leaves_and_comes_back(beside: Beside) -> None:
    osh, batken = beside.osh, beside.batken
    peer = state(batken)["me"]["peer"]
    batken.page.click("#leave")
    batken.page.wait_for_selector("#over-title")
    seconds_until(lambda: peer not in state(osh)["room"]["peers"] and BATKEN not in frames_by_point(osh), PATIENCE_S, "Batken to be gone")
    beside.scene.people.remove(batken)
    batken.context.close()
    beside.enter_batken()
    beside.scene.watch_labels()
    beside.all_see()
    seconds_until(lambda: osh.hears_tone(660) and beside.batken.hears_tone(440), PATIENCE_S, "each other's tone")
    no_wrong_label(beside)


def test_firefox_plays_the_room_over_whep(beside: Beside) -> None:
    player = beside.firefox.person(beside.scene.server.url, camera=False)
    player.page.goto("/public")
    token = beside.scene.token("watcher", None)
    status, location = player.page.evaluate(PLAYER % EXCHANGE, {"url": f"/whep/{beside.scene.session}", "token": token})
    assert status == 201, location
    seconds_until(lambda: flows(player), PATIENCE_S, "two pictures and two voices")
    assert player.page.evaluate("async url => (await fetch(url, { method: 'DELETE' })).status", location) == 200
    player.context.close()


def flows(player: Participant) -> bool:
    rows = player.page.evaluate(PLAYED)
    pictures = [row for row in rows if row["kind"] == "video" and row["frames"] > 10]
    voices = [row for row in rows if row["kind"] == "audio" and row["energy"] > 0]
    return len(pictures) == 2 and len(voices) == 2
