"""Files that people send, each kept once under its SHA-256 in a folder that no web server serves.

What a file is its content says, a virus scanner may look at it, and pictures are written anew. Rows of tables refer to files by their
digest (``REFERRING``); a file to which nothing has referred for ``KEPT_UNUSED`` is removed hourly. Files are never changed, so
whoever has a digest has the file as it was.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as DbSession

from ..config import Settings
from ..domain.errors import Invalid, NotFound
from ..domain.file_kinds import JPEG, PAPERS, PNG, WEBP, FileKind, kind_of
from ..house import House
from ..i18n import N_
from ..store import tables as t
from . import pictures
from .disk import require_space
from .file_scan import require_clean

REFERRING: tuple[InstrumentedAttribute[str], ...] = (
    t.Document.digest, t.DocumentPage.digest, t.DocumentPage.small, t.ChatFile.digest, t.ChatFile.small)
"""Every column that names a file. A table that refers to files stands here, or its files go."""
KEPT_UNUSED = timedelta(days=30)
"""A backup of the days before may be put back, and refers to them again."""
MEGABYTE = 1_000_000
WIDEST = 4000
"""Pixels of a picture that is kept, each way: a scanned A3 sheet can still be read."""
FORMS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
UNFINISHED = ".new-"
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredFile:
    """A file that is kept: its name in the store, its size in bytes, what it is."""

    digest: str
    size: int
    kind: FileKind


def take_in(house: House, sent: bytes, kinds: Collection[FileKind] = PAPERS, field: str = "file") -> StoredFile:
    """Look at a file and keep it; whoever asks writes the row that refers to it. Takes a while: not inside a transaction.

    Raises Invalid (naming ``field``: empty, too large, not of these ``kinds``), Infected, ScannerSilent, DiskFull.
    """
    kind = _checked(house, sent, kinds, field)
    require_space(house)
    require_clean(house.settings, sent)
    data = pictures.remade(sent, WIDEST, FORMS[kind], field)[0] if kind in FORMS else sent
    return StoredFile(keep(house, data), len(data), kind)


def keep(house: House, data: bytes) -> str:
    """Write our own bytes (whole or not at all); the digest under which they are kept."""
    digest = hashlib.sha256(data).hexdigest()
    file = _path(house.settings, digest)
    if file.exists():
        os.utime(file)  # it may have been about to be removed
        return digest
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=UNFINISHED, delete=False) as fresh:
        fresh.write(data)
        fresh.flush()
        os.fsync(fresh.fileno())
    os.replace(fresh.name, file)
    return digest


def file_of(house: House, digest: str) -> Path:
    """Where a file lies. Raises NotFound."""
    file = _path(house.settings, digest)
    if not file.is_file():
        raise NotFound()
    return file


def stored(settings: Settings) -> Iterator[Path]:
    """Every file of the store."""
    return (path for path in sorted(settings.files_folder.glob("??/*")) if DIGEST.fullmatch(path.name))


def put_back(settings: Settings, digest: str, source: Path) -> None:
    """A file out of a backup; one that is there already is the same."""
    file = _path(settings, digest)
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_name(f"{UNFINISHED}{os.getpid()}-{digest}")
        fresh.write_bytes(source.read_bytes())
        os.replace(fresh, file)


def sweep(house: House, now: datetime) -> int:
    """Remove what nothing refers to any more; how many."""
    _sweep_unfinished(house.settings, now)
    old = [path for path in stored(house.settings) if path.stat().st_mtime < (now - KEPT_UNUSED).timestamp()]
    if not old:
        return 0
    with house.db.read() as db:
        used = _used(db)
    gone = [path for path in old if path.name not in used]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _sweep_unfinished(settings: Settings, now: datetime) -> None:
    """What a process that was killed was writing."""
    for path in settings.files_folder.glob(f"??/{UNFINISHED}*"):
        if path.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            path.unlink(missing_ok=True)


def _used(db: DbSession) -> set[str]:
    return {digest for column in REFERRING for digest in db.scalars(select(column).distinct())}


def _path(settings: Settings, digest: str) -> Path:
    if not DIGEST.fullmatch(digest):
        raise NotFound()
    return settings.files_folder / digest[:2] / digest


def _checked(house: House, sent: bytes, kinds: Collection[FileKind], field: str) -> FileKind:
    if not sent:
        raise _wrong(N_("Choose a file first."), field)
    megabytes = house.settings.file_megabytes
    if len(sent) > megabytes * MEGABYTE:
        raise _wrong(N_("This file is larger than %(megabytes)s MB."), field, megabytes=megabytes)
    kind = kind_of(sent)
    if kind is None or kind not in kinds:
        raise _wrong(N_("Files of this kind are not taken here. Send one of these: %(kinds)s."), field,
                     kinds=", ".join(sorted(known.suffix.upper() for known in kinds)))
    return kind


def _wrong(message: str, field: str, **details: Any) -> Invalid:
    return Invalid(message, errors=[{"field": field, "message": message, **details}], **details)
