"""How busy the machine is with other things: limits in seconds are promised for a machine that is ours."""

from __future__ import annotations

import subprocess
import sys
import time

OWN_START_S = 3.0
"""The media process's libraries load within this on two cores that carry a live session with four browsers and nothing else."""


def slowness() -> float:
    """1 on a machine that has time for us, more on one that has not: by how much starting a process is late, now."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import signaling.sfu.worker"], check=True, timeout=120)
    return max(1.0, (time.monotonic() - began) / OWN_START_S)
