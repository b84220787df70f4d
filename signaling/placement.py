"""Which media worker carries a room: the least loaded one that is there, weighed by the streams that leave it.

A room without anybody in it may be placed anew at every entrance. A room with people in it stays where it is, unless its
worker stays away: then it moves, its epoch rises, and its clients build their connections again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session as DbSession

from liaison.domain.words import Answer, SessionStatus
from liaison.house import House
from liaison.process import get_logger
from liaison.services import room_log
from liaison.store import tables as t
from liaison.store.locks import lock_key

OPEN = (SessionStatus.CONFIRMED, SessionStatus.LIVE)
SLOTS = 28  # what one participant receives of others: 25 pictures and three voices
STAYS_AWAY = timedelta(seconds=5)  # the supervisor brings a dead worker back sooner than that

log = get_logger("liaison.signaling")


def weight(points: int, peers: int) -> int:
    """Everybody expected or present receives everybody else, as far as there are slots."""
    people = max(points, peers, 2)
    return people * min(people - 1, SLOTS)


def least_loaded(loads: Mapping[int, int], up: Iterable[int], present: int) -> int:
    """Of the workers that are there (of all, when none is); among equals the present one, then the first."""
    chosen = [worker for worker in up if worker in loads] or list(loads)
    return min(chosen, key=lambda worker: (loads[worker], worker != present, worker))


def place(db: DbSession, house: House, room: t.Room) -> bool:
    """Choose the worker of a room with nobody in it; True when its media, if it had any, begin anew."""
    rows = _workers(db)
    worker = 0
    if house.settings.media_workers > 1:
        worker = _best(db, house, room, _present(rows))
    return assign(room, worker, rows[worker].boot_id if worker in rows else "")


def assign(room: t.Room, worker: int, boot_id: str) -> bool:
    """Note the worker and its boot; True when the room had media elsewhere before: then its epoch has risen."""
    had_media = room.media_boot_id not in ("", boot_id)
    room.worker, room.media_boot_id = worker, boot_id
    room.media_epoch += had_media
    return had_media


def _best(db: DbSession, house: House, room: t.Room, up: Iterable[int]) -> int:
    """One room at a time is placed, or two that open together would go to the same worker."""
    lock_key(db, "media placement")
    return least_loaded(loads(db, house.settings.media_workers, room.session_id), up, room.worker)


def _workers(db: DbSession) -> dict[int, t.MediaWorker]:
    return {row.worker: row for row in db.scalars(select(t.MediaWorker))}


def _present(rows: Mapping[int, t.MediaWorker]) -> list[int]:
    return [worker for worker, row in rows.items() if row.boot_id and row.down_since is None]


# ---------------------------------------------------------------- what workers carry


@dataclass(frozen=True)
class Carried:
    """A room that is open, and whether its worker has something to do for it."""

    session_id: str
    worker: int
    peers: int
    live: bool

    @property
    def busy(self) -> bool:
        """Live with media, or with people in its lobby."""
        return self.live or self.peers > 0


def loads(db: DbSession, workers: int, but: str = "") -> dict[int, int]:
    """What each worker carries; the room ``but`` is left out."""
    load = dict.fromkeys(range(workers), 0)
    rooms = [room for room in _carried(db) if room.busy and room.session_id != but and room.worker < workers]
    expected = _expected(db, [room.session_id for room in rooms])
    for room in rooms:
        load[room.worker] += weight(expected.get(room.session_id, 0), room.peers)
    return load


def _carried(db: DbSession, *only: ColumnElement[bool]) -> list[Carried]:
    query = select(t.Room, t.Session.status).join(t.Session, t.Session.id == t.Room.session_id).where(t.Session.status.in_(OPEN), *only)
    return [Carried(room.session_id, room.worker, len(room.snapshot.get("peers", ())),
                    status == SessionStatus.LIVE and room.media_boot_id != "") for room, status in db.execute(query)]


def _expected(db: DbSession, session_ids: list[str]) -> dict[str, int]:
    """How many points have not declined."""
    query = select(t.Invitation.session_id, func.count()).where(
        t.Invitation.session_id.in_(session_ids), t.Invitation.answer != Answer.DECLINED).group_by(t.Invitation.session_id)
    return {session_id: count for session_id, count in db.execute(query)}


# ---------------------------------------------------------------- workers that stay away


def note_workers(house: House, up: Mapping[int, bool]) -> list[str]:
    """Write down which of these workers are there, and move the rooms of those that stay away; the rooms that moved.

    Called every second by whoever holds these workers' leases; it writes nothing while nothing changes.
    """
    now = house.clock.now()
    with house.db.read() as db:
        since = {worker: row.down_since for worker, row in _workers(db).items() if worker in up}
        away = [worker for worker, down_since in since.items() if down_since and not up[worker] and now - down_since > STAYS_AWAY]
        stranded = _stranded(db, house.settings.media_workers, away, sees_to_all=0 in up)
    for worker, down_since in since.items():
        if up[worker] != (down_since is None):
            _note(house, worker, None if up[worker] else now)
    return [room for room in stranded if _move(house, room, now)]


def _note(house: House, worker: int, down_since: datetime | None) -> None:
    with house.db.write() as db:
        db.get_one(t.MediaWorker, worker, with_for_update=True).down_since = down_since


def _stranded(db: DbSession, workers: int, away: Sequence[int], sees_to_all: bool) -> list[str]:
    """Busy rooms of workers that are away, or (``sees_to_all``) that the settings have no more."""
    if workers == 1 and not sees_to_all:
        return []
    nowhere = t.Room.worker >= workers if sees_to_all else false()
    return [room.session_id for room in _carried(db, t.Room.worker.in_(away) | nowhere) if room.busy]


def _move(house: House, session_id: str, now: datetime) -> bool:
    """Under the room's lock; nothing happens while no other worker is there."""
    with house.db.write() as db:
        room = room_log.lock_room(db, session_id)
        rows = _workers(db)
        others = [worker for worker in _present(rows) if worker != room.worker and worker < house.settings.media_workers]
        if not others:
            return False
        worker = _best(db, house, room, others)
        if not assign(room, worker, rows[worker].boot_id):
            room.media_epoch += 1  # its people were refused until now: they shall try again
        room_log.append(db, session_id, [("media_reset", {"epoch": room.media_epoch})], now, "media")
        log.warning("a room moves: its media worker stays away", room=session_id, worker=worker)
        return True
