"""Who speaks: smoothed RFC 6464 levels, a ranking with hysteresis, and the sharing out of audio slots.

Levels are 0 (loudest) to 127 (silence), in dB below full scale. A source without levels counts as speaking all the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from signaling.sfu.core.interface import NO_LEVEL

SPEECH_LEVEL = 55  # louder (smaller) than this is speech
LEAD_DB = 6  # how much louder a newcomer must be than whom it displaces
HOLD_SECONDS = 2.0  # a speaker who falls silent keeps the place so long, unless it is needed
ATTACK, DECAY = 0.6, 0.12  # smoothing a step of 50 ms
UNKNOWN_LEVEL = 40  # what a source without levels counts as
SILENCE = 127


@dataclass(slots=True)
class Voice:
    """One microphone's recent loudness."""

    level: float = SILENCE
    spoke_at: float = -1e9
    chosen: bool = False


class SpeakerDetector:
    """Keeps the order of speakers in one room. ``places`` is how many are kept chosen."""

    def __init__(self, places: int = 4) -> None:
        self.places = places
        self.voices: dict[str, Voice] = {}
        self._order: list[str] = []

    def hear(self, source: str, packets: int, level: int, now: float) -> None:
        """What a source sent since the last call; call it for every source at every step."""
        voice = self.voices.setdefault(source, Voice())
        heard = SILENCE if not packets else UNKNOWN_LEVEL if level == NO_LEVEL else level
        voice.level += (heard - voice.level) * (ATTACK if heard < voice.level else DECAY)
        if voice.level < SPEECH_LEVEL:
            voice.spoke_at = now

    def forget(self, keep: Iterable[str]) -> None:
        """Only these sources are still there."""
        wanted = set(keep)
        for source in [s for s in self.voices if s not in wanted]:
            del self.voices[source]
        self._order = [s for s in self._order if s in wanted]

    def step(self, now: float) -> list[str]:
        """The chosen speakers, in a stable order: who is chosen stays until clearly outdone or long silent."""
        for source in [s for s in self._order if now - self.voices[s].spoke_at > HOLD_SECONDS]:
            self._drop(source)
        waiting = [s for s, v in self.voices.items() if not v.chosen and v.level < SPEECH_LEVEL]
        for source in sorted(waiting, key=lambda s: self.voices[s].level):
            if len(self._order) < self.places:
                self._take(source)
            elif not self._outdo(source):
                break
        return list(self._order)

    def _outdo(self, source: str) -> bool:
        quietest = max(self._order, key=lambda s: self.voices[s].level)
        if self.voices[quietest].level - self.voices[source].level < LEAD_DB:
            return False
        self._drop(quietest)
        self._take(source)
        return True

    def _take(self, source: str) -> None:
        self.voices[source].chosen = True
        self._order.append(source)

    def _drop(self, source: str) -> None:
        self.voices[source].chosen = False
        self._order.remove(source)

    def loudest(self) -> list[str]:
        """The chosen ones, loudest first."""
        return sorted(self._order, key=lambda s: self.voices[s].level)


def audible(candidates: Sequence[str], reserved: Sequence[str], chosen: Sequence[str], places: int) -> list[str]:
    """Whom one receiver with ``places`` audio slots hears of ``candidates`` (the room's microphones but its own).

    With room for all, all; otherwise the reserved ones, then the chosen speakers, then whoever is there, so that a slot
    already carries somebody who may begin to speak.
    """
    if len(candidates) <= places:
        return list(candidates)
    there = set(candidates)
    ordered = dict.fromkeys([*reserved, *chosen, *candidates])
    return [source for source in ordered if source in there][:places]


def seat(slots: Sequence[str], seated: Mapping[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """Put the wanted sources into slots so that nobody who stays moves; ``seated`` and the result map slot to source."""
    kept = {slot: seated[slot] for slot in slots if seated.get(slot) in wanted}
    missing = iter([source for source in wanted if source not in kept.values()])
    for slot in slots:
        if slot not in kept:
            source = next(missing, None)
            if source is None:
                break
            kept[slot] = source
    return kept
