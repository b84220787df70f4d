"""Interpretation: a channel a language, with who is on the air and who relieves. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("ky", "ru", "en")
"""Into which there may be channels."""
CHANNEL_NAMES = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}


@dataclass(frozen=True, slots=True)
class Channel:
    """``peers``: the interpreters of the channel; ``air``: whose microphone it carries; ``offered``: to whom it is being handed
    over; ``source``: the channel that is interpreted from (None: the room itself)."""

    peers: tuple[str, ...] = ()
    air: str | None = None
    offered: str | None = None
    source: str | None = None
