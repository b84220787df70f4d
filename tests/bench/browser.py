"""``make bench-browser``: what a page with 25 pictures costs the PC of a meeting room, and what the page does when the PC is too weak.

Encoders of so many points send prepared VP8 (RFC 7741) into a live session of the real service by WHIP, one of them 1280 × 720, the
others 320 × 180, all 15 frames a second. One Chromium without a graphics card, window 1366 × 768, is in the room and shows them; its
processes alone are measured: CPU, memory (proportional set size), frames drawn and dropped. Then points leave, and what fewer pictures
cost is seen. At the end, all pictures again, Chromium gets about a quarter of one core: the page should ask for fewer by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

import av
import psutil
from aiortc import MediaStreamTrack
from PIL import Image, ImageChops
from playwright.sync_api import Page

from liaison.config import load
from liaison.demo.whip import Door, Publishing
from tests.bench import proc, runs, servers
from tests.bench.figures import table
from tests.support.chromium import chromium_browser, new_participant
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer

FRAMES_PER_SECOND, GROUP = 15, 30
LARGE, SMALL = (1280, 720, 1_200_000), (320, 180, 150_000)
WINDOW = {"width": 1366, "height": 768}
POINTS = (24, 17, 10, 5, 1)  # and the own place makes 25
BURNERS = 3
STARVED_S = 40.0
HEADINGS = ("pictures", "frames drawn/s", "dropped %", "Chromium CPU, % of a core", "Chromium PSS MiB", "of it the page MiB", "others %")
T = TypeVar("T")


def film(width: int, height: int, bitrate: int) -> list[bytes]:
    """Two seconds of a moving picture with grain, the first frame a key frame."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = width, height, "yuv420p", bitrate
    codec.time_base = Fraction(1, FRAMES_PER_SECOND)
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": str(GROUP)}
    waves, frames = Image.radial_gradient("L").resize((width, height)), []
    for number in range(GROUP):
        grain = Image.effect_noise((width, height), 12)
        grey = Image.blend(ImageChops.offset(waves, number * width // GROUP, 0), grain, 0.3)
        picture = av.VideoFrame.from_image(grey.convert("RGB")).reformat(format="yuv420p")  # type: ignore[no-untyped-call]
        picture.pts = number
        frames += [bytes(packet) for packet in codec.encode(picture)]
    return frames + [bytes(packet) for packet in codec.encode(None)]


class Film(MediaStreamTrack):
    """The prepared frames over and over, in real time: nothing is encoded while it is measured."""

    kind = "video"

    def __init__(self, frames: list[bytes], delay_s: float) -> None:
        super().__init__()
        self._frames, self._number, self._began = frames, 0, time.monotonic() + delay_s

    async def recv(self) -> Any:
        late = time.monotonic() - (self._began + self._number / FRAMES_PER_SECOND)
        await asyncio.sleep(max(0.0, -late))
        packet = av.Packet(self._frames[self._number % len(self._frames)])
        packet.pts, packet.time_base = self._number * 90_000 // FRAMES_PER_SECOND, Fraction(1, 90_000)
        self._number += 1
        return packet


class Points:
    """The encoders, in an event loop of their own."""

    def __init__(self, server: LiaisonServer, session: str, bearer: str) -> None:
        self._door, self._session = Door(load(server.env), bearer), session
        self._films = film(*LARGE), film(*SMALL)
        self.on: list[Publishing] = []
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def do(self, act: Coroutine[Any, Any, T]) -> T:
        found: Future[T] = asyncio.run_coroutine_threadsafe(act, self._loop)
        return found.result(60)

    async def enter(self, slug: str) -> None:
        token = await self._door.way_in(self._session, slug, "")
        publishing = Publishing(self._door, self._session)
        await publishing.start(token, Film(self._films[bool(self.on)], (len(self.on) % 10) / 100))
        self.on.append(publishing)

    async def leave(self, keep: int) -> None:
        while len(self.on) > keep:
            await self.on.pop().stop()


@dataclass(frozen=True)
class Seen:
    """A while of one page."""

    pictures: int
    drawn_per_s: float
    dropped_pct: float
    cpu_pct: float
    pss_mib: float
    page_mib: float
    others_pct: float

    def cells(self) -> list[str]:
        return [str(self.pictures), f"{self.drawn_per_s:.0f}", f"{self.dropped_pct:.1f}", f"{self.cpu_pct:.0f}", f"{self.pss_mib:.0f}",
                f"{self.page_mib:.0f}", f"{self.others_pct:.0f}"]


def chromium_pids() -> list[int]:
    """The processes of the browser below this one."""
    found = []
    for pid in proc.process_tree(os.getpid()):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "chromium" in psutil.Process(pid).name():
                found.append(pid)
    return found


def memory_mib() -> tuple[float, float]:
    """Proportional set size of the whole browser, and of its largest page."""
    sizes = []
    for pid in chromium_pids():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            sizes.append(("--type=renderer" in process.cmdline(), process.memory_full_info().pss / 2**20))
    return sum(size for _, size in sizes), max(size for renderer, size in sizes if renderer)


COUNT = """async () => {
  const rows = (await __probe.rtp()).filter((row) => row.type === "inbound-rtp" && row.kind === "video");
  const sum = (name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  return [sum("framesDecoded"), sum("framesDropped")];
}"""
LIVE = """() => new Set([...document.querySelectorAll("#stage-picture.is-live, .tile:not(.tile-own) .picture.is-live")]
  .map((place) => place.closest("[data-peer]")?.dataset.peer ?? "large")).size"""
ASKED = "() => window.liaisonRoom.slots().filter((slot) => slot.kind === 'video' && slot.wanted).length"


def look(page: Page, pictures: int, seconds: float) -> Seen:
    cost = runs.Cost(chromium_pids)
    before, began = page.evaluate(COUNT), time.monotonic()
    time.sleep(seconds)
    after, took = page.evaluate(COUNT), time.monotonic() - began
    spent = cost.read()
    decoded, dropped = (max(0, b - a) for a, b in zip(before, after, strict=True))
    share = 100 * dropped / max(1, decoded + dropped)
    return Seen(pictures, decoded / took, share, spent["server_pct"], *memory_mib(), spent["others_pct"])


@contextmanager
def little_of_one_core() -> Iterator[None]:
    """Chromium shares one core with so many others that want all of it."""
    command = ["taskset", "-c", "0", sys.executable, "-c", "while True: pass"]
    burn = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(BURNERS)]
    pids = chromium_pids()
    try:
        for pid in pids:
            _keep_on(pid, [0])
        yield
    finally:
        for one in burn:
            one.kill()
            one.wait()
        for pid in pids:
            _keep_on(pid, list(range(os.cpu_count() or 1)))


def _keep_on(pid: int, cores: list[int]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        for thread in psutil.Process(pid).threads():
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(thread.id).cpu_affinity(cores)


def starve(page: Page, seconds: float) -> list[tuple[float, int]]:
    """(seconds, pictures asked for), each time that it changed."""
    told: list[tuple[float, int]] = []
    began = time.monotonic()
    with little_of_one_core():
        while (now := time.monotonic() - began) < seconds:
            asked = page.evaluate(ASKED)
            if not told or told[-1][1] != asked:
                told.append((now, asked))
            time.sleep(0.5)
    return told


def measure(server: LiaisonServer, page: Page, given: argparse.Namespace) -> tuple[list[Seen], list[tuple[float, int]]]:
    slugs = servers.point_slugs()[: max(POINTS) + 1]
    session, bearer = servers.book(server, slugs, "government")
    servers.await_open(server, bearer, session)
    points = Points(server, session, bearer)
    for slug in slugs[1:]:
        points.do(points.enter(slug))
    runs.say(f"{len(points.on)} points send")
    page.goto(f"/room/{session}?token={servers.way_in(server, bearer, session, slugs[0], 'point')}")
    page.click("#entry-join")
    page.wait_for_function("() => window.liaisonRoom?.state().signal === 'joined'")
    if page.is_visible("#camera[aria-pressed='true']"):
        page.click("#camera")  # what is sent costs too, but is another matter
    found = []
    for number in POINTS:
        points.do(points.leave(number))
        wait_until(lambda n=number: page.evaluate(ASKED) == n, 30, f"{number} pictures to be asked for")
        time.sleep(given.settle)
        found.append(look(page, page.evaluate(ASKED), given.duration))
        runs.say(" | ".join(found[-1].cells()))
    for slug in slugs[1 + min(POINTS):]:
        points.do(points.enter(slug))
    wait_until(lambda: page.evaluate(ASKED) == max(POINTS), 30, "all pictures again")
    time.sleep(given.settle)
    asked = starve(page, given.starved)
    points.do(points.leave(0))
    return found, asked


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--duration", type=float, default=15, help="seconds of each look")
    parser.add_argument("--settle", type=float, default=8, help="seconds before it")
    parser.add_argument("--starved", type=float, default=STARVED_S, help="seconds with a quarter of a core")
    runs.common_options(parser)
    return parser.parse_args(argv)


def main() -> int:
    """Measure and report."""
    given = parse()
    quiet = runs.Quiet(given.quiet_limit)
    with servers.folder() as folder, LiaisonServer(folder / "data") as server, chromium_browser() as browser:
        quiet.before("25 pictures")
        person = new_participant(browser, server.url, viewport=WINDOW)  # type: ignore[arg-type]
        found, asked = measure(server, person.page, given)
        errors = person.errors
    print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, no graphics card. {quiet.sentence()}\n")
    print(table(HEADINGS, [one.cells() for one in found]))
    steps = ", ".join(f"{count} pictures after {at:.0f} s" for at, count in asked)
    print(f"\nWith about a quarter of one core the page asked for {steps}.")
    return 1 if errors or asked[-1][1] >= asked[0][1] else 0


if __name__ == "__main__":
    runs.run_main(main)
