"""What the page of the self-test may send, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from liaison.domain.errors import Invalid
from liaison.domain.self_test import Verdict, judge
from web.self_test_schema import as_measured, read_report, with_uplink

WAY = {"bitrate": 1_500_000, "loss": 0.0, "jitter_ms": 3}
MEASURED = {"supported": True, "secure": True, "camera": {"state": "ok", "width": 1280, "height": 720, "fps": 30},
            "microphone": {"state": "ok", "level": 0.5}, "loudspeaker": {"heard": "yes", "echo": "none"},
            "ways": [{"way": "udp", "works": True, "took_ms": 30}], "loop": {"up": WAY, "down": WAY, "rtt_ms": 20}}


def test_a_good_report() -> None:
    assert judge(as_measured(read_report({"measured": MEASURED}).measured)).verdict is Verdict.GOOD


@pytest.mark.parametrize("wrong", [
    {"camera": {"state": "gone"}}, {"camera": {"state": "ok", "width": -1}}, {"camera": {"state": "ok", "label": "x" * 201}},
    {"microphone": {"state": "ok", "level": 1.5}}, {"microphone": {"state": "ok", "level": float("nan")}},
    {"loudspeaker": {"heard": "maybe"}}, {"loudspeaker": {"echo_db": 1e9}}, {"ways": [{"way": "udp", "works": True}] * 9},
    {"ways": [{"way": "pigeon", "works": True}]}, {"loop": {"up": WAY}}, {"loop": {"up": WAY | {"loss": 2}, "down": WAY}},
    {"score": 100}, {"supported": "perhaps"}, {"camera": {"state": "ok", "label": "a\x00b"}},
])
def test_what_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_report({"measured": MEASURED | wrong})


@pytest.mark.parametrize("body", [
    None, [], "x", {}, {"measured": None}, {"measured": MEASURED, "score": 100}, {"measured": MEASURED, "trial": 5}])
def test_no_report_at_all(body: object) -> None:
    with pytest.raises(Invalid):
        read_report(body)


def test_what_the_worker_saw_counts_more() -> None:
    sent = read_report({"measured": MEASURED}).measured
    seen = {"bitrate": 90_000, "expected": 400, "loss": 0.2, "jitter_ms": 12.0}
    told = with_uplink(sent, seen).loop
    assert told is not None and (told.up.bitrate, told.up.loss, told.down.bitrate) == (90_000, 0.2, 1_500_000)
    assert with_uplink(sent, None) == with_uplink(sent, seen | {"expected": 0}) == sent
