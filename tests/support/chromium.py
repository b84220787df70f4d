"""Debian's Chromium under Playwright, and participants who each have a camera of their own colour and a tone."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, ViewportSize, sync_playwright

HERE = Path(__file__).parent
PROBE = HERE / "probe.js"
EXECUTABLE = Path("/usr/bin/chromium")
SHELL = Path("/usr/bin/chromium-headless-shell")
"""The same engine without the browser around it, which nobody sees here: a fifth cheaper. It keeps no notices on a screen."""
# Every window of a whole Chromium loads pages of its own for the address bar, which nobody sees here: more than half of what a
# new person costs. Of several such flags Chromium takes the last, so Playwright's own are said again.
FEATURES_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "OptimizationHints", "NetworkTimeServiceQuerying",
    "AimEnabled", "PreconnectToSearch", "AvoidCorsURLLoaderRestartOnRedirect",
    "WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup", "PreloadTopChromeWebUI",
)
FLAGS = [
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 45_000  # for whatever a page does: it may take long where other tests have every core
LOCALES = {"ky": "ky-KG", "ru": "ru-RU", "en": "en-GB"}


@contextlib.contextmanager
def chromium_browser(extra_flags: tuple[str, ...] = ()) -> Iterator[Browser]:
    """A browser; every participant is a context of it."""
    with sync_playwright() as playwright, launched(playwright.chromium, EXECUTABLE, extra_flags) as browser:
        yield browser


@contextlib.contextmanager
def launched(kind: BrowserType, executable: Path, extra_flags: tuple[str, ...] = ()) -> Iterator[Browser]:
    if not executable.exists():
        raise RuntimeError(f"{executable.name} is not installed: make test installs it, or apt-get install {executable.name}")
    browser = kind.launch(executable_path=str(executable), headless=True, args=[*FLAGS, *extra_flags])
    give_way()
    try:
        yield browser
    finally:
        browser.close()


def give_way() -> None:
    """A browser begins a session of its own, whose processes the kernel schedules as one (sched(7), "autogroup"), however nice each
    of them is: that one shall be as nice as we are."""
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    for child in psutil.Process().children(recursive=True) if niceness > 0 else ():
        with contextlib.suppress(OSError):
            if os.getsid(child.pid) == child.pid:
                Path(f"/proc/{child.pid}/autogroup").write_text(str(niceness))


def another_chromium(beside: Browser, executable: Path, extra_flags: tuple[str, ...] = ()) -> AbstractContextManager[Browser]:
    """A second browser of the same Playwright, for one that needs a network or flags of its own."""
    return launched(beside.browser_type, executable, extra_flags)


def colour_rgb(colour: str) -> tuple[int, int, int]:
    """``#d02020`` as (208, 32, 32)."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"{colour!r} is not a colour like #d02020")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def close_colour(seen: list[int] | None, colour: str, tolerance: int = 40) -> bool:
    """Whether a sampled colour is, within what VP8 and the colour space change, the given one."""
    return seen is not None and all(abs(a - b) <= tolerance for a, b in zip(seen, colour_rgb(colour), strict=True))


