"""Sound of a broadcast: every microphone on one line of time, and each interpreter's channel over the original. 48 kHz, one channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
KEPT_S = 8
TOGETHER = RATE // 20
"""Samples: a frame so near to the end of the one before goes on there, for its time is told by reports and not to the sample."""
UNDERNEATH = 0.15
"""How loud the original stays under an interpreter."""

Samples = NDArray[np.int16]


class Line:
    """A line of time to which anybody's samples are added, and from which blocks are taken in order."""

    def __init__(self) -> None:
        self._ring = np.zeros(KEPT_S * RATE, np.int32)
        self._taken_to: int | None = None
        self._ends: dict[str, int] = {}

    def add(self, who: str, at: float, samples: Samples) -> None:
        """``at``: POSIX seconds of the first sample. What comes too late, or far too early, is left out."""
        first = round(at * RATE)
        end = self._ends.get(who)
        if end is not None and abs(first - end) < TOGETHER:
            first = end
        start = first if self._taken_to is None else max(first, self._taken_to)
        samples = samples[start - first:] if start > first else samples
        if self._taken_to is None or first + len(samples) > self._taken_to + len(self._ring) - RATE:
            return
        self._ends[who] = start + len(samples)
        places = np.arange(start, start + len(samples)) % len(self._ring)
        self._ring[places] += samples

    def take(self, at: float, count: int) -> NDArray[np.int32]:
        """``count`` samples from a moment on; silence where nobody was heard. Moments only go forward."""
        first = round(at * RATE)
        places = np.arange(first, first + count) % len(self._ring)
        block: NDArray[np.int32] = self._ring[places].copy()
        self._forget(first + count)
        return block

    def _forget(self, to: int) -> None:
        known = self._taken_to if self._taken_to is not None else to - len(self._ring)
        gone = np.arange(max(known, to - len(self._ring)), to) % len(self._ring)
        self._ring[gone] = 0
        self._taken_to = to

    def clear(self) -> None:
        """Nothing that was said so far is heard any more."""
        self._ring[:] = 0
        self._ends.clear()


class Mixer:
    """The original, and a line for each language."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._original = Line()
        self._channels = {language: Line() for language in languages}

    def add(self, who: str, channel: str | None, at: float, samples: Samples) -> None:
        line = self._original if channel is None else self._channels.get(channel)
        if line is not None:
            line.add(who, at, samples)

    def take(self, at: float, count: int, interpreted: tuple[str, ...]) -> dict[str | None, Samples]:
        """The block of each track by language (None: the original). A language without an interpreter is the original."""
        original = self._original.take(at, count)
        heard = {language: line.take(at, count) for language, line in self._channels.items()}
        tracks: dict[str | None, Samples] = {None: _limited(original)}
        for language, block in heard.items():
            over = (original * UNDERNEATH).astype(np.int32) + block
            tracks[language] = _limited(over) if language in interpreted else tracks[None]
        return tracks

    def clear(self) -> None:
        for line in (self._original, *self._channels.values()):
            line.clear()


def _limited(block: NDArray[np.int32]) -> Samples:
    return np.clip(block, -32_768, 32_767).astype(np.int16)
