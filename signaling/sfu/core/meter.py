"""Rates out of counters that only grow: what one stream or slot carried and lost over the last whole window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """``bitrate`` in bit/s; ``expected`` and ``lost`` count packets of the window. The first step only sets the beginning."""

    bitrate: int = 0
    expected: int = 0
    lost: int = 0
    _at: float | None = None
    _counted: tuple[int, int, int] = (0, 0, 0)

    def step(self, now: float, octets: int, expected: int, lost: int) -> None:
        """Close a window with the counters as they are now. Counters that began anew give nothing."""
        before, at = self._counted, self._at
        self._counted, self._at = (octets, expected, lost), now
        if at is None or now <= at or octets < before[0] or expected < before[1]:
            self.bitrate = self.expected = self.lost = 0
            return
        self.bitrate = int((octets - before[0]) * 8 / (now - at))
        self.expected = expected - before[1] if before[1] else 0  # before the first report there was none to count from
        self.lost = min(self.expected, max(0, lost - before[2]))  # repaired packets may take a loss back

    def stop(self) -> None:
        """Nothing is carried now; the next step only sets the beginning."""
        self.bitrate = self.expected = self.lost = 0
        self._at = None


def share(lost: int, expected: int) -> float:
    """A loss as 0…1."""
    return round(lost / expected, 4) if expected > 0 else 0.0
