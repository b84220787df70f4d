"""Where calendar programs send their answers: an address of ours that only the person invited has been told.

``LIAISON_REPLY_ADDRESS=answers+{token}@example.org`` makes one address a person (RFC 5233 subaddressing), so that a forged
answer fails without reading mail signatures. Without ``{token}`` an answer must come From the address that it answers for.
"""

from __future__ import annotations

import hashlib
import hmac

from ..config import Settings
from ..secret import derived_key

MARK = "{token}"
TOKEN_LETTERS = 20
"""80 bits in hexadecimal: lower case, since mail servers may fold a local part."""


def reply_address(settings: Settings, invited: str) -> str:
    """The ORGANIZER address in the invitation to ``invited``; "" where none is set (then the sender's own stands)."""
    return settings.reply_address.replace(MARK, _token(settings, invited))


def comes_from(settings: Settings, invited: str, from_address: str, sent_to: tuple[str, ...]) -> bool:
    """Whether a mail is an answer of ``invited`` itself, as far as its addresses can prove it."""
    if MARK in settings.reply_address:
        wanted = reply_address(settings, invited).lower().encode()
        return any(hmac.compare_digest(wanted, address.encode()) for address in sent_to)
    return from_address == invited


def _token(settings: Settings, invited: str) -> str:
    return hmac.new(derived_key(settings, "reply"), invited.lower().encode(), hashlib.sha256).hexdigest()[:TOKEN_LETTERS]