@dataclass
class Participant:
    """One person's browser: a context with its own cookies, camera and microphone, and its page."""

    context: BrowserContext
    page: Page
    colour: str
    tone: float
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def sees(self, selector: str) -> list[int] | None:
        """The mean colour, [r, g, b], in the middle of the ``<video>`` found; None without a picture."""
        seen: list[int] | None = self.page.evaluate("s => __probe.colour(document.querySelector(s))", selector)
        return seen

    def sees_colour(self, selector: str, colour: str) -> bool:
        return close_colour(self.sees(selector), colour)

    def rtp(self, direction: str = "inbound-rtp", kind: str | None = None) -> list[dict[str, Any]]:
        """getStats() of every RTP stream in one direction (``inbound-rtp``, ``outbound-rtp``), of one kind if given."""
        found: list[dict[str, Any]] = self.page.evaluate("() => __probe.rtp()")
        return [item for item in found if item["type"] == direction and kind in (None, item["kind"])]

    def frames_decoded(self) -> dict[str, int]:
        """Decoded frames so far for each video section (``connection:mid``) that receives."""
        return {f"{s['connection']}:{s['mid']}": s.get("framesDecoded", 0) for s in self.rtp(kind="video")}

    def hears(self) -> list[int]:
        """The loudest frequency in Hz of each audio section that is not silent (about ±6 Hz)."""
        heard: list[int] = self.page.evaluate("() => __probe.tones()")
        return heard

    def hears_tone(self, tone: float, tolerance: float = 12) -> bool:
        return self.hears_tones([tone], tolerance)

    def hears_tones(self, tones: Iterable[float], tolerance: float = 12) -> bool:
        """Whether all of these are heard at once."""
        heard = self.hears()
        return all(any(abs(one - tone) <= tolerance for one in heard) for tone in tones)

    def ufrags(self) -> list[str]:
        """This browser's ICE names, for ``UdpGate.cut``."""
        names: list[str] = self.page.evaluate("() => __probe.ufrags()")
        return names

    def be_silent(self, silent: bool = True) -> None:
        """Stop or resume speaking, without touching the mute button."""
        level = 0 if silent else 0.3
        self.page.evaluate("v => { if (__fakeCamera.gain) __fakeCamera.gain.value = v; }", level)

    def hold_messages(self) -> None:
        """What the page sends waits until the test evaluates ``__letGo(word)`` (for one) or ``__letAllGo()``."""
        self.page.evaluate((HERE / "hold.js").read_text())

    def be_grainy(self, noise: int) -> None:
        """Show a picture that costs something, or plain colours again (0)."""
        self.page.evaluate("noise => { __fakeCamera.noise = noise; }", noise)


def camera_script(
    colour: str, tone: float, width: int, height: int, frames_per_second: int, **more: object
) -> str:
    """What gives a page a camera of one colour and a microphone with one tone, before its own scripts run."""
    settings = {
        "colour": colour,
        "tone": tone,
        "level": 0.3,
        "width": width,
        "height": height,
        "framesPerSecond": frames_per_second,
        **more,
    }
    return (HERE / "fake_camera.js").read_text().replace("__SETTINGS__", json.dumps(settings))


def new_participant(
    browser: Browser,
    base_url: str,
    colour: str = "#2060c0",
    tone: float = 440.0,
    *,
    language: str = "en",
    viewport: ViewportSize = DESKTOP,
    camera: bool = True,
    width: int = 320,
    height: int = 180,
    frames_per_second: int = 10,
    noise: int = 0,
    stamp: bool = False,
    media_port: int | None = None,
) -> Participant:
    """A person with a fresh browser context; close it with ``participant.context.close()``.

    ``camera=False`` is a citizen, who has given no permission and has no devices to share. ``noise`` (0–70) puts grain into the
    picture, ``stamp`` the time of day in milliseconds. ``media_port`` stands in front of the media port for this browser alone.
    """
    context = browser.new_context(
        base_url=base_url,
        viewport=viewport,
        locale=LOCALES[language],
        timezone_id="Asia/Bishkek",
        permissions=["camera", "microphone"] if camera else [],
        ignore_https_errors=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(PROBE.read_text())
    if media_port is not None:
        context.add_init_script((HERE / "media_port.js").read_text().replace("__PORT__", str(media_port)))
    if camera:
        script = camera_script(colour, tone, width, height, frames_per_second, noise=noise, stamp=stamp)
        context.add_init_script(script)
    participant = Participant(context, context.new_page(), colour, tone)
    participant.page.on("console", lambda message: participant.console.append(f"{message.type}: {message.text}"))
    participant.page.on("pageerror", lambda error: participant.errors.append(str(error)))
    return participant
