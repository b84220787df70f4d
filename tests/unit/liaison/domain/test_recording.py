"""What is recorded of a session by what was chosen at its booking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from liaison.domain.recording import choice, recording_errors, what_is_kept
from liaison.domain.sessions import Plan


@pytest.mark.parametrize(("chosen", "broadcast", "kept"), [
    (None, True, "composite"), (None, False, "none"), ("composite", True, "composite"), ("composite", False, "none"),
    ("none", True, "none"), ("tracks", True, "tracks"), ("tracks", False, "tracks")])
def test_as_usual_the_broadcast_is_kept_and_nothing_else(chosen: str | None, broadcast: bool, kept: str) -> None:
    assert what_is_kept(chosen, broadcast) == kept


@pytest.mark.parametrize(("value", "chosen"), [(True, "tracks"), (False, None), (None, None), ("", None), ("none", "none")])
def test_a_plan_of_old_says_yes_or_no(value: Any, chosen: str | None) -> None:
    plan = Plan({"en": "A"}, "training", datetime(2027, 3, 1, tzinfo=UTC), 60, ("big-hall",), record=value)
    assert plan.record == choice(value) == chosen
    assert plan.takes_tracks == (chosen == "tracks")


def test_only_a_session_that_is_broadcast_has_a_composite() -> None:
    assert recording_errors("composite", False) and recording_errors("all", True)
    assert not any(recording_errors(chosen, broadcast) for chosen, broadcast in (("composite", True), ("tracks", False), (None, False)))
