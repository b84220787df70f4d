"""What strangers type, as it is kept."""

from __future__ import annotations

import pytest

from liaison.domain.text import plain, storable


@pytest.mark.parametrize(("typed", "kept"), [
    ("a\u202eb\u2066c\u2069", "abc"), ("e" + "\u0301" * 200 + "!", "e" + "\u0301" * 4 + "!"), ("a\u200b\u200db", "a\u200b\u200db"),
    ("Ө́ й ё ң\n👩\u200d🌾", "Ө́ й ё ң\n👩\u200d🌾"), ("", "")])
def test_nothing_turns_or_covers_the_lines_around(typed: str, kept: str) -> None:
    assert plain(typed) == kept and storable(kept)
