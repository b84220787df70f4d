"""Start fast: keep libraries from loading optional companions that a process never uses, and Python from searching what was loaded.

Several libraries try an import and do without when it fails; some of those companions take longer to load than our own
code (rich for coloured tracebacks, aiohttp and requests for Socket.IO's client side, redis where none is configured).
"""

from __future__ import annotations

import gc
import sys

LOADING = 400_000
"""New objects between two searches for cycles while modules are loaded, which are some 200,000 objects for good."""
UNUSED = ("rich",)
"""Of no use to any process of the service."""


def leave_out(*names: str) -> None:
    """Make ``import name`` fail from now on, in this process, unless it is loaded already."""
    for name in names:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def load_at_ease() -> None:
    """Search for cycles seldom until ``liaison.process.keep_for_good``: usual searches are a sixth of what it takes to start."""
    gc.set_threshold(LOADING)
