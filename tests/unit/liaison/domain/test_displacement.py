"""Who may be displaced, and what the page's choices mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from liaison.domain.displacement import Choice, Fate, Holder, choice_of, fixed


def _holder(**fields: object) -> Holder:
    values = {"id": "s", "status": "confirmed", "priority": 0, "points": ("a",), "all_points": ("a", "b"), "chair_point": "b"}
    return Holder(**values | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("fields", "priority", "stuck"), [
    ({}, 1, []), ({}, 0, ["s"]), ({"priority": 2}, 2, ["s"]), ({"priority": 2}, 3, []), ({"status": "live"}, 3, ["s"])])
def test_only_lower_ones_that_have_not_begun(fields: dict[str, object], priority: int, stuck: list[str]) -> None:
    assert fixed([_holder(**fields)], priority) == stuck


@pytest.mark.parametrize(("fields", "may"), [
    ({}, True), ({"chair_point": "a"}, False), ({"all_points": ("a",), "chair_point": None}, False), ({"chair_point": None}, True)])
def test_who_may_stay_without_the_points(fields: dict[str, object], may: bool) -> None:
    assert _holder(**fields).may_drop is may


@pytest.mark.parametrize(("text", "choice"), [
    ("cancel", Choice(Fate.CANCEL)), ("drop", Choice(Fate.DROP)), ("", None), ("burn", None), ("cancel:now", None), ("move:", None),
    ("move:2027-03-01T04:00:00+00:00", Choice(Fate.MOVE, datetime(2027, 3, 1, 4, tzinfo=UTC))), ("move:2027-03-01T04:00:00", None),
    ("move:\0", None)])
def test_choices(text: str, choice: Choice | None) -> None:
    assert choice_of(text) == choice
