"""Opaque identifiers: lower-case UUIDv7 strings (RFC 9562, section 5.7), sortable by time of making."""

from __future__ import annotations

from uuid6 import uuid7


def new_id() -> str:
    return str(uuid7())
