"""How much a publisher may send: what policy allows its point, less while its own link shows that it cannot carry that.

Publishers run no delay-based control of their own without transport-wide feedback: with a deep queue before a thin line
they would fill it with pictures, and sound would wait behind them. Sender reports tell when they were sent, so a queue is
seen here. Loss without a queue is the weather, up to a point, and is left to repairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

POLICY = {  # bit/s of (camera, screen), by the point's link
    "normal": (3_000_000, 2_500_000),
    "thin": (350_000, 500_000),
    "audio": (120_000, 300_000),
}
START = 300_000  # bit/s: what browsers begin with by themselves
LEAST = 50_000  # bit/s
EAGER, CAREFUL = 2.0, 1.08  # growth a second: before any congestion, and after it
CAREFUL_SECONDS = 60.0  # after congestion; then the link is taken for a new one
HOLD_SECONDS, SETTLE_SECONDS = 4.0, 1.5
FULL_QUEUE, SOME_QUEUE, CALM_QUEUE = 0.25, 0.1, 0.08  # seconds
LOSS_BACKED, LOSS_UNBEARABLE = 0.08, 0.35
SPARE = 100_000  # bit/s beyond one and a half times what arrives: no more is allowed in advance after congestion


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the worker saw of a publisher since the last step: bit/s of pictures, loss 0…1, queueing delay in seconds."""

    bitrate: int
    loss: float = 0.0
    queue: float = 0.0


def policy(link: str, camera: bool, screen: bool) -> int:
    """The most that a point with such a link may send of pictures, bit/s."""
    of_camera, of_screen = POLICY.get(link, POLICY["normal"])
    return of_camera * camera + of_screen * screen


@dataclass(slots=True)
class Uplink:
    """One publisher's allowance, bit/s."""

    limit: float = START
    stepped_at: float = -math.inf
    cut_at: float = -math.inf
    calm: bool = False  # there is some delay, nothing was added, and nothing else tells of a queue
    _queue: float = 0.0
    _most: float = math.inf

    def step(self, now: float, seen: Arrived, most: int) -> int:
        """The allowance from now on; once a second, twice while it is eager."""
        since = min(now - self.stepped_at, 2.0) if self.stepped_at > -math.inf else 0.0
        self.stepped_at = now
        emptying, self._queue = seen.queue < self._queue * 0.8, seen.queue
        before = self.limit
        if self._congested(seen) and not emptying:
            if now - self.cut_at >= SETTLE_SECONDS:
                self._cut(now, seen)
        elif seen.queue < CALM_QUEUE and now - self.cut_at >= HOLD_SECONDS:
            self._grow(now, seen, since)
        self.limit, self._most = min(self.limit, most), most
        self.calm = self.limit <= before and seen.loss <= LOSS_BACKED and seen.queue >= CALM_QUEUE
        return max(int(self.limit), min(LEAST, most))

    def eager(self, now: float) -> bool:
        """Whether the link is still to be learnt: then steps come twice a second."""
        return self.limit < self._most and now - self.cut_at >= CAREFUL_SECONDS

    @staticmethod
    def _congested(seen: Arrived) -> bool:
        backed = seen.loss > LOSS_BACKED and seen.queue > SOME_QUEUE
        return seen.queue > FULL_QUEUE or backed or seen.loss > LOSS_UNBEARABLE

    def _cut(self, now: float, seen: Arrived) -> None:
        """To what gets through, and less until the queue is empty."""
        through = min(self.limit, seen.bitrate) * 0.85
        self.limit = max(LEAST, through * (1 - min(0.4, seen.queue / 2)))
        self.cut_at = now

    def _grow(self, now: float, seen: Arrived, since: float) -> None:
        careful = now - self.cut_at < CAREFUL_SECONDS
        grown = self.limit * (CAREFUL if careful else EAGER) ** since
        self.limit = max(self.limit, min(grown, seen.bitrate * 1.5 + SPARE)) if careful else grown
