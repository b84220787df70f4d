"""One load of every page in one language, and everything that is looked at there: its edges, its accessibility, its words, its scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, ViewportSize

from tests.support.chromium import LOCALES
from tests.support.page_list import LANGUAGES, PageVisit, go, page_visits
from tests.support.pages import PageSite
from tests.support.seed import PEOPLE
from tools.check_i18n import latin_words, read_allowed
from tools.screens import SIZES

HERE = Path(__file__).parent
EDGES = (HERE / "page_checks.js").read_text()
WORDS = (HERE / "page_words.js").read_text()
AXE = """(sizes) => {
  const unheard = axe._audit.rules.filter((rule) => !["serious", "critical"].includes(rule.impact));
  const rules = Object.fromEntries([...unheard.map((rule) => [rule.id, { enabled: false }]), ["target-size", { enabled: sizes }]]);
  return axe.run({ resultTypes: ["violations"], selectors: false, rules }).then((found) => found.violations);
}"""
"""Rules whose violations are never serious are not asked, and nodes are told by their HTML alone: to find a selector for each costs
a quarter of the time."""
WIDTHS: dict[str, ViewportSize] = {"narrowest": {"width": 320, "height": 640}} | SIZES
"""From narrow to wide: a page is widened or narrowed step by step, and the next one begins where it ended."""

NAMES = frozenset(name for name, *_rest in PEOPLE)
# What is no word of ours: names of devices, addresses, zones, the shape of a code, places to fill.
DEVICES = r"\bfake_device_\d\b|\bFake (?:Default )?Audio (?:In|Out)put(?: \d)?\b|"
CODE = r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b|"  # of a PC that is not paired
SUFFIX = r"\.(?:csv|pdf|png|jpe?g|webp|docx|xlsx|pptx|od[tsp]|txt|mp4)\b|"  # of a file's own name
TRACK = r"\b\d{4}-[a-z]+(?:-[a-z]{2})?\.mkv\b|"  # of a recorded camera, as it is taken away
DATA = re.compile(DEVICES + CODE + SUFFIX + TRACK + r"\bX{4}(-X{4})*\b|\S+@\S+|\b\w+://\S+|\b127\.0\.0\.1\S*|\bAsia/Bishkek\b|\{\w+\}|%\(\w+\)s")
ALLOWED = read_allowed().latin | NAMES | {"SQLite", "English", "SHA-256"}


@dataclass
class Found:
    """What is wrong, a sentence each; ``strange`` are words of other languages, looked for on Kyrgyz pages. ``links``: by account.
    ``voices``: the scripts that have run on Kyrgyz pages, and the attributes that they had to take hold of."""

    edges: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    visited: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    voices: set[str] = field(default_factory=set)


class Visitors:
    """A browser page for each account, in one language, opened when first needed."""

    def __init__(self, browser: Browser, site: PageSite, language: str) -> None:
        self.browser, self.site, self.language = browser, site, language
        self.pages: dict[str, Page] = {}
        self.complaints: list[str] = []

    def open(self, visit: PageVisit) -> Page:
        """The page of this visit, loaded at the size at which the account's last one was left."""
        page = self.pages.get(visit.account) or self._new(visit.account)
        response = go(page, self.site, visit)
        assert response.status == visit.status, f"{visit.name}: {response.status}"
        assert page.get_attribute("html", "lang") == self.language, visit.name
        return page

    def _new(self, account: str) -> Page:
        context = self.browser.new_context(locale=LOCALES[self.language], reduced_motion="reduce", viewport=WIDTHS["narrowest"])
        context.add_cookies([self.site.language_cookie(self.language), *([self.site.cookie(account)] if account else [])])
        page = self.pages[account] = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self.complaints.append(f"{page.url}: {said.text}") if _wrong(said.type, said.text) else None)
        return page

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()


def _wrong(kind: str, text: str) -> bool:
    """What a console must not say; a page that is refused says so there by itself."""
    return kind == "error" and "the server responded with a status of" not in text


