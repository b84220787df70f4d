"""Every page in every language and size: nothing beyond the edge, no words cut off, nothing that axe-core calls serious; and no
English on Kyrgyz pages: every page that each role can reach, with its hidden parts and its scripts' texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.chromium import LOCALES
from tests.support.page_list import LANGUAGES, PageVisit
from tests.support.page_looks import EDGES, WIDTHS, Crawler, Found, Visitors, look_through, read
from tests.support.pages import PageSite, page_site

pytestmark = pytest.mark.timeout(400)

ACCOUNTS = ("", "admin", "planner", "desk", "osh", "naryn", "interpreter")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|(?<==)[^&]+")
MOST_PAGES = 60
"""Of one account. Addresses that differ in ids, dates and searches alone are one page."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("pages"), weeks=True) as running:
        yield running


@pytest.fixture(scope="class")
def looked(request: pytest.FixtureRequest, chromium: Browser, site: PageSite) -> Found:
    """What is wrong with the pages in the class's language: each is loaded once for all its tests."""
    return look_through(chromium, site, request.cls.language)


class EveryPage:
    """A class for each language, so that processes can share them."""

    language: str

    def test_nothing_overflows_or_is_cut_off(self, looked: Found) -> None:
        assert not looked.edges, "\n".join(looked.edges)

    def test_axe_finds_nothing_serious(self, looked: Found) -> None:
        assert not looked.axe, "\n".join(looked.axe)

    def test_scripts_do_not_complain(self, looked: Found) -> None:
        assert not looked.scripts, "\n".join(looked.scripts)


class TestKyrgyz(EveryPage):
    language = "ky"

    def test_known_pages_speak_kyrgyz_alone(self, looked: Found) -> None:
        assert not looked.strange, "\n".join(dict.fromkeys(looked.strange))

    @pytest.mark.parametrize("account", ACCOUNTS)
    def test_pages_that_links_lead_to_speak_kyrgyz_alone(self, visitor: Page, site: PageSite, looked: Found, account: str) -> None:
        """A crawl from the known pages, and from those that no link leads to."""
        crawler = Crawler(visitor, site, account, looked.voices)
        known = looked.visited.get(account, [])
        waiting = [address for address in others(site, account) if address not in known]
        seen, found = {shape(address) for address in (*known, *waiting)}, []
        waiting += unseen(looked.links.get(account, []), seen)[:MOST_PAGES - len(known) - len(waiting)]
        for address in waiting:  # grows while it is read
            reading = crawler.read(address)
            if reading is None:
                continue
            assert reading.language == self.language
            found += reading.strange
            waiting += unseen(reading.links_on(site), seen)[:MOST_PAGES - len(known) - len(waiting)]
        print(f"{len(waiting)} pages read, {crawler.opened} of them opened")
        assert len(known) + len(waiting) >= 5
        assert not found, "\n".join(dict.fromkeys(found))


class TestRussian(EveryPage):
    language = "ru"


class TestEnglish(EveryPage):
    language = "en"


@pytest.fixture
def visitor(chromium: Browser, site: PageSite, account: str) -> Iterator[Page]:
    context = chromium.new_context(locale=LOCALES["ky"])
    context.add_cookies([site.language_cookie("ky"), *([site.cookie(account)] if account else [])])
    yield context.new_page()
    context.close()


def others(site: PageSite, account: str) -> list[str]:
    """Where a crawl begins beside the pages known by name."""
    made = site.seeded.sessions
    return ["/", f"/watch/{made['people']}", *([f"/room/{made['people']}"] if account in ("osh", "planner") else [])]


def shape(address: str) -> str:
    return IDS.sub("*", address)


def unseen(links: list[str], seen: set[str]) -> list[str]:
    """Links to pages of a new shape, the last one of each; from now on they are seen."""
    new = {shape(link): link for link in links if shape(link) not in seen}
    seen |= new.keys()
    return list(new.values())


def test_every_language_is_looked_at() -> None:
    assert {one.language for one in EveryPage.__subclasses__()} == set(LANGUAGES) == {"ky", "ru", "en"}


def test_the_checks_see_what_is_broken(chromium: Browser, site: PageSite) -> None:
    """The check itself must be able to fail."""
    visitors = Visitors(chromium, site, "en")
    page = visitors.open(PageVisit("public", "/public"))
    page.set_viewport_size(WIDTHS["phone"])
    assert page.evaluate(EDGES) == []
    page.evaluate("() => { document.querySelector('h1').style.cssText = 'white-space: nowrap; width: 900px'; }")
    assert any("beyond the right edge" in words for words in page.evaluate(EDGES))
    page.evaluate("() => { document.querySelector('h1').style.cssText = 'white-space: nowrap; width: 60px; overflow: hidden'; }")
    assert any("cut off" in words for words in page.evaluate(EDGES))
    visitors.close()


SENT = """<!doctype html><html lang="ky"><p hidden>Hello</p><input placeholder="Type"><a href="/x#y">Ок</a>
<script type="application/json" id="texts">{"saved": {"now": "Stored"}}</script></html>"""


@pytest.mark.parametrize("account", [""])
def test_the_crawl_sees_english_in_what_is_sent_and_opens_what_is_new_to_it(visitor: Page, site: PageSite, account: str) -> None:
    reading = read(visitor, SENT, site.url + "/")
    assert [line.rsplit("(", 1)[1] for line in reading.strange] == ["Hello)", "Type)", "Stored)"]
    assert reading.links_on(site) == ["/x"]
    crawler = Crawler(visitor, site, account, set())
    assert [crawler.read("/sign-in") is not None and crawler.opened for _ in range(2)] == [1, 1]
    assert visitor.url.endswith("/sign-in")
