"""The threads that empty the outbox: one failure never ends them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from liaison.domain.errors import Busy
from scheduler import sending


@pytest.mark.parametrize("failure", [Busy(), FileNotFoundError("secret"), KeyError("x")])
def test_a_sender_that_failed_is_there_at_the_next_tick(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    turns = 0
    again = threading.Event()

    def deliver_due(*_args: Any, **_named: Any) -> int:
        nonlocal turns
        turns += 1
        if turns == 1:
            failed.set()
            raise failure
        again.set()
        return 0

    failed = threading.Event()
    monkeypatch.setattr(sending.outbox, "deliver_due", deliver_due)
    senders = sending.Senders(None, None, threads=1)  # type: ignore[arg-type]
    senders.start()
    senders.wake()
    assert failed.wait(5)
    senders.wake()
    assert again.wait(5)
    assert senders.stop(5)
