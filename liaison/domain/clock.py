"""Time as the business sees it: aware UTC, injected, never read from the system inside a rule."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, shifted by ``LIAISON_CLOCK_SHIFT_SECONDS`` (a test of a running system may travel)."""

    def __init__(self) -> None:
        self._shift = timedelta(seconds=float(os.environ.get("LIAISON_CLOCK_SHIFT_SECONDS", "0")))

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
