"""The figures of a connection over a session, or over several: how many minutes of which quality, means and worsts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .link_quality import RANKS, verdict
from .words import Quality


@dataclass(frozen=True)
class Figures:
    """None: not known. Losses and ``concealed`` are shares, bitrates in bit/s; ``relayed`` counts minutes over a TURN server."""

    minutes: int
    good: int
    fair: int
    poor: int
    up_loss: float | None = None
    down_loss: float | None = None
    loss_worst: float | None = None
    rtt_ms: float | None = None
    rtt_ms_worst: float | None = None
    jitter_ms: float | None = None
    up_bitrate: float | None = None
    down_bitrate: float | None = None
    concealed: float | None = None
    freezes: int = 0
    frozen_ms: int = 0
    relayed: int = 0

    @property
    def word(self) -> Quality | None:
        return verdict(self.good, self.fair, self.poor)

    @property
    def loss(self) -> float | None:
        """The worse of both directions."""
        return _worst(self.up_loss, self.down_loss)

    @property
    def detour(self) -> bool:
        """Whether most of it went over a TURN server."""
        return self.relayed * 2 > self.minutes

    @property
    def severity(self) -> tuple[float, ...]:
        """Sorts: the larger, the worse."""
        weak = (self.poor + self.fair / 2) / self.minutes if self.minutes else 0.0
        return (RANKS[self.word] if self.word else -1, weak, self.loss or 0.0, self.rtt_ms or 0.0)


MEANS = ("up_loss", "down_loss", "rtt_ms", "jitter_ms", "up_bitrate", "down_bitrate", "concealed")
COUNTS = ("minutes", "good", "fair", "poor", "freezes", "frozen_ms", "relayed")
WORSTS = ("loss_worst", "rtt_ms_worst")


def combine(parts: Sequence[Figures]) -> Figures:
    """Several sessions as one: means weighed by minutes."""
    counts: dict[str, Any] = {name: sum(getattr(part, name) for part in parts) for name in COUNTS}
    means: dict[str, Any] = {name: _mean(parts, _getter(name)) for name in MEANS}
    worsts: dict[str, Any] = {name: _worst(*(getattr(part, name) for part in parts)) for name in WORSTS}
    return Figures(**counts, **means, **worsts)


def _getter(name: str) -> Callable[[Figures], float | None]:
    return lambda part: getattr(part, name)


def _mean(parts: Sequence[Figures], value: Callable[[Figures], float | None]) -> float | None:
    known = [(found, part.minutes) for part in parts if (found := value(part)) is not None]
    weight = sum(minutes for _, minutes in known)
    return sum(found * minutes for found, minutes in known) / weight if weight else None


def _worst(*values: float | None) -> float | None:
    return max((value for value in values if value is not None), default=None)
