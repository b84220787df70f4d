"""When periodic work is done: along with arrivals, and by itself where nothing arrives."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from signaling.sfu import timers
from signaling.sfu.timers import STEP_SECONDS, Clockwork


class Core:
    def __init__(self) -> None:
        self.flushed = 0

    def flush(self) -> None:
        self.flushed += 1


class Hub:
    """As much of the hub as a clock without rooms needs."""

    def __init__(self) -> None:
        self.now, self.core = 100.0, Core()
        self.rooms: dict[str, Any] = {}
        self.layers: dict[int, Any] = {}
        self.chased: dict[int, Any] = {}
        self.connections: dict[int, Any] = {1: None}

    def monotonic(self) -> float:
        return self.now

    def breathe(self) -> None:
        self.clock.passing(self.now)  # type: ignore[attr-defined]


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def clock(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Clockwork:
    for name in ("half_second", "second", "five_seconds"):
        monkeypatch.setattr(Clockwork, name, lambda self, now, name=name: done.append(name))
    done: list[str] = []
    made = Clockwork(hub)  # type: ignore[arg-type]
    made.done = done  # type: ignore[attr-defined]
    hub.clock = made  # type: ignore[attr-defined]
    return made


def test_a_step_goes_along_with_the_first_arrival_after_it_is_due(hub: Hub, clock: Clockwork) -> None:
    for _ in range(100):
        hub.now += STEP_SECONDS / 4
        clock.passing(hub.now)
    assert hub.core.flushed == 25
    assert clock.done == ["half_second", "half_second", "second"]  # type: ignore[attr-defined]


def test_where_nothing_arrives_the_clock_goes_by_itself(hub: Hub, clock: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        hub.now += seconds + 1e-6
        if len(slept) == 20:
            raise asyncio.CancelledError

    monkeypatch.setattr(timers.asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(clock.run())
    assert hub.core.flushed == 19
    assert max(slept) <= STEP_SECONDS + timers.GRACE_SECONDS


def test_an_arrival_spares_the_clock_its_step(hub: Hub, clock: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        for _ in range(10):
            hub.now += seconds / 10
            clock.passing(hub.now)
        if len(slept) == 5:
            raise asyncio.CancelledError

    monkeypatch.setattr(timers.asyncio, "sleep", sleep)
    seconds = hub.now
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(clock.run())
    assert (hub.now - seconds) / STEP_SECONDS - 2 <= hub.core.flushed <= (hub.now - seconds) / STEP_SECONDS + 1


def test_with_nobody_connected_the_clock_is_slow(hub: Hub, clock: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.connections.clear()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        hub.now += seconds
        if len(slept) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(timers.asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(clock.run())
    assert slept == [timers.IDLE_SECONDS] * 3 and hub.core.flushed == 2
