"""What may stand in the office's own words, and how the places in them are filled."""

from __future__ import annotations

import pytest

from liaison.domain.message_texts import KINDS, Part, filled, text_errors
from liaison.domain.words import OutboxKind


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("part", list(Part))
def test_every_place_of_a_kind_may_be_used(kind: OutboxKind, part: Part) -> None:
    assert text_errors(kind, part, "Dear " + " ".join("{" + name + "}" for name in KINDS[kind])) == []


@pytest.mark.parametrize(("kind", "part", "text", "field"), [
    ("invitation", "subject", "", "text"), ("invitation", "subject", " \n", "text"), ("invitation", "subject", "two\nlines", "text"),
    ("invitation", "subject", "x" * 201, "text"), ("invitation", "intro", "x" * 1001, "text"), ("invitation", "intro", "a\0b", "text"),
    ("invitation", "intro", "{account}", "text"), ("welcome", "intro", "{title}", "text"), ("invitation", "intro", "{title", "text"),
    ("invitation", "intro", "title}", "text"), ("invitation", "intro", "{}", "text"), ("invitation", "intro", "{title!r}", "text"),
    ("invitation", "intro", "{{title}}", "text"), ("invitation", "intro", "{title.__class__}", "text"),
    ("party", "intro", "Hello", "kind"), ("invitation", "footer", "Hello", "kind"),
])
def test_what_may_not_stand_there(kind: str, part: str, text: str, field: str) -> None:
    assert [error["field"] for error in text_errors(kind, part, text)] == [field]


def test_an_intro_may_have_lines_and_percent_signs() -> None:
    assert text_errors("reminder", "intro", "100 % ready?\n{title} %(title)s") == []


@pytest.mark.parametrize(("text", "wanted"), [
    ("{title} at {when}", "Harvest {when} at ten"), ("{points}", "Osh, Alay"), ("{chair}|", "|"), ("no place", "no place"),
])
def test_places_are_filled_once(text: str, wanted: str) -> None:
    facts = {"title": "Harvest {when}", "when": "ten", "points": [{"name": "Osh"}, {"name": "Alay"}]}
    assert filled(text, facts) == wanted
