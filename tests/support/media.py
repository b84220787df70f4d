"""A media worker process of a test's own, with the engine's client and its events; and pages that talk to it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser

from liaison.config import Settings
from signaling.embedded import EmbeddedEngine
from signaling.engine import EngineEvent, PeerDesired, RoomDesired, Want
from tests.support.chromium import Participant, new_participant
from tests.support.databases import clean_environment, make_settings
from tests.support.ports import LOOPBACK, end_processes, free_udp_ports, wait_until

SENDER = PeerDesired(admitted=True, camera=True, microphone=True, screen=True)
ROOM = "room"
START_SECONDS = 60.0  # for a machine that is busy with other tests


class MediaWorker:
    """``liaison media`` with a data folder and a port of its own, and an EmbeddedEngine connected to it."""

    def __init__(self, data: Path, **settings: object) -> None:
        defaults = {"media_bind": LOOPBACK, "media_port": free_udp_ports(), "data": data}
        self.settings: Settings = make_settings(data, **{k: v for k, v in (defaults | settings).items() if k != "data"})
        self.env = clean_environment() | {
            f"LIAISON_{name.upper()}": str(value) for name, value in (defaults | settings).items()
        }
        self.log_file = data / "media.log"
        self.engine = EmbeddedEngine(self.settings)
        self.events: list[EngineEvent] = []
        self.engine.on_event(self._note)
        self._lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self._started: list[subprocess.Popen[bytes]] = []
        self.version = 0

    def _note(self, event: EngineEvent) -> None:
        with self._lock:
            self.events.append(event)

    def __enter__(self) -> MediaWorker:
        self.settings.data.mkdir(parents=True, exist_ok=True)
        self.start()
        self.engine.start()
        self.until(self.engine.available, "the worker's control API", START_SECONDS)
        return self

    def __exit__(self, *_error: object) -> None:
        self.engine.stop()
        end_processes([psutil.Process(made.pid) for made in self._started if made.poll() is None])
        for made in self._started:
            made.wait()

    def start(self, worker: int = 0) -> None:
        """Start the process (again), or that of a further worker."""
        env = self.env | {"LIAISON_SUPERVISED": str(os.getpid())}
        with self.log_file.open("ab") as log:
            command = [sys.executable, "-m", "liaison.cli", "media", "--worker", str(worker)]
            made = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        self._started.append(made)
        if worker == 0:
            self.process = made

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    # ------------------------------------------------------------ rooms
    def room(self, peers: dict[str, PeerDesired], room: str = ROOM, open_: bool = True, tap_open: bool = False,
             **channels: str) -> None:
        """Set the room's desired state, with the next version; ``ky="anna"``: she is on the air there."""
        self.version += 1
        self.engine.set_room(RoomDesired(room, self.version, 0, open_, peers, tap_open=tap_open, channels=channels))

    # ------------------------------------------------------------ events
    def seen(self, kind: str, **fields: Any) -> list[EngineEvent]:
        """The events of a kind whose data holds the fields."""
        with self._lock:
            events = list(self.events)
        return [e for e in events if e.kind == kind and all(e.data.get(k) == v for k, v in fields.items())]

    def shown(self, peer: str, connection: str = "subscribe") -> dict[str, Any]:
        """What each slot carries, as the events told it."""
        now: dict[str, Any] = {}
        for event in self.seen("slots", peer=peer, connection=connection):
            now.update(event.data["slots"])
        return {mid: told for mid, told in now.items() if told is not None}

    def until(self, condition: Callable[[], Any], what: str, seconds: float = 20.0) -> None:
        """Wait; on a time-out show what the worker wrote."""
        try:
            wait_until(lambda: bool(condition()), seconds, what)
        except TimeoutError as exc:
            raise TimeoutError(f"{exc}\n{self.log()[-4000:]}") from None


@contextmanager
def media_worker(data: Path, **settings: object) -> Iterator[MediaWorker]:
    """A running worker."""
    with MediaWorker(data, **settings) as worker:
        yield worker


