"""How good a connection is: the word for a moment, a minute, a session; and what was seen every few seconds folded into a minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .words import Quality

POOR_LOSS, FAIR_LOSS = 0.08, 0.025  # the same as in web/static/js/room/quality.js
POOR_TRIP_MS, FAIR_TRIP_MS = 900, 350
ENOUGH = 0.2  # the share of weak minutes from which on a session counts as weak
RANKS = {Quality.GOOD: 0, Quality.FAIR: 1, Quality.POOR: 2}
WORDS = tuple(RANKS)

MEASURES = ("up_loss", "up_jitter_ms", "up_bitrate", "down_loss", "down_jitter_ms", "down_bitrate", "rtt_ms", "concealed")
"""What is kept of a minute as its mean and, under ``<name>_worst``, its worst."""
SUMS = ("freezes", "frozen_ms")
"""What is added up."""
LESS_IS_WORSE = frozenset({"up_bitrate", "down_bitrate"})


def grade(loss: float, rtt_ms: float) -> Quality:
    """The word for a moment. ``loss`` is 0…1."""
    if loss > POOR_LOSS or rtt_ms > POOR_TRIP_MS:
        return Quality.POOR
    return Quality.FAIR if loss > FAIR_LOSS or rtt_ms > FAIR_TRIP_MS else Quality.GOOD


def overall(words: Iterable[Quality]) -> Quality:
    """The word for a minute: its mean, so that one weak moment among many does not name the whole."""
    ranks = [RANKS[word] for word in words]
    return WORDS[int(sum(ranks) / len(ranks) + 0.5)] if ranks else Quality.GOOD


def verdict(good: int, fair: int, poor: int) -> Quality | None:
    """The word for a session of so many minutes; None when there are none."""
    whole = good + fair + poor
    if not whole:
        return None
    if poor / whole >= ENOUGH:
        return Quality.POOR
    return Quality.FAIR if (fair + poor) / whole >= ENOUGH else Quality.GOOD


@dataclass(slots=True)
class Minute:
    """A point's minute in a room, collected from what each of its devices told or showed."""

    words: list[Quality] = field(default_factory=list)
    seen: dict[str, list[float]] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMS, 0))
    transports: dict[str, int] = field(default_factory=dict)

    def add(self, look: Mapping[str, Any]) -> None:
        """One look at one device: any of MEASURES and SUMS, and ``quality``, ``transport``; what is None was not known."""
        for name in MEASURES:
            if look.get(name) is not None:
                self.seen.setdefault(name, []).append(float(look[name]))
        for name in SUMS:
            self.sums[name] += int(look.get(name) or 0)
        self.words.append(_word(look))
        if look.get("transport"):
            self.transports[look["transport"]] = self.transports.get(look["transport"], 0) + 1

    def row(self) -> dict[str, Any]:
        """What is kept."""
        kept: dict[str, Any] = {"quality": str(overall(self.words)), **self.sums}
        kept["transport"] = max(self.transports, key=lambda name: self.transports[name], default="")
        for name in MEASURES:
            values = self.seen.get(name)
            worst = min if name in LESS_IS_WORSE else max
            kept[name] = round(sum(values) / len(values), 4) if values else None
            kept[f"{name}_worst"] = round(worst(values), 4) if values else None
        return kept


def _word(look: Mapping[str, Any]) -> Quality:
    """What the device says of itself; of one that says nothing (an encoder), what its figures say."""
    told = look.get("quality")
    if told is not None:
        return Quality(told)
    loss = max(look.get("up_loss") or 0.0, look.get("down_loss") or 0.0)
    return grade(loss, look.get("rtt_ms") or 0.0)
