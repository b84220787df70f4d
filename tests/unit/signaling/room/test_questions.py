"""Citizens' questions in the room: taken, put off, taken back, and asked by a citizen who speaks from a hall."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liaison.domain.errors import IllegalState, NotFound
from signaling.room.entering import depart, enter
from signaling.room.events import evolve, public_data, watchers_data
from signaling.room.state import from_json, to_json
from signaling.room.view import for_outside, for_watchers, view
from tests.support.conduct import NOW, do, fold, happened, room, someone


def test_the_question_taken_is_shown_until_it_is_over() -> None:
    state = do(room(), "take_question", "secretary", question=1)
    assert view(state)["question"] == {
        "number": 1, "text": "When will the road be mended?", "name": "Aida", "place": "Kara-Suu",
        "since": "2027-03-01T04:00:00Z", "peer": None}
    assert from_json(to_json(state), state.plan).question == state.question
    assert do(state, "end_question", "chair").question is None
    assert do(do(state, "end_question", "chair"), "end_question", "chair").question is None


@pytest.mark.parametrize("question", [2, 3, 4])
def test_only_what_the_desk_has_approved_is_taken_or_put_off(question: int) -> None:
    for command in ("take_question", "put_off_question"):
        with pytest.raises(NotFound):
            do(room(), command, "chair", question=question)
    if question != 2:
        with pytest.raises(NotFound):
            do(room(), "reopen_question", "chair", question=question)


def test_what_was_put_off_or_was_not_answered_is_no_longer_shown() -> None:
    taken = do(room(), "take_question", "chair", question=1)
    assert do(taken, "put_off_question", "chair", question=1).question is None
    assert fold(taken, happened("question_reopened", number=1)).question is None
    assert fold(taken, happened("question_reopened", number=2)).question == taken.question


def test_behind_closed_doors_no_citizen_is_answered() -> None:
    taken = do(room(), "take_question", "chair", question=1)
    closed = do(taken, "close_doors", "chair")
    assert closed.question is None
    with pytest.raises(IllegalState):
        do(closed, "take_question", "chair", question=1)
    assert for_outside(view(taken))["question"] is None


def test_a_citizen_speaks_from_a_hall() -> None:
    asked = do(room(), "raise_hand", "osh", question=3)
    [place] = view(asked)["queue"]
    assert place["question"] == {"number": 3, "text": "Is there work?", "name": "Bakyt", "place": ""}
    assert view(asked)["question"] is None
    speaks = do(asked, "grant_floor", "chair", peer="osh")
    shown = view(speaks)
    assert shown["speech"]["question"]["name"] == "Bakyt"
    assert shown["question"]["number"] == 3 and shown["question"]["peer"] == "osh"
    assert view(do(speaks, "release_floor", "osh"))["question"] is None
    undone = fold(speaks, happened("question_reopened", number=3))
    assert undone.floor == "osh" and view(undone)["question"] is None


def test_a_hall_asks_for_its_own_citizens_alone() -> None:
    for by, question in (("alay", 3), ("osh", 1), ("osh", 9)):
        with pytest.raises(NotFound):
            do(room(), "raise_hand", by, question=question)
    assert do(room(), "raise_hand", "osh", question=3, order=True).requests["osh"].order is False


def test_another_request_is_no_longer_the_citizens() -> None:
    state = do(do(room(), "raise_hand", "osh", question=3), "raise_hand", "osh", subject="The budget")
    assert state.requests["osh"].question is None and state.hands == ("osh",)
    assert do(do(state, "raise_hand", "osh", question=3), "raise_hand", "osh", question=3).requests["osh"].question is not None


def test_a_lost_line_and_a_point_of_order_keep_the_citizen() -> None:
    speaks = do(do(room(), "raise_hand", "osh", question=3), "grant_floor", "chair", peer="osh")
    order = do(do(speaks, "raise_hand", "alay", order=True), "grant_next", "chair")
    assert view(order)["question"] is None
    assert view(do(order, "release_floor", "alay"))["question"]["number"] == 3
    lost = fold(speaks, *depart(speaks, "osh", "lost", NOW))
    back = fold(lost, *enter(lost, someone("osh", peer="osh-2"), NOW + timedelta(seconds=20), 50))
    assert view(do(back, "grant_next", "chair"))["question"]["peer"] == "osh-2"


def test_watchers_learn_of_a_question_when_the_chair_gives_the_floor() -> None:
    asked = do(room(), "raise_hand", "osh", question=3)
    [place] = for_watchers(view(asked))["queue"]
    assert (place["question"], place["subject"]) == (None, "")
    data = public_data("hand_raised", {"peer": "osh", "subject": "Work", "question": {"number": 3, "text": "Is there work?"}, "by": "osh"})
    assert watchers_data(data) == {"peer": "osh", "by": "osh"}
    assert for_watchers(view(do(asked, "grant_next", "chair")))["question"]["name"] == "Bakyt"


def test_what_happened_to_a_question_that_is_not_shown_changes_nothing() -> None:
    state = room()
    for kind in ("question_ended", "question_put_off", "question_reopened"):
        assert evolve(state, happened(kind, number=1)) == state
