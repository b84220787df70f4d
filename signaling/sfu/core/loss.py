"""Which packets of an incoming stream are missing, and when to ask for them (RFC 4585 section 6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_RETRY_SECONDS = 0.1
TRIES = 6
GIVE_UP_SECONDS = 1.0  # senders keep packets about that long
MISSING_KEPT = 300
REORDERED_SECONDS = 0.015  # a packet that was only overtaken comes sooner than one that was asked for


@dataclass(slots=True)
class Missing:
    """One lost packet: since when, how often and when last asked for."""

    since: float
    asked_at: float
    tries: int = 1


class LossTracker:
    """Asks at once, then with growing pauses, and gives up after a second or six tries."""

    __slots__ = ("missing",)

    def __init__(self) -> None:
        self.missing: dict[int, Missing] = {}

    def gap(self, first: int, count: int, now: float) -> list[int]:
        """``count`` packets are missing from ``first`` on: the numbers to ask for now."""
        lost = [(first + n) & 0xFFFF for n in range(count)]
        for sequence in lost:
            self.missing[sequence] = Missing(now, now)
        while len(self.missing) > MISSING_KEPT:
            del self.missing[next(iter(self.missing))]
        return lost

    def arrived(self, sequence: int, now: float) -> bool:
        """The packet came after all; whether it had really been lost and was sent again, as far as the time tells."""
        known = self.missing.pop(sequence, None)
        return known is not None and now - known.since > REORDERED_SECONDS

    def due(self, now: float) -> list[int]:
        """The numbers to ask for again."""
        again = []
        for sequence, entry in list(self.missing.items()):
            if entry.tries >= TRIES or now - entry.since > GIVE_UP_SECONDS:
                del self.missing[sequence]
            elif now - entry.asked_at >= FIRST_RETRY_SECONDS * entry.tries:
                entry.tries += 1
                entry.asked_at = now
                again.append(sequence)
        return again
