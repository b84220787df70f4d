"""Every page in every language and size: nothing beyond the edge, no words cut off, nothing that axe-core calls serious."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support.chromium import LOCALES
from tests.support.page_list import LANGUAGES, PageVisit, page_visits
from tests.support.pages import PageSite, page_site
from tools.screens import SIZES

CHECKS = (Path(__file__).parents[1] / "support" / "page_checks.js").read_text()
NARROWEST = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("pages"), weeks=True) as running:
        yield running


@pytest.fixture
def visiting(chromium: Browser, site: PageSite) -> Iterator[Visitors]:
    visitors = Visitors(chromium, site)
    yield visitors
    visitors.close()


class Visitors:
    """A browser page for each account and language, opened when first needed."""

    def __init__(self, browser: Browser, site: PageSite) -> None:
        self.browser, self.site = browser, site
        self.pages: dict[tuple[str, str], Page] = {}
        self.complaints: list[str] = []

    def open(self, visit: PageVisit, language: str, size: str = "laptop") -> Page:
        """The page of this visit, loaded."""
        page = self.pages.get((visit.account, language)) or self._new(visit.account, language)
        page.set_viewport_size(SIZES[size])
        response = page.goto(self.site.url + visit.path)
        assert response is not None
        assert response.status == visit.status, f"{visit.name}: {response.status}"
        return page

    def _new(self, account: str, language: str) -> Page:
        context = self.browser.new_context(locale=LOCALES[language], reduced_motion="reduce")
        context.add_cookies([self.site.language_cookie(language), *([self.site.cookie(account)] if account else [])])
        page = self.pages[account, language] = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self.complaints.append(f"{page.url}: {said.text}") if _wrong(said.type, said.text) else None)
        return page

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()


def _wrong(kind: str, text: str) -> bool:
    """What a console must not say; a page that is refused says so there by itself."""
    return kind == "error" and "the server responded with a status of" not in text


def look_through(visiting: Visitors, site: PageSite, language: str) -> None:
    """Every page in one language, in every size."""
    found: list[str] = []
    for visit in page_visits(site):
        page = visiting.open(visit, language)
        for size, viewport in (SIZES | {"narrowest": NARROWEST}).items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            found += [f"{visit.name}, {size}: {words}" for words in page.evaluate(CHECKS)]
    assert not found, "\n".join(found)
    assert not visiting.complaints, "\n".join(visiting.complaints)


class TestKyrgyz:
    """A class each, so that processes can share the languages."""

    def test_nothing_overflows_or_is_cut_off(self, visiting: Visitors, site: PageSite) -> None:
        look_through(visiting, site, "ky")


class TestRussian:
    def test_nothing_overflows_or_is_cut_off(self, visiting: Visitors, site: PageSite) -> None:
        look_through(visiting, site, "ru")


class TestEnglish:
    def test_nothing_overflows_or_is_cut_off(self, visiting: Visitors, site: PageSite) -> None:
        look_through(visiting, site, "en")


def test_every_language_is_looked_at() -> None:
    assert set(LANGUAGES) == {"ky", "ru", "en"}


def test_axe_finds_nothing_serious(visiting: Visitors, site: PageSite) -> None:
    """Every page once, languages and sizes taking turns."""
    found: list[str] = []
    for index, visit in enumerate(page_visits(site)):
        language, size = LANGUAGES[index % len(LANGUAGES)], ("phone", "laptop")[index % 2]
        page = visiting.open(visit, language, size)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [node["html"][:160] for node in violation["nodes"][:3]]
                found.append(f"{visit.name}, {language}, {size}: {violation['id']}: {violation['help']}: {nodes}")
    assert not found, "\n".join(found)


def test_the_checks_see_what_is_broken(visiting: Visitors, site: PageSite) -> None:
    """The check itself must be able to fail."""
    page = visiting.open(PageVisit("public", "/public"), "en", "phone")
    assert page.evaluate(CHECKS) == []
    page.evaluate("() => { document.querySelector('h1').style.cssText = 'white-space: nowrap; width: 900px'; }")
    assert any("beyond the right edge" in words for words in page.evaluate(CHECKS))
    page.evaluate("() => { document.querySelector('h1').style.cssText = 'white-space: nowrap; width: 60px; overflow: hidden'; }")
    assert any("cut off" in words for words in page.evaluate(CHECKS))