PAGE = """<!doctype html><title>media</title><body><script>
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
window.publishOffer = async (simulcast) => {
  window.stream ??= await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  window.pub = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  pub.addTransceiver(stream.getAudioTracks()[0], { direction: "sendonly" });
  const encodings = [
    { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150000 },
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500000 },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1500000 }];
  pub.addTransceiver(stream.getVideoTracks()[0], { direction: "sendonly", sendEncodings: simulcast ? encodings : [{}] });
  await pub.setLocalDescription();
  return pub.localDescription.sdp;
};
window.reoffer = async (iceRestart = false) => {
  await pub.setLocalDescription(await pub.createOffer({ iceRestart }));
  return pub.localDescription.sdp;
};
window.addScreen = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const pen = canvas.getContext("2d");
  let n = 0;
  setInterval(() => { pen.fillStyle = "#20a0a0"; pen.fillRect(0, 0, 320, 180);
    pen.fillStyle = "#fff"; pen.fillRect(n++ % 300, 160, 20, 20); }, 100);
  window.screenSender = pub.addTransceiver(canvas.captureStream(10).getVideoTracks()[0], { direction: "sendonly" });
  return await reoffer();
};
window.dropScreen = async () => { screenSender.stop(); return await reoffer(); };
window.published = async (sdp) => { await pub.setRemoteDescription({ type: "answer", sdp }); };
window.subscribeAnswer = async (sdp, name = "sub") => {
  if (!window[name]) {
    window[name] = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    window[name].ontrack = (event) => {
      const element = document.createElement(event.track.kind);
      Object.assign(element, { id: event.transceiver.mid, autoplay: true, playsInline: true, muted: true });
      element.srcObject = new MediaStream([event.track]);
      document.body.append(element);
    };
  }
  await window[name].setRemoteDescription({ type: "offer", sdp });
  await window[name].setLocalDescription();
  return window[name].localDescription.sdp;
};
</script>"""


class Browsing:
    """A participant's page that publishes and subscribes as the test says, without the product's own pages."""

    def __init__(self, worker: MediaWorker, browser: Browser, peer: str, colour: str, tone: float, **camera: Any) -> None:
        self.worker, self.peer = worker, peer
        self.person: Participant = new_participant(browser, "http://localhost", colour, tone, **camera)
        self.page = self.person.page
        self.page.route("http://localhost/**", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        self.open()

    def open(self) -> None:
        """The page anew, without a connection."""
        self.page.goto("http://localhost/")

    def publish(self, simulcast: bool = True) -> None:
        """Send camera and microphone."""
        offer = self.page.evaluate("s => publishOffer(s)", simulcast)
        self._published(offer)

    def _published(self, offer: str, kinds: dict[str, Any] | None = None) -> None:
        offer = re.sub(r"(a=rtpmap:(\d+) opus/48000/2\r\n)", r"\1a=rtcp-fb:\2 nack\r\n", offer)  # as the product's page does
        answer = self.worker.engine.publish(ROOM, self.peer, offer, kinds=kinds)
        self.page.evaluate("s => published(s)", answer)

    def share(self) -> None:
        """Add a screen."""
        self._published(self.page.evaluate("() => addScreen()"))

    def unshare(self) -> None:
        """Stop the screen."""
        self._published(self.page.evaluate("() => dropScreen()"))

    def restart_publisher_ice(self) -> None:
        """Offer new ICE credentials on the publishing connection."""
        self._published(self.page.evaluate("() => reoffer(true)"))

    def subscribe(self, **slots: int) -> None:
        """Receive in slots."""
        made = self.worker.engine.subscribe(ROOM, self.peer, **slots)
        answer = self.page.evaluate("s => subscribeAnswer(s)", made.sdp)
        self.worker.engine.answer(ROOM, self.peer, "subscribe", answer)

    def view(self, **wants: tuple[str, int] | None) -> None:
        """Point slots: ``view(v0=("anna:camera", 360))``."""
        told = {mid: Want(*want) if want is not None else None for mid, want in wants.items()}
        self.worker.engine.view(ROOM, self.peer, "subscribe", told)

    def sees(self, mid: str, colour: str) -> bool:
        """Whether the slot's picture has this colour."""
        return self.person.sees_colour(f"video[id='{mid}']", colour)

    def inbound(self, mid: str) -> dict[str, Any]:
        """getStats() of a slot."""
        return next((s for s in self.person.rtp() if s.get("mid") == mid), {})

    def close(self) -> None:
        self.person.context.close()
