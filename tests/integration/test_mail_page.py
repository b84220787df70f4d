"""The development mail page: who may see what, and only while no mail server is set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole, LinkPurpose
from liaison.house import House, open_house
from liaison.ids import new_id
from liaison.notify.mailbox import list_mails
from liaison.notify.senders import make_notifier
from liaison.services import notices, outbox, sessions
from liaison.services.tokens import create_token
from liaison.store import tables as t
from tests.support.databases import make_settings
from tests.support.people import TEN, add_actor, organiser, plan
from web.app import create_app

Visit = Callable[[str, AccountRole | None], int]


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> House:
    return open_house(make_settings(tmp_path / "data", database_url=sqlite_url), clock)


@pytest.fixture
def letters(house: House) -> dict[str, str]:
    """An invitation and a password letter in the folder: file names by kind."""
    booker = organiser(house)
    officer = add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org")
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(days=2)))
    with house.db.write() as db:
        notices.queue_password_reset(db, house, db.get_one(t.User, officer.user_id), "one", "http://x/link/secret",
                                     house.clock.now() + timedelta(hours=1))
    outbox.deliver_due(house, make_notifier(house), "test:1:a")
    return {mail.kind: mail.name for mail in list_mails(house.settings.mail_folder)}


def client(house: House, actor: Actor | None) -> FlaskClient:
    """A client with the rights of ``actor``."""
    made = create_app(house).test_client()
    if actor is not None:
        secret = create_token(house, SYSTEM, user=actor.name)
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return made


@pytest.mark.parametrize(("role", "listed", "letter", "secret"), [
    (None, 303, 303, 303), (AccountRole.OFFICER, 403, 403, 403), (AccountRole.OPERATOR, 200, 200, 403),
    (AccountRole.ORGANISER, 200, 200, 403), (AccountRole.ADMINISTRATOR, 200, 200, 200)])
def test_who_may_read(house: House, letters: dict[str, str], role: AccountRole | None, listed: int, letter: int,
                      secret: int) -> None:
    reader = client(house, add_actor(house, "reader", role) if role else None)
    pages = ["/dev/mail", f"/dev/mail/{letters['invitation']}", f"/dev/mail/{letters['password_reset']}"]
    assert [reader.get(page).status_code for page in pages] == [listed, letter, secret]
    for part in ("letter", "file"):
        assert reader.get(f"/dev/mail/{letters['password_reset']}/{part}").status_code == secret


def test_a_list_hides_what_its_reader_may_not_open(house: House, letters: dict[str, str]) -> None:
    page = client(house, add_actor(house, "reader", AccountRole.ORGANISER)).get("/dev/mail").text
    assert letters["invitation"] in page
    assert letters["password_reset"] not in page


def test_a_demonstration_is_open_to_whoever_sits_at_the_machine(house: House, letters: dict[str, str]) -> None:
    visitor = client(house, None)
    with house.db.write() as db:
        db.add(t.OneTimeLink(id=new_id(), purpose=LinkPurpose.DEMO, secret_hash="x", created_at=house.clock.now(),
                             expires_at=house.clock.now() + timedelta(days=1)))
    assert visitor.get("/dev/mail").status_code == 200
    assert visitor.get("/dev/mail", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 303
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):  # a proxy that is not trusted: everybody would sit here
        for page in ("/dev/mail", f"/dev/mail/{letters['password_reset']}/file"):
            assert visitor.get(page, headers={header: "127.0.0.1"}).status_code == 303


@pytest.mark.parametrize("name", ["..", "x.eml", "20270301T030000-0123456789abcdef.eml", "..%2Fsecret.key"])
def test_nothing_but_letters_can_be_opened(house: House, letters: dict[str, str], name: str) -> None:
    assert client(house, add_actor(house, "boss", AccountRole.ADMINISTRATOR)).get(f"/dev/mail/{name}").status_code == 404


def test_the_letter_runs_no_script_and_may_be_framed(house: House, letters: dict[str, str]) -> None:
    answer = client(house, add_actor(house, "boss", AccountRole.ADMINISTRATOR)).get(
        f"/dev/mail/{letters['invitation']}/letter")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy
    assert "Harvest report" in answer.text


def test_with_a_mail_server_there_is_no_such_page(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> None:
    house = open_house(make_settings(tmp_path / "data", database_url=sqlite_url, smtp_url="smtp://127.0.0.1:1"), clock)
    assert client(house, add_actor(house, "boss", AccountRole.ADMINISTRATOR)).get("/dev/mail").status_code == 404
