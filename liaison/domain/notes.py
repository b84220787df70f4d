"""Notes that several people write at once: two texts that grew out of the same one become one, and nobody's words are lost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LONGEST = 20_000
GENERAL = -1
"""The item of notes on the session as a whole."""


@dataclass(frozen=True, slots=True)
class Merged:
    """``clean``: no paragraph was changed by both; where one was, both wordings stand one after the other."""

    text: str
    clean: bool


def merge(base: str, mine: str, theirs: str) -> Merged:
    """By paragraphs. ``theirs`` was kept first and stands first."""
    before = base.split("\n")
    ours, others = _Edits.between(before, mine.split("\n")), _Edits.between(before, theirs.split("\n"))
    text: list[str] = []
    clean = True
    for index in range(len(before) + 1):
        put, put_by_others = ours.put.get(index, []), others.put.get(index, [])
        text += [*put_by_others, *(line for line in put if put != put_by_others and (not line or line not in put_by_others))]
        if index in ours.kept and index in others.kept:
            text.append(before[index])
        elif index in ours.taken and index in others.taken and before[index]:
            clean = clean and (not put or not put_by_others or put == put_by_others)
    return Merged("\n".join(text), clean)


@dataclass(frozen=True, slots=True)
class _Edits:
    """What was done to a text: paragraphs ``kept`` and ``taken`` away by their index, those ``put`` in before an index."""

    kept: frozenset[int]
    taken: frozenset[int]
    put: dict[int, list[str]]

    @classmethod
    def between(cls, base: Sequence[str], changed: Sequence[str]) -> _Edits:
        steps = SequenceMatcher(None, base, changed, autojunk=False).get_opcodes()
        kept = frozenset(index for tag, start, end, _from, _to in steps if tag == "equal" for index in range(start, end))
        put = {start: list(changed[first:last]) for tag, start, _end, first, last in steps if tag != "equal" and last > first}
        return cls(kept, frozenset(range(len(base))) - kept, put)
