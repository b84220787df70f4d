"""What the kernel makes of the wish for short slices."""

from __future__ import annotations

import os
import platform
import threading

from signaling.sfu.promptness import CALLS, SLICE_NS, ask_for_short_slices, slice_ns

KNOWN_SINCE = (6, 12)


def in_a_thread() -> tuple[bool, int, int, int]:
    """Whether it was granted, the slice, and the niceness before and after."""
    found: list[tuple[bool, int, int, int]] = []

    def ask() -> None:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        found.append((ask_for_short_slices(), slice_ns(), before, os.getpriority(os.PRIO_PROCESS, 0)))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def test_the_worker_gets_short_slices_and_stays_as_nice_as_it_was() -> None:
    granted, length, before, after = in_a_thread()
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    assert granted is (release >= KNOWN_SINCE and platform.machine() in CALLS)
    assert before == after
    assert length == SLICE_NS or not granted
