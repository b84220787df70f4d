"""Conferencing ports are booked like rooms: how many are taken at once, and where something more fits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from .booking import Period
from .errors import Conflict

PORTS = ("video", "watchers", "recordings", "broadcasts")


class CapacityExceeded(Conflict):
    """details: ``shortages`` [{"ports", "wanted", "taken", "capacity"}], ``nearest_at`` (RFC 3339) or None."""

    code = "capacity_exceeded"
    message = "The conferencing server has not enough places at that time."
    remedy = "Choose another time, or leave out some points."


@dataclass(frozen=True)
class Ports:
    """Video points, public watchers, recordings and broadcasts: what a session needs, or what the site carries at once."""

    video: int = 0
    watchers: int = 0
    recordings: int = 0
    broadcasts: int = 0

    def __add__(self, other: Ports) -> Ports:
        return Ports(*(getattr(self, name) + getattr(other, name) for name in PORTS))

    def __sub__(self, other: Ports) -> Ports:
        return Ports(*(getattr(self, name) - getattr(other, name) for name in PORTS))


@dataclass(frozen=True)
class Load:
    """What one session takes, and when."""

    period: Period
    ports: Ports


@dataclass(frozen=True)
class Shortage:
    """One kind of ports that does not suffice: wanted by the new session, taken by others at the worst moment."""

    ports: str
    wanted: int
    taken: int
    capacity: int


def steps(loads: Iterable[Load]) -> list[tuple[Period, Ports]]:
    """What is taken, stretch by stretch in time order; stretches in which nothing is taken are left out."""
    changes: dict[datetime, Ports] = {}
    for load in loads:
        changes[load.period.starts_at] = changes.get(load.period.starts_at, Ports()) + load.ports
        changes[load.period.ends_at] = changes.get(load.period.ends_at, Ports()) - load.ports
    moments = sorted(changes)
    taken, found = Ports(), []
    for moment, after in pairwise(moments):
        taken = taken + changes[moment]
        if taken != Ports():
            found.append((Period(moment, after), taken))
    return found


def shortages(loads: Iterable[Load], wanted: Ports, period: Period, capacity: Ports) -> list[Shortage]:
    """Every kind of ports of which there are too few at some moment of the period."""
    taken = [ports for stretch, ports in steps(loads) if stretch.overlaps(period)]
    found = []
    for name in PORTS:
        most = max((getattr(ports, name) for ports in taken), default=0)
        need, limit = getattr(wanted, name), getattr(capacity, name)
        if need and most + need > limit:
            found.append(Shortage(name, need, most, limit))
    return found


def overfull(loads: Iterable[Load], wanted: Ports, capacity: Ports) -> list[Period]:
    """When something that wants so much does not fit, in time order."""
    return [stretch for stretch, taken in steps(loads) if _short(taken, wanted, capacity)]


def _short(taken: Ports, wanted: Ports, capacity: Ports) -> bool:
    """Kinds that are not wanted are nobody's hindrance."""
    return any(getattr(wanted, name) and getattr(taken, name) + getattr(wanted, name) > getattr(capacity, name) for name in PORTS)
