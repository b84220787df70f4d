"""Who watches broadcasts now, and how many did: nobody is known, a page says every half minute that it is there. Pure.

A page makes a random name for itself and forgets it when it is left; here the name is kept for a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

QUALITIES = ("auto", "v720", "v360", "sound")
"""What a viewer may have chosen; ``sound`` is no picture at all."""
LISTENING = "sound"
HERE = timedelta(seconds=60)
"""A page that has said nothing for so long is gone."""
MINUTE = timedelta(minutes=1)

Choice = tuple[str, str]
"""Quality and sound."""
Counts = dict[str, dict[Choice, int]]
"""How many by session and choice."""


class Audience:
    """The pages of one process. ``most`` may have pictures at the same time, as many again sound alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pages: dict[tuple[str, str], tuple[datetime, Choice]] = {}  # who has spoken last stands last
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._minute: datetime | None = None

    def here(self, session: str, page: str, choice: Choice, now: datetime) -> bool:
        """A page says that it watches, and what; False when there is no place for it (then it is not counted)."""
        self._forget(now)
        before = self.gone(session, page)
        if self.full(choice[0] == LISTENING) and (before is None or (before[0] == LISTENING) != (choice[0] == LISTENING)):
            if before is not None:
                self._keep(session, page, before, now)
            return False
        self._keep(session, page, choice, now)
        return True

    def gone(self, session: str, page: str) -> Choice | None:
        """A page is left; what it had chosen."""
        kept = self._pages.pop((session, page), None)
        if kept is None:
            return None
        self._counts[session, *kept[1]] -= 1
        return kept[1]

    def full(self, listening: bool = False) -> bool:
        """Whether all places (those for sound alone) are taken."""
        return sum(count for (_, quality, _), count in self._counts.items() if (quality == LISTENING) == listening) >= self._most

    def watching(self, session: str, now: datetime) -> int:
        """How many watch or hear a session."""
        self._forget(now)
        return sum(count for (known, *_), count in self._counts.items() if known == session)

    def totals(self, now: datetime) -> dict[str, int]:
        """How many by quality, of all sessions."""
        self._forget(now)
        return {quality: sum(count for (_, known, _), count in self._counts.items() if known == quality) for quality in QUALITIES}

    def minute_over(self, now: datetime) -> tuple[datetime, Counts] | None:
        """Once the minute of the last call is over: its beginning, and who was there at its end. Asked before ``here``."""
        minute = now.replace(second=0, microsecond=0)
        over, self._minute = self._minute, minute
        if over is None or over >= minute:
            return None
        self._forget(over + MINUTE)
        counts: Counts = {}
        for (session, *choice), count in self._counts.items():
            if count:
                counts.setdefault(session, {})[choice[0], choice[1]] = count
        return (over, counts) if counts else None

    def _keep(self, session: str, page: str, choice: Choice, now: datetime) -> None:
        self._pages[session, page] = (now, choice)
        self._counts[session, *choice] += 1

    def _forget(self, now: datetime) -> None:
        while self._pages:
            (session, page), (seen, _) = next(iter(self._pages.items()))
            if seen > now - HERE:
                return
            self.gone(session, page)


# ---------------------------------------------------------------- afterwards


@dataclass(frozen=True)
class Minute:
    """How many were there at a minute's end, by quality and by sound."""

    at: datetime
    qualities: dict[str, int]
    sounds: dict[str, int]

    @property
    def viewers(self) -> int:
        return sum(self.qualities.values())


@dataclass(frozen=True)
class Viewing:
    """A session's minutes in which somebody was there, in order; nobody was there in those between."""

    minutes: tuple[Minute, ...]

    @property
    def most(self) -> Minute | None:
        return max(self.minutes, key=lambda minute: minute.viewers, default=None)

    @property
    def hours(self) -> float:
        """What all viewers together have watched."""
        return sum(minute.viewers for minute in self.minutes) / 60

    @property
    def mean(self) -> float:
        """Viewers at the same time, from the first minute to the last."""
        if not self.minutes:
            return 0.0
        return self.hours * 60 / ((self.minutes[-1].at - self.minutes[0].at) / MINUTE + 1)

    def hours_by_quality(self) -> dict[str, float]:
        return {name: sum(minute.qualities.get(name, 0) for minute in self.minutes) / 60 for name in QUALITIES}

    def hours_by_sound(self) -> dict[str, float]:
        names = sorted({name for minute in self.minutes for name in minute.sounds})
        return {name: sum(minute.sounds.get(name, 0) for minute in self.minutes) / 60 for name in names}


def folded(rows: Iterable[tuple[datetime, str, str, int]]) -> Viewing:
    """Rows of a session (minute, quality, sound, viewers), of whichever process, into its minutes."""
    qualities: dict[datetime, Counter[str]] = {}
    sounds: dict[datetime, Counter[str]] = {}
    for at, quality, sound, viewers in rows:
        qualities.setdefault(at, Counter())[quality] += viewers
        sounds.setdefault(at, Counter())[sound] += viewers
    return Viewing(tuple(Minute(at, dict(qualities[at]), dict(sounds[at])) for at in sorted(qualities)))
