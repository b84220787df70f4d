"""The audit log in the reader's words: names instead of short names and ids, one language where one says it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, g

from liaison.network import load_network
from liaison.services.audit_log import AuditLine, Change, differences
from web import audit_words

NETWORK = load_network()
OSH = {"ky": "Ош облусу", "ru": "Ошская область", "en": "Osh Province"}


@pytest.fixture(autouse=True)
def _reader(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody who reads English."""
    monkeypatch.setattr(audit_words, "house", lambda: type("House", (), {"network": NETWORK}))
    monkeypatch.setattr(audit_words, "text", lambda texts: NETWORK.text(texts, "en"))
    monkeypatch.setattr(audit_words, "_", lambda words, **values: words % values)
    with Flask("reader").app_context():
        g.point_names = {"osh-oblast": OSH}
        g.full_names = {"aigul": "Aigul Toktosunova", "hall": ""}
        yield


def _line(object_type: str, name: str, *changes: Change) -> AuditLine:
    return AuditLine("1", datetime(2027, 3, 1, tzinfo=UTC), None, "", "", "x", object_type, "y", name, changes)


@pytest.mark.parametrize(("kind", "name", "said"), [
    ("session", "2027-0003", "2027-0003"), ("point", "osh-oblast", "Osh Province"), ("point", "closed-office", "closed-office"),
    ("booking_request", "01a21b2b-c8a1-7bbe-90fb-ba24fa3de861", "")])
def test_what_it_was_done_to(kind: str, name: str, said: str) -> None:
    assert audit_words.object_words(_line(kind, name)) == said


def test_points_are_named() -> None:
    change = Change("points", ["osh-oblast"], ["osh-oblast", "closed-office"])
    assert (audit_words.before_words(change), audit_words.after_words(change)) == ("Osh Province", "Osh Province, closed-office")


@pytest.mark.parametrize(("before", "after", "said"), [
    ({"en": "Harvest", "ru": "Урожай"}, {"en": "Flood", "ru": "Урожай"}, ("Harvest", "Flood")),
    (None, {"en": "Flood", "ru": "Сель"}, ("–", "Flood")),
    ({"en": "Flood", "ru": "Урожай"}, {"en": "Flood", "ru": "Сель"}, ("en: Flood; ru: Урожай", "en: Flood; ru: Сель"))])
def test_a_text_is_said_in_one_language_unless_another_was_changed(before: Any, after: Any, said: tuple[str, str]) -> None:
    change = Change("title", before, after)
    assert (audit_words.before_words(change), audit_words.after_words(change)) == said


def test_what_something_new_leaves_empty_is_not_listed() -> None:
    kept = (Change("points", None, ["osh-oblast"]), Change("public", True, False), Change("setup_minutes", 15, 0))
    line = _line("session", "2027-0003", Change("description", None, {}), Change("priority", None, 0), Change("record", None, False), *kept)
    assert audit_words.changes(line) == list(kept)


def test_people_are_named_and_an_agenda_is_read_in_one_language() -> None:
    assert [audit_words.shown(name, "chair_user") for name in ("aigul", "hall", "gone")] == ["Aigul Toktosunova", "hall", "gone"]
    agenda = [{"title": {"en": "Opening", "ru": "Открытие"}, "minutes": 5}, {"title": {"en": "Votes"}, "minutes": 10}]
    assert audit_words.shown(agenda, "agenda") == "Opening (5 min); Votes (10 min)"


def test_of_whom_something_is_said_is_named_though_it_is_the_same() -> None:
    before, after = {"point": "osh-oblast", "answer": "pending", "reason": ""}, {"point": "osh-oblast", "answer": "accepted", "reason": ""}
    assert differences(before, after) == [Change("point", None, "osh-oblast"), Change("answer", "pending", "accepted")]
    assert differences(before, before) == []
