"""Words for connections, minutes and sessions, and the folding of a minute."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liaison.domain import link_quality
from liaison.domain.link_figures import Figures, combine
from liaison.domain.link_quality import Minute, grade, overall, verdict
from liaison.domain.words import Quality

GOOD, FAIR, POOR = Quality.GOOD, Quality.FAIR, Quality.POOR


@pytest.mark.parametrize(("loss", "rtt_ms", "word"), [
    (0, 0, GOOD), (0.025, 350, GOOD), (0.026, 0, FAIR), (0, 351, FAIR), (0.08, 900, FAIR), (0.081, 0, POOR), (0, 901, POOR)])
def test_a_moments_word(loss: float, rtt_ms: float, word: Quality) -> None:
    assert grade(loss, rtt_ms) is word


def test_the_page_grades_alike() -> None:
    script = (Path(link_quality.__file__).parents[2] / "web/static/js/room/quality.js").read_text(encoding="utf-8")
    found = {float(number) for number in re.findall(r"(?:loss|rtt) > ([\d.]+)", script)}
    assert found == {link_quality.POOR_LOSS, link_quality.FAIR_LOSS, link_quality.POOR_TRIP_MS, link_quality.FAIR_TRIP_MS}


@pytest.mark.parametrize(("words", "word"), [
    ([], GOOD), ([GOOD] * 11 + [POOR], GOOD), ([GOOD, FAIR], FAIR), ([FAIR] * 3, FAIR),
    ([POOR, POOR, GOOD], FAIR), ([POOR, POOR, FAIR], POOR)])
def test_a_minutes_word_is_its_mean(words: list[Quality], word: Quality) -> None:
    assert overall(words) is word


@pytest.mark.parametrize(("minutes", "word"), [
    ((0, 0, 0), None), ((10, 0, 0), GOOD), ((81, 10, 9), GOOD), ((80, 20, 0), FAIR), ((80, 1, 19), FAIR), ((80, 0, 20), POOR)])
def test_a_sessions_word(minutes: tuple[int, int, int], word: Quality | None) -> None:
    assert verdict(*minutes) is word


def test_a_minute_keeps_mean_and_worst() -> None:
    minute = Minute()
    minute.add({"up_loss": 0.1, "up_bitrate": 500, "quality": "fair", "freezes": 1, "frozen_ms": 300, "transport": "direct-udp"})
    minute.add({"up_loss": 0.3, "up_bitrate": 100, "quality": "fair", "freezes": 2, "transport": "relay-tcp"})
    minute.add({"up_loss": None, "rtt_ms": 80, "quality": "good", "transport": "relay-tcp"})
    row = minute.row()
    assert (row["up_loss"], row["up_loss_worst"]) == (0.2, 0.3)
    assert (row["up_bitrate"], row["up_bitrate_worst"]) == (300, 100)
    assert (row["rtt_ms"], row["down_loss"], row["concealed_worst"]) == (80, None, None)
    assert (row["freezes"], row["frozen_ms"], row["transport"], row["quality"]) == (3, 300, "relay-tcp", "fair")


def test_an_encoder_is_graded_by_its_figures() -> None:
    minute = Minute()
    minute.add({"up_loss": 0.2})
    assert minute.row()["quality"] == "poor"


def test_sessions_together_are_weighed_by_their_minutes() -> None:
    short = Figures(10, 0, 0, 10, up_loss=0.2, rtt_ms=100, loss_worst=0.5, freezes=3, relayed=10)
    long = Figures(30, 30, 0, 0, up_loss=0.0, down_loss=0.1, rtt_ms=20, loss_worst=0.1)
    both = combine([short, long])
    assert (both.minutes, both.poor, both.freezes, both.relayed) == (40, 10, 3, 10)
    assert (both.up_loss, both.down_loss, both.rtt_ms, both.loss_worst) == (0.05, 0.1, 40, 0.5)
    assert (both.loss, both.jitter_ms, both.word, both.detour) == (0.1, None, POOR, False)


def test_the_worse_sorts_later() -> None:
    poor, fair, good, lossy = Figures(5, 0, 0, 5), Figures(5, 3, 2, 0), Figures(5, 5, 0, 0), Figures(5, 5, 0, 0, up_loss=0.02)
    assert sorted([poor, good, fair, lossy], key=lambda f: f.severity) == [good, lossy, fair, poor]
