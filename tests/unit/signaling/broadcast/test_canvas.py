"""Words that are drawn into the picture: whatever somebody has typed, the broadcast goes on."""

from __future__ import annotations

import pytest

from signaling.broadcast.canvas import HEIGHT, STRIP, WIDTH, cut, slate, strip


@pytest.mark.parametrize("words", [
    "Roads\nand water", "Roads\u2028and water", "\x85", "\r\n", "", " ", "a\u202eb\u2066c", "e" + "\u0301" * 300,
    "👩\u200d🌾" * 50, "ﷺ" * 80, "ก็็็็" * 60])
def test_what_is_no_line_is_drawn_as_one(words: str) -> None:
    bar, picture = strip(words, words, words), slate([words, words], words)
    assert bar[0].shape == (STRIP, WIDTH) and picture[0].shape == (HEIGHT, WIDTH)


def test_lines_become_one() -> None:
    assert cut("Roads\u2028and\n water", 18, 1000) == "Roads and water" and cut("x" * 500, 18, 100).endswith("…")
