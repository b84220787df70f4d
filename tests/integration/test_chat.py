"""The chat of a session over real sockets: written once, told to the right ones, read back page by page, removed but kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import chat, desk_chat, join, lifecycle
from liaison.services.chat import Said, Sender
from liaison.services.chat_archive import session_chat
from liaison.store import tables as t
from tests.support.live_room import LiveRoom, RoomClient, code, until
from tests.support.people import add_actor
from tests.support.web import Browser

_ids = itertools.count(1)


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    room.open()
    yield room
    room.stop()


def say(client: RoomClient, text: str, to: str = "all", **more: Any) -> dict[str, Any]:
    return client.call("chat_say", {"id": f"message-{next(_ids)}", "to": to, "text": text, **more})


def heard(client: RoomClient) -> list[str]:
    """What came by itself, in order; one look at the state makes sure that everything before it has come."""
    client.call("snapshot")
    return [data["text"] for data in client.told("chat") if "text" in data]


def read(client: RoomClient, **where: int) -> list[str]:
    answer = client.call("chat_read", where)
    assert answer["ok"], answer
    return [message["text"] for message in answer["messages"] if "text" in message]


def rows(live: LiveRoom) -> list[t.ChatMessage]:
    with live.house.db.read() as db:
        return list(db.scalars(select(t.ChatMessage).where(t.ChatMessage.session_id == live.session).order_by(t.ChatMessage.seq)))


def test_each_message_reaches_those_it_is_for_and_nobody_else(live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(name="A. Aliev"), live.enter("point", "alay-district")
    secretary, interpreter = live.enter("secretary", None), live.enter("interpreter", None)
    citizen = live.connect(token=join.watch_token(live.house, live.session)["token"])
    citizen.join()
    wall = live.enter("point", "osh-oblast", via="wall")
    assert say(osh, "  Good morning  ")["ok"]
    asked = say(osh, "May we begin later?", "chair")["seq"]
    assert say(chair, "You may", "peer", peer=osh.peer, answers=asked)["ok"]
    assert say(alay, "No sound", "help_desk")["ok"]
    for client, expected in (
            (chair, ["Good morning", "May we begin later?", "You may"]), (secretary, ["Good morning", "May we begin later?", "You may"]),
            (osh, ["Good morning", "May we begin later?", "You may"]), (alay, ["Good morning", "No sound"]),
            (interpreter, ["Good morning"]), (citizen, []), (wall, [])):
        assert heard(client) == expected
    for client in (chair, secretary, osh, alay, interpreter):
        assert read(client) == heard(client)
    assert code(citizen.call("chat_read")) == code(say(citizen, "Hello")) == code(say(wall, "Hello")) == "forbidden"
    assert code(say(osh, "Psst", "peer", peer=alay.peer)) == "forbidden"
    assert code(say(chair, "Who?", "peer", peer="nobody")) == "not_found"
    assert code(say(alay, "About that", "chair", answers=asked)) == "not_found"  # which it cannot have seen
    assert code(say(osh, "   ")) == code(say(osh, "x" * 2001)) == "invalid"
    message = osh.told("chat")[2]
    said = tuple(message[name] for name in ("name", "role", "to_point", "answers"))
    assert said == (chair.answer["me"]["name"], "chair", "osh-oblast", asked)


def test_a_message_sent_again_is_written_once(live: LiveRoom, clock: FixedClock) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    message = {"id": "the-very-same", "to": "all", "text": "Once"}
    first = osh.call("chat_say", message)
    osh.drop()
    clock.advance(5)
    back = live.resume(osh)
    assert back.call("chat_say", message) == first and first["ok"]
    assert heard(chair) == ["Once"] and [row.text for row in rows(live)] == ["Once"]
    assert code(chair.call("chat_say", message)) == "invalid"
    chair.command("set_rights", chat="none")
    assert back.call("chat_say", message) == first  # it was said when it was allowed


def test_the_rules_of_the_room_hold(live: LiveRoom) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    chair.command("set_rights", chat="chair")
    assert code(say(osh, "To all")) == "forbidden"
    assert say(osh, "To the chair", "chair")["ok"] and say(chair, "To all from the chair")["ok"]
    chair.command("set_rights", chat="none")
    for to in ("all", "chair", "help_desk"):
        assert code(say(osh, "Hello", to)) == "forbidden"
    assert say(chair, "Quiet please")["ok"]


def test_who_writes_without_end_is_asked_to_wait(live: LiveRoom, clock: FixedClock) -> None:
    osh, alay = live.enter(), live.enter("point", "alay-district")
    for number in range(8):
        assert say(osh, f"Message {number}")["ok"]
    assert code(say(osh, "One more")) == "rate_limited"
    assert say(alay, "I am patient")["ok"]
    clock.advance(11)
    assert say(osh, "One more")["ok"]


def test_who_is_cut_off_neither_hears_nor_reads_back(live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(), live.enter("point", "alay-district")
    say(chair, "Before")
    chair.command("close_doors", points=["osh-oblast"])
    say(chair, "Behind closed doors")
    assert code(alay.call("chat_read")) == code(say(alay, "Let me in")) == "forbidden"
    chair.command("open_doors")
    say(chair, "After")
    chair.command("hold", peer=alay.peer)
    say(osh, "While Alay waits")
    chair.command("admit", peer=alay.peer)
    late = live.enter("point", "alay-district")
    assert read(alay) == heard(alay) == ["Before", "After"]
    assert read(late) == ["Before", "After", "While Alay waits"]  # another device, which nobody sent out
    assert heard(osh) == ["Before", "Behind closed doors", "After", "While Alay waits"]


def test_what_was_missed_is_read_back_page_by_page(live: LiveRoom, clock: FixedClock) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    with live.house.db.write() as db:
        for number in range(1, 131):
            said = Said(f"written-{number}", "all" if number % 2 else "help_desk", f"{number}", Sender("A", "chair", chair.peer))
            chat.say(db, live.session, said, clock.now() + timedelta(seconds=2 * number))
    newest = osh.call("chat_read")
    assert [m["seq"] for m in newest["messages"]] == list(range(31, 130, 2)) and newest["more"] and newest["seq"] == 130
    before = osh.call("chat_read", {"before": 31})
    assert [m["seq"] for m in before["messages"]] == list(range(1, 30, 2)) and not before["more"]
    after = osh.call("chat_read", {"after": 9})
    assert [m["seq"] for m in after["messages"]] == list(range(11, 110, 2)) and after["more"]
    assert osh.call("chat_read", {"after": 130}) == {"ok": True, "messages": [], "seq": 130, "more": False}


def test_another_process_tells_its_sockets(live: LiveRoom) -> None:
    beside = live.second_process()
    try:
        chair, osh = live.enter("chair", None), beside.enter()
        say(chair, "Across")
        until(lambda: heard(osh) == ["Across"], "the message in the other process")
    finally:
        beside.stop()


def test_a_removed_message_loses_its_words_and_stays_in_the_table(live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(), live.enter("point", "alay-district")
    seq = say(osh, "Something rude")["seq"]
    assert code(alay.call("chat_remove", {"seq": seq})) == "forbidden"
    assert code(chair.call("chat_remove", {"seq": 99})) == "not_found"
    for _ in range(2):
        assert chair.call("chat_remove", {"seq": seq})["ok"]
    assert until(lambda: alay.told("chat")[1:], "the removal")[-1] == {"seq": seq + 1, "removes": seq}
    assert read(alay) == [""] and alay.call("chat_read")["messages"][0]["removed"]
    assert alay.call("chat_read", {"after": seq})["messages"] == [{"seq": seq + 1, "removes": seq}]
    kept = rows(live)[0]
    assert (kept.text, kept.removed_by) == ("Something rude", chair.answer["me"]["name"]) and len(rows(live)) == 2
    with live.house.db.read() as db:
        audited = list(db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "session.message_removed")))
    assert [event.after for event in audited] == [{"message": seq, "name": osh.answer["me"]["name"]}]


def test_the_help_desk_answers_from_its_own_page(live: LiveRoom) -> None:
    desk = add_actor(live.house, "desk", AccountRole.OPERATOR)
    chair, osh = live.enter("chair", None), live.enter(name="A. Aliev")
    say(osh, "No sound here", "help_desk")
    browser = Browser(live.app, live.house).become(desk.user_id)
    [asked] = browser.get("/help-desk/state.json").get_json()["messages"]
    assert (asked["who"], asked["text"], asked["answers"], asked["open"]) == ("Osh Province, A. Aliev", "No sound here", [], True)
    form = {"session": live.session, "seq": str(asked["seq"]), "text": "Turn the volume up", "id": "0123456789abcdef"}
    seqs = {browser.post("/help-desk/answer", form, headers={"Accept": "application/json"}).get_json()["seq"] for _ in range(2)}
    assert len(seqs) == 1
    until(lambda: heard(osh) == ["No sound here", "Turn the volume up"], "the answer")
    assert osh.told("chat")[-1]["role"] == "help_desk" and heard(chair) == []
    [asked] = browser.get("/help-desk/state.json").get_json()["messages"]
    assert asked["answers"] == ["Turn the volume up"]
    for wrong in ({"seq": "99"}, {"text": " "}, {"text": "a\x01"}, {"id": "x"}, {"session": "a\0"}, {"session": "none"}):
        sent = form | {"id": "fedcba9876543210"} | wrong
        assert browser.post("/help-desk/answer", sent, headers={"Accept": "application/json"}).status_code in (400, 404, 422), wrong
    lifecycle.close_session(live.house, live.planner, live.session)
    with pytest.raises(IllegalState):
        desk_chat.answer_message(live.house, desk, live.session, asked["seq"], "Too late", "anotherone1")


def test_who_reads_it_when_the_session_is_over(live: LiveRoom) -> None:
    house = live.house
    people = {name: add_actor(house, name, role, point) for name, role, point in (
        ("desk", AccountRole.OPERATOR, None), ("osh", AccountRole.OFFICER, "osh-oblast"), ("alay", AccountRole.OFFICER, "alay-district"),
        ("naryn", AccountRole.OFFICER, "naryn-oblast"))}
    chair, osh = live.enter("chair", None), live.enter()
    say(osh, "To all")
    say(osh, "To the chair", "chair")
    say(osh, "To the help desk", "help_desk")
    chair.command("close_doors", points=["osh-oblast"])
    say(chair, "Behind closed doors")
    lifecycle.close_session(house, live.planner, live.session)

    def texts(actor: Actor) -> list[str]:
        return [message["text"] for message in session_chat(house, actor, live.session)["items"]]
    assert texts(live.planner) == ["To all", "To the chair", "To the help desk", "Behind closed doors"]
    assert texts(people["desk"]) == ["To all", "To the help desk"]
    assert texts(people["osh"]) == ["To all", "Behind closed doors"] and texts(people["alay"]) == ["To all"]
    for actor, refusal in ((people["naryn"], Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            texts(actor)
    page = session_chat(house, live.planner, live.session, limit=3)
    assert page["next"] == 3 and [m["seq"] for m in session_chat(house, live.planner, live.session, 3)["items"]] == [4]
    shown = Browser(live.app, house).become(people["osh"].user_id).get(f"/sessions/{live.session}/chat").text
    assert "To all" in shown and "To the chair" not in shown
