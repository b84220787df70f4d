"""The disk guard: when space runs short, uploads and recordings stop, with a warning. Sessions never do.

A reserve file is given up when the disk is about to be full, whatever filled it, so that the database can go on writing.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ..domain.errors import LiaisonError
from ..house import House
from ..i18n import N_
from ..process import get_logger

MIB, GIB = 1 << 20, 1 << 30
LOW_BYTES, FULL_BYTES, LAST_BYTES = 2048 * MIB, 512 * MIB, 64 * MIB
RESERVE_BYTES = 128 * MIB
"""Enough for the database of many days of sessions."""
RESERVE = "reserve.space"
LOOK_EVERY_S, SAY_EVERY_S = 10.0, 3600.0
AHEAD_S, LONGEST_S = 86_400, 86_400
"""So long before it is full the office is told; and no recording is on whose manifest is older."""

log = get_logger("liaison.disk")


class Level(StrEnum):
    FINE = "fine"
    LOW = "low"
    FULL = "full"


class DiskFull(LiaisonError):
    code = "disk_full"
    message = N_("The disk of the server is nearly full; files are not accepted now.")
    remedy = N_("Ask the administrator to make room. Sessions go on.")


@dataclass(frozen=True)
class DiskState:
    """Free space of the disk with the data, in bytes."""

    free_bytes: int
    total_bytes: int

    @property
    def level(self) -> Level:
        if self.free_bytes < min(FULL_BYTES, self.total_bytes // 20):
            return Level.FULL
        return Level.LOW if self.free_bytes < min(LOW_BYTES, self.total_bytes // 10) else Level.FINE


def disk_state(folder: Path) -> DiskState:
    """Of the disk that holds ``folder`` (or its nearest parent that exists)."""
    place = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    usage = shutil.disk_usage(place)
    return DiskState(usage.free, usage.total)


def recording_rests(house: House) -> bool:
    """Whether nothing is recorded for want of space. Of all that writes recordings stop first."""
    state = disk_state(house.settings.data)
    return state.free_bytes < _rests_at(state)


def _rests_at(state: DiskState) -> int:
    return min(2 * FULL_BYTES, state.total_bytes // 15)


def fills_soon(house: House, state: DiskState) -> bool:
    """Whether recordings would have to rest within a day at the pace at which those that are on grow."""
    found = list(house.settings.recordings_folder.glob("*/manifest.json"))
    now = house.clock.now().timestamp() if found else 0.0
    pace = sum(_pace(manifest, now) for manifest in found)
    return pace > 0 and (state.free_bytes - _rests_at(state)) / pace < AHEAD_S


def _pace(manifest: Path, now: float) -> float:
    """Octets a second of a recording that is on."""
    try:
        old, known = now - manifest.stat().st_mtime >= LONGEST_S, json.loads(manifest.read_text())
    except (FileNotFoundError, ValueError):  # removed meanwhile, or cut short when the power went
        return 0.0
    if old or known["ended"] or not known["opened_at"]:
        return 0.0
    octets = sum(file.stat().st_size for file in manifest.parent.glob("*.mkv"))
    return octets / max(60.0, now - datetime.fromisoformat(known["opened_at"]).timestamp())


def require_space(house: House) -> None:
    """Raise DiskFull when nothing more may be uploaded or recorded."""
    require_space_at(house.settings.data)


def require_space_at(folder: Path) -> None:
    """The same for another folder."""
    if disk_state(folder).level is Level.FULL:
        raise DiskFull()


_said: dict[Path, tuple[float, str | None]] = {}


def disk_warning(house: House) -> str | None:
    """The msgid of a warning for administrators; none while there is room. Looks at the disk every 10 s at most."""
    folder, now = house.settings.data.resolve(), time.monotonic()
    looked, said = _said.get(folder, (-LOOK_EVERY_S, None))
    if folder not in _said or now - looked >= LOOK_EVERY_S:
        said = _warning(house, disk_state(folder))
        _said[folder] = (now, said)
    return said


def _warning(house: House, state: DiskState) -> str | None:
    if state.level is Level.FULL:
        return N_("The disk of the server is nearly full: recordings and uploads are stopped, sessions go on. Make room now.")
    if state.free_bytes < _rests_at(state):
        return N_("The disk of the server is nearly full: nothing is recorded any more, sessions go on. Make room now.")
    if state.level is Level.LOW:
        return N_("The disk of the server is getting full. Make room soon.")
    return N_("At this pace recordings fill the disk of the server within a day. Make room soon.") if fills_soon(house, state) else None


class DiskGuard:
    """What the scheduler does every minute: keep or give up the reserve, and say in the log how things stand."""

    def __init__(self, house: House) -> None:
        self._folder = house.settings.data.resolve()
        self._said: tuple[Level, float] = (Level.FINE, 0.0)

    def look(self) -> DiskState:
        """One turn; returns the state found."""
        state = disk_state(self._folder)
        if state.free_bytes < min(LAST_BYTES, state.total_bytes // 50):
            self._give_up_reserve()
        elif state.level is Level.FINE:
            self._keep_reserve()
        self._say(state)
        return state

    def _say(self, state: DiskState) -> None:
        level, at = self._said
        if state.level is level and (level is Level.FINE or time.monotonic() - at < SAY_EVERY_S):
            return
        self._said = (state.level, time.monotonic())
        say = log.info if state.level is Level.FINE else log.warning
        say("disk space", level=str(state.level), free_mib=state.free_bytes // MIB, folder=str(self._folder))

    def _keep_reserve(self) -> None:
        file = self._folder / RESERVE
        if file.exists():
            return
        fresh = file.with_suffix(".new")
        try:
            with fresh.open("wb") as held:
                os.posix_fallocate(held.fileno(), 0, RESERVE_BYTES)
            os.replace(fresh, file)
        except OSError as error:  # a file system without fallocate, or the space is gone again
            fresh.unlink(missing_ok=True)
            log.warning("no reserve could be set aside", reason=str(error))

    def _give_up_reserve(self) -> None:
        file = self._folder / RESERVE
        if file.exists():
            file.unlink()
            log.error("the disk is full: the reserve was given up so that sessions go on; make room now", folder=str(self._folder))
