"""Events of a foreign calendar on their way to becoming sessions. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_EVENTS = 500
LONGEST_FILE = 400_000
"""Octets; the page sends the file back when the events are chosen."""


@dataclass(frozen=True)
class ForeignEvent:
    """One occurrence. Times are aware UTC; ``places`` are names and addresses that may say who takes part."""

    uid: str
    summary: str
    description: str
    starts_at: datetime
    ends_at: datetime
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Knows the same occurrence again in a later file."""
        return hashlib.sha256(f"{self.uid}\n{self.starts_at.isoformat()}".encode()).hexdigest()

    @property
    def minutes(self) -> int:
        """Length, a begun minute counted whole."""
        return max(0, -(-(self.ends_at - self.starts_at) // timedelta(minutes=1)))


@dataclass(frozen=True)
class KnownPoint:
    """What an event's places are compared with."""

    slug: str
    name: Mapping[str, str]
    seat: Mapping[str, str]
    also_known_as: Sequence[str]
    email: str


def meant_points(event: ForeignEvent, points: Iterable[KnownPoint]) -> tuple[str, ...]:
    """Slugs of the points that the event's places name: an office's own address, or its whole name in any language."""
    found = []
    for point in points:
        names = {name.casefold() for name in (*point.name.values(), *point.also_known_as)} | {point.slug}
        if any(_means(place.casefold().strip(), names, point.email.lower()) for place in event.places):
            found.append(point.slug)
    return tuple(found)


def _means(place: str, names: set[str], email: str) -> bool:
    return place in names or (email != "" and place == email) or any(name in _parts(place) for name in names)


def _parts(place: str) -> set[str]:
    """A place may list several: ``Osh Province; Naryn Province``."""
    return {part.strip() for part in place.replace(";", ",").replace("\n", ",").split(",") if part.strip()}
