"""What is said of a point's answer: the chair is not asked, and after the end nobody is waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liaison.services.session_views import InvitedPoint, SessionView


def session(status: str, answers: dict[str, str | None], chair_point: str | None = "hall") -> SessionView:
    points = tuple(InvitedPoint(slug, slug, {}, "district", None, True, slug, answer=answer) for slug, answer in answers.items())
    rest: dict[str, Any] = dict.fromkeys(SessionView.__dataclass_fields__, None)
    return replace(SessionView(**rest), status=status, points=points, chair_point=chair_point)


@pytest.mark.parametrize(("status", "slug", "answer", "shown"), [
    ("confirmed", "osh", "pending", "pending"), ("live", "osh", "pending", "pending"), ("ended", "osh", "pending", "unanswered"),
    ("cancelled", "osh", "pending", "unanswered"), ("ended", "osh", "accepted", "accepted"),
    ("confirmed", "hall", "pending", "chairs"), ("ended", "hall", "pending", "chairs"), ("confirmed", "hall", "declined", "declined"),
    ("confirmed", "osh", None, None),
])
def test_the_word_for_an_answer(status: str, slug: str, answer: str | None, shown: str | None) -> None:
    assert session(status, {}).shown_answer(slug, answer) == shown


def test_the_chairs_place_is_not_counted_as_open() -> None:
    answers = {"hall": "pending", "osh": "pending", "alay": "declined", "talas": "accepted", "naryn": "pending"}
    assert list(session("confirmed", answers).answers().items()) == [("accepted", 1), ("declined", 1), ("pending", 2)]
    assert session("ended", answers).answers() == {"accepted": 1, "declined": 1, "unanswered": 2}
    assert session("confirmed", dict.fromkeys(answers)).answers() == {}
