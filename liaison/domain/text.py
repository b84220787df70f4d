"""What text people may hand in: every character must be storable in both databases and printable."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from liaison.i18n import N_

_ALLOWED_CONTROLS = "\n\r\t"


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
