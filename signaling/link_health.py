"""How good the points' connections are, kept by the minute: the holder of a worker's lease asks it every few seconds.

What a worker measured and what its clients told of themselves is folded per point and session; a minute that is over is
written once. A process that dies loses the minute it was in.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from liaison.domain.errors import Busy
from liaison.domain.link_quality import SUMS, Minute
from liaison.house import House
from liaison.process import get_logger
from liaison.services import link_history

from .engine import EngineError, MediaEngine
from .media_events import MediaEvents

LOOK_EVERY_S = 5.0

log = get_logger("liaison.signaling")

Key = tuple[str, str, datetime]  # session, point's slug, the minute's beginning


class LinkHealth:
    """One thread; what cannot be written now is written at the next look."""

    def __init__(self, house: House, engine: MediaEngine, events: MediaEvents) -> None:
        self._house, self._engine, self._events = house, engine, events
        self._minutes: dict[Key, Minute] = {}
        self._told: dict[str, Mapping[str, Any]] = {}  # by peer: the report that was looked at last
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link-health", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look()
            except (SQLAlchemyError, EngineError, Busy) as exc:
                log.error("connections' minutes; trying again", error=str(exc))
            except Exception:
                log.exception("connections' minutes")

    def look(self) -> None:
        """Ask the workers whose lease is held here, fold, and write the minutes that are over."""
        now = self._house.clock.now()
        if self._events.leads:
            self._fold(now.replace(second=0, microsecond=0))
        self._write(now.replace(second=0, microsecond=0))

    def _fold(self, minute: datetime) -> None:
        seen: dict[str, Mapping[str, Any]] = {}
        for worker, rooms in self._engine.health().items():
            if not self._events.holds(worker):
                continue
            for session, peers in rooms.items():
                for peer, figures in peers.items():
                    seen[peer] = figures.get("told") or {}
                    if figures.get("point"):
                        look = as_look(figures, self._told.get(peer))
                        self._minutes.setdefault((session, figures["point"], minute), Minute()).add(look)
        self._told = seen

    def _write(self, minute: datetime) -> None:
        over = [key for key in self._minutes if key[2] != minute]
        if not over:
            return
        rows = [{"session_id": session, "point": point, "at": at, **self._minutes[session, point, at].row()} for session, point, at in over]
        with self._house.db.write() as db:
            link_history.store_samples(db, rows)
        for key in over:
            del self._minutes[key]


def as_look(figures: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """One peer's health as the minute takes it: the worker's figures, completed by the client's where it told anew.

    Up, loss and jitter are seen by the worker, the round trip by the client alone; down, it is the worker that measures what
    it sends, and the client that knows about freezes and sound.
    """
    up, down, told = _measured(figures.get("up")), _measured(figures.get("down")), figures.get("told") or {}
    fresh = told if told.get("count", 0) != (before or {}).get("count", 0) else {}
    own = fresh.get("down") or {}
    look = {
        "up_loss": up.get("loss"), "up_jitter_ms": up.get("jitter_ms"), "up_bitrate": up.get("bitrate"),
        "down_loss": down.get("loss"), "down_jitter_ms": own.get("jitter_ms", down.get("jitter_ms")), "down_bitrate": down.get("bitrate"),
        "rtt_ms": fresh.get("rtt_ms", down.get("round_trip_ms")), "concealed": own.get("concealed"),
        "quality": fresh.get("quality", told.get("quality")), "transport": transport(told),
    }
    return look | {name: _grown(told, before, name) for name in SUMS}


def _measured(way: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A direction's figures; without a packet in the last window there is nothing to say but the round trip."""
    if way is None or way.get("expected", 1):
        return way or {}
    return {"round_trip_ms": way.get("round_trip_ms")}


def transport(told: Mapping[str, Any]) -> str:
    """``direct-udp``, ``relay-tcp`` …; empty when the client has not told."""
    if not told.get("candidate"):
        return ""
    way = "relay" if told["candidate"] == "relay" else "direct"
    return f"{way}-{told.get('transport', 'udp')}"


def _grown(told: Mapping[str, Any], before: Mapping[str, Any] | None, name: str) -> int:
    """How much a sum has grown since the last look; one that began anew (a new worker) counts whole."""
    if before is None:
        return 0  # this process looks for the first time: the sum is of minutes that another has written
    now, then = int(told.get(name) or 0), int(before.get(name) or 0)
    return now - then if now >= then else now
