"""Rooms are called back when their pause is over."""

from __future__ import annotations

import threading
import time

from structlog.testing import capture_logs

from signaling.pace import Pace

PATIENCE_S = 10.0


def test_a_room_is_called_back_once_and_not_before_its_time() -> None:
    pace, told, done = Pace(), [], threading.Event()
    due = time.monotonic() + 0.03
    pace.ask("a", lambda: told.append(time.monotonic()), due)
    pace.ask("a", lambda: told.append(0.0), due)  # awaited already
    pace.start()
    pace.ask("b", done.set, due + 0.02)
    assert done.wait(PATIENCE_S)
    pace.stop()
    assert len(told) == 1 and told[0] >= due


def test_the_earlier_comes_first_even_if_it_was_asked_later() -> None:
    pace, order, done = Pace(), [], threading.Event()
    pace.start()
    now = time.monotonic()
    pace.ask("late", lambda: (order.append("late"), done.set()), now + 0.06)
    pace.ask("soon", lambda: order.append("soon"), now + 0.01)
    assert done.wait(PATIENCE_S)
    pace.stop()
    assert order == ["soon", "late"]


def test_a_room_in_trouble_does_not_stop_the_others() -> None:
    def breaks() -> None:
        raise RuntimeError("broken")

    pace, done = Pace(), threading.Event()
    with capture_logs() as said:
        pace.start()
        now = time.monotonic()
        pace.ask("a", breaks, now)
        pace.ask("b", done.set, now + 0.01)
        assert done.wait(PATIENCE_S)
        pace.stop()
    assert [line["event"] for line in said] == ["telling a room its news"]
