"""The worker's one UDP socket, and what of this machine is announced to clients."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

import psutil

BUFFER = 8 << 20  # octets; what arrives while the process does something else
_V4, _V6 = struct.Struct("=H2s4s8x"), struct.Struct("=H2s4x16s4x")
_MAPPED = bytes(10) + b"\xff\xff"


def bind(host: str, port: int) -> socket.socket:
    """A non-blocking UDP socket; ``::`` takes IPv4 and IPv6, an empty host means 0.0.0.0. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for force, plain in ((33, socket.SO_RCVBUF), (32, socket.SO_SNDBUF)):  # SO_RCVBUFFORCE, SO_SNDBUFFORCE
            try:
                sock.setsockopt(socket.SOL_SOCKET, force, BUFFER)
            except PermissionError:
                # without privilege the system's limit applies; `liaison doctor` tells how to raise it
                sock.setsockopt(socket.SOL_SOCKET, plain, BUFFER)
        sock.bind((host or "0.0.0.0", port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def name_length(sock: socket.socket) -> int:
    """Octets of the kernel's address structure for this socket."""
    return 28 if sock.family == socket.AF_INET6 else 16


def unpack_address(raw: bytes) -> tuple[str, int]:
    """(host, port) of a sockaddr; an IPv4 client of an IPv6 socket is told as IPv4."""
    if len(raw) == 16:
        _, port, host = _V4.unpack(raw)
        return socket.inet_ntoa(host), int.from_bytes(port, "big")
    _, port, host = _V6.unpack(raw)
    if host.startswith(_MAPPED):
        return socket.inet_ntoa(host[12:]), int.from_bytes(port, "big")
    return socket.inet_ntop(socket.AF_INET6, host), int.from_bytes(port, "big")


def pack_address(host: str, port: int, family: int) -> bytes:
    """The sockaddr of (host, port) for a socket of the family."""
    number = port.to_bytes(2, "big")
    if family == socket.AF_INET:
        return _V4.pack(socket.AF_INET, number, socket.inet_aton(host))
    raw = socket.inet_pton(socket.AF_INET6, host) if ":" in host else _MAPPED + socket.inet_aton(host)
    return _V6.pack(socket.AF_INET6, number, raw)


def announced(bind_host: str, port: int, hosts: Sequence[str], worker: int = 0) -> list[tuple[str, int]]:
    """What clients are told to send to: the configured ``host`` or ``host:port``, else this machine's addresses.

    A configured port belongs to the first worker; the next ones follow it.
    """
    if hosts:
        return [(_resolve(host), at + worker if at else port) for host, at in map(_split, hosts)]
    if bind_host not in ("", "0.0.0.0", "::"):
        return [(bind_host, port)]
    found = machine_addresses(with_v6=bind_host == "::")
    return [(host, port) for host in [*found, "127.0.0.1"]]


def machine_addresses(with_v6: bool) -> list[str]:
    """The addresses of this machine that others can reach: no loopback, no link-local ones."""
    v4, v6 = [], []
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            host = address.address.split("%")[0]
            if address.family == socket.AF_INET and not host.startswith(("127.", "169.254.")):
                v4.append(host)
            elif address.family == socket.AF_INET6 and host != "::1" and not host.lower().startswith("fe80"):
                v6.append(host)
    return v4 + (v6 if with_v6 else [])


def _split(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:] or 0)
    if text.count(":") == 1:
        host, _, rest = text.partition(":")
        return host, int(rest)
    return text, 0


def _resolve(host: str) -> str:
    """The address of a host name (clients are not asked to resolve names); raises OSError when there is none."""
    return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
