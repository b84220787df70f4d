"""The agenda: numbered items with planned lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .text import texts_errors

MOST_ITEMS = 100
LONGEST_ITEM_MINUTES = 720
LONGEST_TITLE = 500
ANY_LANGUAGE = ""
"""The key of a title that was given as a plain string."""


@dataclass(frozen=True)
class AgendaEntry:
    """One topic: its title by language (``""`` for a plain string) and its planned length."""

    title: dict[str, str] = field(default_factory=dict)
    minutes: int = 0

    @property
    def plain_or_texts(self) -> str | dict[str, str]:
        """As it was given: a plain string or texts by language."""
        return self.title[ANY_LANGUAGE] if set(self.title) == {ANY_LANGUAGE} else self.title


def entry(title: str | dict[str, str], minutes: int) -> AgendaEntry:
    """An item from what a person or program hands in."""
    return AgendaEntry({ANY_LANGUAGE: title} if isinstance(title, str) else dict(title), minutes)


def planned_minutes(items: Iterable[AgendaEntry]) -> int:
    """What the items take together."""
    return sum(item.minutes for item in items)


def agenda_errors(items: Sequence[AgendaEntry], languages: Iterable[str]) -> list[dict[str, str]]:
    """Everything wrong with an agenda, by field."""
    if len(items) > MOST_ITEMS:
        return [{"field": "agenda", "message": "There are too many agenda items."}]
    known = (*languages, ANY_LANGUAGE)
    errors: list[dict[str, str]] = []
    for index, item in enumerate(items):
        where = f"agenda.{index}"
        if not any(text.strip() for text in item.title.values()):
            errors.append({"field": f"{where}.title", "message": "Give a title."})
        errors += texts_errors(f"{where}.title", item.title, known, LONGEST_TITLE)
        if not 1 <= item.minutes <= LONGEST_ITEM_MINUTES:
            errors.append({"field": f"{where}.minutes", "message": "Give between 1 and 720 minutes."})
    return errors
