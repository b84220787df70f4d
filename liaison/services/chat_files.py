"""Files that go with messages of a session's chat: taken in before the message is said, opened by whoever may read the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.chat import FILES_WHILE_S, MOST_FILES_IN_A_WHILE
from ..domain.errors import Invalid, NotFound, RateLimited
from ..domain.file_kinds import ORDINARY, named, plain_name
from ..domain.text import storable
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..store import tables as t
from . import pictures, room_log, stored_files
from .chat import Row, Sender, require_own
from .stored_files import MEGABYTE

MOST_FILES = 500
LONGEST_NAME = 150
SMALL = 480
"""Pixels of a picture's small one, each way."""
KEPT_UNSAID = timedelta(days=1)
"""A file whose message was never said goes after this time."""


@dataclass(frozen=True)
class Sent:
    """What somebody sends: ``id`` is that of the message it is for."""

    id: str
    name: str
    data: bytes


@dataclass(frozen=True)
class OpenedFile:
    """A file as it is served. ``digest`` names exactly these bytes."""

    name: str
    kind: str
    path: Path
    digest: str


def keep_file(house: House, session_id: str, sender: Sender, sent: Sent) -> str:
    """Take a file in for a message of the same id; its id, the same however often it is sent. The room must exist.

    Raises Invalid (also: empty, too large, of no kind that is taken, too much for the session), RateLimited, Infected, ScannerSilent,
    DiskFull.
    """
    if not (8 <= len(sent.id) <= 64 and storable(sent.id)):
        raise Invalid(errors=[{"field": "id", "message": N_("The length must be between %(low)s and %(high)s characters."),
                               "low": 8, "high": 64}])
    with house.db.read() as db:
        known = _known(db, session_id, sent.id, sender)
        if known is not None:
            return known.id
        _require_allowed(db, house, session_id, sender, len(sent.data))
    row = _taken_in(house, session_id, sender, sent)
    with house.db.write() as db:
        room_log.lock_room(db, session_id)
        known = _known(db, session_id, sent.id, sender)
        if known is not None:
            return known.id
        _require_allowed(db, house, session_id, sender, row.size)
        db.add(row)
        return row.id


def file_for(db: DbSession, session_id: str, file_id: str, client_id: str, sender: Sender) -> str:
    """The id of a file that this message may bring. Raises Invalid."""
    row = db.get(t.ChatFile, file_id)
    if row is None or (row.session_id, row.client_id) != (session_id, client_id):
        raise Invalid(errors=[{"field": "file", "message": N_("This file is not there. Send it again.")}])
    require_own(row, sender)
    return row.id


def open_file(house: House, message: Row, small: bool = False) -> OpenedFile:
    """The file of a message that the reader may read. Raises NotFound: there is none, or the message was removed."""
    file = message.file
    digest = "" if file is None or message.removed_at is not None else file.small if small else file.digest
    if file is None or not digest:
        raise NotFound()
    return OpenedFile(f"{file.name}.{file.kind}", file.kind, stored_files.file_of(house, digest), digest)


def forget_unsaid(db: DbSession, now: datetime) -> int:
    """Forget files whose message was never said; how many."""
    old = t.ChatFile.seq.is_(None), t.ChatFile.created_at < now - KEPT_UNSAID
    return len(db.execute(delete(t.ChatFile).where(*old).returning(t.ChatFile.id)).all())


# ---------------------------------------------------------------- inside


def _known(db: DbSession, session_id: str, client_id: str, sender: Sender) -> t.ChatFile | None:
    row = db.scalar(select(t.ChatFile).where(t.ChatFile.session_id == session_id, t.ChatFile.client_id == client_id))
    if row is not None:
        require_own(row, sender)
    return row


def _require_allowed(db: DbSession, house: House, session_id: str, sender: Sender, size: int) -> None:
    """Raises RateLimited, Invalid (the session would hold more than it may)."""
    of_session, now = t.ChatFile.session_id == session_id, house.clock.now()
    lately = db.scalar(select(func.count()).where(of_session, t.ChatFile.peer == sender.peer,
                                                  t.ChatFile.created_at > now - timedelta(seconds=FILES_WHILE_S)))
    if (lately or 0) >= MOST_FILES_IN_A_WHILE:
        raise RateLimited("You are sending too many files.", remedy="Wait a few minutes.")
    count, held = db.execute(select(func.count(), func.coalesce(func.sum(t.ChatFile.size), 0)).where(of_session)).one()
    megabytes = house.settings.session_megabytes
    if count >= MOST_FILES or held + size > megabytes * MEGABYTE:
        message = N_("The files of one session's chat may have %(megabytes)s MB and be %(count)s in number; this one would be too much.")
        details: dict[str, Any] = {"megabytes": megabytes, "count": MOST_FILES}
        raise Invalid(message, errors=[{"field": "file", "message": message, **details}], **details)


def _taken_in(house: House, session_id: str, sender: Sender, sent: Sent) -> t.ChatFile:
    file = stored_files.take_in(house, sent.data, ORDINARY)
    kind, small, size = named(file.kind, sent.name).suffix, "", (0, 0)
    if file.kind.is_picture:
        data, size = pictures.remade(sent.data, SMALL, "WEBP", "file")
        small = stored_files.keep(house, data)
    return t.ChatFile(
        id=new_id(), session_id=session_id, client_id=sent.id, peer=sender.peer, user_id=sender.user,
        name=plain_name(sent.name, LONGEST_NAME) or kind, kind=kind, digest=file.digest, small=small, size=file.size, width=size[0],
        height=size[1], created_at=house.clock.now())
