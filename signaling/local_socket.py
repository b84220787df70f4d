"""Local sockets whose path may be longer than the 107 octets that the kernel's address structure holds."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 100


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for the path that is short enough: through the folder's descriptor when need be."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A listening socket that only this user may open; what an earlier process left is removed. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, kind)
    before = os.umask(0o177)
    try:
        with _short(path) as name:
            made.bind(name)
        made.listen(64)
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    made.setblocking(False)
    return made


def connect(path: Path, timeout_seconds: float, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A connection to the process that listens there. Raises OSError."""
    made = socket.socket(socket.AF_UNIX, kind)
    made.settimeout(timeout_seconds)
    try:
        with _short(path) as name:
            made.connect(name)
    except OSError:
        made.close()
        raise
    return made
