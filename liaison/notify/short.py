"""A letter in a few words: for a telephone's screen."""

from __future__ import annotations

from dataclasses import dataclass

from ..i18n import translator
from ..services.notifier import Letter
from .sender import Sender
from .wording import word_facts

LONGEST_TITLE = 180


@dataclass(frozen=True)
class ShortWords:
    """``title`` says it all; ``lines`` add what a chat has room for; ``url`` is where to answer or look."""

    title: str
    lines: tuple[str, ...]
    url: str


def short_words(letter: Letter, sender: Sender) -> ShortWords:
    facts, subject = word_facts(letter, sender.network, sender.base_url)
    _ = translator(letter.language)
    title = subject if len(subject) <= LONGEST_TITLE else subject[:LONGEST_TITLE - 1].rstrip() + "…"
    labelled = ((_("When"), facts.get("when")), (_("Was planned for"), facts.get("before")), (_("Reason"), facts.get("reason")))
    names = "; ".join(point["name"] for point in facts["points"])
    lines = [f"{label}: {value}" for label, value in labelled if value]
    url = next((point["url"] for point in facts["points"] if point["url"]), "") or facts["session_url"] or facts["url"]
    return ShortWords(title, (*lines, *([names] if names else [])), url)
