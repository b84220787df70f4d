"""ICE-lite (RFC 8445 section 2.5): answers binding requests, never asks. STUN (RFC 8489) through aioice."""

from __future__ import annotations

import secrets
import string
import struct
from dataclasses import dataclass

from aioice import stun

_ALPHABET = string.ascii_letters + string.digits
_MAGIC = b"\x21\x12\xa4\x42"
_BINDING_REQUEST = b"\x00\x01"
_USERNAME = 0x0006


@dataclass(frozen=True, slots=True)
class Credentials:
    """The local half of a connection's ICE credentials."""

    ufrag: str
    password: str

    @classmethod
    def new(cls) -> Credentials:
        """Unguessable ones: 8 and 24 letters and digits (RFC 8445 section 5.3 asks for 24 and 128 bits)."""
        letters = [secrets.choice(_ALPHABET) for _ in range(32)]
        return cls("".join(letters[:8]), "".join(letters[8:]))


def requested_ufrag(data: bytes) -> str | None:
    """Whose connection a binding request is for, read cheaply; None for everything that is no such request."""
    if len(data) < 28 or data[:2] != _BINDING_REQUEST or data[4:8] != _MAGIC or len(data) & 3:
        return None
    at = 20
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        if kind == _USERNAME:
            name = data[at + 4 : at + 4 + length].partition(b":")[0]
            return name.decode("ascii", "replace")
        at += 4 + length + (-length & 3)
    return None


@dataclass(frozen=True, slots=True)
class Check:
    """An authentic connectivity check: the answer to send, and whether the client chose this pair."""

    answer: bytes
    nominated: bool


def check(data: bytes, password: str, host: str, port: int) -> Check | None:
    """Verify a binding request from ``host:port`` with our password; None when it is malformed or not authentic."""
    key = password.encode()
    try:
        request = stun.parse_message(data)
        if not request.check_message_integrity(key):
            return None
    except (ValueError, struct.error, KeyError, IndexError, UnicodeDecodeError):
        return None
    answer = stun.Message(
        stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id, {"XOR-MAPPED-ADDRESS": (host, port)}
    )
    answer.add_message_integrity(key)
    return Check(bytes(answer), "USE-CANDIDATE" in request.attributes)
