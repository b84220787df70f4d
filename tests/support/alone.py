"""Tests that measure how soon people are back have the machine to themselves: the other lanes of ``make test`` wait meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "test-results"


@contextmanager
def held(alone: bool) -> Iterator[None]:
    """Run beside others, or ``alone``: then after all that run have ended, and before any other begins (flock(2)).

    Whoever waits to be alone keeps the gate shut, or tests of the other lanes, one after another, would never let it in.
    """
    if "TEST_LANE" not in os.environ:  # one run by itself
        yield
        return
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / ".gate").open("w") as gate, (FOLDER / ".beside").open("w") as beside:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(beside, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
