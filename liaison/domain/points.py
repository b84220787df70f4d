"""Rules about points: finding one by what people call it, and its contact data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

LINK_PROFILES = ("normal", "thin", "audio")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*")


def matches(query: str, slug: str, name: Mapping[str, str], seat: Mapping[str, str], others: Iterable[str]) -> bool:
    """Whether every word of ``query`` occurs in one of the names, in any language; an empty query matches all."""
    haystack = " ".join((slug, *name.values(), *seat.values(), *others)).casefold()
    return all(word in haystack for word in query.casefold().split())


def valid_email(address: str) -> bool:
    """Checked for form only (RFC 5321 lengths); whether it exists shows when mail is sent."""
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None
