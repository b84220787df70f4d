"""Addresses of TURN servers (RFC 7065), as ``LIAISON_TURN_URL`` names them and browsers take them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"(?P<scheme>turns?):(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>\d{1,5}))?"
                   r"(?:\?transport=(?P<transport>udp|tcp))?", re.I | re.A)
_HELP = "write turn:host:3478?transport=udp, turn:host:3478?transport=tcp or turns:host:443?transport=tcp, several with commas"


@dataclass(frozen=True)
class TurnAddress:
    """One way to a TURN server: ``transport`` is ``udp`` or ``tcp``, ``tls`` only over TCP."""

    url: str
    host: str
    port: int
    transport: str
    tls: bool


def turn_addresses(text: str) -> list[TurnAddress]:
    """The addresses in a list with commas; raises ValueError with a sentence that names the wrong one."""
    return [_address(part.strip()) for part in text.split(",") if part.strip()]


def _address(url: str) -> TurnAddress:
    found = _FORM.fullmatch(url)
    if found is None or not 0 < int(found["port"] or 1) <= 65535:
        raise ValueError(f"{url} is no address of a TURN server: {_HELP}")
    tls = found["scheme"].lower() == "turns"
    transport = (found["transport"] or ("tcp" if tls else "udp")).lower()
    if tls and transport == "udp":
        raise ValueError(f"{url} asks for TLS over UDP, which browsers do not speak: {_HELP}")
    port = int(found["port"] or (5349 if tls else 3478))
    return TurnAddress(url, found["host"].strip("[]"), port, transport, tls)
