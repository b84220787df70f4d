"""Addresses and keys of other sites to which a broadcast is handed on. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 300
"""Of an address, and of a key."""


def is_address(text: str) -> bool:
    """An address over RTMP without a name and password in it."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("rtmp", "rtmps") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False
    return fine and len(text) <= LONGEST and _plain(text)


def is_key(text: str) -> bool:
    return 0 < len(text) <= LONGEST and _plain(text)


def joined(address: str, key: str) -> str:
    """What is opened."""
    return f"{address.rstrip('/')}/{key}"


def _plain(text: str) -> bool:
    """FFmpeg takes blanks in an address for its own options."""
    return text.isascii() and text.isprintable() and not any(sign in text for sign in " \"'\\")
