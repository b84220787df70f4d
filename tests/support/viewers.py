"""Minutes of a broadcast's viewers, written as the web process writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from liaison.domain.audience import Counts
from liaison.house import House
from liaison.services.viewers import record_minute


def add_viewers(house: House, session: str, begun: datetime, minutes: int) -> None:
    """They come within a quarter of the time; in the middle somebody shows it to a whole district."""
    for number in range(minutes):
        many = min(number * 8, minutes * 2) + (60 if abs(number - minutes // 2) < minutes // 10 else 0)
        choices = {("auto", "sound"): many, ("v360", "sound"): many // 2, ("v360", "sound-ru"): many // 3, ("v720", "sound"): number % 7,
                   ("sound", "sound"): many // 5}
        counts: Counts = {session: {choice: count for choice, count in choices.items() if count}}
        record_minute(house, "0123456789abcdef", begun.replace(second=0, microsecond=0) + timedelta(minutes=number), counts)
