"""The main street: people of a session and what each does on the pages, from the booking to the attendance sheet."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.sync_api import Error as PlaywrightError

from liaison.config import load
from liaison.domain.actor import SYSTEM
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services import people, tokens
from liaison.services.points import list_points
from tests.support.chromium import Participant, colour_rgb
from tests.support.gates import TcpGate, UdpGate
from tests.support.room import WATCH_LABELS, frames_by_point, labels, seconds_until, state
from tests.support.server import PASSWORD, LiaisonServer
from tests.support.smtp import SmtpSink

PATIENCE_MS = 45_000  # a page on a machine that is busy with other tests
LOOK_EVERY_MS = 120  # at the colours under the names: four pages share two cores
ENOUGH_FRAMES = 5.0  # a second


@dataclass(frozen=True)
class Office:
    """A point, its officer's account and language, and what its camera and microphone give."""

    slug: str
    account: str
    language: str
    colour: str = "#000000"
    tone: float = 0.0

    @property
    def address(self) -> str:
        return f"{self.account}@example.org"


@dataclass
class Street:
    """One service, one session, and the browsers of its offices; ``viewers`` are the citizens' browsers."""

    server: LiaisonServer
    tcp: TcpGate
    udp: UdpGate
    sink: SmtpSink
    make: Callable[..., Participant]
    shift: timedelta
    offices: tuple[Office, ...]
    session: str = ""
    browsers: dict[str, Participant] = field(default_factory=dict)
    viewers: list[Participant] = field(default_factory=list)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    token: str = ""
    moments: dict[str, datetime] = field(default_factory=dict)
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    # ------------------------------------------------------------ before

    @property
    def house(self) -> House:
        return open_house(load(self.server.env))

    def now(self) -> datetime:
        """The service's present."""
        return datetime.now(UTC) + self.shift

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Note between which moments something happened."""
        began = self.now()
        yield
        self.spans[name] = (began, self.now())

    def happened_in(self, name: str, told: str, before_s: float = 1.0, after_s: float = 1.0) -> bool:
        """Whether a time that the service tells lies in the span noted, with this tolerance."""
        began, ended = self.spans[name]
        return began - timedelta(seconds=before_s) <= datetime.fromisoformat(told) <= ended + timedelta(seconds=after_s)

    def fill(self) -> None:
        """The planner's and the officers' accounts; the names of all points."""
        house = self.house
        self.accounts["planner"] = people.create_user(
            house, SYSTEM, name="planner", role=AccountRole.ORGANISER, email="planner@example.org", language="en",
            password=PASSWORD)["id"]
        for office in self.offices:
            self.accounts[office.account] = people.create_user(
                house, SYSTEM, name=office.account, role=AccountRole.OFFICER, points=[office.slug], email=office.address,
                full_name=office.account.title(), language=office.language, password=PASSWORD)["id"]
        self.names = {point.slug: dict(point.name) for point in list_points(house, SYSTEM)}
        self.token = tokens.create_token(house, SYSTEM, user="planner")
        house.db.close()

    def arrive(self, name: str, url: str | None = None, **more: Any) -> Participant:
        """Somebody's browser."""
        browser = self.make(url or self.server.url, **more)
        browser.context.set_default_timeout(PATIENCE_MS)
        self.browsers[name] = browser
        return browser

    def sign_in(self, name: str) -> None:
        """Through the sign-in page."""
        page = self.browsers[name].page
        page.goto("/sign-in")
        page.fill("#f-name", name)
        page.fill("#f-password", PASSWORD)
        page.click("form[action$='/sign-in'] button[type=submit]")
        page.wait_for_url(lambda url: "/sign-in" not in url)

    # ------------------------------------------------------------ what outsiders see

    def api(self, path: str = "") -> Any:
        """GET of the session, or what lies under it, with the planner's token."""
        with self.server.client(self.token) as client:
            answer = client.get(f"/api/v1/sessions/{self.session}{path}")
        answer.raise_for_status()
        return answer.json() if "json" in answer.headers["Content-Type"] else answer.content.decode("utf-8-sig")

    def answers(self) -> dict[str, str]:
        """Each point's answer to the invitation."""
        return {point["slug"]: point["answer"] for point in self.api()["points"]}

    def way_in(self, **fields: Any) -> str:
        """A join token for an encoder or a player."""
        with self.server.client(self.token) as client:
            answer = client.post(f"/api/v1/sessions/{self.session}/join-tokens", json=fields)
        answer.raise_for_status()
        return str(answer.json()["token"])

    def post_sdp(self, way: str, token: str, offer: str) -> tuple[str, str]:
        """WHIP or WHEP: the answer and the connection's address."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        answer = httpx.post(f"{self.server.url}/{way}/{self.session}", content=offer, headers=headers, timeout=20)
        assert answer.status_code == 201, answer.text
        return answer.text, f"{self.server.url}{answer.headers['Location']}"

    def invitation_link(self, office: Office) -> str:
        """The answer link in the mail that the office got."""
        mail = self.invitation(office)
        found = re.search(r"https?://\S+/answer/\S+", mail.text())
        assert found, mail.text()
        return found[0]

    def invitation(self, office: Office) -> Any:
        return self.sink.wait_for(lambda mail: office.address in mail.recipients and mail.calendar_method == "REQUEST", 45)[0]

    # ------------------------------------------------------------ in the room

    def join_from_today(self, office: Office) -> None:
        """Today → the big button → the pre-join page → Join; the span ``<account> joined`` begins when it is pressed."""
        page = self.browsers[office.account].page
        page.goto("/today")
        page.click(f"a.btn-hero[href='/room/{self.session}']")
        page.wait_for_selector("#entry-join:visible")
        page.wait_for_function("() => document.querySelector('#mirror video').videoWidth > 0")
        with self.span(f"{office.account} joined"):
            page.click("#entry-join")
            self.until_joined(office, PATIENCE_MS / 1000)

    def until_joined(self, office: Office, limit: float) -> float:
        browser = self.browsers[office.account]
        return seconds_until(lambda: state(browser).get("signal") == "joined", limit, f"{office.account} to be in the room")

    def here(self) -> list[Office]:
        """The offices whose browser is in the room."""
        return [office for office in self.offices if office.account in self.browsers and state(self.browsers[office.account]).get("room")]

    def pages(self, offices: Iterable[Office]) -> list[tuple[Participant, str, list[Office]]]:
        """Every page that watches these offices, with its language and whom it should see."""
        offices = list(offices)
        own = [(self.browsers[o.account], o.language, [other for other in offices if other is not o]) for o in offices]
        return own + [(viewer, "en", offices) for viewer in self.viewers]

    def rates(self, offices: Iterable[Office], seconds: float) -> dict[str, float]:
        """Decoded frames a second of each office's picture in each page that should show it."""
        pages = self.pages(offices)
        before = [_frames(page) for page, _, _ in pages]
        time.sleep(seconds)
        after = [_frames(page) for page, _, _ in pages]
        return {f"{page.colour if page.tone else 'citizen'} {office.slug}": _rate(before[number], after[number], office.slug)
                for number, (page, _, wanted) in enumerate(pages) for office in wanted}

    def all_see(self, offices: Iterable[Office], limit: float, seconds: float = 0.8) -> float:
        """Seconds until every page decodes everybody it should see; the last measuring itself is not counted."""
        offices = list(offices)
        last: dict[str, float] = {}

        def seen() -> bool:
            last.clear()
            last.update(self.rates(offices, seconds))
            return bool(last) and min(last.values()) >= ENOUGH_FRAMES
        try:
            return seconds_until(seen, limit + seconds, "everybody to see everybody") - seconds
        except TimeoutError as error:
            raise TimeoutError(f"{error}: frames a second {last}") from None

    def all_hear(self, offices: Iterable[Office], limit: float = 15) -> None:
        """Until every page hears the tone of everybody it should hear."""
        for page, _, wanted in self.pages(offices):
            tones = {office.slug: office.tone for office in wanted}
            seconds_until(lambda p=page, t=tones: p.hears_tones(t.values()), limit, f"the tones of {list(tones)} at {page.colour}")

    # ------------------------------------------------------------ names and colours

    def watch_labels(self, page: Participant, language: str) -> None:
        """From now on the page itself compares the colour under each name with that point's."""
        colours = {self.names[office.slug][language]: list(colour_rgb(office.colour)) for office in self.offices if office.tone}
        page.page.evaluate(WATCH_LABELS, [colours, LOOK_EVERY_MS])

    def labels_are_right(self, offices: Iterable[Office], limit: float = 20) -> None:
        """Until every page has shown everybody it should under the right name once more; never was a colour under a wrong name."""
        for page, language, wanted in self.pages(offices):
            names = {self.names[office.slug][language] for office in wanted}
            self.names_shown(page, names, limit)

    def names_shown(self, page: Participant, names: set[str], limit: float = 20, act: Callable[[], None] = lambda: None) -> None:
        """Until the page has shown these names with their colours since now; ``act`` happens between two looks."""
        before = labels(page)["right"]

        def shown() -> bool:
            now = labels(page)["right"]
            fresh = {name for name in names if now.get(name, 0) > before.get(name, 0)}
            if fresh != names:
                act()
            return fresh == names
        seconds_until(shown, limit, f"{names} under their names")
        assert labels(page)["wrong"] == []

    def nothing_went_wrong(self) -> None:
        """No wrong colour under a name and no script error, in any page that is open."""
        for page in [*(self.browsers[office.account] for office in self.here()), *self.viewers]:
            assert page.errors == []
            assert labels(page)["wrong"] == []


def _frames(page: Participant) -> tuple[float, dict[str, int]]:
    """When it was asked, and frames decoded so far by point; nothing while the page is being loaded."""
    asked = time.monotonic()
    try:
        return asked, frames_by_point(page)
    except PlaywrightError:
        return asked, {}


def _rate(before: tuple[float, dict[str, int]], after: tuple[float, dict[str, int]], slug: str) -> float:
    """Frames a second; none when a slot for the point was not there all the time."""
    if slug not in before[1] or slug not in after[1]:
        return 0.0
    return (after[1][slug] - before[1][slug]) / (after[0] - before[0])
