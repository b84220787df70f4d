"""Two people who write at once lose no word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.notes import merge

WORDS = st.lists(st.sampled_from(["", "one", "two", "three", "four", "five"]), max_size=7).map("\n".join)


@pytest.mark.parametrize(("base", "mine", "theirs", "expected", "clean"), [
    ("a\nb\nc", "a\nB\nc", "a\nb\nc\nd", "a\nB\nc\nd", True),
    ("a\nb", "a\nB", "a\nB", "a\nB", True),
    ("a\nb", "b", "a\nb\nc", "b\nc", True),
    ("", "mine", "theirs", "theirs\nmine", True),
    ("a", "a\nmine", "a\ntheirs", "a\ntheirs\nmine", True),
    ("a\nb", "a\nmine", "a\ntheirs", "a\ntheirs\nmine", False),
    ("a\nb", "a", "a\nb changed", "a\nb changed", True),
    ("hello", "hello wor", "before\nhello", "before\nhello wor", True),
])
def test_paragraph_by_paragraph(base: str, mine: str, theirs: str, expected: str, clean: bool) -> None:
    found = merge(base, mine, theirs)
    assert (found.text, found.clean) == (expected, clean)


@given(WORDS, WORDS)
def test_whoever_changed_nothing_changes_nothing(base: str, changed: str) -> None:
    assert merge(base, base, changed).text == changed
    assert merge(base, changed, base).text == changed
    assert merge(base, changed, changed).text == changed


@given(WORDS, WORDS, WORDS)
def test_what_either_has_written_is_there(base: str, mine: str, theirs: str) -> None:
    found = set(merge(base, mine, theirs).text.split("\n"))
    for text in (mine, theirs):
        assert set(text.split("\n")) - set(base.split("\n")) <= found
