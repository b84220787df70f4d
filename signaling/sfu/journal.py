"""Events of a worker: numbered ones are kept until they are acknowledged, the others only pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from signaling.engine import DURABLE_EVENTS

MOST_KEPT = 20_000  # should nobody acknowledge for days: the oldest go first


class Journal:
    """Numbers, keeps and hands on events; ``boot_id`` tells this life of the worker from any other."""

    def __init__(self, boot_id: str, deliver: Callable[[dict[str, Any]], None]) -> None:
        self.boot_id = boot_id
        self._deliver = deliver
        self._seq = 0
        self._kept: dict[int, dict[str, Any]] = {}

    def emit(self, kind: str, data: dict[str, Any]) -> None:
        """Tell an event."""
        event: dict[str, Any] = {"event": kind, "data": data}
        if kind in DURABLE_EVENTS:
            self._seq += 1
            event["seq"] = self._seq
            self._keep(event)
        self._deliver(event)

    def _keep(self, event: dict[str, Any]) -> None:
        if event["event"] == "alive":  # a newer sign of life holds all that an older one said
            room = event["data"]["room"]
            older = [s for s, e in self._kept.items() if e["event"] == "alive" and e["data"]["room"] == room]
            for seq in older:
                del self._kept[seq]
        self._kept[event["seq"]] = event
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def ack(self, seq: int) -> None:
        """Events up to this number are stored elsewhere."""
        for known in [s for s in self._kept if s <= seq]:
            del self._kept[known]

    def unacknowledged(self) -> Iterator[dict[str, Any]]:
        """What is still kept, oldest first."""
        yield from list(self._kept.values())
