"""Documents in the room: who lays one out, who turns its pages, when it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from liaison.domain.errors import Forbidden, IllegalState, LiaisonError, NotFound
from signaling.room.commands import Command, apply
from signaling.room.entering import depart
from signaling.room.errors import ScreenTaken
from signaling.room.events import public_data, watchers_data
from signaling.room.record import Record
from signaling.room.state import Plan, RoomState, from_json, to_json
from signaling.room.view import for_outside, for_watchers, view
from tests.support.conduct import NOW, do, fold, happened, room


def shown(by: str = "chair", document: str = "plan", **fields: Any) -> RoomState:
    return do(room(), "show_document", by, NOW, document=document, **fields)


def refused(state: RoomState, name: str, by: str, error: type[LiaisonError], **fields: Any) -> None:
    with pytest.raises(error):
        apply(state, Command(name, by, fields), NOW)


def test_what_is_shown_says_which_page_and_who_turns_it() -> None:
    state = shown(page=2)
    assert view(state)["document"] == {
        "document": "plan", "title": "The plan", "pages": 3, "page": 2, "by": "chair", "public": False, "closed": False,
        "limited": False}
    assert from_json(to_json(state), state.plan) == state
    assert do(state, "show_document", "chair", NOW, document="plan", page=2) is state, "the same again is nothing"


@pytest.mark.parametrize("by", ["chair", "tablet", "secretary"])
def test_those_who_conduct_may_show(by: str) -> None:
    assert shown(by).document is not None


@pytest.mark.parametrize("by", ["osh", "deputy", "alay"])
def test_others_need_the_floor(by: str) -> None:
    refused(room(), "show_document", by, Forbidden, document="plan")
    state = do(room(), "grant_floor", "chair", NOW, peer=by)
    found = do(state, "show_document", by, NOW, document="plan").document
    assert found is not None and found.by == by
    only_chair = do(state, "set_rights", "chair", NOW, share="chair")
    refused(only_chair, "show_document", by, Forbidden, document="plan")


@pytest.mark.parametrize("by", ["interpreter", "citizen", "encoder", "player"])
def test_those_who_take_no_part_cannot(by: str) -> None:
    refused(room(), "show_document", by, Forbidden, document="plan")
    refused(shown(), "turn_page", by, Forbidden, page=2)
    refused(shown(), "hide_document", by, Forbidden)


def test_only_what_is_there_can_be_shown() -> None:
    refused(room(), "show_document", "chair", NotFound, document="unknown")
    refused(room(), "show_document", "chair", IllegalState, document="plan", page=4)
    refused(shown(), "turn_page", "chair", IllegalState, page=4)
    refused(room(), "turn_page", "chair", IllegalState, page=1)
    assert do(room(), "hide_document", "chair") == room()


def test_the_presenter_turns_the_pages_while_it_has_the_floor() -> None:
    state = do(do(room(), "grant_floor", "chair", NOW, peer="osh"), "show_document", "osh", NOW, document="plan")
    state = do(state, "turn_page", "osh", NOW, page=3)
    refused(state, "turn_page", "alay", Forbidden, page=1)
    state = do(state, "turn_page", "secretary", NOW, page=2)
    assert state.document is not None and (state.document.page, state.document.by) == (2, "osh")
    silent = do(state, "release_floor", "osh")
    refused(silent, "turn_page", "osh", Forbidden, page=1)
    assert silent.document is not None, "it stays until somebody puts it away"
    assert do(silent, "hide_document", "osh").document is None


def test_a_screen_and_a_document_give_way_to_each_other() -> None:
    assert do(shown(), "start_screen", "osh").document is None
    refused(do(room(), "start_screen", "osh"), "show_document", "chair", ScreenTaken, document="plan")


def test_whoever_leaves_leaves_the_document() -> None:
    state = shown("secretary")
    gone = fold(state, *depart(state, "secretary", "left", NOW))
    assert gone.document is not None and gone.document.by is None
    assert do(gone, "turn_page", "chair", NOW, page=2).document is not None
    assert do(state, "end_session", "chair") == state and fold(state, happened("session_closed", reason="chair")).document is None


def test_behind_closed_doors_a_document_goes_with_them() -> None:
    before = do(shown(), "close_doors", "chair", NOW, points=["big-hall"])
    assert do(before, "open_doors", "chair").document is not None, "it was shown to everybody"
    inside = do(do(room(), "close_doors", "chair", NOW, points=["big-hall"]), "show_document", "chair", NOW, document="plan")
    assert inside.document is not None and for_outside(view(inside))["document"] is None
    assert do(inside, "open_doors", "chair").document is None


def test_who_is_cut_off_shows_nothing() -> None:
    state = do(do(room(), "grant_floor", "chair", NOW, peer="osh"), "close_doors", "chair", NOW, points=["big-hall"])
    refused(state, "show_document", "osh", Forbidden, document="plan")


@pytest.mark.parametrize(("document", "told"), [("plan", False), ("map", True)])
def test_watchers_are_told_of_public_documents_alone(document: str, told: bool) -> None:
    state, outcome = apply(room(), Command("show_document", "chair", {"document": document}), NOW + timedelta(seconds=1))
    (event,) = outcome.events
    data = public_data(event.type, event.data)
    assert bool(watchers_data(data)) is told and ("title" in watchers_data(data)) is told
    assert (for_watchers(view(state))["document"] is not None) is told


def test_the_protocol_names_what_was_shown() -> None:
    events = [happened("document_shown", document=key, title=key, pages=3, page=page, by="chair")
              for key, page in (("plan", 1), ("plan", 2), ("map", 1))]
    found = Record("r", Plan()).read([*events, happened("document_hidden"), events[0]]).facts(NOW)["documents"]
    assert [shown["title"] for shown in found] == ["plan", "map", "plan"]
    assert found[0] == {"at": "2027-03-01T04:00:00Z", "document": "plan", "title": "plan", "by": "chair"}


@pytest.mark.parametrize(("by", "may"), [("chair", True), ("secretary", True), ("interpreter", True), ("osh", False), ("citizen", False)])
def test_captions_are_told_in_one_line(by: str, may: bool) -> None:
    command = Command("caption", by, {"text": "  Good\n morning "})
    if not may:
        return refused(room(), "caption", by, Forbidden, text="Good morning")
    state, outcome = apply(room(), command, NOW)
    assert state == room() and [dict(event.data) for event in outcome.events] == [{"text": "Good morning", "by": by}]


def test_a_page_without_a_document_changes_nothing() -> None:
    state = room()
    assert fold(state, happened("page_turned", page=2)) == state
    assert replace(shown(), document=None) == room()


def test_a_document_for_some_points_is_laid_out_without_its_title() -> None:
    state = shown(document="draft")
    seen = view(state)["document"]
    assert (seen["title"], seen["limited"]) == ("", True) and state.document is not None and state.document.title == "The draft"
    told = public_data("document_shown", {"document": "draft", "title": "The draft", "pages": 2, "page": 1, "limited": True})
    assert told["title"] == "" and told["limited"] and for_watchers(view(state))["document"] is None


@pytest.mark.parametrize(("by", "may"), [("osh", False), ("alay", True), ("deputy", True), ("secretary", True)])
def test_only_whom_it_is_for_may_lay_it_out(by: str, may: bool) -> None:
    state = room() if by == "secretary" else do(room(), "grant_floor", "chair", NOW, peer=by)
    if may:
        assert do(state, "show_document", by, NOW, document="draft").document is not None
    else:
        refused(state, "show_document", by, NotFound, document="draft")
