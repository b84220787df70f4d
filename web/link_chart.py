"""Four weeks of a point's sessions as three plots, a column a day: how good, how much was lost, how long the way was.

Everything is in per cent of the plot's width and height, so that one drawing fits a phone and a wall.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from liaison.domain.link_figures import Figures
from liaison.domain.link_quality import FAIR_LOSS, FAIR_TRIP_MS, POOR_LOSS, POOR_TRIP_MS
from liaison.services.link_history import SHOWN, SessionLink

DAYS = SHOWN.days
GAP = 0.16  # of a day's column, left free beside its bars
HEADROOM = 1.15


@dataclass(frozen=True)
class Place:
    """Where a session's bars stand."""

    link: SessionLink
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A part of a bar; ``look`` is its class, ``y`` counts from the top."""

    link: SessionLink
    look: str
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Line:
    """A level across the plot, with the figure that it stands for."""

    y: float
    value: float
    look: str


@dataclass(frozen=True)
class Plot:
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...] = ()


def places(links: Sequence[SessionLink], now: datetime, zone: ZoneInfo) -> list[Place]:
    """A day's sessions share its column, in their order."""
    last = now.astimezone(zone).date()
    days: dict[int, list[SessionLink]] = {}
    for link in links:
        column = DAYS - 1 - (last - link.first_at.astimezone(zone).date()).days
        days.setdefault(max(0, column), []).append(link)
    return [Place(link, (column + GAP / 2 + number * (1 - GAP) / len(found)) * 100 / DAYS, (1 - GAP) / len(found) * 100 / DAYS)
            for column, found in sorted(days.items()) for number, link in enumerate(found)]


def weeks(now: datetime, zone: ZoneInfo) -> list[date]:
    """The first day of each of the plot's weeks."""
    first = now.astimezone(zone).date() - timedelta(days=DAYS - 1)
    return [first + timedelta(days=7 * number) for number in range(DAYS // 7)]


def quality_plot(found: Sequence[Place]) -> Plot:
    """Each session's minutes by their words, poor on top."""
    bars: list[Bar] = []
    for place in found:
        figures, y = place.link.figures, 0.0
        for look in ("poor", "fair", "good"):
            height = getattr(figures, look) * 100 / figures.minutes
            if height:
                bars.append(Bar(place.link, look, place.x, place.width, round(y, 2), round(height, 2)))
            y += height
    return Plot(tuple(bars))


def loss_plot(found: Sequence[Place]) -> Plot:
    return _plot(found, lambda f: f.loss, lambda f: f.loss_worst, FAIR_LOSS, POOR_LOSS)


def trip_plot(found: Sequence[Place]) -> Plot:
    return _plot(found, lambda f: f.rtt_ms, lambda f: f.rtt_ms_worst, FAIR_TRIP_MS, POOR_TRIP_MS)


Value = Callable[[Figures], float | None]


def _plot(found: Sequence[Place], mean: Value, worst: Value, fair: float, poor: float) -> Plot:
    """Means as bars with their worsts behind; higher than the means need, only the worsts are cut off."""
    top = max([poor * HEADROOM, *((mean(place.link.figures) or 0.0) * HEADROOM for place in found)])
    bars = [bar for place in found for bar in _pair(place, mean(place.link.figures), worst(place.link.figures), top, fair, poor)]
    return Plot(tuple(bars), tuple(Line(_y(level, top), level, look) for level, look in ((fair, "fair"), (poor, "poor"))))


def _pair(place: Place, mean: float | None, worst: float | None, top: float, fair: float, poor: float) -> list[Bar]:
    if mean is None:
        return []
    look = "poor" if mean > poor else "fair" if mean > fair else "good"
    parts = [("worst", worst if worst is not None else mean), (look, mean)]
    return [Bar(place.link, name, place.x, place.width, _y(value, top), round(100 - _y(value, top), 2)) for name, value in parts]


def _y(value: float, top: float) -> float:
    return round(100 - min(1.0, max(value / top, 0.012)) * 100, 2)  # nothing lost is still a bar that can be seen
