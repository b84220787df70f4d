"""One-time links: the first administrator, sign-in letters, forgotten passwords."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, Invalid
from liaison.domain.words import LINK_LETTERS, AccountRole, LinkPurpose
from liaison.house import House
from liaison.notify.mailbox import part_text, read_mail
from liaison.notify.senders import make_notifier
from liaison.reports.letters import letters_pdf
from liaison.services import links, outbox, people, sign_in
from liaison.store import tables as t
from tests.support.web import Browser, sentences
from web.app import create_app

PASSWORD = "three green tractors"
NEW = {"password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def aida(house: House) -> str:
    made = people.create_user(house, SYSTEM, name="aida", role=AccountRole.OFFICER, points=["osh-oblast"],
                              full_name="Айда Өмүрбекова", email="aida@example.org", language="ky")
    return str(made["id"])


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(create_app(house), house)


def _secret(url: str) -> str:
    return url.rsplit("/", 1)[1]


def _path(house: House, url: str) -> str:
    return url.removeprefix(house.settings.base_url)


def test_the_first_administrator_chooses_name_and_password(house: House, browser: Browser) -> None:
    url = links.bootstrap_link(house)
    assert url
    path = _path(house, url)
    for _ in range(3):
        assert browser.get(path).status_code == 200  # looking uses nothing up
    answer = browser.post(path, NEW | {"name": "Boss", "full_name": "The Boss"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/admin/settings").status_code == 200
    assert sign_in.sign_in(house, "boss", PASSWORD, "").role is AccountRole.ADMINISTRATOR
    assert links.bootstrap_link(house) is None
    assert browser.get(path).status_code == 410


def test_a_second_start_replaces_the_first_link(house: House, browser: Browser) -> None:
    first, second = links.bootstrap_link(house), links.bootstrap_link(house)
    assert first and second
    assert browser.get(_path(house, first)).status_code == 410
    assert browser.get(_path(house, second)).status_code == 200


def test_an_old_bootstrap_link_is_worthless_once_there_is_an_administrator(house: House) -> None:
    url = links.bootstrap_link(house)
    people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR, password=PASSWORD)
    with pytest.raises(links.LinkSpent):
        links.use_link(house, _secret(str(url)), password=PASSWORD, name="intruder")


@pytest.mark.parametrize(("form", "field"), [
    ({"password": "short", "password_again": "short"}, "At least 10 characters"),
    ({"password": PASSWORD, "password_again": "three green tractor"}, "The two passwords are not the same."),
])
def test_a_refused_password_does_not_use_the_link_up(house: House, browser: Browser, aida: str, form: dict[str, str],
                                                    field: str) -> None:
    path = _path(house, links.sign_in_link(house, SYSTEM, aida))
    answer = browser.post(path, form)
    assert answer.status_code == 422
    assert field in sentences(answer)
    assert browser.post(path, NEW).status_code == 303


def test_a_letters_code_may_be_typed_badly(house: House, browser: Browser, aida: str) -> None:
    letter, = links.sign_in_letters(house, SYSTEM, [aida])
    typed = letter.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert browser.get("/link", query_string={"code": typed}, follow_redirects=True).status_code == 200
    assert links.use_link(house, typed, password=PASSWORD).user_id == aida


def test_a_new_letter_makes_the_old_one_worthless_and_using_one_ends_all(house: House, aida: str) -> None:
    first, second = links.sign_in_link(house, SYSTEM, aida), links.sign_in_link(house, SYSTEM, aida)
    links.ask_for_reset(house, "aida")
    version = people.sign_in_version(house, aida)
    with pytest.raises(links.LinkSpent):
        links.look_at_link(house, _secret(first))
    links.use_link(house, _secret(second), password=PASSWORD)
    assert people.actor_for_sign_in(house, aida, version) is None
    with pytest.raises(links.LinkSpent):
        links.use_link(house, _secret(_reset_url(house)), password=PASSWORD)


def test_a_letter_expires(house: House, clock: FixedClock, aida: str) -> None:
    url = links.sign_in_link(house, SYSTEM, aida)
    clock.advance(links.LIVES[LinkPurpose.SIGN_IN_LETTER].total_seconds())
    with pytest.raises(links.LinkSpent):
        links.look_at_link(house, _secret(url))


def test_a_link_of_a_disabled_account_is_worthless(house: House, aida: str) -> None:
    url = links.sign_in_link(house, SYSTEM, aida)
    people.set_active(house, SYSTEM, aida, False)
    with pytest.raises(links.LinkSpent):
        links.use_link(house, _secret(url), password=PASSWORD)


def test_only_the_secrets_hash_is_kept(house: House, aida: str) -> None:
    code = _secret(links.sign_in_link(house, SYSTEM, aida)).replace("-", "")
    with house.db.read() as db:
        row = db.scalars(select(t.OneTimeLink)).one()
        assert code not in str([getattr(row, column.key) for column in t.OneTimeLink.__table__.columns])


def _reset_url(house: House) -> str:
    with house.db.read() as db:
        row = db.scalars(select(t.Outbox).where(t.Outbox.kind.in_(LINK_LETTERS)).order_by(t.Outbox.id.desc())).first()
        assert row
        return str(row.payload["url"])


@pytest.mark.parametrize("typed", ["aida", "AIDA@example.org", "nobody", "%"])
def test_a_forgotten_password_gets_the_same_answer_for_everybody(house: House, browser: Browser, aida: str, typed: str) -> None:
    answer = browser.post("/forgot-password", {"name": typed})
    assert answer.status_code == 200
    assert "If there is such an account" in sentences(answer)
    with house.db.read() as db:
        mails = db.scalars(select(t.Outbox)).all()
    assert [mail.address for mail in mails] == (["aida@example.org"] if typed.lower().startswith("aida") else [])


def test_asking_again_and_again_fills_no_mailbox(house: House, aida: str) -> None:
    for _ in range(10):
        links.ask_for_reset(house, "aida")
    with house.db.read() as db:
        assert len(db.scalars(select(t.Outbox)).all()) == links.RESETS_AT_ONCE


def test_the_mailed_link_sets_a_new_password(house: House, browser: Browser, aida: str) -> None:
    links.ask_for_reset(house, "aida@example.org")
    assert browser.post(_path(house, _reset_url(house)), NEW).status_code == 303
    assert sign_in.sign_in(house, "aida", PASSWORD, "").user_id == aida


def _boss(house: House) -> str:
    return str(people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR, password=PASSWORD)["id"])


def _mailed(house: House, user_id: str) -> tuple[t.Outbox, str]:
    """The newest letter to an account after it has left, and its text."""
    outbox.deliver_due(house, make_notifier(house), "test:1:a")
    with house.db.read() as db:
        row = db.scalars(select(t.Outbox).where(t.Outbox.user_id == user_id).order_by(t.Outbox.id.desc())).first()
        assert row is not None
    newest = max(house.settings.mail_folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return row, part_text(read_mail(house.settings.mail_folder, newest.name)[1], "plain").replace("\r\n", "\n")


@pytest.mark.parametrize(("language", "greeting", "office"), [
    ("en", "An account has been made for you.", "Osh"), ("ru", "Для вас создана учётная запись.", "Ошская область"),
    ("ky", "Сиз үчүн эсептик жазуу түзүлдү.", "Ош облусу")])
def test_the_first_mail_is_a_welcome_that_lasts_a_week(house: House, browser: Browser, clock: FixedClock, language: str,
                                                       greeting: str, office: str) -> None:
    boss = _boss(house)
    made = people.create_user(house, SYSTEM, name="newcomer", role=AccountRole.OFFICER, points=["osh-oblast"], language=language,
                              email="newcomer@example.org")["id"]
    page = browser.become(boss).post(f"/admin/people/{made}/mail-link", follow_redirects=True)
    assert "seven days" in sentences(page)
    url = _reset_url(house)
    row, text = _mailed(house, made)
    assert (row.kind, row.status, "url" in row.payload) == ("welcome", "sent", False)
    for said in (greeting, office, "newcomer", f"{house.settings.base_url}\n", url):
        assert said in text
    clock.advance(6.9 * 86400)
    assert browser.become(None).post(_path(house, url), NEW).status_code == 303
    assert sign_in.sign_in(house, "newcomer", PASSWORD, "").user_id == made
    links.mail_link(house, SYSTEM, made)  # from now on it is a new password
    assert _mailed(house, made)[0].kind == "password_reset"


def test_a_welcome_is_over_after_a_week_and_leaves_nobody_who_is_in_already(house: House, clock: FixedClock, aida: str) -> None:
    links.mail_link(house, SYSTEM, aida)
    url = _reset_url(house)
    links.use_link(house, _secret(links.sign_in_link(house, SYSTEM, aida)), password=PASSWORD)  # the printed letter was quicker
    outbox.deliver_due(house, make_notifier(house), "test:1:a")
    with house.db.read() as db:
        row = db.scalars(select(t.Outbox)).one()
    assert (row.status, row.last_error) == ("skipped", "recipient_gone")
    clock.advance(7 * 86400)
    with pytest.raises(links.LinkSpent):
        links.look_at_link(house, _secret(url))


def test_the_help_desk_resets_officers_only(house: House, aida: str) -> None:
    desk = Actor(user_id="desk", name="desk", role=AccountRole.OPERATOR)
    boss = people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR, password=PASSWORD, email="b@example.org")
    assert links.sign_in_link(house, desk, aida)
    for act in (links.sign_in_link, links.mail_link):
        with pytest.raises(Forbidden):
            act(house, desk, boss["id"])
    with pytest.raises(Forbidden):
        links.sign_in_letters(house, desk, [aida, boss["id"]])


def test_letters_are_one_page_a_person_in_its_language(house: House, aida: str) -> None:
    ben = people.create_user(house, SYSTEM, name="ben", role=AccountRole.OFFICER, full_name="Ben", language="ru")["id"]
    letters = links.sign_in_letters(house, SYSTEM, [aida, ben])
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(letters_pdf(house, letters))).pages]
    assert len(pages) == 2
    for page, letter in zip(pages, letters, strict=True):
        assert letter.code in page
        assert letter.name in page
    assert "Айда Өмүрбекова" in pages[0]
    assert "Ош облусу" in pages[0]
    assert "Өкмөттүн байланыш пункттары" in pages[0]
    assert "Сеть пунктов связи" in pages[1]


def test_a_demonstrations_link_lets_in_again_and_again_and_sets_no_password(house: House, browser: Browser, aida: str) -> None:
    url = links.sign_in_link(house, SYSTEM, aida, LinkPurpose.DEMO)
    for _ in range(2):
        browser.become(None)
        assert browser.post(_path(house, url)).status_code == 303
        assert browser.get("/account").status_code == 200
    with pytest.raises(links.LinkSpent):
        links.use_link(house, _secret(url), password=PASSWORD)
    other = links.sign_in_link(house, SYSTEM, aida)
    with pytest.raises(links.LinkSpent):
        links.enter_demonstration(house, _secret(other))


def test_no_administrator_may_be_the_last_to_go(house: House) -> None:
    boss = people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR, password=PASSWORD)["id"]
    with pytest.raises(people.LastAdministrator):
        people.set_active(house, SYSTEM, boss, False)
    with pytest.raises(people.LastAdministrator):
        people.change_user(house, SYSTEM, boss, role="officer")


@pytest.mark.parametrize("name", ["", "a", "Аида", "a b", "-a", "a" * 65, "a/b"])
def test_a_bad_sign_in_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        people.create_user(house, SYSTEM, name=name, role=AccountRole.OFFICER)
    assert re.match("name", refused.value.details["errors"][0]["field"])
