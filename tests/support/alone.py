"""Tests that measure how soon people are back have the machine to themselves: the other lanes of ``make test`` wait meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FOLDER = Path(__file__).resolve().parents[2] / "test-results"
_beside: list[IO[str]] = []
"""Of the test that runs."""


@contextmanager
def held(alone: bool) -> Iterator[None]:
    """Run beside others, or ``alone``: then after all that run have ended, and before any other begins (flock(2))."""
    if "TEST_LANE" not in os.environ:  # one run by itself
        yield
        return
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / ".beside").open("w") as beside:
        _take(beside, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        _beside.append(beside)
        yield
        _beside.remove(beside)


@contextmanager
def meanwhile() -> Iterator[None]:
    """A part of a test that runs beside others is alone: what it starts before that, and afterwards, is not timed."""
    for beside in _beside:
        fcntl.flock(beside, fcntl.LOCK_UN)  # else two who wish to be alone would wait for each other
        _take(beside, fcntl.LOCK_EX)
    yield
    for beside in _beside:
        fcntl.flock(beside, fcntl.LOCK_SH)


def _take(beside: IO[str], how: int) -> None:
    """Whoever waits to be alone keeps the gate shut, or tests of the other lanes, one after another, would never let it in."""
    with (FOLDER / ".gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(beside, how)
