"""How much a publisher may send: policy first, and less on a link that cannot carry it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from signaling.sfu.core.bandwidth import Waiting
from signaling.sfu.core.uplink import LEAST, POLICY, START, Arrived, Uplink, policy

STEP = 0.1


@dataclass
class Sender:
    """A browser that sends what it is allowed, up to what its layers cost, over a line with a queue."""

    capacity: float
    most: int = POLICY["normal"][0]
    layers: float = 1_700_000
    sound: float = 50_000
    longest_queue: float = 1.0
    loss: float = 0.0
    uplink: Uplink = field(default_factory=Uplink)
    allowed: float = 300_000
    backlog: float = 0.0
    now: float = 0.0
    queues: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    allowances: list[int] = field(default_factory=list)

    def go(self, seconds: float) -> None:
        arrived = lost = offered = 0.0
        for step in range(1, round(seconds / STEP) + 1):
            self.now += STEP
            pictures = min(self.allowed, self.layers)
            coming = (pictures + self.sound) * STEP
            kept = min(coming, self.longest_queue * self.capacity + self.capacity * STEP - self.backlog)
            out = min(self.backlog + kept, self.capacity * STEP)
            self.backlog += kept - out
            gone = coming - kept + out * self.loss
            arrived += out * (1 - self.loss) * pictures / (pictures + self.sound)
            offered, lost = offered + coming, lost + gone
            self.queues.append(self.backlog / self.capacity)
            self.losses.append(gone / coming)
            if step % 10 == 0:
                seen = Arrived(round(arrived), lost / offered, self.backlog / self.capacity)
                self.allowed = self.uplink.step(self.now, seen, self.most)
                self.allowances.append(int(self.allowed))
                arrived = lost = offered = 0.0


BY_LINK = [("normal", 3_000_000, 5_500_000), ("thin", 350_000, 850_000), ("audio", 120_000, 420_000)]


@pytest.mark.parametrize(("link", "camera", "screen"), BY_LINK)
def test_policy_by_the_points_link(link: str, camera: int, screen: int) -> None:
    assert (policy(link, True, False), policy(link, True, True), policy(link, False, False)) == (camera, screen, 0)
    assert policy("unheard of", True, False) == POLICY["normal"][0]


def test_a_good_link_is_allowed_everything_within_seconds_and_never_less() -> None:
    sender = Sender(capacity=20e6)
    sender.go(8)
    assert sender.allowances[0] == START
    assert sender.allowed == POLICY["normal"][0]
    sender.go(60)
    assert min(sender.allowances[10:]) == POLICY["normal"][0]


def test_policy_binds_from_the_first_step() -> None:
    sender = Sender(capacity=20e6, most=POLICY["audio"][0])
    sender.go(60)
    assert max(sender.allowances) == POLICY["audio"][0]
    assert Uplink().step(0.0, Arrived(0), 0) == 0


@pytest.mark.parametrize("longest_queue", [0.3, 1.0])
def test_a_thin_link_keeps_its_queue_short_and_sends_pictures_all_the_same(longest_queue: float) -> None:
    sender = Sender(capacity=300_000, longest_queue=longest_queue)
    sender.go(8)
    sender.queues.clear()
    sender.losses.clear()
    sender.go(120)
    assert sorted(sender.queues)[len(sender.queues) * 9 // 10] < 0.3
    assert sum(sender.losses) / len(sender.losses) < 0.01
    sent = sender.allowances[8:]
    assert 130_000 < sum(sent) / len(sent) < 280_000


def test_random_loss_costs_nothing() -> None:
    sender = Sender(capacity=20e6, loss=0.1)
    sender.go(30)
    assert sender.allowed == POLICY["normal"][0]


def test_a_link_that_loses_almost_everything_is_spared() -> None:
    sender = Sender(capacity=20e6, loss=0.5)
    sender.go(40)
    assert sender.allowed <= 2 * LEAST


def test_a_link_that_gets_thin_is_relieved_and_used_again_when_it_recovers() -> None:
    sender = Sender(capacity=20e6)
    sender.go(10)
    sender.capacity = 300_000
    sender.go(10)
    assert sender.allowed < 300_000 and sender.queues[-1] < 0.3
    sender.capacity = 20e6
    sender.go(100)
    assert sender.allowed > 1_700_000


def test_a_way_that_becomes_longer_is_told_from_a_queue() -> None:
    uplink, waiting = Uplink(limit=1_000_000), Waiting()
    for second in range(60):
        waiting.take(float(second), 0.02 if second < 30 else 0.16)
        uplink.step(float(second), Arrived(900_000, 0.0, waiting.queue), 1_000_000)
    assert not uplink.calm or waiting.queue > 0.1
    for second in range(60, 66):
        waiting.take(float(second), 0.16, uplink.calm)
        uplink.step(float(second), Arrived(900_000, 0.0, waiting.queue), 3_000_000)
    assert waiting.queue == 0 and uplink.limit > 1_000_000
