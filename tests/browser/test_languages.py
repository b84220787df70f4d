"""No English on Kyrgyz pages: every page that each role can reach, with its hidden parts, its scripts' texts and its refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response

from liaison.services.answer_links import AnswerLink, answer_url
from tests.support.chromium import LOCALES
from tests.support.page_list import page_visits
from tests.support.pages import PageSite, page_site
from tests.support.seed import PEOPLE
from tools.check_i18n import latin_words, read_allowed

WORDS = (Path(__file__).parents[1] / "support" / "page_words.js").read_text()
LANGUAGE = "ky"
NAMES = frozenset(name for name, *_rest in PEOPLE)
ACCOUNTS = ("", "admin", "planner", "desk", "osh", "naryn", "interpreter")
# What is no word of ours: names of devices, addresses, zones, the shape of a code, places to fill.
DEVICES = r"\bfake_device_\d\b|\bFake (?:Default )?Audio (?:In|Out)put(?: \d)?\b|"
CODE = r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b|"  # of a PC that is not paired
DATA = re.compile(DEVICES + CODE + r"\bX{4}(-X{4})*\b|\S+@\S+|\b\w+://\S+|\b127\.0\.0\.1\S*|\bAsia/Bishkek\b|\{\w+\}|%\(\w+\)s")
ALLOWED = read_allowed().latin | NAMES | {"SQLite", "English"}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|(?<==)[^&]+")
MOST_PAGES = 60
"""Of one account. Addresses that differ in ids, dates and searches alone are one page."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("languages"), weeks=True) as running:
        yield running


@pytest.fixture
def visitor(chromium: Browser, site: PageSite, account: str) -> Iterator[Page]:
    context = chromium.new_context(locale=LOCALES[LANGUAGE])
    context.add_cookies([site.language_cookie(LANGUAGE), *([site.cookie(account)] if account else [])])
    yield context.new_page()
    context.close()


def foreign_words(page: Page) -> list[str]:
    """One sentence for each text with a word that is not Kyrgyz."""
    found = []
    for where, text in page.evaluate(WORDS):
        strange = latin_words(DATA.sub(" ", text)) - ALLOWED
        if strange:
            found.append(f"{urlsplit(page.url).path} {where}: {text[:100]!r} ({', '.join(sorted(strange))})")
    return found


def first_addresses(site: PageSite, account: str) -> list[str]:
    """Where a crawl begins: the pages known by name, and those that no link leads to."""
    made = site.seeded.sessions
    rooms = [f"/watch/{made['people']}", *([f"/room/{made['people']}"] if account in ("osh", "planner") else [])]
    return ["/", *(visit.path for visit in page_visits(site) if visit.account == account), *rooms]


def shape(address: str) -> str:
    return IDS.sub("*", address)


def is_page(response: Response | None) -> bool:
    return response is not None and "text/html" in response.headers.get("content-type", "")


LINKS = "links => links.map((link) => new URL(link.getAttribute('href'), location.href).href.split('#')[0])"  # an SVG's links too


def links_of(page: Page, site: PageSite) -> list[str]:
    """Addresses of this site that the page leads to, but not to files."""
    found = page.eval_on_selector_all("a[href]:not([download])", LINKS)
    return [link.removeprefix(site.url) for link in found
            if link.startswith(site.url) and not re.search(r"\.(pdf|csv|json|ics)$|/file$|/calendar\.ics", urlsplit(link).path)]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_pages_speak_kyrgyz_alone(visitor: Page, site: PageSite, account: str) -> None:
    waiting = first_addresses(site, account)
    seen, found = {shape(address) for address in waiting}, []
    for address in waiting:  # grows while it is read
        if not is_page(visitor.goto(site.url + address)):
            continue
        assert visitor.get_attribute("html", "lang") == LANGUAGE
        found += foreign_words(visitor)
        new = {shape(link): link for link in links_of(visitor, site) if shape(link) not in seen}
        waiting += list(new.values())[:MOST_PAGES - len(waiting)]
        seen |= new.keys()
    assert len(waiting) >= 5
    assert not found, "\n".join(dict.fromkeys(found))


REFUSED_FORMS = [
    ("", "/sign-in", {"name": "osh", "password": "wrong password"}),
    ("planner", "/sessions/new", {"date": "2020-01-01", "time": "10:00", "minutes": "1"}),
    ("osh", "/account", {}),
    ("admin", "/admin/settings", {"reminder_minutes": "soon", "help_desk_phone": "1" * 100}),
    ("admin", "/admin/people/new", {"name": "Capital Letters", "email": "nowhere", "phone": "1" * 100}),
    ("admin", "/admin/points/osh-oblast", {"email": "nowhere"}),
]


@pytest.mark.parametrize(("account", "path", "typed"), REFUSED_FORMS, ids=[path for _account, path, _typed in REFUSED_FORMS])
def test_refusals_speak_kyrgyz(visitor: Page, site: PageSite, account: str, path: str, typed: dict[str, str]) -> None:
    visitor.goto(site.url + path)
    with visitor.expect_navigation():
        visitor.evaluate(SUBMIT, typed)
    assert visitor.locator(".field-error, .callout").count() > 0
    assert not foreign_words(visitor)


SUBMIT = """(typed) => {
  const form = document.querySelector("main form[method=post]");
  for (const [name, value] of Object.entries(typed)) for (const field of form.querySelectorAll(`[name="${name}"]`)) {
    field.removeAttribute("maxlength");
    if (field.type !== "radio" && field.type !== "checkbox") field.value = value;
  }
  HTMLFormElement.prototype.submit.call(form);
}"""


@pytest.mark.parametrize("account", [""])
def test_answer_pages_speak_kyrgyz(visitor: Page, site: PageSite, account: str) -> None:
    for name in ("winter", "harvest", "press"):
        session = site.seeded.sessions[name]
        visitor.goto(answer_link(site, session, "osh"))
        assert not foreign_words(visitor)


def answer_link(site: PageSite, session_id: str, account: str) -> str:
    """The link of an invitation's mail."""
    from liaison.services.sessions import get_session

    actor = site.seeded.actors[account]
    session = get_session(site.house, actor, session_id)
    point, = actor.points
    return answer_url(site.house.settings, AnswerLink(session_id, point, actor.user_id, session.starts_at))


@pytest.mark.parametrize("account", [""])
def test_the_crawl_sees_english(visitor: Page, site: PageSite, account: str) -> None:
    """The check itself must be able to fail, in text, in attributes and in tables of texts."""
    visitor.goto(site.url + "/sign-in")
    assert foreign_words(visitor) == []
    visitor.evaluate("""() => document.querySelector("main").insertAdjacentHTML("beforeend", `<p hidden>Hello</p><input placeholder="Type">
        <script type="application/json" id="texts">{"saved": {"now": "Stored"}}</` + `script>`)""")
    assert [line.rsplit("(", 1)[1] for line in foreign_words(visitor)] == ["Hello)", "Type)", "Stored)"]
