"""A fact of the room's log, and how one kind of fact changes the state; the table of all of them is in ``events``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .state import RoomState


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: ``type`` is a row of EVENTS, ``data`` JSON."""

    type: str
    data: Mapping[str, Any]
    at: datetime


Change = Callable[[RoomState, Event], RoomState]


@dataclass(frozen=True, slots=True)
class Kind:
    """``fields`` are told to browsers; ``private`` are kept in the log alone."""

    fields: tuple[str, ...]
    change: Change
    private: tuple[str, ...] = ()
