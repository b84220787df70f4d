"""What FakeEngine says of connections: figures that tests set by hand, and what clients told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def told_health(room: Any, figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """By peer of the room that has a connection."""
    peers: dict[str, Any] = {}
    for (peer, _name), connection in room.connections.items():
        wish = room.desired.peers.get(peer)
        if connection.up and wish is not None:
            peers[peer] = {"point": wish.point, "up": None, "down": None, "told": None} | dict(figures.get(peer, {}))
    return peers


def added_up(told: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A client's report with the freezes of those before."""
    down, sums = told.get("down") or {}, before or {}
    freezes = {name: sums.get(name, 0) + down.get(name, 0) for name in ("freezes", "frozen_ms")}
    return {**told, **freezes, "count": sums.get("count", 0) + 1}
