"""Recordings in words: what an entry of the contents is, what a track holds, where a moment lies."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.services.recordings import Track

from .context import text
from .layout import endonym

SIGNS = {"agenda": "list-ol", "speaker": "mic", "vote": "check2-square", "vote_closed": "check2-all", "question": "chat-left-text"}
OUTCOMES = {"accepted": _l("Accepted"), "rejected": _l("Rejected"), "no_quorum": _l("Not valid: too few voted"),
            "cancelled": _l("Broken off")}
KINDS = {"camera": _l("Camera"), "microphone": _l("Microphone"), "screen": _l("Screen")}


def entry_words(entry: dict[str, Any]) -> str:
    """One line of the contents."""
    kind = entry["kind"]
    if kind == "agenda":
        return f"{entry['index'] + 1}. {text(entry['title'])}"
    if kind == "speaker":
        return text(entry["point"]) if entry["point"] else str(entry["name"])
    if kind == "question":
        return _("Question %(number)s: %(text)s", number=entry["number"], text=entry["text"])
    if kind == "vote_closed":
        return f"{entry['title']}: {OUTCOMES.get(entry['outcome'], entry['outcome'])}"
    return _("Vote: %(title)s", title=entry["title"])


def entry_sign(entry: dict[str, Any]) -> str:
    return SIGNS[entry["kind"]]


def track_words(track: Track) -> str:
    """What a file holds."""
    if track.language:
        return _("Interpretation: %(language)s", language=endonym(track.language))
    return str(KINDS.get(track.kind, track.kind))


def moment(seconds: float) -> str:
    """``1:02:03``, the same in every language."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


FILTERS = {"entry_words": entry_words, "entry_sign": entry_sign, "track_words": track_words, "recorded_moment": moment}
