"""Python's search for cycles in a test process, which usually takes a quarter of its time: hundreds of thousands of objects are loaded
for good, and each test makes an application of its own."""

from __future__ import annotations

import gc

SELDOM = (50_000, 5, 4)
"""New objects before a search, and how many searches before those who lived longer are looked at: everything once in a million."""


def search_seldom() -> None:
    gc.set_threshold(*SELDOM)


def leave_out_what_is_loaded() -> None:
    """Modules and collected tests stay until the end."""
    gc.collect()
    gc.freeze()