def look_through(browser: Browser, site: PageSite, language: str) -> Found:
    """Every page in one language, in every size; axe looks at every page once, languages and two sizes taking turns."""
    found, visitors = Found(), Visitors(browser, site, language)
    for index, visit in enumerate(page_visits(site)):
        page = visitors.open(visit)
        found.visited.setdefault(visit.account, []).append(visit.path)
        if language == "ky":
            reading = read(page)
            found.strange += reading.strange
            found.links.setdefault(visit.account, []).extend(reading.links_on(site))
            found.voices |= reading.voices
        turn = ("phone", "laptop")[index % 2] if LANGUAGES[index % len(LANGUAGES)] == language else ""
        _widths(page, visit.name, turn, found)
    visitors.close()
    found.scripts = visitors.complaints
    return found


def _widths(page: Page, name: str, axe_at: str, found: Found) -> None:
    """The page in all sizes, from the one that it has to the other end."""
    assert page.viewport_size is not None
    wide = page.viewport_size["width"] > WIDTHS["phone"]["width"]
    for size in reversed(WIDTHS) if wide else WIDTHS:
        if page.viewport_size != WIDTHS[size]:
            page.set_viewport_size(WIDTHS[size])
        found.edges += [f"{name}, {size}: {words}" for words in page.evaluate(EDGES)]
        if size == axe_at:
            found.axe += [f"{name}, {size}: {words}" for words in serious(page)]


def serious(page: Page, sizes: bool = False) -> list[str]:
    """What axe-core calls serious or critical; ``sizes``: of targets too (WCAG 2.2 AA), which it does not ask by itself."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = []
    for violation in page.evaluate(AXE, sizes):
        if violation["impact"] in ("serious", "critical"):
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{violation['id']}: {violation['help']}: {nodes}")
    return found


@dataclass(frozen=True)
class Reading:
    """What a page says in its language, where it leads, and which scripts it has with what they take hold of."""

    address: str
    language: str
    words: list[tuple[str, str]]
    links: list[str]
    voices: frozenset[str]

    @property
    def strange(self) -> list[str]:
        """One sentence for each text with a word that is not Kyrgyz."""
        found = []
        for where, text in self.words:
            strange = latin_words(DATA.sub(" ", text)) - ALLOWED
            if strange:
                found.append(f"{urlsplit(self.address).path} {where}: {text[:100]!r} ({', '.join(sorted(strange))})")
        return found

    def links_on(self, site: PageSite) -> list[str]:
        """Addresses of this site that the page leads to, but not to files."""
        found = [urldefrag(urljoin(self.address, link)).url for link in self.links]
        return [link.removeprefix(site.url) for link in found
                if link.startswith(site.url) and not re.search(r"\.(pdf|csv|json|ics)$|/file$|/calendar\.ics", urlsplit(link).path)]


def read(page: Page, sent: str | None = None, address: str = "") -> Reading:
    """The page that is open, or the one of this address as it was sent: parsed, but without its scripts."""
    found: dict[str, Any] = page.evaluate(WORDS, sent)
    return Reading(address or page.url, found["language"], found["words"], found["links"], frozenset(found["voices"]))


def foreign_words(page: Page) -> list[str]:
    return read(page).strange


class Crawler:
    """Reads an account's pages in Kyrgyz as the application sends them. A page that gives its scripts what no page opened so far had is
    opened."""

    def __init__(self, page: Page, site: PageSite, account: str, voices: set[str]) -> None:
        self.page, self.site, self.voices, self.opened = page, site, set(voices), 0
        self.parser = page.context.new_page()
        self.client = site.app.test_client()
        for cookie in (site.language_cookie("ky"), *([site.cookie(account)] if account else [])):
            self.client.set_cookie(cookie["name"], cookie["value"], domain=str(urlsplit(site.url).hostname))

    def read(self, address: str) -> Reading | None:
        """None of what is no page."""
        response = self.client.get(address, base_url=self.site.url, follow_redirects=True)
        if response.mimetype != "text/html":
            return None
        reading = read(self.parser, response.text, response.request.url)
        return reading if reading.voices <= self.voices else self._open(address)

    def _open(self, address: str) -> Reading:
        self.page.goto(self.site.url + address)
        self.opened += 1
        reading = read(self.page)
        self.voices |= reading.voices
        return reading
