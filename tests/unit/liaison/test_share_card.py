"""The picture of a shared link holds what fits, whatever the title."""

from __future__ import annotations

import pytest

from liaison.reports.share_card import WIDTH, _font, fitted, wrapped


@pytest.mark.parametrize("title", ["", "Harvest", "Алай районунун суу маселелери " * 9, "x" * 400])
def test_no_line_is_wider_than_the_picture(title: str) -> None:
    lines = wrapped(title, _font(60, bold=True), WIDTH)
    assert all(_font(60, bold=True).getlength(line) <= WIDTH for line in lines)
    if "x" not in title:
        assert " ".join(lines) == " ".join(title.split())


def test_what_does_not_fit_ends_in_dots() -> None:
    short = fitted("Harvest report " * 20, _font(28), 300)
    assert short.endswith("…") and _font(28).getlength(short) <= 300
    assert fitted("Harvest", _font(28), 300) == "Harvest"
