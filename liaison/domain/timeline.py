"""Where a moment lies in a recording whose encoder may have stood still meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the encoder made: from when, for how long, and after how many seconds of the recording it is seen."""

    began: datetime
    seconds: float
    after: float


@dataclass(frozen=True)
class Timeline:
    """Of a recording that began at ``began``."""

    began: datetime
    runs: tuple[Run, ...] = ()

    @property
    def seconds(self) -> float:
        return self.runs[-1].after + self.runs[-1].seconds if self.runs else 0.0

    def place(self, moment: datetime) -> float:
        """Seconds from the recording's beginning; of a moment that is missing, where it goes on."""
        run = next((run for run in reversed(self.runs) if run.began <= moment), None)
        if run is None:
            return 0.0 if self.runs else max(0.0, (moment - self.began).total_seconds())
        return run.after + min((moment - run.began).total_seconds(), run.seconds)


def timeline(began: datetime, segments: Iterable[tuple[int, datetime, float]]) -> Timeline:
    """From the segments of a track in their order: run, when it began, seconds."""
    runs: list[Run] = []
    after, known = 0.0, None
    for number, at, seconds in segments:
        if number != known:
            runs.append(Run(at, 0.0, after))
            known = number
        last = runs[-1]
        runs[-1] = Run(last.began, last.seconds + seconds, last.after)
        after += seconds
    return Timeline(began, tuple(runs))
