"""The figures that ``make bench-links`` makes of what pages noted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.links.figures import Notes, back_after, best_rate, broken_seconds, concealed, median_delay, seen

COUNTERS = ("concealedSamples", "totalSamplesReceived", "framesDecoded", "freezeCount", "totalFreezesDuration", "jitterBufferDelay",
            "jitterBufferEmittedCount")  # fmt: skip


def row(at: float, point: str, share: float = 0.0, kind: str = "audio", **counters: float) -> dict[str, Any]:
    """A quarter of a second of one stream, so much of its sound made up."""
    found = dict.fromkeys(COUNTERS, 0.0) | {"at": at * 1000, "point": point, "kind": kind}
    if kind == "audio":
        found |= {"concealedSamples": share * 12_000, "totalSamplesReceived": 12_000}
        found |= {"jitterBufferEmittedCount": 12_000, "jitterBufferDelay": 600}
    return found | counters


def voice(point: str, *shares: float, start: float = 0.25) -> list[dict[str, Any]]:
    return [row(start + 0.25 * n, point, share) for n, share in enumerate(shares)]


def test_nothing_received_is_all_made_up() -> None:
    assert concealed([]) == 1.0
    assert concealed(voice("osh", 0, 0.1)) == pytest.approx(0.05)


def test_sound_is_broken_by_silences_not_by_single_holes() -> None:
    assert broken_seconds(voice("osh", 0, 1, 0, 0.6, 0, 1), 0.25) == 0
    assert broken_seconds(voice("osh", 0, 1, 1, 0, 1, 0.9, 0.8), 0.25) == pytest.approx(1.25)
    assert broken_seconds(voice("osh", 0, 1, 0, 1) + voice("batken", 1, 0, 1, 0), 0.25) == 0  # each voice by itself


def test_sound_is_back_when_the_last_voice_is() -> None:
    rows = voice("osh", 1, 1, 0, 0) + voice("batken", 1, 1, 1, 0.1)
    assert back_after(rows, ["osh", "batken"], 0.5) == pytest.approx(0.5)
    assert back_after(rows, ["osh"], 0.5) == pytest.approx(0.25)
    assert back_after(rows, ["osh", "naryn"], 0.5) is None


def test_the_best_picture_may_be_another_one_later() -> None:
    rows = [row(0.5 * n + 0.25, "osh" if n < 10 else "batken", kind="video", framesDecoded=3) for n in range(20)]
    rows += [row(0.5 * n + 0.25, "naryn", kind="video", framesDecoded=1) for n in range(20)]
    assert best_rate(rows, 0.0, 10.0) == pytest.approx(6)
    assert best_rate(rows, 5.0, 10.0) == pytest.approx(6)
    assert best_rate([], 0.0, 10.0) == 0


def test_each_page_is_counted_for_the_others() -> None:
    rows = voice("batken", 0, 0.2) + voice("osh", 1, 1)
    rows += [row(0.5, "batken", kind="video", framesDecoded=10, freezeCount=1), row(0.5, "naryn", kind="video", framesDecoded=4)]
    page = Notes("osh", rows, [{"at": 300, "point": "batken", "ms": 90}, {"at": 400, "point": "batken", "ms": 110}])
    found = seen([page], ["osh", "batken", "naryn"], 0.0, 1.0, 0.25)
    assert found.concealed == pytest.approx(0.1) and found.freezes == 1
    assert found.frames_per_second == 10 and found.delay_ms == 100
    assert found.buffer_ms == pytest.approx(50)
    assert seen([page], ["osh", "batken"], 0.0, 1.0, 0.25, settled=0.5).frames_per_second == 0


def test_the_delay_of_each_pair_counts_alike() -> None:
    def ages(point: str, *ms: float, start: float = 0.0) -> list[dict[str, Any]]:
        return [{"at": (start + 0.1 * n) * 1000 + 1, "point": point, "ms": value} for n, value in enumerate(ms)]

    osh = Notes("osh", [], ages("batken", 40, 50, 900) + ages("osh", 1, 1) + ages("batken", 90, start=5.0))
    batken = Notes("batken", [], ages("osh", *[70] * 50) + ages("naryn", 500))
    assert median_delay([osh, batken], ["osh", "batken"], [(0.0, 1.0)]) == 60
    assert median_delay([osh, batken], ["osh", "batken"], [(0.0, 1.0), (4.0, 6.0)]) == 70
    assert median_delay([osh, batken], ["osh", "batken"], [(8.0, 9.0)]) == 0
