"""What is kept of a citizen: shown to whoever it is about and to nobody else, and erased where it is not public."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from liaison.cli import cli
from liaison.domain.actor import ANONYMOUS
from liaison.domain.errors import Forbidden, Invalid, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.services import audit_log, privacy, question_desk, questions
from liaison.services.citizen_links import contact_digest, own_token
from liaison.services.question_links import question_token, sealed
from liaison.services.questions import Asked
from liaison.services.watch_notices import sealed_address
from liaison.store import tables as t
from tests.support.live_room import LiveRoom
from tests.support.people import add_actor
from tests.support.web import Browser

ROAD, WATER = "When will the road to Alay be mended?", "Why is there no water?"
MAIL = "aida@example.org"
SEAT = "01a21cb2-033a-77f1-8817-91dd61684d4a"


@pytest.fixture
def live(house: Any) -> Iterator[LiveRoom]:
    room = LiveRoom(house, kind="population")
    room.open()
    yield room
    room.stop()


def ask(live: LiveRoom, text: str, **more: str) -> str:
    asked = Asked(text, sheet=f"sheet-{len(text)}", **{"name": "Aida", "place": "Gülchö", "contact": MAIL} | more)
    return questions.ask_question(live.house, live.session, asked, "her browser", "en").token


def hold(live: LiveRoom) -> None:
    """A seat and a reminder under the same address."""
    settings, now = live.house.settings, live.house.clock.now()
    with live.house.db.write() as db:
        point = db.scalars(select(t.Point).where(t.Point.slug == "osh-oblast")).one()
        common = {"session_id": live.session, "language": "en", "created_at": now}
        db.add(t.Seat(id=SEAT, point_id=point.id, number=1, client_id="c", code="ABCD", name="Aida",
                      people=2, contact=sealed(settings, MAIL), channel="email", contact_digest=contact_digest(settings, "email", MAIL),
                      visitor="v", origin="home", state="held", starts_at=now + timedelta(hours=1), updated_at=now, **common))
        db.add(t.WatchReminder(id="01a21cb2-033a-77f1-8817-91dd61684d4b", channel="email", address=sealed_address(settings, MAIL, {}),
                               digest=contact_digest(settings, "email", MAIL), **common))


def everything(live: LiveRoom) -> str:
    """All rows that could hold something of her, as text."""
    with live.house.db.read() as db:
        rows = [*db.scalars(select(t.Question)), *db.scalars(select(t.Seat)), *db.scalars(select(t.WatchReminder)),
                *db.scalars(select(t.RoomEvent)), *db.scalars(select(t.Room)), *db.scalars(select(t.Outbox))]
        return json.dumps([{c.name: getattr(row, c.name) for c in row.__table__.columns} for row in rows], default=str, ensure_ascii=False)


def test_what_was_answered_stays_without_the_citizen(live: LiveRoom) -> None:
    house, chair = live.house, live.enter("chair", "big-hall")
    ask(live, ROAD)
    ask(live, WATER, name="Bakyt")
    hold(live)
    question_desk.approve(house, live.planner, live.session, 1)
    assert chair.command("take_question", question=1)["ok"]
    admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR)
    found = privacy.export(house, admin, privacy.subject_of(mail=MAIL.upper()))
    assert [one["text"] for one in found["questions"]] == [ROAD, WATER] and found["questions"][0]["contact"] == MAIL
    assert (found["seats"][0]["name"], found["reminders"][0]["address"]) == ("Aida", MAIL)
    assert "Aida" in everything(live)
    assert privacy.erase(house, admin, privacy.subject_of(mail=MAIL)) == {"questions": 2, "seats": 1, "reminders": 1}
    kept = everything(live)
    assert ROAD in kept and [word for word in ("Aida", "Bakyt", "Gülchö", WATER, MAIL) if word in kept] == []
    assert [view.text for view in questions.list_questions(house, live.session)] == [ROAD]
    assert privacy.export(house, admin, privacy.subject_of(mail=MAIL)) == {"questions": [], "seats": [], "reminders": []}
    with house.db.read() as db:
        told = [row.after for row in db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "privacy.erased"))]
    assert told == [{"questions": 2, "seats": 1, "reminders": 1}]


def test_a_citizen_sees_and_erases_by_the_own_address(live: LiveRoom) -> None:
    house = live.house
    token = ask(live, WATER)
    question_desk.approve(house, live.planner, live.session, 1)
    questions.like_question(house, live.session, 1, "her browser")
    browser = Browser(live.app, house)
    assert browser.get(f"/question/{token}/data.json").json["questions"][0]["name"] == "Aida"
    assert browser.get(f"/question/{token[:-1]}/data.json").status_code == 404
    assert "data.json" in browser.get(f"/question/{token}").text
    assert browser.post(f"/question/{token}/erase").status_code == 303
    assert browser.get(f"/question/{token}/data.json").json["questions"][0] | {"asked_at": ""} == {
        "session": live.session, "number": 1, "asked_at": "", "text": WATER, "name": "", "place": "", "contact": "", "language": "en",
        "category": "other", "state": "approved", "reason": "", "answer": "", "likes_given": []}
    with house.db.read() as db:
        assert list(db.scalars(select(t.QuestionLike))) == []


def test_nobody_else_looks_under_an_address(live: LiveRoom) -> None:
    for role in (AccountRole.OFFICER, AccountRole.ORGANISER, AccountRole.OPERATOR):
        actor = add_actor(live.house, f"some-{role}", role)
        for act in (privacy.export, privacy.erase):
            with pytest.raises(Forbidden):
                act(live.house, actor, privacy.subject_of(mail=MAIL))
    with pytest.raises(Unauthenticated):
        privacy.export(live.house, ANONYMOUS, privacy.subject_of(mail=MAIL))
    for wrong in ({}, {"mail": "x"}, {"mail": MAIL, "phone": "+996555123456"}):
        with pytest.raises(Invalid):
            privacy.subject_of(**wrong)


def test_the_office_s_page_and_the_command(live: LiveRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    house = live.house
    token = ask(live, ROAD)
    admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR)
    browser = Browser(live.app, house).become(admin.user_id)
    assert ROAD in browser.post("/admin/privacy", {"mail": MAIL}).text
    assert "Nothing is kept" in browser.post("/admin/privacy", {"phone": "+996 555 123456"}).text
    assert browser.post("/admin/privacy", {}).status_code == 422
    assert browser.post("/admin/privacy", {"mail": MAIL, "act": "download"}).json["questions"][0]["text"] == ROAD
    monkeypatch.setattr("liaison.commands.privacy.prepare", lambda _settings: house)
    shown = CliRunner().invoke(cli, ["privacy", "export", "--token", token])
    assert json.loads(shown.output)["questions"][0]["name"] == "Aida"
    assert CliRunner().invoke(cli, ["privacy", "export"]).exit_code == 2
    hold(live)
    ticket = own_token(house.settings, "seat", SEAT)
    assert json.loads(CliRunner().invoke(cli, ["privacy", "export", "--token", ticket]).output)["seats"][0]["name"] == "Aida"
    assert CliRunner().invoke(cli, ["privacy", "export", "--token", ticket[:-1]]).exit_code == 2
    assert "questions\t1" in CliRunner().invoke(cli, ["privacy", "erase", "--mail", MAIL, "--yes"]).output
    assert browser.post("/admin/privacy", {"mail": MAIL, "act": "erase"}).status_code == 303


def test_what_somebody_typed_for_a_citizen_keeps_its_typist(live: LiveRoom) -> None:
    """The digest of an officer's account is no citizen's browser: other likes of it stay."""
    live.enter().call("question_ask", {"id": "sheet-of-osh", "text": ROAD, "name": "Aida", "language": "ky"})
    with live.house.db.write() as db:
        row = db.scalars(select(t.Question)).one()
        db.execute(update(t.Question).values(contact=sealed(live.house.settings, MAIL)))
        db.add(t.QuestionLike(question_id=row.id, visitor=row.visitor, at=live.house.clock.now()))
        token = question_token(live.house.settings, row.id)
    privacy.erase(live.house, ANONYMOUS, privacy.asker_of(live.house, token))
    with live.house.db.read() as db:
        assert len(list(db.scalars(select(t.QuestionLike)))) == 1
        row = db.scalars(select(t.Question)).one()
        assert (row.name, row.contact, row.text) == ("", "", "—")
    assert audit_log.session_history(live.house, live.planner, live.session)
