"""A voice-like tone: vowels as sums of harmonics under formants, in syllables and phrases. Nobody's words, pleasant and low."""

from __future__ import annotations

import math
from array import array
from random import Random

RATE = 48_000
SECONDS = 6
PEAK = 3400  # of 32767: about -20 dB
LOUDNESS = (0.2, 0.5, 0.8, 1.0)
VOWELS: tuple[tuple[tuple[int, float], ...], ...] = (  # formants in Hz and their strength: a, o, e, i, u
    ((730, 1.0), (1090, 0.5), (2440, 0.1)), ((570, 1.0), (840, 0.4), (2410, 0.06)), ((530, 1.0), (1840, 0.3), (2480, 0.12)),
    ((300, 1.0), (2290, 0.2), (3010, 0.1)), ((320, 1.0), (870, 0.25), (2240, 0.04)),
)


def speech(seed: int) -> array[int]:
    """Six seconds of one speaker's babble as 16-bit samples at 48 kHz; ``seed`` gives pitch and rhythm."""
    chance, pitch = Random(seed), 105.0 + 22.0 * (seed % 6)
    pitches = [pitch * (1.12 - 0.06 * step) for step in range(4)]  # a phrase falls
    periods = [[_period(vowel, height) for vowel in VOWELS] for height in pitches]
    samples = array("h")
    while len(samples) < RATE * SECONDS:
        for syllable in range(chance.randint(5, 9)):
            _say(samples, chance.choice(periods[min(3, syllable // 2)]), chance.uniform(0.13, 0.24))
            samples.extend([0] * round(chance.uniform(0.01, 0.05) * RATE))
        samples.extend([0] * round(chance.uniform(0.25, 0.45) * RATE))
    return samples[:RATE * SECONDS]


def _period(formants: tuple[tuple[int, float], ...], pitch: float) -> list[array[int]]:
    """One period in rising loudness: harmonics with the strength that the formants give them. It begins and ends at zero."""
    strengths = [sum(weight / (1 + ((n * pitch - centre) / 110) ** 2) for centre, weight in formants) / math.sqrt(n)
                 for n in range(1, int(3600 / pitch))]
    length = round(RATE / pitch)
    turn = [math.sin(2 * math.pi * i / length) for i in range(length)]
    wave = [sum(strength * turn[n * i % length] for n, strength in enumerate(strengths, 1)) for i in range(length)]
    loudest = max(abs(value) for value in wave)
    return [array("h", [int(PEAK * part * value / loudest) for value in wave]) for part in LOUDNESS]


def _say(samples: array[int], period: list[array[int]], seconds: float) -> None:
    """A syllable: swelling, steady, fading, a period at a time."""
    count = max(2 * len(LOUDNESS), round(seconds * RATE / len(period[0])))
    for i in range(count):
        samples.extend(period[min(i, count - 1 - i, len(LOUDNESS) - 1)])
