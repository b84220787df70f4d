"""Participants really have the camera and tone that they are given, and the probe measures what really arrives."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.support.chromium import Participant, close_colour

LOOP = """
async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = (e) => e.candidate && b.addIceCandidate(e.candidate);
  b.onicecandidate = (e) => e.candidate && a.addIceCandidate(e.candidate);
  const video = document.querySelector("video");
  const received = new MediaStream();
  b.ontrack = (e) => { received.addTrack(e.track); video.srcObject = received; };
  stream.getTracks().forEach((track) => a.addTrack(track, stream));
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  await video.play();
  return video.videoWidth;
}
"""
PAGE = b"<!doctype html><title>loop</title><button>start</button><video muted playsinline></video>"


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    """A page on loopback: browsers give a camera to nothing less."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_arguments: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_each_participant_has_a_colour_and_a_tone(
    make_participant: Callable[..., Participant], page_url: str
) -> None:
    for colour, tone in (("#d02020", 440), ("#20a040", 880)):
        person = make_participant(page_url, colour, tone, width=640, height=360)
        person.page.goto("/")
        person.page.click("button")
        assert person.page.evaluate(LOOP) > 0
        person.page.wait_for_function("() => (__probe.colour(document.querySelector('video')) ?? [0]).some((c) => c > 60)")
        assert person.sees_colour("video", colour), person.sees("video")
        assert person.hears_tone(tone), person.hears()
        before = sum(person.frames_decoded().values())
        person.page.wait_for_timeout(2000)
        assert sum(person.frames_decoded().values()) - before >= 10
        assert len(person.ufrags()) == 2
        person.be_silent()
        person.page.wait_for_timeout(500)
        assert not person.hears_tone(tone)
        assert person.errors == []


def test_a_citizen_has_no_camera(make_participant: Callable[..., Participant], page_url: str) -> None:
    citizen = make_participant(page_url, camera=False)
    citizen.page.goto("/")
    state = citizen.page.evaluate("async () => (await navigator.permissions.query({ name: 'camera' })).state")
    assert state != "granted"


def test_colours_are_told_apart() -> None:
    assert close_colour([200, 40, 30], "#d02020")
    assert not close_colour([200, 40, 130], "#d02020")
    assert not close_colour(None, "#d02020")
