"""What a receiver's link can take, from its REMB and its loss reports.

A REMB plateaus near one and a half times what arrives, so it never shows headroom. The budget is therefore without
limit until there is evidence of congestion (the estimate falls below what is sent, or much is lost), then follows the
estimate, and grows again by trial; a trial that fails doubles the pause before the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CONGESTED_LOSS = 0.10
CONGESTED_SHARE = 0.9  # of what is sent
TRIAL_GAIN = 1.5
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
FLOOR = 60_000  # bit/s: sound goes on whatever happens
STRIKES = 3  # updates in a row that must show congestion: a busy receiver's estimate dips for a moment
SETTLE_SECONDS = 3.0  # after a change, before reports tell about it


@dataclass(slots=True)
class Budget:
    """The allowance of one receiver, bit/s."""

    limit: float = math.inf
    pause: float = FIRST_PAUSE_SECONDS
    changed_at: float = -1e9
    trial: bool = False
    strikes: int = 0

    def update(self, now: float, sending: float, estimate: int | None, loss: float) -> float:
        """Once a second: what is sent now (bit/s), the last REMB if any, the last reported loss (0…1)."""
        if now - self.changed_at < SETTLE_SECONDS or sending <= 0:
            return self.limit
        congested = loss > CONGESTED_LOSS or (estimate is not None and estimate < sending * CONGESTED_SHARE)
        self.strikes = self.strikes + 1 if congested else 0
        if self.strikes >= STRIKES:
            self._retreat(now, sending, estimate)
        elif congested:
            return self.limit
        elif self.limit < math.inf and now - self.changed_at > self.pause:
            self._advance(now, sending)
        return self.limit

    def _retreat(self, now: float, sending: float, estimate: int | None) -> None:
        if self.trial:
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        heard = sending * 0.7 if estimate is None else min(estimate, sending * 0.85)
        self.limit = max(FLOOR, heard)
        self.changed_at, self.trial, self.strikes = now, False, 0

    def _advance(self, now: float, sending: float) -> None:
        if self.trial:
            self.pause = FIRST_PAUSE_SECONDS
        # far more allowed than used: nothing binds any more
        self.limit = math.inf if self.limit > 4 * sending else self.limit * TRIAL_GAIN
        self.changed_at, self.trial = now, True
