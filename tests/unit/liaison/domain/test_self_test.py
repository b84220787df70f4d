"""What a computer's figures are worth: each finding, its price, the verdict, and that nothing else counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liaison.domain.self_test import (
    CODES,
    Camera,
    Device,
    Direction,
    Echo,
    Heard,
    Loop,
    Loudspeaker,
    Measured,
    Microphone,
    TriedWay,
    Verdict,
    Way,
    judge,
)
from liaison.i18n import translator
from liaison.reports.self_test_words import ADVICE, advice

FINE = Direction(2_000_000, 0.0, 5)
WHOLE = Measured(True, True, Camera(Device.OK, 1280, 720, 30), Microphone(Device.OK, 0.6), Loudspeaker(Heard.YES, True, Echo.NONE),
                 (TriedWay(Way.UDP, True, 40),), Loop(FINE, FINE, 30))
BLOCKED, OPEN_TURN, OPEN_TLS = TriedWay(Way.UDP, False), TriedWay(Way.TURN_UDP, True), TriedWay(Way.TURN_TLS, True)


def camera(**other: object) -> Measured:
    return replace(WHOLE, camera=replace(WHOLE.camera, **other))  # type: ignore[arg-type]


def microphone(**other: object) -> Measured:
    return replace(WHOLE, microphone=replace(WHOLE.microphone, **other))  # type: ignore[arg-type]


def speaker(**other: object) -> Measured:
    return replace(WHOLE, loudspeaker=replace(WHOLE.loudspeaker, **other))  # type: ignore[arg-type]


def up(**other: float) -> Measured:
    return replace(WHOLE, loop=Loop(replace(FINE, **other), FINE, 30))  # type: ignore[arg-type]


def down(**other: float) -> Measured:
    return replace(WHOLE, loop=Loop(FINE, replace(FINE, **other), 30))  # type: ignore[arg-type]


@pytest.mark.parametrize(("found", "codes", "score", "verdict"), [
    (WHOLE, [], 100, "good"),
    (replace(WHOLE, supported=False), ["browser_old"], 0, "trouble"),
    (replace(WHOLE, secure=False), ["browser_insecure"], 0, "trouble"),
    (camera(state=Device.DENIED), ["camera_denied"], 70, "usable"),
    (camera(state=Device.NONE, black=True), ["camera_none"], 70, "usable"),
    (camera(black=True), ["camera_black"], 75, "usable"),
    (camera(height=240), ["camera_small"], 92, "good"),
    (camera(fps=8), ["camera_slow"], 92, "good"),
    (microphone(state=Device.BUSY), ["microphone_busy"], 45, "trouble"),
    (microphone(level=0.0), ["microphone_silent"], 45, "trouble"),
    (microphone(level=0.1), ["microphone_quiet"], 80, "good"),
    (microphone(level=0.25), [], 100, "good"),
    (speaker(heard=Heard.NO), ["speaker_silent"], 60, "usable"),
    (speaker(heard=Heard.UNSURE), [], 100, "good"),
    (speaker(heard=Heard.UNSURE, picked_up=False), ["speaker_unsure"], 95, "good"),
    (speaker(echo=Echo.STRONG), ["echo_strong"], 75, "usable"),
    (speaker(echo=Echo.WEAK), ["echo_weak"], 95, "good"),
    (replace(WHOLE, ways=(BLOCKED,), loop=None), ["unreachable"], 0, "trouble"),
    (replace(WHOLE, ways=(), loop=None), ["unreachable"], 0, "trouble"),
    (replace(WHOLE, ways=(BLOCKED, OPEN_TURN)), ["udp_blocked"], 85, "good"),
    (replace(WHOLE, ways=(BLOCKED, replace(OPEN_TURN, works=False), OPEN_TLS)), ["tcp_only"], 75, "usable"),
    (replace(WHOLE, loop=None), ["no_loop"], 40, "trouble"),
    (up(bitrate=900_000), ["up_tight"], 92, "good"),
    (up(bitrate=300_000), ["up_narrow"], 75, "usable"),
    (down(bitrate=100_000), ["down_tiny"], 55, "usable"),
    (up(loss=0.01), ["up_loss_some"], 92, "good"),
    (down(loss=0.05), ["down_loss"], 75, "usable"),
    (up(loss=0.2), ["up_loss_heavy"], 55, "usable"),
    (up(loss=0.0099), [], 100, "good"),
    (down(jitter_ms=50), ["down_jitter_some"], 92, "good"),
    (up(jitter_ms=150), ["up_jitter"], 80, "good"),
    (replace(WHOLE, loop=Loop(FINE, FINE, 500)), ["far_some"], 92, "good"),
    (replace(WHOLE, loop=Loop(FINE, FINE, 900)), ["far"], 80, "good"),
    (replace(up(loss=0.2), camera=Camera(Device.NONE)), ["up_loss_heavy", "camera_none"], 25, "trouble"),
    (replace(camera(black=True), microphone=Microphone(Device.NONE)), ["microphone_none", "camera_black"], 20, "trouble"),
])
def test_what_it_is_worth(found: Measured, codes: list[str], score: int, verdict: str) -> None:
    result = judge(found)
    assert ([one.code for one in result.findings], result.score, result.verdict) == (codes, score, Verdict(verdict))


def test_it_never_falls_below_nothing() -> None:
    nothing = Measured(False, False, Camera(Device.NONE), Microphone(Device.NONE), Loudspeaker(Heard.NO, False, Echo.STRONG))
    assert judge(nothing).score == 0


@pytest.mark.parametrize("worse", [up(loss=0.5), down(bitrate=0), camera(state=Device.UNKNOWN), speaker(echo=Echo.STRONG)])
def test_something_wrong_never_makes_it_better(worse: Measured) -> None:
    assert judge(worse).score < judge(WHOLE).score


def test_every_finding_has_its_advice_and_the_port_is_named() -> None:
    assert ADVICE.keys() == CODES
    assert all(what and do and "%(" not in do for language in ("en", "ru", "ky")
               for what, do in advice(tuple(sorted(CODES)), translator(language), "media.example.org", "8801"))
    assert "8801" in advice(("unreachable",), translator("ru"), "media.example.org", "8801")[0][1]
