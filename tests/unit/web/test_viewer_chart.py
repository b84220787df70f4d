"""The chart of viewers: everything inside the plot, the fullest minute of each stretch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from liaison.domain.audience import folded
from web.viewer_chart import COLUMNS, viewer_chart

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def test_four_hours_fit_and_the_fullest_minute_is_there() -> None:
    rows = [(AT + timedelta(minutes=number), quality, "sound", number % 50 + 1) for number in range(240) for quality in ("auto", "sound")]
    chart = viewer_chart(folded(rows))
    assert chart is not None
    assert len({part.x for part in chart.parts}) == 80 <= COLUMNS
    assert max(part.minute.viewers for part in chart.parts) == 100
    assert all(part.x >= 0 and part.x + part.width <= 100 and part.y >= 0 and part.y + part.height <= 100.01 for part in chart.parts)
    assert chart.marks == tuple(AT + timedelta(minutes=60 * number) for number in range(4))


def test_one_minute_is_one_column_and_nothing_is_none() -> None:
    chart = viewer_chart(folded([(AT, "v360", "sound", 1)]))
    assert chart is not None and len(chart.parts) == 1
    assert viewer_chart(folded([])) is None
