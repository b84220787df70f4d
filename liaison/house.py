"""The one object services take: settings, database, clock, network."""

from __future__ import annotations

from dataclasses import dataclass

from .config import Settings
from .domain.clock import Clock, SystemClock
from .network import Network, load_network
from .store.database import Database


@dataclass(frozen=True)
class House:
    """What a use case works with. Tests make one with a ``FixedClock`` and a database of their own."""

    settings: Settings
    db: Database
    clock: Clock
    network: Network


def open_house(settings: Settings, clock: Clock | None = None) -> House:
    """Open the database (not migrating it) and load the network."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return House(settings, Database(settings.database), clock or SystemClock(), load_network(settings.network_dir))
