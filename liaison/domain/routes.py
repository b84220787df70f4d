"""Where a mobile point stands: a calendar of stops that never overlap. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..i18n import N_

LONGEST_STOP = timedelta(days=366)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 64


@dataclass(frozen=True)
class Stop:
    """A place over a period ``[starts_at, ends_at)``. ``place``: texts by language, "" for one in all of them."""

    id: str
    place: Mapping[str, str]
    lat: float
    lon: float
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True)
class Whereabouts:
    """Where a mobile point is now, where it goes next, and where it was last; None where the route does not say."""

    now: Stop | None = None
    next: Stop | None = None
    last: Stop | None = None


def whereabouts(stops: Iterable[Stop], at: datetime) -> Whereabouts:
    """At one moment."""
    ordered = sorted(stops, key=lambda stop: stop.starts_at)
    return Whereabouts(
        next((stop for stop in ordered if stop.starts_at <= at < stop.ends_at), None),
        next((stop for stop in ordered if stop.starts_at > at), None),
        next((stop for stop in reversed(ordered) if stop.ends_at <= at), None))


def overlapping(stops: Iterable[Stop], starts_at: datetime, ends_at: datetime) -> Stop | None:
    """The first stop that shares time with the period; touching is no overlap."""
    found = [stop for stop in stops if stop.starts_at < ends_at and starts_at < stop.ends_at]
    return min(found, key=lambda stop: stop.starts_at, default=None)


def period_errors(starts_at: datetime, ends_at: datetime) -> list[dict[str, str]]:
    if ends_at <= starts_at:
        return [{"field": "ends_at", "message": N_("The end must be after the start.")}]
    if ends_at - starts_at > LONGEST_STOP:
        return [{"field": "ends_at", "message": N_("A stop lasts a year at most.")}]
    return []


def place_errors(lat: float | None, lon: float | None) -> list[dict[str, str]]:
    """Both or neither are given; degrees north and east."""
    errors = []
    if (lat is None) != (lon is None):
        errors.append({"field": "lat" if lat is None else "lon", "message": N_("Give both latitude and longitude, or neither.")})
    if lat is not None and not (math.isfinite(lat) and -90 <= lat <= 90):
        errors.append({"field": "lat", "message": N_("A latitude lies between -90 and 90 degrees.")})
    if lon is not None and not (math.isfinite(lon) and -180 <= lon <= 180):
        errors.append({"field": "lon", "message": N_("A longitude lies between -180 and 180 degrees.")})
    return errors


def valid_slug(slug: str) -> bool:
    return len(slug) <= LONGEST_SLUG and SLUG.fullmatch(slug) is not None


def slug_from(name: str) -> str:
    """A short name for addresses out of a name in Latin letters; empty where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_SLUG].strip("-")
