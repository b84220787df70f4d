"""A computer tries itself out: the whole way through with the real media engine, a line on which UDP is closed, a camera refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from liaison.domain.actor import SYSTEM
from liaison.domain.self_test import Verdict
from liaison.services import self_tests
from tests.support.chromium import Participant
from tests.support.ports import free_udp_ports
from tests.support.server import PASSWORD, LiaisonServer, liaison_serving

pytestmark = pytest.mark.timeout(180)

OSH = "osh-oblast"
REFUSED = """
const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (wish.video) throw new DOMException("refused", "NotAllowedError");
  return native(wish);
};
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    with liaison_serving(tmp_path_factory.mktemp("self-test")) as running:
        running.create_user("osh", "officer", OSH)
        yield running


def begin(server: LiaisonServer, person: Participant) -> Page:
    page = person.page
    sign_in(page, "osh", "/self-test")
    page.locator("[data-begin]").press("Enter")
    page.locator("[data-heard-yes]").wait_for(timeout=60_000)
    page.keyboard.press("Enter")  # the button that answers has the focus
    page.locator("[data-self-test][data-score]").wait_for(timeout=90_000)
    return page


def state(page: Page, step: str) -> str:
    return str(page.locator(f"[data-step={step}]").get_attribute("data-state"))


def newest(server: LiaisonServer) -> self_tests.SelfTestView:
    with server.house() as house:
        found = self_tests.point_checks(house, SYSTEM, OSH)[0].test
    assert found is not None
    return found


def test_the_whole_way_there_and_back(server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    person = make_participant(server.url, "#d02020", 440, width=640, height=360, frames_per_second=20)
    page = begin(server, person)
    assert [state(page, step) for step in ("browser", "camera", "microphone", "network", "loop")] == ["good"] * 5
    kept = newest(server)
    loop = kept.figures["loop"]
    assert kept.by == "osh" and kept.figures["ways"][0] == {"way": "udp", "works": True, "took_ms": kept.figures["ways"][0]["took_ms"]}
    assert min(loop["up"]["bitrate"], loop["down"]["bitrate"]) > 50_000, loop
    assert page.locator("[data-self-test]").get_attribute("data-score") == str(kept.score)
    assert page.evaluate("document.activeElement.hasAttribute('data-result')")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the report").click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF-")
    page.goto(f"/network/points/{OSH}")
    expect(page.get_by_role("heading", name="Checks")).to_be_visible()
    expect(page.get_by_text(f"{kept.score} / 100").first).to_be_visible()
    assert person.errors == []


def test_a_closed_port_is_said_with_its_number_and_a_refused_camera_too(
        server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    person = make_participant(server.url, "#20d020", 440, media_port=free_udp_ports(1))
    person.context.add_init_script(REFUSED)
    page = begin(server, person)
    assert [state(page, step) for step in ("camera", "microphone", "network", "loop")] == ["bad", "good", "bad", "bad"]
    kept = newest(server)
    assert kept.verdict is Verdict.TROUBLE and kept.findings[:2] == ("unreachable", "camera_denied")
    expect(page.locator(".check-advice")).to_contain_text(f"port {server.media_port}")
    expect(page.locator(".check-advice")).to_contain_text("allow the camera")
    assert person.errors == []


def test_one_press_leads_to_the_help_desk_which_sees_who_waits(
        server: LiaisonServer, make_participant: Callable[..., Participant]) -> None:
    server.create_user("helper", "operator")
    officer, helper = make_participant(server.url, "#d0d020", 440), make_participant(server.url, "#20d0d0", 660)
    sign_in(officer.page, "osh", "/today")
    sign_in(helper.page, "helper", "/desk")
    expect(helper.page.locator("[data-help-words]")).to_have_text("Nobody is in the help desk's room.")
    officer.page.get_by_role("button", name="Help desk's room").click()
    officer.page.wait_for_url("**/room/*")
    enter_room(officer.page)
    expect(helper.page.locator("[data-help-words]")).to_contain_text("Osh", timeout=20_000)
    expect(helper.page.locator("[data-help-count]")).to_have_text("1")
    helper.page.get_by_role("button", name="Help desk's room").click()
    helper.page.wait_for_url("**/room/*")
    assert helper.page.url == officer.page.url
    enter_room(helper.page)
    for page in (officer.page, helper.page):
        page.wait_for_function("() => Object.keys(window.liaisonRoom.state().room.peers).length === 2", timeout=30_000)
    assert officer.errors == helper.errors == []


def enter_room(page: Page) -> None:
    page.locator("#entry-join").click()
    page.wait_for_function("() => window.liaisonRoom?.state().signal === 'joined'", timeout=30_000)


def sign_in(page: Page, name: str, address: str) -> None:
    page.goto(f"/sign-in?next={address}")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**{address}")
