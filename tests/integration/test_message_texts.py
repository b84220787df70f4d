"""The office's own words: kept, checked, used in messages that wait, and given up again; as a page, a table and on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import SYSTEM
from liaison.domain.errors import Forbidden, Invalid, NotFound
from liaison.domain.words import AccountRole, OutboxKind
from liaison.house import House, open_house
from liaison.services import message_texts, sessions
from liaison.services.csv_tables import carry_out, export_table, look_through
from liaison.services.letter_facts import gather_letter
from liaison.store import tables as t
from tests.support.databases import make_settings
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser
from web.app import create_app

TABLE = message_texts.TABLE


def test_a_message_that_waits_gets_the_words_of_now(house: House) -> None:
    planner = organiser(house)
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org", language="ru")
    sessions.book_session(house, planner, plan("osh-oblast"))

    def own() -> dict[str, str]:
        with house.db.read() as db:
            row = db.scalars(select(t.Outbox).where(t.Outbox.kind == OutboxKind.INVITATION)).one()
            return dict(gather_letter(db, house, row, db.get(t.Session, row.session_id)).own_words)
    assert own() == {}
    message_texts.put_text(house, SYSTEM, "invitation", "subject", "ru", " Просим быть: {title} ")
    message_texts.put_text(house, SYSTEM, "invitation", "subject", "en", "Please come: {title}")
    assert own() == {"subject": "Просим быть: {title}"}
    message_texts.reset_text(house, SYSTEM, "invitation", "subject", "ru")
    assert own() == {}
    with pytest.raises(NotFound):
        message_texts.reset_text(house, SYSTEM, "invitation", "subject", "ru")


@pytest.mark.parametrize("role", [AccountRole.ORGANISER, AccountRole.OPERATOR, AccountRole.OFFICER])
def test_only_administrators_word_messages(house: House, role: AccountRole) -> None:
    actor = add_actor(house, "somebody", role)
    for act in (lambda: message_texts.put_text(house, actor, "invitation", "subject", "ru", "x"),
                lambda: message_texts.reset_text(house, actor, "invitation", "subject", "ru"),
                lambda: message_texts.list_texts(house, actor), lambda: export_table(house, actor, TABLE)):
        with pytest.raises(Forbidden):
            act()


@pytest.mark.parametrize(("key", "text", "field"), [
    (("invitation", "subject", "xx"), "x", "language"), (("invitation", "subject", "ru"), "{king}", "text"),
    (("party", "subject", "ru"), "x", "kind"),
])
def test_wrong_words_are_refused(house: House, key: tuple[str, str, str], text: str, field: str) -> None:
    with pytest.raises(Invalid) as error:
        message_texts.put_text(house, SYSTEM, *key, text)
    assert [item["field"] for item in error.value.details["errors"]] == [field]
    assert message_texts.list_texts(house, SYSTEM) == {}


def test_as_a_table(house: House) -> None:
    message_texts.put_text(house, SYSTEM, "welcome", "intro", "ky", "Саламатсызбы, {name}!")
    text = export_table(house, SYSTEM, TABLE)
    assert {str(verdict): count for verdict, count in look_through(house, SYSTEM, TABLE, text).counts().items() if count} == {
        "same": len(text.strip().split("\r\n")) - 1}
    changed = "kind,part,language,text\nwelcome,intro,ky,\nreminder,subject,en,Soon: {title}\nreminder,intro,en,\n"
    outcome = carry_out(house, SYSTEM, TABLE, changed)
    assert [str(row.verdict) for row in outcome.rows] == ["changed", "added", "same"]
    assert message_texts.list_texts(house, SYSTEM) == {("reminder", "subject", "en"): "Soon: {title}"}
    wrong = look_through(house, SYSTEM, TABLE, "kind,part,language,text\nreminder,subject,en,{king}\nparty,subject,en,\n"
                         "reminder,subject,xx,a\n")
    assert [[error["field"] for error in row.errors] for row in wrong.rows] == [["text"], ["kind"], ["language"]]


@pytest.fixture
def admin(sqlite_url: str, tmp_path: Path) -> Any:
    house = open_house(make_settings(tmp_path / "data", database_url=sqlite_url))
    yield Browser(create_app(house), house).become(add_actor(house, "boss", AccountRole.ADMINISTRATOR).user_id)
    house.db.close()


def test_the_page_shows_before_it_keeps(admin: Browser) -> None:
    form = {"subject_en": "Dear {name}: {title}", "intro_ru": "Просим прибыть, {points}."}
    look = admin.post("/admin/texts/invitation", form)
    assert look.status_code == 200
    assert "Dear Aida Omuralieva: Readiness for winter" in look.text and "Просим прибыть, город Токмок." in look.text
    assert message_texts.list_texts(admin.house, SYSTEM) == {}
    wrong = admin.post("/admin/texts/invitation", form | {"subject_ky": "{king}", "act": "keep"})
    assert wrong.status_code == 422 and "There is no place {king} in this message." in wrong.text
    assert message_texts.list_texts(admin.house, SYSTEM) == {}
    assert admin.post("/admin/texts/invitation", form | {"act": "keep"}).status_code == 303
    assert len(message_texts.list_texts(admin.house, SYSTEM)) == 2
    admin.post("/admin/texts/invitation", {"subject_en": form["subject_en"], "act": "keep"})
    assert list(message_texts.list_texts(admin.house, SYSTEM)) == [("invitation", "subject", "en")]
    assert "English" in admin.get("/admin/texts").text
