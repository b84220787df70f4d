"""A simulated link to one viewer: a queue before a bottleneck, and a receiver that reports as Chromium does."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from signaling.sfu.core.bandwidth import UPDATE_SECONDS, Budget, Seen, Waiting
from signaling.sfu.core.selection import Demand, Rung, first_cost, wished, within_budget

STEP = 0.05
KEY_FRAME_SECONDS = 0.4  # a key frame costs about so many seconds of its layer


class Remb:
    """The receiver's estimate: AIMD over what arrives, with a delay gradient (draft-ietf-rmcat-gcc, receiver side)."""

    def __init__(self) -> None:
        self.estimate: float | None = None
        self._arrived: deque[float] = deque(maxlen=round(1 / STEP))
        self._delays: deque[float] = deque(maxlen=6)
        self._age = 0.0

    def step(self, octet_rate: float, delay: float) -> None:
        """``octet_rate`` bit/s arrived in this step, after a queueing delay."""
        self._arrived.append(octet_rate)
        self._delays.append(delay)
        self._age += STEP
        rate = sum(self._arrived) / len(self._arrived)
        growing = len(self._delays) == 6 and self._delays[-1] - self._delays[0] > 0.02 and delay > 0.05
        if growing:
            self.estimate = min(self.estimate or rate, rate * 0.85)
        elif self._age > 5 or self.estimate is not None:
            ceiling = rate * 1.5 + 10_000
            self.estimate = min(ceiling, (self.estimate or rate) * (1 + 0.08 * STEP))


@dataclass
class Link:
    """Capacity in bit/s; sound takes its part first come, first served, as in any queue."""

    capacity: float
    delay: float = 0.075  # one way
    longest_queue: float = 0.5  # seconds; what comes beyond is lost
    loss: float = 0.0
    sound: float = 60_000
    backlog: float = 0.0
    dice: Random = field(default_factory=lambda: Random(1))

    @property
    def queue(self) -> float:
        return self.backlog / self.capacity

    def step(self, pictures: float) -> tuple[float, float]:
        """(bit/s of pictures that arrive, share lost) in one step."""
        offered = (pictures + self.sound) * STEP
        room = self.longest_queue * self.capacity + self.capacity * STEP - self.backlog
        kept = min(offered, max(0.0, room))
        out = min(self.backlog + kept, self.capacity * STEP)
        self.backlog += kept - out
        passed = 1 - self.loss * self.dice.uniform(0.5, 1.5)
        share = pictures / (pictures + self.sound)
        lost = 1 - (kept / offered) * passed
        return out / STEP * share * passed, lost


@dataclass
class Viewing:
    """One viewer of some pictures over a link: the selection and the budget as the worker runs them."""

    link: Link
    demands: Sequence[Demand]
    budget: Budget
    now: float = 0.0
    chosen: list[Rung | None] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)  # when a picture changed
    queues: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    sent: float = 0.0

    def __post_init__(self) -> None:
        self.remb, self.trips = Remb(), Waiting()
        self.loss = self._key_frames = 0.0
        self._update()

    def cost(self) -> float:
        rates = [
            demand.options[rung.layer].rates[-1 if rung.temporal is None else rung.temporal]
            for demand, rung in zip(self.demands, self.chosen, strict=False)
            if rung is not None
        ]
        return float(sum(rates))

    def go(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            extra = min(self._key_frames, self.cost() * STEP + 20_000)
            self._key_frames -= extra
            arrived, lost = self.link.step(self.cost() + extra / STEP)
            self.loss += (lost - self.loss) * 0.05
            self.queues.append(self.link.queue)
            self.losses.append(lost)
            self.remb.step(arrived, self.link.queue)
            if round(self.now / STEP) % round(1 / STEP) == 0:
                self.trips.take(self.now, 2 * self.link.delay + self.link.queue + self.link.dice.uniform(0, 0.01))
            if round(self.now / STEP) % round(UPDATE_SECONDS / STEP) == 0:
                self._update()

    def _update(self) -> None:
        estimate = int(self.remb.estimate) if self.remb.estimate is not None and self.cost() else None
        wanted, least = wished(self.demands), first_cost(self.demands)
        self.budget.update(self.now, Seen(self.cost(), estimate, self.loss, self.trips.queue, wanted, least))
        self._choose()

    def _choose(self) -> None:
        before, self.chosen = self.chosen, within_budget(self.demands, self.budget.limit)
        for demand, old, new in zip(self.demands, before, self.chosen, strict=False):
            if old != new:
                self.changes.append(self.now)
                if new is not None and (old is None or old.layer != new.layer):
                    self._key_frames += demand.options[new.layer].rates[-1] * KEY_FRAME_SECONDS

    def changes_since(self, start: float) -> int:
        return sum(at >= start for at in self.changes)
