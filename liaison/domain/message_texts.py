"""The office's own words in messages: which kinds and parts there are, what may stand in them, and how they are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..i18n import N_
from .text import text_error
from .words import OutboxKind


class Part(StrEnum):
    """What the office may word anew; the facts of a message always stand below."""

    SUBJECT = "subject"
    INTRO = "intro"


LONGEST = {Part.SUBJECT: 200, Part.INTRO: 1000}
ALWAYS = ("network", "name")
OF_SESSIONS = (*ALWAYS, "title", "number", "starts", "when", "points", "chair")
OF_SERIES = (*ALWAYS, "title", "rule", "points", "chair")
KINDS: dict[OutboxKind, tuple[str, ...]] = {
    OutboxKind.INVITATION: OF_SESSIONS,
    OutboxKind.UPDATE: OF_SESSIONS,
    OutboxKind.CANCELLATION: (*OF_SESSIONS, "reason"),
    OutboxKind.REMINDER: OF_SESSIONS,
    OutboxKind.ANSWER_NOTICE: (*OF_SESSIONS, "reason"),
    OutboxKind.CHASE: OF_SESSIONS,
    OutboxKind.SERIES_INVITATION: OF_SERIES,
    OutboxKind.SERIES_UPDATE: OF_SERIES,
    OutboxKind.SERIES_CANCELLATION: (*OF_SERIES, "reason"),
    OutboxKind.SERIES_GAPS: OF_SERIES,
    OutboxKind.POLL: (*ALWAYS, "title"),
    OutboxKind.POLL_REMINDER: (*ALWAYS, "title"),
    OutboxKind.REQUEST_NOTICE: (*ALWAYS, "title"),
    OutboxKind.HELP_CALL: (*ALWAYS, "title"),
    OutboxKind.QUESTION_NOTICE: (*ALWAYS, "title"),
    OutboxKind.SEAT_NOTICE: (*ALWAYS, "title", "when"),
    OutboxKind.WATCH_REMINDER: (*ALWAYS, "title", "when"),
    OutboxKind.WELCOME: (*ALWAYS, "account"),
    OutboxKind.PASSWORD_RESET: (*ALWAYS, "account"),
}
"""The kinds that can be worded anew, and the places that each may hold: ``{title}`` …"""
_PLACE = re.compile(r"\{([^{}\n]*)\}")


def text_errors(kind: str, part: str, text: str) -> list[dict[str, Any]]:
    """Everything that is wrong with one text; an empty one is wrong too (there is a way back to the product's words)."""
    if kind not in KINDS or part not in set(Part):
        return [{"field": "kind", "message": N_("There is no such message.")}]
    if not text.strip():
        return [{"field": "text", "message": N_("Write a text, or go back to the usual one.")}]
    if wrong := text_error(text, LONGEST[Part(part)]):
        return [{"field": "text", "message": wrong}]
    if part == Part.SUBJECT and len(text.splitlines()) > 1:
        return [{"field": "text", "message": N_("A subject is one line.")}]
    return _place_errors(text, KINDS[OutboxKind(kind)])


def _place_errors(text: str, known: tuple[str, ...]) -> list[dict[str, Any]]:
    unknown = [name for name in _PLACE.findall(text) if name not in known]
    if unknown:
        return [{"field": "text", "message": N_("There is no place {%(place)s} in this message."), "place": unknown[0]}]
    if re.search(r"[{}]", _PLACE.sub("", text)):
        return [{"field": "text", "message": N_("A brace stands alone; places are written like {title}.")}]
    return []


def filled(text: str, facts: Mapping[str, Any]) -> str:
    """The text with its places filled, from facts alone: nothing in a fact is read as a place again."""
    return _PLACE.sub(lambda match: _words(facts.get(match[1], "")), text)


def _words(value: Any) -> str:
    """A list of points by their names; everything else as it is."""
    return ", ".join(str(item["name"]) for item in value) if isinstance(value, list | tuple) else str(value)
