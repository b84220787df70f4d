"""How many watched, from a session's first viewer to the last: a column for a stretch of minutes, in per cent of the plot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from liaison.domain.audience import MINUTE, QUALITIES, Minute, Viewing

COLUMNS = 90
GAP = 0.16
HEADROOM = 1.1


@dataclass(frozen=True)
class Part:
    """A part of a column; ``y`` counts from the top."""

    quality: str
    x: float
    width: float
    y: float
    height: float
    minute: Minute


@dataclass(frozen=True)
class Chart:
    parts: tuple[Part, ...]
    marks: tuple[datetime, ...]
    """Four moments below it, at its quarters."""


def viewer_chart(viewing: Viewing) -> Chart | None:
    """Each column is the fullest minute of its stretch; None of nothing."""
    if not viewing.minutes:
        return None
    first, last = viewing.minutes[0].at, viewing.minutes[-1].at
    stretch = max(1, math.ceil(((last - first) / MINUTE + 1) / COLUMNS))
    count = max(12, int((last - first) / MINUTE) // stretch + 1)
    columns: dict[int, Minute] = {}
    for minute in viewing.minutes:
        number = int((minute.at - first) / MINUTE) // stretch
        columns[number] = max(columns.get(number, minute), minute, key=lambda one: one.viewers)
    most = viewing.most
    top = (most.viewers if most else 1) * HEADROOM
    parts = [part for number, minute in sorted(columns.items()) for part in _column(number, minute, 100 / count, top)]
    quarter = timedelta(minutes=count * stretch / 4)
    return Chart(tuple(parts), tuple(first + quarter * number for number in range(4)))


def _column(number: int, minute: Minute, width: float, top: float) -> list[Part]:
    parts, y = [], 100.0
    for quality in QUALITIES:
        height = minute.qualities.get(quality, 0) * 100 / top
        if height:
            y -= height
            x = (number + GAP / 2) * width
            parts.append(Part(quality, round(x, 3), round((1 - GAP) * width, 3), round(y, 2), round(height, 2), minute))
    return parts
