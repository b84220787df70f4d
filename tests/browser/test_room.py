"""The room page in real Chromium on a real server: everybody has a colour and a tone, so a wrong picture cannot hide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from liaison.store import tables as t
from tests.support.chromium import Participant, new_participant
from tests.support.link_model import Way
from tests.support.links import Link
from tests.support.room import Scene, book, frames_by_point, labels, looked_at, seconds_until, see_each_other, sees, state
from tests.support.server import LiaisonServer

pytestmark = pytest.mark.timeout(240)

RED, GREEN, BLUE, YELLOW = "#d02020", "#20b030", "#2040d0", "#c0a020"
OSH, BATKEN, NARYN, TALAS = "osh-oblast", "batken-oblast", "naryn-oblast", "talas-oblast"
Make = Callable[..., Participant]

# Of each connection: whether both sides agreed that lost sound is asked for and sent again.
SOUND_IS_RESENT = """() => __probe.connections.filter((c) => c.connectionState === "connected").map((c) =>
  c.remoteDescription.sdp.split("m=").filter((s) => s.startsWith("audio")).every((s) => /^a=rtcp-fb:\\d+ nack\\s*$/m.test(s)))"""


# The connection's panel: figures of both directions, the large picture's size, the way.
FIGURES_SHOWN = """() => {
  const text = (id) => document.getElementById(`link-${id}`).textContent;
  const rates = ["up-rate", "down-rate"].every((id) => /^[1-9][\\d.,]* [kM]bit\\/s$/.test(text(id)));
  const losses = ["up-loss", "down-loss"].every((id) => /^[\\d.]+%$/.test(text(id)));
  const rest = /^\\d+ ms$/.test(text("down-trip")) && /^\\d+ × \\d+, [1-9]\\d* a second$/.test(text("picture"));
  return rates && losses && rest && text("way") === "direct, UDP";
}"""


@pytest.fixture(scope="module")
def server(live_server: LiaisonServer) -> LiaisonServer:
    return live_server


@pytest.fixture
def booked(server: LiaisonServer) -> Iterator[Callable[..., Scene]]:
    """``booked(OSH, BATKEN)``: a session that opens in a second; it ends with the test, so the next may book its points."""
    made: list[Scene] = []

    def make(*points: str, **more: Any) -> Scene:
        made.append(book(server, *points, **more))
        return made[-1]

    yield make
    for scene in made:
        scene.end()


@pytest.fixture(scope="class")
def three(server: LiaisonServer, chromium: Browser) -> Iterator[Scene]:
    """Osh leads; Batken and Naryn take part; everybody sees the other two."""
    with book(server, OSH, BATKEN, NARYN) as scene:
        scene.enter(new_participant(chromium, server.url, RED, 440), OSH, role="chair")
        scene.enter(new_participant(chromium, server.url, GREEN, 660), BATKEN)
        scene.enter(new_participant(chromium, server.url, BLUE, 880), NARYN)
        all_see(scene, {OSH, BATKEN, NARYN})
        scene.watch_labels()
        yield_points(scene)
        yield scene


def yield_points(scene: Scene) -> None:
    """Each page shows each other point at least once under its own name."""
    for person in scene.people:
        own = state(person)["me"]["point"]
        others = {scene.names[point] for point in scene.names if point != own}
        seconds_until(lambda p=person, o=others: o <= set(labels(p)["right"]), 10, f"right labels: {others}")


def all_see(scene: Scene, points: set[str], limit: float = 20) -> float:
    """Seconds until everybody decodes everybody else at five frames a second."""
    return seconds_until(lambda: see_each_other(scene.people, points), limit, "everybody to see everybody")


def kept_minutes(scene: Scene) -> list[tuple[str, t.LinkSample]]:
    """The minutes written of this session, with their points."""
    with scene.house.db.read() as db:
        query = select(t.Point.slug, t.LinkSample).join(t.Point, t.Point.id == t.LinkSample.point_id)
        return list(db.execute(query.where(t.LinkSample.session_id == scene.session)).tuples())


def rates_in_the_metrics(server: LiaisonServer) -> bool:
    """Whether what Osh and Naryn send and what Naryn gets is told, and is more than sound alone."""
    figures = httpx.get(f"{server.url}/metrics").text
    wanted = [(OSH, "up"), (NARYN, "up"), (NARYN, "down")]
    found = [re.search(rf'liaison_point_bits_per_second{{direction="{way}",point="{point}"}} (\S+)', figures) for point, way in wanted]
    return all(rate is not None and float(rate[1]) > 10_000 for rate in found)


def told(row: t.LinkSample) -> bool:
    """Whether a minute holds what the worker measured and what the page told."""
    return (row.up_bitrate or 0) > 10_000 and row.rtt_ms is not None and row.transport == "direct-udp"


def no_wrong_label(scene: Scene) -> None:
    for person in scene.people:
        found = labels(person)
        assert found["wrong"] == []
        assert found["right"]
        assert person.errors == []


class TestThreePoints:
    """One session, from everybody's arrival to the chair's end; each test leaves it as it found it, but the last."""

    def test_everybody_sees_and_hears_everybody_under_the_right_name(self, three: Scene) -> None:
        tones = {OSH: 440.0, BATKEN: 660.0, NARYN: 880.0}
        assert see_each_other(three.people, set(tones), seconds=2.0)
        for person in three.people:
            others = set(tones) - {state(person)["me"]["point"]}
            seconds_until(lambda p=person, o=others: p.hears_tones(tones[point] for point in o), 10, f"the tones of {others}")
            assert person.page.evaluate(SOUND_IS_RESENT) == [True, True]  # publishing, receiving
        no_wrong_label(three)

    def test_the_floor_moves_the_large_picture(self, three: Scene) -> None:
        chair, batken, naryn = three.people
        for speaker, viewers in ((naryn, (chair, batken)), (batken, (chair, naryn))):
            speaker.page.click("#hand")
            chair.page.click("#hands-list .btn-warm")
            name = three.names[state(speaker)["me"]["point"]]
            for viewer in viewers:
                viewer.page.wait_for_function(
                    "name => document.getElementById('stage-name').textContent === name"
                    " && document.getElementById('stage-badge').textContent === 'Has the floor'"
                    " && document.getElementById('stage-picture').classList.contains('is-live')", arg=name)
                seen = viewer.sees("#stage-picture video")
                assert seen is not None
                assert all(abs(a - b) <= 48 for a, b in zip(seen, three.colours[name], strict=True))
            speaker.page.wait_for_selector("#hand .tool-word:text('I have finished')")
            speaker.page.click("#hand")
            chair.page.wait_for_selector("#floor-section", state="hidden")
        no_wrong_label(three)

    def test_the_camera_off_shows_the_name_and_nothing_else(self, three: Scene) -> None:
        chair, batken, _ = three.people
        batken.page.click("#camera")
        peer = state(batken)["me"]["peer"]
        chair.page.wait_for_function(
            "peer => [...document.querySelectorAll(`[data-peer='${peer}'] .picture.is-live`)].length === 0"
            " && window.liaisonRoom.slots().every(slot => !String(slot.wanted).startsWith(peer))", arg=peer)
        batken.page.click("#camera")
        seconds_until(lambda: sees(chair, {BATKEN}, seconds=1.0), 10, "Batken's picture again")
        no_wrong_label(three)

    def test_a_reload_comes_back_into_the_same_place_without_asking(self, three: Scene) -> None:
        batken = three.people[1]
        before = state(batken)["me"]["peer"]
        batken.page.reload()
        took = seconds_until(lambda: state(batken).get("signal") == "joined", 5, "the page to be back")
        assert took < 5
        assert state(batken)["me"]["peer"] == before
        assert batken.page.is_hidden("#prejoin")
        assert all_see(three, {OSH, BATKEN, NARYN}, limit=10) < 10
        three.watch_labels()
        yield_points(three)
        no_wrong_label(three)

    def test_a_shared_screen_is_shown_large_and_goes_again(self, three: Scene) -> None:
        chair, batken, naryn = three.people
        purple = (140, 40, 160)
        batken.page.evaluate("""() => {
          navigator.mediaDevices.getDisplayMedia = async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
            const pen = canvas.getContext("2d");
            const draw = () => { pen.fillStyle = "#8c28a0"; pen.fillRect(0, 0, 640, 360); };
            draw();
            setInterval(draw, 100);
            return canvas.captureStream(10);
          };
        }""")
        batken.page.click("#screen")
        for viewer in (chair, naryn):
            viewer.page.wait_for_selector("#stage-badge:has-text('Shows a screen')")
            viewer.page.wait_for_selector("#stage-picture.is-live")
            seen = viewer.sees("#stage-picture video")
            assert seen is not None
            assert all(abs(a - b) <= 48 for a, b in zip(seen, purple, strict=True))
        batken.page.wait_for_selector("#screen .tool-word:text('Stop sharing')")
        batken.page.click("#screen")
        for viewer in (chair, naryn):
            viewer.page.wait_for_selector("#stage-badge", state="hidden")
        yield_points(three)
        for person in three.people:
            assert person.errors == []

    def test_a_link_too_poor_for_pictures_keeps_the_last_ones_and_the_sound(
            self, three: Scene, server: LiaisonServer, make_participant: Make) -> None:
        for person in three.people:
            person.be_grainy(60)
        for person in three.people[1:]:
            person.be_silent()
        with Link(server.media_port, server.http_port) as link:
            behind = three.enter(make_participant(link.url, GREEN, 660, media_port=link.media_port), BATKEN)  # a second device
            three.people.remove(behind)
            seconds_until(lambda: sees(behind, {OSH}, 3, 0.7) and behind.sees_colour("#stage-picture video", RED), 20, "Osh, large")
            link.set(down=Way(kbit_s=70))
            behind.page.wait_for_selector("#stage-picture.is-starved", timeout=20_000)
            assert behind.page.inner_text("#stage-name") == three.names[OSH]
            assert behind.sees_colour("#stage-picture video", RED), "the last picture stays"
            seconds_until(lambda: behind.hears_tone(440), 10, "Osh's tone all the same")
            link.set()
            behind.page.wait_for_selector("#stage-picture.is-live:not(.is-starved)", timeout=30_000)
            seconds_until(lambda: sees(behind, {OSH}, 3, 0.7), 30, "the picture to move again")
            behind.page.click("#leave")
        for person in three.people:
            person.be_grainy(0)
            person.be_silent(False)

    def test_headcount_goes_into_the_attendance_sheet(self, three: Scene) -> None:
        from liaison.domain.actor import SYSTEM
        from liaison.services.attendance import attendance_sheet

        batken = three.people[1]
        batken.page.click("#sheet")
        batken.page.fill("#sheet-count", "12")
        batken.page.fill("#sheet-names", "Aibek Toktogulov\nBakyt Osmonova")
        batken.page.click("#sheet-save")
        batken.page.wait_for_selector("#sheet-note:has-text('Saved')")
        sheet = attendance_sheet(three.house, SYSTEM, three.session)
        row = next(point for point in sheet["points"] if point["slug"] == BATKEN)
        assert row["headcount"] == 12
        assert row["representatives"] == ["Aibek Toktogulov", "Bakyt Osmonova"]

    def test_the_chair_mutes_asks_and_removes(self, three: Scene) -> None:
        chair, batken, naryn = three.people
        row = f"#here-list [data-peer='{state(batken)['me']['peer']}']"
        chair.page.click(f"{row} [data-key^='mute_peer']")
        batken.page.wait_for_selector("#mic[aria-pressed='false']")
        batken.page.wait_for_selector(".toast:has-text('switched your microphone off')")
        seconds_until(lambda: not naryn.hears_tone(660), 10, "silence from Batken")
        chair.page.click(f"{row} [data-key^='ask_unmute']")
        batken.page.click(".toast:has-text('asks you') .btn")
        batken.page.wait_for_selector("#mic[aria-pressed='true']")
        seconds_until(lambda: naryn.hears_tone(660), 10, "Batken's voice again")
        chair.page.click(f"{row} [data-key^='remove']")
        chair.page.fill("#removal-why", "Wrong room")
        chair.page.click("#removal-do")
        batken.page.wait_for_selector("#over-title:has-text('removed this device')")
        batken.page.wait_for_selector("#over-why:has-text('Wrong room')")
        chair.page.wait_for_selector(row, state="detached")
        batken.page.reload()
        batken.page.click("#entry-join")
        batken.page.wait_for_selector("#over-title:has-text('removed this device')")
        chair.page.click("#removed-list [data-key^='readmit_peer']")
        chair.page.wait_for_selector("#removed-section", state="hidden")
        batken.page.reload()
        batken.page.click("#entry-join")
        seconds_until(lambda: state(batken).get("signal") == "joined", 10, "the page of whom the chair let back in")

    def test_the_connection_is_shown_in_figures_and_kept_by_the_minute(self, three: Scene, server: LiaisonServer) -> None:
        naryn = three.people[2].page
        naryn.click("#bar-quality")
        naryn.wait_for_function(FIGURES_SHOWN)
        naryn.keyboard.press("Escape")
        naryn.wait_for_function("() => document.activeElement.id === 'bar-quality' && document.getElementById('panel').hidden")
        seconds_until(lambda: rates_in_the_metrics(server), 60, "the rates of the points in the metrics")
        everybody = {OSH, BATKEN, NARYN}
        seconds_until(lambda: {point for point, row in kept_minutes(three) if told(row)} == everybody, 80, "a minute of each point")
        for _, row in kept_minutes(three):
            assert row.quality in ("good", "fair", "poor")
            assert row.up_loss is None or 0 <= row.up_loss <= row.up_loss_worst <= 1

    def test_the_chairs_tablet_steers_without_media(self, three: Scene, server: LiaisonServer, make_participant: Make) -> None:
        tablet = make_participant(server.url, camera=False, viewport={"width": 1180, "height": 820})
        three.enter(tablet, OSH, role="chair", more="&control=1")
        three.people.remove(tablet)
        tablet.page.wait_for_selector("#here-list li")
        assert tablet.rtp() == []
        tablet.page.click("#steer-mute")
        three.people[1].page.wait_for_selector("#mic[aria-pressed='false']")
        tablet.page.click("#steer-end")
        tablet.page.click("#confirm-do")
        for person in [*three.people, tablet]:
            person.page.wait_for_selector("#over-title:has-text('has ended')")


def test_turning_the_page_never_shows_a_wrong_picture(booked: Callable[..., Scene], server: LiaisonServer, make_participant: Make) -> None:
    scene = booked(OSH, BATKEN, NARYN, TALAS)
    small = {"width": 420, "height": 280}  # room for one small picture a page
    scene.enter(make_participant(server.url, RED, 440, viewport=small), OSH)
    for point, colour, tone in ((BATKEN, GREEN, 660), (NARYN, BLUE, 880), (TALAS, YELLOW, 550)):
        scene.enter(make_participant(server.url, colour, tone), point)
    viewer = scene.people[0]
    viewer.page.wait_for_selector("#pager:visible", timeout=20_000)
    scene.watch_labels(every_ms=60)
    for button in ("#page-next", "#page-next", "#page-back", "#page-back", "#page-next"):
        before = labels(viewer)["right"]
        if viewer.page.is_enabled(button):
            viewer.page.click(button)
        asked = viewer.page.evaluate("() => window.liaisonRoom.slots().filter(slot => slot.kind === 'video' && slot.wanted).length")
        tiles = viewer.page.locator("button.tile .nameplate strong").all_text_contents()
        assert asked <= len(tiles) + 1  # nothing is asked for that nobody sees
        seconds_until(lambda b=before, t=tiles: looked_at(viewer, b, t), 20, f"the pictures of {tiles}")
    assert set(labels(viewer)["right"]) == {scene.names[point] for point in (BATKEN, NARYN, TALAS)}
    no_wrong_label(scene)


# Milliseconds from the moment when a taller picture is asked for until it is seen on the large place.
UNTIL_SHARPER = """
async (height) => {
  const video = document.querySelector("#stage-picture video");
  const until = async (condition) => { while (!condition()) await new Promise((done) => setTimeout(done, 5)); return performance.now(); };
  const asked = await until(() => window.liaisonRoom.slots().some((slot) => slot.kind === "video" && slot.height >= height));
  return await until(() => video.videoHeight >= height) - asked;
}
"""


def test_what_nobody_watches_rests_at_its_sender_and_comes_back_at_once(
        booked: Callable[..., Scene], server: LiaisonServer, make_participant: Make) -> None:
    scene = booked(OSH, BATKEN)
    small, large = {"width": 420, "height": 280}, {"width": 1280, "height": 800}
    viewer = scene.enter(make_participant(server.url, RED, 440, viewport=small), OSH)
    sender = scene.enter(make_participant(server.url, GREEN, 660, width=640, height=360), BATKEN, camera="640x360@10")

    def sent() -> dict[str, bool]:
        rows: list[dict[str, Any]] = sender.page.evaluate("() => window.liaisonRoom.sent()")
        return {row["rid"]: row["active"] for row in rows if row["kind"] == "video"}

    seconds_until(lambda: sees(viewer, {BATKEN}, seconds=1.0), 20, "the picture")
    seconds_until(lambda: sent() == {"h": True, "f": False}, 20, "the large layer to rest")
    took = []
    for _ in range(2):
        viewer.page.evaluate("() => { window.__sharper = null; }")
        viewer.page.evaluate(f"() => {{ ({UNTIL_SHARPER})(300).then((ms) => {{ window.__sharper = ms; }}); }}")
        viewer.page.set_viewport_size(large)
        viewer.page.wait_for_function("() => window.__sharper !== null")
        took.append(round(viewer.page.evaluate("() => window.__sharper")))
        assert sent()["f"]
        viewer.page.set_viewport_size(small)
        seconds_until(lambda: sent() == {"h": True, "f": False}, 20, "the large layer to rest again")
    print(f"a resting layer is seen again after {took} ms")
    viewer.page.click("#leave")
    seconds_until(lambda: not any(sent().values()), 20, "all layers to rest")
    sound = "() => window.liaisonRoom.sent().then((rows) => rows.find((row) => row.kind === 'audio').bytes)"
    before = sender.page.evaluate(sound)
    seconds_until(lambda: sender.page.evaluate(sound) > before, 10, "sound to go on")
    assert viewer.errors == [] and sender.errors == []


def test_the_waiting_room_opens_for_the_chair_before_its_time(
        booked: Callable[..., Scene], server: LiaisonServer, make_participant: Make) -> None:
    scene = booked(OSH, BATKEN, starts_in_s=900)
    officer = scene.enter(make_participant(server.url, GREEN, 660), BATKEN)
    officer.page.wait_for_selector("#lobby:visible")
    assert officer.page.inner_text("#countdown").startswith("14:")
    assert officer.page.is_hidden("#open-now")
    chair = scene.enter(make_participant(server.url, RED, 440), OSH, role="chair")
    officer.page.wait_for_selector("#lobby-here .chip:has-text('Osh')")
    chair.page.click("#open-now")
    officer.page.wait_for_selector("#lobby", state="hidden")
    seconds_until(lambda: sees(officer, {OSH}, seconds=1.0), 10, "the chair's picture")


def test_a_citizen_watches_and_hears_after_a_click(
        booked: Callable[..., Scene], server: LiaisonServer, make_participant: Make) -> None:
    scene = booked(OSH, BATKEN, public=True)
    scene.enter(make_participant(server.url, RED, 440), OSH, role="chair")
    scene.enter(make_participant(server.url, GREEN, 660), BATKEN)
    all_see(scene, {OSH, BATKEN})
    citizen = make_participant(server.url, camera=False)
    citizen.page.goto(f"/watch/{scene.session}")
    seconds_until(lambda: state(citizen).get("signal") == "joined" and sees(citizen, {OSH, BATKEN}, seconds=1.0), 20, "the pictures")
    assert citizen.page.locator("button.tile, #stage-picture.is-live").count() >= 2
    assert citizen.page.evaluate("() => [...document.querySelectorAll('audio')].every(a => a.muted)")
    citizen.page.click("#watch-sound")
    assert citizen.page.evaluate("() => [...document.querySelectorAll('audio')].some(a => !a.muted && !a.paused)")
    assert {round(t / 20) for t in citizen.hears()} >= {22, 33}
    assert citizen.errors == []


def test_without_a_camera_the_page_says_what_to_do_and_joins(
        booked: Callable[..., Scene], server: LiaisonServer, make_participant: Make) -> None:
    scene = booked(OSH, BATKEN)
    person = make_participant(server.url, camera=False)
    person.context.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); }")
    person.page.goto(scene.address("point", BATKEN))
    person.page.wait_for_selector(".card-warn:has-text('may not use the camera')")
    person.page.wait_for_selector(".card-warn:has-text('may not use the microphone')")
    person.page.click("#entry-without")
    seconds_until(lambda: state(person).get("signal") == "joined", 10, "the room")
    assert state(person)["room"]["peers"][state(person)["me"]["peer"]]["camera"] is False
    assert person.errors == []
    assert frames_by_point(person) == {}
