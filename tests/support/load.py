"""How busy the machine is with other things: limits in seconds are promised for a machine that is ours."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

OWN_START_S = 3.0
"""The media process's libraries load within this on two cores that carry a live session with four browsers and nothing else."""


def slowness() -> float:
    """1 on a machine that has time for us, more on one that has not: by how much starting a process is late, now."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import signaling.sfu.worker"], check=True, timeout=120)
    return max(1.0, (time.monotonic() - began) / OWN_START_S)


@contextmanager
def promised(limit_s: float, what: str) -> Iterator[None]:
    """What is done inside takes at most ``limit_s`` seconds, or longer by as much as the machine was slow before or after it.

    Waiting inside should be patient, so that a failure tells how long it took.
    """
    before = slowness()
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    allowed = limit_s * before
    if took > allowed:  # else it need not be known
        allowed = max(allowed, limit_s * slowness())
    print(f"{what}: {took:.1f} s; allowed {allowed:.1f} s")
    assert took <= allowed, f"{what} took {took:.1f} s; allowed {allowed:.1f} s"
