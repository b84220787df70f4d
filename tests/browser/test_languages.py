"""No English on what Kyrgyz pages answer: refusals of forms, and the pages that a mail's link leads to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from liaison.services.answer_links import AnswerLink, answer_url
from tests.support.chromium import LOCALES
from tests.support.page_looks import foreign_words
from tests.support.pages import PageSite, page_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("languages"), weeks=True) as running:
        yield running


@pytest.fixture
def visitor(chromium: Browser, site: PageSite, account: str) -> Iterator[Page]:
    context = chromium.new_context(locale=LOCALES["ky"])
    context.add_cookies([site.language_cookie("ky"), *([site.cookie(account)] if account else [])])
    yield context.new_page()
    context.close()


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
