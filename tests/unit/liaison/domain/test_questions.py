"""What may be asked, what may become of a question, and where the recording answers it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.questions import (
    LONGEST,
    MOST_IN_A_WHILE,
    MOVES,
    SHOWN,
    WHILE,
    QuestionState,
    is_mail_address,
    may_become,
    moment_in,
    open_to_questions,
    question_errors,
    takes_questions,
    too_many,
)
from liaison.domain.timeline import Timeline

NOW = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("public", "kind", "allowed", "takes"), [
    (True, "population", None, True), (True, "government", None, False), (True, "government", True, True),
    (True, "population", False, False), (False, "population", None, False), (False, "population", True, False),
])
def test_who_takes_questions(public: bool, kind: str, allowed: bool | None, takes: bool) -> None:
    assert takes_questions(public, kind, allowed) is takes


@pytest.mark.parametrize(("status", "open"), [("confirmed", True), ("live", True), ("ended", False), ("cancelled", False)])
def test_when_they_are_asked(status: str, open: bool) -> None:
    assert open_to_questions(True, "population", None, status) is open


def test_every_state_says_what_may_follow_and_nothing_goes_back_to_the_queue() -> None:
    assert set(MOVES) == set(QuestionState)
    assert not any(may_become(state, QuestionState.WAITING) for state in QuestionState)
    assert not MOVES[QuestionState.MERGED]


@pytest.mark.parametrize(("state", "to"), [
    ("waiting", "approved"), ("waiting", "answered_live"), ("declined", "approved"), ("answered_live", "approved"),
    ("answered_live", "answered_written"), ("answered_written", "answered_written")])
def test_second_thoughts(state: str, to: str) -> None:
    assert may_become(state, QuestionState(to))


@pytest.mark.parametrize(("state", "to"), [
    ("approved", "approved"), ("merged", "approved"), ("answered_live", "declined"), ("answered_written", "merged"),
    ("declined", "merged")])
def test_what_may_not_become(state: str, to: str) -> None:
    assert not may_become(state, QuestionState(to))


def test_only_what_was_looked_at_is_shown() -> None:
    assert {"approved", "answered_live", "answered_written"} == SHOWN


def test_a_question_alone_is_enough() -> None:
    assert question_errors("When is the road mended?", "", "", "", "other") == []


@pytest.mark.parametrize(("field", "value"), [
    ("text", "ha"), ("text", "x" * (LONGEST + 1)), ("text", "a\0bcdef"), ("name", "n" * 81), ("place", "\x07"),
    ("contact", "nobody"), ("category", "gossip")])
def test_what_is_wrong_is_named(field: str, value: str) -> None:
    asked = {"text": "When is the road mended?", "name": "", "place": "", "contact": "", "category": "other"} | {field: value}
    assert [error["field"] for error in question_errors(**asked)] == [field]


@pytest.mark.parametrize("address", ["aida@example.org", "a.b+c@mail.gov.kg"])
def test_mail_addresses(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize("address", ["", "aida", "aida@", "@example.org", "айда@example.org", "aida@example", "aida@example..org",
                                     "a b@example.org",
                                     "aida@example.org\nBcc: x@y.org", "a@b@c.org", "Aida <aida@example.org>", f"{'x' * 250}@a.org"])
def test_what_is_none(address: str) -> None:
    assert not is_mail_address(address)


def test_patience_is_asked_for_a_while() -> None:
    asked = [NOW - timedelta(minutes=minute) for minute in range(MOST_IN_A_WHILE)]
    assert too_many(asked, NOW) and not too_many(asked[1:], NOW)
    assert not too_many([at - WHILE for at in asked], NOW)


def test_the_recording_is_entered_a_little_before_the_mark() -> None:
    assert moment_in(Timeline(NOW), NOW + timedelta(minutes=12, milliseconds=400)) == 710
    assert moment_in(Timeline(NOW), NOW + timedelta(seconds=3)) == 0


@pytest.mark.parametrize("address", [
    "a\x01b@x.org", "a\x7f@x.org", "victim(1)@x.org", "a@[127.0.0.1]", "=?utf-8?q?a?=@x.org", "a b@x.org", "a@x.org\n"])
def test_what_no_mailbox_is_called(address: str) -> None:
    assert not is_mail_address(address) and is_mail_address("aida.b+seats@mail-1.gov.kg")
