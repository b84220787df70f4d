"""Check the translation catalogues (part of ``make lint``): complete, certain, with the same placeholders, in their own words.

Fails on a text of the source that is not in a catalogue and the other way round, on a missing or fuzzy translation, on
placeholders that differ, on Kyrgyz or Russian text that equals the English or holds Latin letters outside
``tools/i18n_allow.txt``, and on Kyrgyz text that equals the Russian and is not named there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from tools.update_catalogues import LANGUAGES, collect, read_catalogue

ALLOWED = Path(__file__).resolve().parent / "i18n_allow.txt"
# Filled in by Python (%(name)s) and by scripts in the browser ({name}).
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
COMMAND = re.compile(r"`[^`]*`")
LATIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9:.-]*")


@dataclass(frozen=True)
class Allowed:
    """Words in Latin letters, and texts that are the same in several languages."""

    latin: frozenset[str]
    same: frozenset[str]


def read_allowed(path: Path = ALLOWED) -> Allowed:
    """The sections [latin] and [same], one entry a line, # begins a comment."""
    sections: dict[str, set[str]] = {"latin": set(), "same": set()}
    current = "latin"
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = line.strip()
        if entry.startswith("[") and entry.endswith("]"):
            current = entry[1:-1]
        elif entry and not entry.startswith("#"):
            sections[current].add(entry)
    return Allowed(frozenset(sections["latin"]), frozenset(sections["same"]))


def problems(template: Catalog, catalogues: Mapping[str, Catalog], allowed: Allowed) -> Iterator[str]:
    """Everything wrong, one sentence each, beginning with the language."""
    for language, catalogue in catalogues.items():
        known = {message.id: message for message in catalogue if message.id}
        wanted = {message.id for message in template if message.id}
        yield from (f"{language}: not in the catalogue: {_shown(key)}" for key in wanted - known.keys())
        yield from (f"{language}: no longer in the source: {_shown(key)}" for key in known.keys() - wanted)
        yield from (f"{language}: {wrong}: {_shown(key)}" for key, message in known.items() if key in wanted
                    for wrong in _of_message(message, allowed))
    yield from _same_words(catalogues, allowed)


def _shown(key: str | tuple[str, ...] | list[str]) -> str:
    return repr(key if isinstance(key, str) else key[0])


def _texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value or ""] if value is None or isinstance(value, str) else list(value)


def _of_message(message: Message, allowed: Allowed) -> Iterator[str]:
    english, own = _texts(message.id), _texts(message.string)
    if message.fuzzy:
        yield "marked fuzzy"
    if not all(own):
        yield "not translated"
        return
    placeholders = sorted(PLACEHOLDER.findall(english[-1]))
    for text in own:
        if sorted(PLACEHOLDER.findall(text)) != placeholders:
            yield f"other placeholders in {text!r}"
        if text in english and text not in allowed.same:
            yield "the same as in English"
        strange = latin_words(text) - allowed.latin
        if strange:
            yield f"Latin letters in {text!r}: {', '.join(sorted(strange))}"


def latin_words(text: str) -> frozenset[str]:
    """Words with Latin letters outside placeholders and `commands`."""
    plain = PLACEHOLDER.sub(" ", COMMAND.sub(" ", text))
    return frozenset(word for found in LATIN.findall(plain) if re.search("[A-Za-z]", word := found.rstrip(".:-")))


def _same_words(catalogues: Mapping[str, Catalog], allowed: Allowed) -> Iterator[str]:
    """Kyrgyz is not filled up with Russian: loan words that are right in both stand in the list."""
    kyrgyz, russian = catalogues.get("ky"), catalogues.get("ru")
    for message in kyrgyz or ():
        other = russian.get(message.id) if russian is not None and message.id else None
        if other is not None and message.string and message.string == other.string and message.string not in allowed.same:
            yield f"ky: the same as in Russian: {_shown(message.string)}"


def main() -> int:
    catalogues = {language: read_catalogue(language) for language in LANGUAGES}
    found = sorted(problems(collect(), catalogues, read_allowed()))
    print("\n".join(found) or f"{len(catalogues['ky'])} texts, each in {len(LANGUAGES) + 1} languages.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
