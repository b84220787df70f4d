"""A room's PC: paired by the code on its screen, in the session by itself, back after a power cut, and at the waiting page in the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from liaison.config import load
from liaison.domain.actor import SYSTEM
from liaison.house import open_house
from liaison.services import lifecycle, readiness, room_devices
from tests.support.chromium import Participant
from tests.support.ports import free_udp_ports, wait_until
from tests.support.room import Scene, book
from tests.support.server import PASSWORD, LiaisonServer

pytestmark = pytest.mark.timeout(180)

TALAS, CHUY = "talas-oblast", "chuy-oblast"
MINUTES = 2.0


def test_a_paired_pc_needs_nobody(shared_server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    house = open_house(load(shared_server.env))
    person = make_participant(shared_server.url, "#d02020", 440)
    page = person.page
    page.goto("/room-pc")
    wait_until(lambda: "·" not in page.locator("[data-code-shown]").inner_text(), 15, "the code")
    room_devices.pair(house, SYSTEM, TALAS, page.locator("[data-code-shown]").inner_text(), "Meeting room")
    expect(page.get_by_text("No session today.")).to_be_visible(timeout=20_000)
    scene = book(shared_server, TALAS, "osh-oblast", starts_in_s=MINUTES * 60 + 5)
    page.reload()
    expect(page.locator(".pc-sessions li")).to_have_count(1)
    page.wait_for_url("**/room-pc/session/*", timeout=30_000)
    joined(page)
    talas = next(row for row in readiness.board(house, SYSTEM, scene.session) if row.slug == TALAS)
    assert talas.readiness.at is not None and set(talas.readiness.reasons) <= {"network_slow"}  # it looked at itself before it went in
    me = page.evaluate("window.liaisonRoom.state().me")
    assert (me["via"], me["point"], me["name"]) == ("room_pc", TALAS, "Meeting room")
    assert mine(page) == (False, False)
    page.locator("#pc-confirm-on").click()
    wait_until(lambda: mine(page) == (True, True), 20, "camera and microphone")
    again = power_cut(person)
    assert again.evaluate("window.liaisonRoom.state().me.peer") == me["peer"]
    wait_until(lambda: mine(again) == (True, True), 20, "camera and microphone after the power cut")
    assert again.locator("#pc-confirm").is_hidden()
    finish(scene, again)


CUT = """
const native = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  const cut = localStorage.getItem("cut");
  return native.call(this, { type, sdp: cut ? sdp.replace(/^(a=candidate:\\S+ \\d+ udp \\d+ \\S+) \\d+ /gim, `$1 ${cut} `) : sdp });
};
"""
"""While ``cut`` is set, this PC's packets go to that port, where nobody is."""


def test_a_room_that_is_not_ready_is_put_right_and_checked_anew(
        shared_server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    with shared_server.house() as house:
        pc, office = (make_participant(shared_server.url, colour, 440).page for colour in ("#d02020", "#2020d0"))
        pc.add_init_script(CUT)
        pc.goto("/room-pc")
        pc.evaluate(f"localStorage.setItem('cut', '{free_udp_ports(1)}')")
        wait_until(lambda: "·" not in pc.locator("[data-code-shown]").inner_text(), 15, "the code")
        room_devices.pair(house, SYSTEM, CHUY, pc.locator("[data-code-shown]").inner_text(), "Meeting room")
        scene = book(shared_server, CHUY, "naryn-oblast", starts_in_s=14 * 60)
        shared_server.create_user("helper", "operator")
        sign_in(office, f"/sessions/{scene.session}/readiness")
        pc.reload()
        row = office.get_by_role("row").filter(has=office.locator(f"a[href$='{CHUY}']"))
        expect(row).to_contain_text("cannot reach the server", timeout=60_000)
        expect(row).to_contain_text("Not ready")
        pc.evaluate("localStorage.removeItem('cut')")
        office.get_by_role("button", name="Check again").click()
        expect(row.locator(".tag-good")).to_be_visible(timeout=60_000)


def sign_in(page: Page, address: str) -> None:
    page.goto(f"/sign-in?next={address}")
    page.locator("[name=name]").fill("helper")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**{address}")


def joined(page: Page) -> None:
    page.wait_for_function("() => window.liaisonRoom?.state().signal === 'joined'", timeout=30_000)


def mine(page: Page) -> tuple[bool, bool]:
    """Camera and microphone as the room knows them."""
    found = page.evaluate("(({ room, me }) => room.peers[me.peer])(window.liaisonRoom.state())")
    return found["camera"], found["microphone"]


def power_cut(person: Participant) -> Page:
    """The window is gone without a goodbye; the browser starts again where it always starts."""
    base = person.page.url.split("/room-pc")[0]
    person.page.close(run_before_unload=False)
    page = person.context.new_page()
    page.goto(f"{base}/room-pc")
    page.wait_for_url("**/room-pc/session/*", timeout=30_000)
    joined(page)
    return page


def finish(scene: Scene, page: Page) -> None:
    """The session ends: the PC says so, and goes back to its waiting page."""
    lifecycle.open_session(scene.house, SYSTEM, scene.session)
    wait_until(lambda: page.evaluate("document.body.dataset.phase") == "live", 20, "the opening")
    lifecycle.close_session(scene.house, SYSTEM, scene.session)
    page.wait_for_url("**/room-pc", timeout=40_000)
    expect(page.locator(".pc-sessions .is-ended")).to_have_count(1)
