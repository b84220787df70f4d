"""``make screens``: every page × size × language as a picture in var/screens/, from a seeded house of its own.

``--only WORD`` keeps the pages whose name holds the word, ``--languages ky,en`` and ``--sizes phone`` narrow further.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from tests.support.chromium import LOCALES, chromium_browser
from tests.support.page_list import LANGUAGES, PageVisit, go, page_visits
from tests.support.pages import PageSite, page_site

SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740}, "laptop": {"width": 1366, "height": 768}, "wall": {"width": 1920, "height": 1080},
}
OUT = Path("var/screens")


def main(arguments: list[str]) -> int:
    """Take the pictures; 1 when a page did not answer as it should."""
    options = _options(arguments)
    failed = 0
    with tempfile.TemporaryDirectory() as folder, page_site(Path(folder), weeks=True) as site, chromium_browser() as browser:
        visits = [visit for visit in page_visits(site) if options.only in visit.name]
        for language in options.languages.split(","):
            for size in options.sizes.split(","):
                failed += _shoot(browser, site, visits, language, size, Path(options.out), not options.screen)
    print(f"{len(visits)} pages, pictures in {options.out}/")
    return 1 if failed else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make screens", description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--out", default=str(OUT))
    parser.add_argument("--screen", action="store_true", help="only what the screen shows, not the whole page")
    return parser.parse_args(arguments)


def _shoot(browser: Browser, site: PageSite, visits: list[PageVisit], language: str, size: str, out: Path, full: bool) -> int:
    """One language and size; how many pages failed."""
    failed = 0
    for account in dict.fromkeys(visit.account for visit in visits):
        context = browser.new_context(viewport=SIZES[size], reduced_motion="reduce", locale=LOCALES[language])
        context.add_cookies([site.language_cookie(language), *([site.cookie(account)] if account else [])])
        page = context.new_page()
        for visit in (visit for visit in visits if visit.account == account):
            response = go(page, site, visit)
            page.evaluate("document.fonts.ready")
            if response.status != visit.status:
                print(f"{visit.name}: {response.status} instead of {visit.status}", file=sys.stderr)
                failed += 1
            target = out / language / size / f"{visit.name}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(target), full_page=full)
        context.close()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
