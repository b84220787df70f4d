"""Citizens' questions in the live room: the chair takes them, a citizen speaks from a district's hall, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from liaison.domain.errors import IllegalState
from liaison.house import House
from liaison.services import audit_log, question_desk, questions
from liaison.services.questions import Asked
from signaling import session_questions
from tests.support.live_room import LiveRoom, code

ROAD = "When will the road to Alay be mended?"


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house, kind="population")
    room.open()
    yield room
    room.stop()


@pytest.fixture
def ask(live: LiveRoom) -> Any:
    """Ask and have it approved; the number."""
    def asking(text: str, **more: str) -> int:
        made = questions.ask_question(live.house, live.session, Asked(text, sheet=text[:64], **more), text, "en")
        question_desk.approve(live.house, live.planner, live.session, made.number)
        return made.number
    return asking


def states(live: LiveRoom) -> dict[int, str]:
    shown = questions.list_questions(live.house, live.session)
    return {view.number: view.state for view in shown}


def test_the_chair_takes_puts_off_and_takes_back(live: LiveRoom, ask: Any) -> None:
    first, second, third = ask(ROAD, name="Aida", place="Gülchö"), ask("Is there a doctor?"), ask("Is there work?")
    chair, osh, citizen = live.enter("chair", "big-hall"), live.enter(), live.enter("watcher", None)
    answer = chair.call("questions_read")
    assert [view["number"] for view in answer["questions"]] == [first, second, third]
    assert chair.call("questions_read", {"mark": answer["mark"]}) == {"ok": True, "mark": answer["mark"]}
    assert chair.command("put_off_question", question=first)["ok"]
    assert chair.command("put_off_question", question=third, written=True)["ok"]
    listed = chair.call("questions_read", {"mark": answer["mark"]})["questions"]
    assert [(view["number"], view["put_off"]) for view in listed] == [(second, ""), (first, "later")]
    assert chair.command("take_question", question=first)["ok"]
    for client in (osh, citizen):
        assert client.wait_event("question_taken")["data"] == {
            "number": first, "text": ROAD, "name": "Aida", "place": "Gülchö", "by": chair.peer}
        assert client.snapshot["question"]["number"] == first
    assert states(live)[first] == "answered_live"
    assert chair.command("end_question")["ok"] and chair.command("reopen_question", question=first)["ok"]
    assert states(live)[first] == "approved"
    assert chair.call("questions_read")["questions"][0]["put_off"] == "", "it is no longer put off"
    assert code(osh.command("take_question", question=first)) == "forbidden"
    assert code(chair.command("take_question", question=99)) == "not_found"
    told = [line.action for line in audit_log.session_history(live.house, live.planner, live.session)]
    assert {"question.put_off", "question.answered_live", "question.approved"} <= set(told)


def test_what_is_answered_at_the_desk_stands_in_the_room(live: LiveRoom, ask: Any) -> None:
    number = ask(ROAD, name="Aida")
    chair, citizen = live.enter("chair", "big-hall"), live.enter("watcher", None)
    which = live.house, live.planner, live.session, number
    view = session_questions.answer_at_desk(*which)
    assert view.state == "answered_live" and view.answered_at is not None
    assert citizen.wait_event("question_taken")["data"] == {"number": number, "text": ROAD, "name": "Aida"}
    assert citizen.snapshot["question"]["number"] == number
    session_questions.approve_at_desk(*which)
    citizen.wait_event("question_reopened")
    assert citizen.snapshot["question"] is None and states(live)[number] == "approved"
    assert chair.command("close_doors", points=[])["ok"]
    with pytest.raises(IllegalState):
        session_questions.answer_at_desk(*which)
    assert states(live)[number] == "approved"


def test_a_citizen_speaks_from_a_hall(live: LiveRoom) -> None:
    chair, osh, citizen = live.enter("chair", "big-hall"), live.enter(), live.enter("watcher", None)
    sheet = {"id": "sheet-of-osh", "text": "Why is there no water?", "name": "Bakyt", "language": "ky"}
    number = osh.call("question_ask", sheet)["number"]
    assert osh.call("question_ask", sheet)["number"] == number, "once, however often it is sent"
    assert [view["number"] for view in osh.call("question_typed")["questions"]] == [number]
    assert code(chair.command("raise_hand", question=number)) == "not_found"
    assert osh.command("raise_hand", question=number)["ok"]
    assert citizen.wait_event("hand_raised")["data"] == {"peer": osh.peer, "by": osh.peer}
    assert chair.wait_event("hand_raised")["data"]["question"]["name"] == "Bakyt"
    assert number not in states(live), "nobody has approved it yet"
    assert chair.command("grant_next")["ok"]
    citizen.wait_event("floor_granted")
    assert citizen.snapshot["question"] | {"since": ""} == {
        "number": number, "text": "Why is there no water?", "name": "Bakyt", "place": "", "since": "", "peer": osh.peer}
    assert osh.command("release_floor")["ok"]
    assert states(live)[number] == "answered_live"
    assert osh.call("question_typed")["questions"] == []
    assert chair.command("reopen_question", question=number)["ok"] and states(live)[number] == "approved"
    assert code(osh.call("question_ask", sheet | {"id": "another-sheet", "text": "Oh?"})) == "invalid"
