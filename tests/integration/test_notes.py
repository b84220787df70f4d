"""The shared notes: kept in versions, written by two people at once, and in the protocol afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import ANONYMOUS
from liaison.domain.agenda import entry
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.reports.protocol_pdf import protocol_pdf
from liaison.services import lifecycle, notes, room_log, sessions
from liaison.services.notes import Written
from liaison.services.session_views import load_session
from signaling.protocol import meeting_protocol
from tests.support.live_room import LiveRoom, RoomClient, code, until
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser

AGENDA = (entry("Budget", 10), entry("Roads", 10))


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    sessions.change_session(house, room.planner, room.session, {"agenda": AGENDA})
    room.open()
    yield room
    room.stop()


def save(client: RoomClient, text: str, base: int, item: int = 0, **more: Any) -> dict[str, Any]:
    return client.call("note_save", {"item": item, "base": base, "text": text, **more})


def versions(live: LiveRoom, item: int = 0) -> list[str]:
    return [note.text for note in notes.read_versions(live.house, live.planner, live.session, item)]


def test_two_who_write_at_once_lose_no_word(live: LiveRoom) -> None:
    secretary, chair, osh = live.enter("secretary", None), live.enter("chair", None), live.enter()
    assert save(secretary, "The plan was shown.", 0) == {"ok": True, "version": 1, "text": "The plan was shown.", "merged": False}
    assert until(lambda: chair.told("note"), "the note at the chair")[-1]["version"] == 1
    assert save(secretary, "The plan was shown.\nIt was adopted.", 1)["version"] == 2
    answer = save(chair, "By the minister:\nThe plan was shown.", 1)
    assert (answer["version"], answer["merged"], answer["text"]) == (3, True, "By the minister:\nThe plan was shown.\nIt was adopted.")
    assert until(lambda: len(secretary.told("note")) == 3 and secretary.told("note"), "all")[-1]["text"] == answer["text"]
    typed_on = save(chair, "By the minister himself:\nThe plan was shown.", 3, upon="By the minister:\nThe plan was shown.")
    assert typed_on["text"] == "By the minister himself:\nThe plan was shown.\nIt was adopted."
    assert save(chair, typed_on["text"], 4)["version"] == 4  # nothing new, no version
    assert len(versions(live)) == 4 and chair.call("notes_read")["notes"][0]["version"] == 4
    assert code(osh.call("notes_read")) == code(save(osh, "Me too", 4)) == "forbidden" and not osh.told("note")
    assert code(save(chair, "Which?", 0, item=2)) == "not_found" and save(chair, "In all", 0, item=-1)["ok"]
    assert code(save(chair, "x" * 20_001, 0)) == "invalid"


def test_versions_that_one_person_replaced_at_once_are_thinned(house: House, clock: FixedClock) -> None:
    planner = organiser(house)
    session = sessions.book_session(house, planner, plan(agenda=AGENDA)).id
    with house.db.write() as db:
        room_log.ensure_room(db, session)
        for version in range(40):
            clock.advance(61 if version == 5 else 1)
            keep(db, house, session, Written(0, f"Text {version}", version))
        assert keep(db, house, session, Written(0, "Text 4\nand more", 5)).text == "Text 39\nand more"
    kept = [note.text for note in notes.read_versions(house, planner, session, 0)]
    assert kept == ["Text 39\nand more", *(f"Text {version}" for version in range(39, 10, -1)), "Text 4"]


def keep(db: DbSession, house: House, session: str, written: Written) -> notes.Kept:
    return notes.keep_note(db, load_session(db, session), written, None, "A", house.clock.now())


def test_they_go_into_the_protocol_of_those_who_may_read_them(live: LiveRoom) -> None:
    house, desk = live.house, add_actor(live.house, "desk", AccountRole.OPERATOR)
    officer = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    secretary = live.enter("secretary", None)
    save(secretary, "Бюджет кабыл алынды.\nЖооптуу: Ош облусу.", 0)
    save(secretary, "Кийинки жыйын дүйшөмбүдө.", 0, item=-1)
    lifecycle.close_session(house, live.planner, live.session)
    facts = meeting_protocol(house, live.planner, live.session)
    assert [item["notes"] for item in facts["agenda"]] == ["Бюджет кабыл алынды.\nЖооптуу: Ош облусу.", ""]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(protocol_pdf(house, facts, "ky"))).pages)
    assert "Жооптуу: Ош облусу." in text and "Кийинки жыйын дүйшөмбүдө." in text
    hidden = meeting_protocol(house, desk, live.session)
    assert [item["notes"] for item in hidden["agenda"]] == ["", ""] and hidden["notes"] == ""
    for actor, refusal in ((desk, Forbidden), (officer, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            notes.read_notes(house, actor, live.session)
        with pytest.raises(refusal):
            notes.write_note(house, actor, live.session, Written(0, "Mine", 1))


def test_they_are_written_on_their_own_page_too(live: LiveRoom) -> None:
    secretary = live.enter("secretary", None)
    save(secretary, "From the room", 0)
    browser = Browser(live.app, live.house).become(live.planner.user_id)
    address = f"/sessions/{live.session}/notes"
    assert "From the room" in browser.get(address).text
    assert browser.post(f"{address}/1", {"text": "From the room\r\nFrom the page", "base": "1"}).status_code == 303
    until(lambda: secretary.told("note")[-1]["text"] == "From the room\nFrom the page", "the page's text in the room")
    shown = browser.get(f"{address}/1").text
    assert shown.index("From the page") < shown.rindex("From the room")
    for number, text, status in (("9", "x", 404), ("1", "a\x01", 422), ("1", "x" * 20_001, 422)):
        assert browser.post(f"{address}/{number}", {"text": text, "base": "0"}).status_code == status
    for wrong, refusal in ((Written(0, "x" * 20_001, 0), Invalid), (Written(5, "x", 0), NotFound)):
        with pytest.raises(refusal):
            notes.write_note(live.house, live.planner, live.session, wrong)
