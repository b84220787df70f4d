"""The code on a PC's screen, and the moment at which it goes into a session by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from liaison.domain.room_pc import CODE_LENGTH, LETTERS, RoomSession, may_enter, new_code, next_move, shown_code, typed_code

START = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def session(name: str = "a", starts_in: float = 0, **more: Any) -> RoomSession:
    starts_at = START + starts_in * MINUTE
    return RoomSession(**{"id": name, "title": {"en": name}, "starts_at": starts_at, "ends_at": starts_at + 60 * MINUTE,
                          "status": "confirmed"} | more)


def test_a_code_is_read_as_it_was_meant() -> None:
    code = new_code(lambda letters: letters[-1])
    assert (code, shown_code(code)) == ("Z" * CODE_LENGTH, "ZZZZ-ZZZZ")
    assert typed_code(" o1il-7k3m ") == "01117K3M"
    assert typed_code(shown_code("0123ABCD").lower()) == "0123ABCD"
    assert [typed_code(text) for text in ("", "0123ABC", "0123ABCDE", "0123ABC\0", "0123ABCЫ", "0123-ABCU")] == [""] * 6
    assert not set("ILOU") & set(LETTERS) and len(LETTERS) == 32


@pytest.mark.parametrize(("now", "goes"), [(-2.01, False), (-2, True), (0, True), (59.9, True), (60, False)])
def test_it_goes_in_the_agreed_minutes_before(now: float, goes: bool) -> None:
    assert may_enter(session(), START + now * MINUTE, 2) is goes


@pytest.mark.parametrize("more", [{"status": "ended"}, {"status": "cancelled"}, {"answer": "declined"}, {"barred": True}])
def test_it_stays_out_of_what_is_not_for_it(more: dict[str, Any]) -> None:
    assert not may_enter(session(**more), START, 2)


def test_a_live_session_counts_however_late_it_is() -> None:
    assert may_enter(session(status="live"), START + 300 * MINUTE, 2)


def test_what_is_live_comes_before_what_begins() -> None:
    late, soon = session("late", -70, status="live"), session("soon", 1)
    assert next_move([soon, late], START, 2) == (late, None)
    assert next_move([soon, session("first", 0)], START, 2)[0] == session("first", 0)


def test_otherwise_it_knows_when_the_next_one_is_due() -> None:
    found = [session("b", 30), session("no", 10, answer="declined"), session("a", 20), session("over", -300)]
    assert next_move(found, START, 5) == (None, START + 15 * MINUTE)
    assert next_move([session("over", -300)], START, 5) == (None, None)
