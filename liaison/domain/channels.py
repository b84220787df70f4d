"""Over which channels a person hears, and in what form their addresses are kept. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..i18n import N_
from .words import Channel

RINGING = (Channel.SMS, Channel.TELEGRAM, Channel.WEB_PUSH)
"""In this order; e-mail waits in its box until it is read."""
COUNTRY = "996"
NATIONAL_DIGITS = 9
_SEPARATORS = re.compile(r"[\s().\-‐-―/]+")
_E164 = re.compile(r"[1-9][0-9]{7,14}")


def choose_channels(has_email: bool, wants_email: bool, linked: Collection[Channel]) -> tuple[Channel, ...]:
    """Every channel linked, and e-mail where it is wanted or nothing else is left: whoever can be reached is told."""
    others = tuple(channel for channel in RINGING if channel in linked)
    return (Channel.EMAIL, *others) if has_email and (wants_email or not others) else others


def stem_of(contact: str) -> str:
    """What all spellings of one way to a person have in common: of a mail address neither capitals nor what follows a plus (RFC 5233),
    of a telephone its full form."""
    if "@" in contact:
        box, _, host = contact.strip().rpartition("@")
        return f"{box.partition('+')[0]}@{host}".casefold()
    try:
        return normal_phone(contact)
    except ValueError:
        return contact.strip()


def normal_phone(text: str) -> str:
    """A telephone number in E.164 (ITU-T), the country's own by default: "0555 12-34-56" is "+996555123456". ValueError: a msgid."""
    given = _SEPARATORS.sub("", text)
    plus, digits = given.startswith("+"), given.removeprefix("+")
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if not plus and digits.startswith("0"):
        digits = digits[1:]
    if not plus and len(digits) == NATIONAL_DIGITS:
        digits = COUNTRY + digits
    elif not plus and not (digits.startswith(COUNTRY) and len(digits) == len(COUNTRY) + NATIONAL_DIGITS):
        raise ValueError(N_("Give a telephone number such as +996 555 123 456."))
    wrong_length = digits.startswith(COUNTRY) and len(digits) != len(COUNTRY) + NATIONAL_DIGITS
    if not (digits.isascii() and _E164.fullmatch(digits)) or wrong_length:
        raise ValueError(N_("Give a telephone number such as +996 555 123 456."))
    return f"+{digits}"
