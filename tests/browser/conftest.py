"""Real browsers: one Chromium for the run, a context for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.support.chromium import EXECUTABLE, PATIENCE_MS, SHELL, Participant, launched, new_participant
from tests.support.server import LiaisonServer

WHOLE = {"test_main_street.py", "test_formal_meeting.py", "test_order.py", "test_room_recovery.py", "test_room_speech.py", "test_kills.py",
         "test_broadcast.py", "test_rehearsal.py", "test_firefox.py", "test_behind_firewalls.py", "test_media_engine.py"}

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def whole_chromium(_playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium with fake devices."""
    with launched(_playwright.chromium, EXECUTABLE) as browser:
        yield browser


@pytest.fixture(scope="session")
def _shell(_playwright: Playwright) -> Iterator[Browser]:
    with launched(_playwright.chromium, SHELL) as browser:
        yield browser


@pytest.fixture(scope="module")
def chromium(request: pytest.FixtureRequest) -> Browser:
    """The browser as people have it, or its engine alone."""
    browser: Browser = request.getfixturevalue("whole_chromium" if request.path.name in WHOLE else "_shell")
    return browser


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    """One service for all files whose sessions do not mind each other: each ends what it has opened, and kills nothing."""
    with LiaisonServer(tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture
def make_participant(chromium: Browser) -> Iterator[Callable[..., Participant]]:
    """``make_participant(server.url, "#d02020", 440, language="ky")``: a person with a camera of that colour and tone.

    See ``tests.support.chromium.new_participant``; contexts close with the test.
    """
    made: list[Participant] = []

    def make(base_url: str, colour: str = "#2060c0", tone: float = 440.0, **more: object) -> Participant:
        participant = new_participant(chromium, base_url, colour, tone, **more)  # type: ignore[arg-type]
        made.append(participant)
        return participant

    yield make
    for participant in made:
        participant.context.close()
