"""Start fast: keep libraries from loading optional companions that a process never uses.

Several libraries try an import and do without when it fails; some of those companions take longer to load than our own
code (rich for coloured tracebacks, aiohttp and requests for Socket.IO's client side, redis where none is configured).
"""

from __future__ import annotations

import sys

UNUSED = ("rich",)
"""Of no use to any process of the service."""


def leave_out(*names: str) -> None:
    """Make ``import name`` fail from now on, in this process, unless it is loaded already."""
    for name in names:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
