"""From what the pages noted to figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

Row = dict[str, Any]
SILENT_SHARE = 0.5  # an interval is silence when more than this of it is made up
BACK_SHARE = 0.2  # sound is back in the first interval in which less than this is made up
SILENT_INTERVALS = 2  # so many in a row break the sound
SPAN_S = 2.5


@dataclass
class Notes:
    """What one page noted: ``rows`` (streams, by interval) and ``ages`` (pictures)."""

    point: str
    rows: list[Row]
    ages: list[Row]

    def of(self, kind: str, points: Iterable[str], since: float, until: float) -> list[Row]:
        wanted = set(points)
        return [r for r in self.rows if r["kind"] == kind and r["point"] in wanted and since < r["at"] / 1000 <= until]

    def ages_of(self, points: Iterable[str], since: float, until: float) -> list[float]:
        wanted = set(points)
        return [a["ms"] for a in self.ages if a["point"] in wanted and since < a["at"] / 1000 <= until]


Span = tuple[float, float]  # since, until


@dataclass
class Seen:
    """What some pages received of some points over a span."""

    concealed: float = 0.0  # share of the samples played that are made up
    broken_s: float = 0.0  # seconds of silence in runs of at least SILENT_INTERVALS intervals
    frames_per_second: float = 0.0  # of the picture that is the best at the time, mean over the pages
    freezes: int = 0
    frozen_s: float = 0.0
    delay_ms: float = 0.0  # median age of a picture when it is shown
    buffer_ms: float = 0.0  # mean time in the audio jitter buffer
    ages: list[float] = field(default_factory=list)


def total(rows: Sequence[Row], name: str) -> float:
    return float(sum(row[name] for row in rows))


def concealed(rows: Sequence[Row]) -> float:
    """The share of samples that had to be made up; nothing received at all counts as all."""
    played = total(rows, "totalSamplesReceived")
    return total(rows, "concealedSamples") / played if played else 1.0


def by_point(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: r["at"]):
        found.setdefault(row["point"], []).append(row)
    return found


def silent(row: Row) -> bool:
    return concealed([row]) > SILENT_SHARE


def broken_seconds(rows: Sequence[Row], interval_s: float) -> float:
    """The seconds that any one voice was missing."""
    worst = 0.0
    for voice in by_point(rows).values():
        runs = "".join("x" if silent(row) else " " for row in voice).split()
        worst = max(worst, sum(len(run) for run in runs if len(run) >= SILENT_INTERVALS) * interval_s)
    return worst


def best_rate(rows: Sequence[Row], since: float, until: float) -> float:
    """Frames/s of the best picture, mean over spans of SPAN_S: which one is large, and so the best, changes with the speaker."""
    spans = max(1, round((until - since) / SPAN_S))
    length = (until - since) / spans
    best = [0.0] * spans
    for picture in by_point(rows).values():
        frames = [0.0] * (spans + 1)
        for row in picture:
            at = row["at"] / 1000 - since
            if at > 0:
                frames[min(spans, int(at / length))] += row["framesDecoded"]
        best = [max(a, b) for a, b in zip(best, frames, strict=False)]
    return sum(best) / (until - since)


def median_delay(pages: Sequence[Notes], points: Sequence[str], spans: Sequence[Span]) -> float:
    """Milliseconds from drawing to showing: the median of each pair of page and point over all spans, mean over the pairs.

    Each pair counts alike, however many of its pictures were noted: a pair's own delay does not come and go with its share.
    """
    medians = []
    for page in pages:
        for point in points:
            ages = [ms for since, until in spans for ms in page.ages_of([point], since, until)]
            if point != page.point and ages:
                medians.append(median(ages))
    return sum(medians) / len(medians) if medians else 0.0


def back_after(rows: Sequence[Row], points: Iterable[str], end: float) -> float | None:
    """Seconds after ``end`` until every one of these voices is heard; None: not at all."""
    voices = by_point([row for row in rows if row["at"] / 1000 > end])
    times = []
    for point in points:
        whole = [row["at"] / 1000 - end for row in voices.get(point, []) if row["totalSamplesReceived"] and concealed([row]) < BACK_SHARE]
        if not whole:
            return None
        times.append(whole[0])
    return max(times)


def seen(pages: Sequence[Notes], points: Sequence[str], since: float, until: float, interval_s: float, settled: float = 0.0) -> Seen:
    """What ``pages`` received of ``points`` (each but its own); pictures are counted from ``settled`` seconds on."""
    made = Seen()
    sound: list[Row] = []
    rates: list[float] = []
    for page in pages:
        others = [point for point in points if point != page.point]
        heard, pictures = page.of("audio", others, since, until), page.of("video", others, since, until)
        sound += heard
        made.broken_s = max(made.broken_s, broken_seconds(heard, interval_s))
        made.freezes += int(total(pictures, "freezeCount"))
        made.frozen_s += total(pictures, "totalFreezesDuration")
        made.ages += page.ages_of(others, since, until)
        rates.append(best_rate(pictures, since + settled, until))
    made.concealed = concealed(sound)
    made.frames_per_second = sum(rates) / len(rates)
    made.delay_ms = median(made.ages) if made.ages else 0.0
    emitted = total(sound, "jitterBufferEmittedCount")
    made.buffer_ms = total(sound, "jitterBufferDelay") / emitted * 1000 if emitted else 0.0
    return made
