"""Where a session's bars stand in the four weeks, and how high."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from liaison.domain.link_figures import Figures
from liaison.services.link_history import SessionLink
from web.link_chart import DAYS, Bar, loss_plot, places, quality_plot, trip_plot, weeks

ZONE = ZoneInfo("Asia/Bishkek")
NOW = datetime(2027, 3, 2, 20, 0, tzinfo=UTC)  # already the third in Bishkek
COLUMN = 100 / DAYS


def link(days_ago: float = 0, good: int = 10, fair: int = 0, poor: int = 0, loss: float | None = 0.01, worst: float | None = 0.02,
         trip: float | None = 50) -> SessionLink:
    at = NOW - timedelta(days=days_ago)
    figures = Figures(good + fair + poor, good, fair, poor, up_loss=loss, loss_worst=worst, rtt_ms=trip, rtt_ms_worst=trip)
    return SessionLink("s", "2027-0001", None, at, at, figures)


def test_the_last_day_is_today_in_the_network() -> None:
    (today,), (before,) = places([link()], NOW, ZONE), places([link(1)], NOW, ZONE)
    assert 100 - COLUMN < today.x < today.x + today.width < 100
    assert today.x - before.x == pytest.approx(COLUMN)
    assert weeks(NOW, ZONE) == [date(2027, 2, 4), date(2027, 2, 11), date(2027, 2, 18), date(2027, 2, 25)]


def test_a_days_sessions_share_its_column() -> None:
    first, second = places([link(3.2), link(3.1)], NOW, ZONE)
    assert first.x + first.width == pytest.approx(second.x) and first.width == second.width < COLUMN / 2


def test_what_is_older_than_the_plot_stands_at_its_edge() -> None:
    assert 0 < places([link(28)], NOW, ZONE)[0].x < COLUMN


def bars(plot: tuple[Bar, ...]) -> list[tuple[str, float, float]]:
    return [(bar.look, bar.y, bar.height) for bar in plot]


def test_minutes_fill_the_height_with_the_poor_on_top() -> None:
    found = places([link(good=5, fair=3, poor=2)], NOW, ZONE)
    assert bars(quality_plot(found).bars) == [("poor", 0, 20), ("fair", 20, 30), ("good", 50, 50)]


def test_a_loss_is_graded_and_its_worst_stands_behind() -> None:
    plot = loss_plot(places([link(loss=0.046, worst=0.9)], NOW, ZONE))
    assert bars(plot.bars) == [("worst", 0, 100), ("fair", 50, 50)]
    assert [line.value for line in plot.lines] == [0.025, 0.08]


def test_the_plot_grows_with_the_means_and_not_with_the_worsts() -> None:
    calm, wild = loss_plot(places([link(loss=0.001)], NOW, ZONE)), loss_plot(places([link(loss=0.5, worst=1.0)], NOW, ZONE))
    assert calm.lines[1].y < wild.lines[1].y
    assert bars(calm.bars)[1][2] >= 1, "hardly anything is still to be seen"


def test_what_is_not_known_has_no_bar() -> None:
    assert trip_plot(places([link(trip=None)], NOW, ZONE)).bars == ()
