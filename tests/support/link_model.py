"""A bad link as arithmetic: for every packet that is handed in, when it comes out at the other end, or never.

Time comes in as an argument, chance from a seeded generator: the same packets at the same times have the same fate.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

HEADERS = 28  # octets of IPv4 and UDP that a datagram costs on the line
RETRANSMISSION_S = 0.2  # what TCP waits at least before it sends again (RFC 6298 has a second, Linux this)
APART_S = 1e-6  # packets that come out together keep their order


@dataclass(frozen=True)
class Way:
    """One direction of a link; the defaults are a perfect one.

    ``kbit_s`` is the line's rate with headers, ``queue_s`` what may wait in front of it before packets are dropped.
    Losses come in runs of ``run`` packets on average (Gilbert's model); 0: each by itself.
    """

    kbit_s: float | None = None
    queue_s: float = 0.3
    delay_s: float = 0.0
    jitter_s: float = 0.0
    reorders: bool = False
    loss: float = 0.0
    run: float = 0.0
    cut: bool = False


PERFECT = Way()


class Line:
    """The state of one direction; ``way`` may be replaced at any time and counts from the next packet on."""

    def __init__(self, way: Way = PERFECT, seed: int = 1) -> None:
        self.way = way
        self.passed = self.lost = self.overflowed = 0
        self._random = Random(seed)
        self._losing = False
        self._free_at = 0.0  # when the line has sent what waits before it
        self._last_out = 0.0

    def datagram(self, octets: int, now: float) -> float | None:
        """When a datagram comes out; None: it is lost or finds the queue full."""
        if self._loses():
            self.lost += 1
            return None
        if self.way.kbit_s and self._free_at - now > self.way.queue_s:
            self.overflowed += 1
            return None
        self.passed += 1
        return self._out(octets + HEADERS, now)

    def wait(self, now: float) -> float:
        """Seconds that a packet would wait before the line."""
        return max(0.0, self._free_at - now)

    def stream(self, octets: int, now: float) -> float:
        """When a piece of a TCP stream comes out: a lost one is sent again, and takes its place in the order."""
        late = RETRANSMISSION_S + 2 * self.way.delay_s if self._random.random() < self.way.loss else 0.0
        return self._out(octets + HEADERS, now) + late

    def _out(self, octets: int, now: float) -> float:
        way = self.way
        self._free_at = max(now, self._free_at) + (octets * 8 / (way.kbit_s * 1000) if way.kbit_s else 0.0)
        out = self._free_at + way.delay_s + way.jitter_s * self._random.random()
        if not way.reorders:
            out = max(out, self._last_out + APART_S)
        self._last_out = max(out, self._last_out)
        return out

    def _loses(self) -> bool:
        way = self.way
        if way.cut:
            return True
        if not way.run or not way.loss:
            self._losing = self._random.random() < way.loss
        elif self._losing:
            self._losing = self._random.random() >= 1 / way.run
        else:
            self._losing = self._random.random() < way.loss / (way.run * (1 - way.loss))
        return self._losing
