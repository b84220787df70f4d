"""PCs that belong to a point's room: paired once with a code from their screen, listed and revoked on the point's page.

The PC's browser holds the key (32 random bytes in a cookie) from the moment it shows a code; whoever looks after the point makes
it valid by typing that code. Only the key's SHA-256 is kept.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Busy, Conflict, Invalid, NotFound
from ..domain.room_pc import CODE_LIVES, MOST_MINUTES, new_code, typed_code
from ..domain.text import text_error
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from .audit import changes, record
from .point_cards import may_keep
from .points import find_point
from .tokens import digest

KEY_BYTES = 32
LONGEST_NAME = 100
MOST_CODES = 200
"""Codes that may stand on screens at once: more is no network of offices."""
MOST_DEVICES = 20
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class ShownCode:
    """What a PC that is not paired shows, and the key that the code will make valid."""

    code: str
    expires_at: datetime
    key: str


@dataclass(frozen=True)
class Device:
    """A paired PC, and how its point wants it to go into sessions."""

    id: str
    name: str
    point_id: str
    point: str
    point_name: dict[str, str]
    minutes: int
    camera: bool


@dataclass(frozen=True)
class DeviceRow:
    """A paired PC on the point's page."""

    id: str
    name: str
    created_by: str
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True)
class RoomSettings:
    """How the PCs of a point go into sessions, and which there are."""

    minutes: int
    camera: bool
    devices: tuple[DeviceRow, ...]


# ---------------------------------------------------------------- the PC's side


def new_key() -> str:
    """What the PC's cookie will hold."""
    return secrets.token_urlsafe(KEY_BYTES)


def show_code(house: House, key: str) -> ShownCode:
    """The code for the PC with this key ("": with none yet); the same as long as it is valid. A revoked key is replaced by a new one.

    Raises Busy (too many codes are shown), Conflict (paired).
    """
    now = house.clock.now()
    with house.db.write() as db:
        db.execute(delete(t.RoomPairing).where(t.RoomPairing.expires_at <= now))
        key = _usable(db, key)
        row = db.scalar(select(t.RoomPairing).where(t.RoomPairing.key_hash == digest(key)))
        if row is None:
            if (db.scalar(select(func.count()).select_from(t.RoomPairing)) or 0) >= MOST_CODES:
                raise Busy()
            row = t.RoomPairing(code=_free_code(db), key_hash=digest(key), expires_at=now + CODE_LIVES)
            db.add(row)
        return ShownCode(row.code, row.expires_at, key)


def _usable(db: DbSession, key: str) -> str:
    device = db.scalar(select(t.RoomDevice).where(t.RoomDevice.key_hash == digest(key))) if key else None
    if device is not None and device.revoked_at is None:
        raise Conflict("This PC is paired already.", remedy="Load the page again.")
    return key if key and device is None else new_key()


def _free_code(db: DbSession) -> str:
    while True:
        code = new_code(secrets.choice)
        if db.get(t.RoomPairing, code) is None:
            return code


def device_of(house: House, key: str) -> Device | None:
    """The paired PC with this key; None when there is none, or it was revoked. Being asked is a sign of life."""
    if not key:
        return None
    now = house.clock.now()
    with house.db.read() as db:
        query = select(t.RoomDevice, t.Point).join(t.Point, t.Point.id == t.RoomDevice.point_id)
        found = db.execute(query.where(t.RoomDevice.key_hash == digest(key), t.RoomDevice.revoked_at.is_(None))).first()
        if found is None:
            return None
        row, point = found
        device = Device(row.id, row.name, point.id, point.slug, point.name, point.room_pc_minutes, point.room_pc_camera)
        stale = row.last_seen_at is None or now - row.last_seen_at >= SEEN_EVERY
    if stale:
        _note_seen(house, device.id, now)
    return device


def _note_seen(house: House, device_id: str, now: datetime) -> None:
    with house.db.write() as db:
        row = db.get(t.RoomDevice, device_id)
        if row is not None:
            row.last_seen_at = now


# ---------------------------------------------------------------- the point's side


def room_settings(house: House, actor: Actor, slug: str) -> RoomSettings:
    """For whoever looks after the point. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        query = (select(t.RoomDevice, t.User).outerjoin(t.User, t.User.id == t.RoomDevice.created_by_id)
                 .where(t.RoomDevice.point_id == point.id, t.RoomDevice.revoked_at.is_(None)).order_by(t.RoomDevice.created_at))
        rows = tuple(DeviceRow(row.id, row.name, (user.full_name or user.name) if user else "", row.created_at, row.last_seen_at)
                     for row, user in db.execute(query))
        return RoomSettings(point.room_pc_minutes, point.room_pc_camera, rows)


def pair(house: House, actor: Actor, slug: str, code: str, name: str) -> str:
    """Take the PC that shows this code for the point's room; its id. Raises Invalid (code, name), NotFound, Forbidden, Conflict."""
    now, wanted = house.clock.now(), name.strip()
    with house.db.write() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        _check_name(wanted)
        shown = db.get(t.RoomPairing, typed_code(code))
        if shown is None or shown.expires_at <= now:
            message = N_("No PC shows this code now. Read it again from the screen.")
            raise Invalid(errors=[{"field": "code", "message": message}])
        _check_number(db, point.id)
        device = t.RoomDevice(id=new_id(), point_id=point.id, name=wanted, key_hash=shown.key_hash, created_by_id=actor.user_id,
                              created_at=now)
        db.delete(shown)
        db.add(device)
        record(db, house, actor, "room_pc.paired", "point", point.slug, None, {"device": device.id, "name": wanted})
        return device.id


def _check_name(name: str) -> None:
    wrong = text_error(name, LONGEST_NAME) if name else N_("Say what it is.")
    if wrong:
        raise Invalid(errors=[{"field": "device_name", "message": wrong}])


def _check_number(db: DbSession, point_id: str) -> None:
    query = select(func.count()).select_from(t.RoomDevice).where(t.RoomDevice.point_id == point_id, t.RoomDevice.revoked_at.is_(None))
    if (db.scalar(query) or 0) >= MOST_DEVICES:
        raise Conflict("This point has as many PCs as one can have.", remedy="Revoke those that are no longer in use.")


def revoke(house: House, actor: Actor, slug: str, device_id: str) -> None:
    """End a PC's right at once; it shows a code again. Raises NotFound, Forbidden."""
    with house.db.write() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        device = db.get(t.RoomDevice, device_id)
        if device is None or device.point_id != point.id:
            raise NotFound()
        if device.revoked_at is None:
            device.revoked_at = house.clock.now()
            record(db, house, actor, "room_pc.revoked", "point", point.slug, {"device": device.id, "name": device.name})


def change_settings(house: House, actor: Actor, slug: str, minutes: int, camera: bool) -> None:
    """So many minutes before the start, with camera and microphone on or off. Raises Invalid, NotFound, Forbidden."""
    with house.db.write() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        if not 0 <= minutes <= MOST_MINUTES:
            raise Invalid(errors=[{"field": "minutes", "message": N_("Give a number of minutes from 0 to 60.")}])
        before, after = changes({"minutes": point.room_pc_minutes, "camera": point.room_pc_camera}, {"minutes": minutes, "camera": camera})
        point.room_pc_minutes, point.room_pc_camera = minutes, camera
        if after:
            record(db, house, actor, "room_pc.changed", "point", point.slug, before, after)
