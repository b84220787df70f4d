"""When traffic is held back: the rule, and that nothing ends it but thin traffic."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest

from signaling.sfu import moderation
from signaling.sfu.core.interface import Traffic
from signaling.sfu.moderation import STEP_SECONDS, Moderator, dense

DENSE, THIN = 1 / STEP_SECONDS * 2, 1 / STEP_SECONDS / 2  # packets a second to one viewer


@pytest.mark.parametrize(
    ("packets_a_second", "before", "after"),
    [(110, False, False), (440, False, False), (640, False, True), (2200, False, True), (440, True, True), (300, True, False)],
)
def test_steps_begin_where_they_bring_packets_together(packets_a_second: float, before: bool, after: bool) -> None:
    for seconds in (0.25, 2.0):
        assert dense(packets_a_second * seconds, seconds, before) is after


class Rig:
    """A moderator whose socket is a pipe, whose core tells a rate, and whose clock is turned by hand."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.now, self.rate, self.pumped, self.more = 100.0, 0.0, 0, 0
        self.fails: list[Exception] = []
        self.moderator = Moderator(self, self.reading, self.pump, lambda: self.now)  # type: ignore[arg-type]

    def take_traffic(self) -> Traffic:
        return Traffic(company=self.rate * moderation.LOOK_SECONDS)

    def pump(self) -> bool:
        self.pumped += 1
        if self.moderator.stepping:
            self.more = max(0, self.more - 1)
        else:
            os.read(self.reading, 100)
        if self.fails:
            raise self.fails.pop()
        return self.more > 0

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait for it."""
        async with asyncio.timeout(20):
            while not what():
                await asyncio.sleep(0.001)

    async def arrive(self, rate: float) -> None:
        """A datagram, a look later, at that rate."""
        self.rate, self.now, before = rate, self.now + moderation.LOOK_SECONDS, self.pumped
        os.write(self.writing, b".")
        await self.until(lambda: self.pumped > before)

    def run(self, play: Callable[[], Any]) -> None:
        async def played() -> None:
            self.moderator.start()
            await play()
            self.moderator.stop()

        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        try:
            loop.run_until_complete(played())
        finally:
            loop.close()
            os.close(self.reading)
            os.close(self.writing)


def test_dense_traffic_is_read_in_steps_until_it_is_thin() -> None:
    rig = Rig()

    async def play() -> None:
        await rig.arrive(THIN)
        assert not rig.moderator.stepping
        await rig.arrive(DENSE)
        assert rig.moderator.stepping
        seen = rig.pumped
        await rig.until(lambda: rig.pumped > seen + 3)  # by itself
        rig.rate, rig.now = THIN, rig.now + moderation.LOOK_SECONDS
        await rig.until(lambda: not rig.moderator.stepping)
        await rig.arrive(THIN)  # and the socket is watched again

    rig.run(play)


def test_what_is_left_of_a_step_does_not_wait_for_the_next() -> None:
    rig = Rig()

    async def play() -> None:
        await rig.arrive(DENSE)
        rig.more = 5
        await rig.until(lambda: rig.more == 0)
        assert rig.moderator.stepping

    rig.run(play)


def test_a_failure_ends_neither_watching_nor_steps() -> None:
    rig = Rig()

    async def play() -> None:
        rig.fails = [ValueError("while watching")]
        await rig.arrive(THIN)
        await rig.arrive(DENSE)
        rig.fails = [ValueError("in a step")]
        await rig.until(lambda: not rig.fails)
        seen = rig.pumped
        await rig.until(lambda: rig.pumped > seen + 2)

    rig.run(play)


def test_a_stopped_moderator_reads_no_more() -> None:
    rig = Rig()

    async def play() -> None:
        await rig.arrive(DENSE)
        rig.moderator.stop()
        seen = rig.pumped
        await asyncio.sleep(STEP_SECONDS * 5)
        assert rig.pumped == seen

    rig.run(play)
