"""Refuses every network address but the machine's own: a unit test that reaches for the network fails at once."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from collections.abc import Iterator
from typing import Any

_LOCAL_NAMES = {"", "localhost", "0.0.0.0", "::"}
_active = False
_installed = False


class NetworkRefused(RuntimeError):
    """A test tried to reach another machine."""


def is_local(host: object) -> bool:
    """Whether a host, as given to a socket call, is this machine."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active or not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise NetworkRefused(f"tests do not reach the network: {event} {address!r}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not is_local(arguments[0]):
        raise NetworkRefused(f"tests do not reach the network: {event} {arguments[0]!r}")


@contextlib.contextmanager
def only_loopback() -> Iterator[None]:
    """Within this block (of this process) only loopback addresses and UNIX sockets can be reached."""
    global _active, _installed
    if not _installed:
        sys.addaudithook(_hook)  # cannot be removed, hence the switch
        _installed = True
    before, _active = _active, True
    try:
        yield
    finally:
        _active = before
