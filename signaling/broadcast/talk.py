"""Who speaks while nobody has been given the floor, so that a free discussion can be found in its recording. Pure but for the file.

``talk.jsonl`` of a broadcast: ``{"at", "point", "name"}`` a line. The list of speakers stands in the room's log and goes before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from signaling.room.state import RoomState

from .scene import is_shown

TALK = "talk.jsonl"
LEAST = timedelta(seconds=8)
"""Whoever says less ("thank you, next please") is not looked for."""
BREAK = timedelta(seconds=2)
"""So short a pause, or a word of somebody else, ends nothing."""
FORGOTTEN = timedelta(minutes=1)
"""Who speaks again after so long begins anew."""


def speaker_of(state: RoomState, loudest: Sequence[str]) -> str | None:
    """The loudest of those who are shown to viewers."""
    return next((peer for peer in loudest if is_shown(state, peer)), None)


@dataclass(slots=True)
class Turn:
    """Somebody's, so far."""

    began: datetime
    last: datetime
    spoken: timedelta = timedelta()


class Talk:
    """Looked at some times a second."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}
        self._told: tuple[str, datetime] | None = None

    def look(self, speaker: str | None, now: datetime) -> datetime | None:
        """Since when whoever speaks has done so, once he has for ``LEAST`` and another did before; else None."""
        self._turns = {peer: turn for peer, turn in self._turns.items() if now - turn.last <= BREAK}
        if speaker is None:
            return None
        turn = self._turns.setdefault(speaker, Turn(now, now))
        turn.spoken, turn.last = turn.spoken + (now - turn.last), now
        if turn.spoken < LEAST:
            return None
        known, self._told = self._told, (speaker, now)
        return None if known is not None and known[0] == speaker and now - known[1] < FORGOTTEN else turn.began

    def forget(self) -> None:
        """Somebody has the floor, or nothing is shown: whoever speaks afterwards begins anew."""
        self._turns, self._told = {}, None


def write_talk(folder: Path, at: datetime, point: str | None, name: str) -> None:
    with (folder / TALK).open("a") as file:
        file.write(json.dumps({"at": at.isoformat(), "point": point, "name": name}, ensure_ascii=False) + "\n")


def read_talk(folder: Path) -> Iterator[dict[str, Any]]:
    """Nothing where nobody spoke; without the line that was being written when its writer died."""
    try:
        lines = (folder / TALK).read_text().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            row = json.loads(line)
            yield row | {"at": datetime.fromisoformat(row["at"])}
        except (ValueError, TypeError, KeyError):
            continue
