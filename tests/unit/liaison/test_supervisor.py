"""When a dead process is started again."""

from __future__ import annotations

import os
import signal
import time

from liaison.supervisor import LONGEST_DELAY_S, Bell, rest_s


def test_who_lived_long_comes_back_at_once_however_often_it_died() -> None:
    assert {rest_s(failures, LONGEST_DELAY_S) for failures in range(50)} == {0.0}


def test_deaths_in_a_row_put_the_starts_further_apart_but_not_for_ever() -> None:
    rests = [rest_s(failures, 0.0) for failures in range(1, 2000)]
    assert rests == sorted(rests)
    assert rests[0] < 0.5
    assert rests[-1] == LONGEST_DELAY_S


def test_what_it_lived_counts() -> None:
    assert rest_s(20, 3.0) == LONGEST_DELAY_S - 3.0


def test_a_signal_ends_the_wait() -> None:
    usual = signal.getsignal(signal.SIGCHLD)
    try:
        bell, began = Bell(), time.monotonic()
        os.kill(os.getpid(), signal.SIGCHLD)
        bell.wait(60)
        assert time.monotonic() - began < 30
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, usual)
