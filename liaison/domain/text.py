"""What text people may hand in: every character must be storable in both databases and printable."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from liaison.i18n import N_

_ALLOWED_CONTROLS = "\n\r\t"


_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
MOST_MARKS = 4
"""So many marks may stand on one letter; no language has more, and a hundred of them cover the lines around."""


def plain(text: str) -> str:
    """What a stranger has typed, without signs that turn the lines around it (Unicode, UAX #9) and without towers of marks."""
    kept, marks = [], 0
    for char in text.translate(_TURNS):
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def storable(text: str) -> bool:
    """False for NUL, other control characters and lone surrogates: PostgreSQL refuses them, mail and PDF cannot show them."""
    return all(char in _ALLOWED_CONTROLS or unicodedata.category(char) not in ("Cc", "Cs") for char in text)


def text_error(text: str, longest: int) -> str | None:
    """The msgid of what is wrong with one text, or None."""
    if len(text) > longest:
        return N_("This is too long.")
    if not storable(text):
        return N_("This holds a character that cannot be kept.")
    return None


def texts_errors(field: str, texts: Mapping[str, str], languages: Iterable[str], longest: int) -> list[dict[str, str]]:
    """Errors of a text by language: an unknown language, too long, unstorable."""
    errors, known = [], frozenset(languages)
    for code, text in texts.items():
        message = text_error(text, longest)
        if code not in known:
            message = N_("This language is not one of the network's.")
        if message:
            errors.append({"field": f"{field}.{code}", "message": message})
    return errors
