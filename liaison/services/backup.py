"""Backup and restore of a running system, on both databases and from one to the other.

A backup is one file, ``tar.gz``: ``manifest.json`` (schema, when, rows and SHA-256 of each part), ``tables/<name>.jsonl``,
``files/<SHA-256>`` (what people have sent) and ``secret.key``, without which links in mails already sent would be worthless. It holds
personal data and that key: mode 0600. Backups that are made by themselves leave the files out: they stand before something that
never touches them, and files that nothing refers to stay for a month.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table, TableClause, bindparam, func, select, update

from .. import __version__
from ..config import Settings
from ..domain.clock import SystemClock
from ..domain.errors import LiaisonError
from ..domain.words import OutboxStatus
from ..process import get_logger
from ..store import copying
from ..store.database import Database
from ..store.migrate import head_revision
from . import disk, stored_files

FORMAT = 1
MANIFEST, SECRET, TABLES, FILES = "manifest.json", "secret.key", "tables/", "files/"
KEPT_AUTOMATIC = 10
CHUNK = 1 << 20
PRECIOUS = ("user_account", "session")

log = get_logger("liaison.backup")


class BadBackup(LiaisonError):
    """A file that is not a whole backup, or not one for this version."""

    code = "bad_backup"
    message = "This file is not a backup of liaison, or it is damaged."
    remedy = "Take another backup file."


class WouldLose(LiaisonError):
    code = "would_lose"
    message = "There is content here that the restore would replace: %(accounts)s accounts, %(sessions)s sessions."
    remedy = "Say --yes to replace it; a backup of it is made first."


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. ``rows``: by table."""

    made_at: datetime
    version: str
    revision: str
    database: str
    rows: dict[str, int]
    digests: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "made_at": self.made_at.isoformat(), "version": self.version, "revision": self.revision,
                "database": self.database, "rows": self.rows, "sha256": self.digests}


# ---------------------------------------------------------------- making one


def make_backup(settings: Settings, file: Path, files: bool = True) -> Manifest:
    """Write a backup while the system runs; whole or not at all. ``files``: with what people have sent.

    Raises DiskFull, OSError, BadBackup when it cannot be read back.
    """
    disk.require_space_at(file.parent)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            manifest = _collect(settings, Path(folder), files)
            _pack(fresh, Path(folder), manifest)
        with opened(fresh):
            pass  # read it back: a backup that cannot be read is none
        os.replace(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def automatic_backup(settings: Settings, why: str) -> Path:
    """One in ``LIAISON_DATA/backups``, named after its reason; only the newest ten of those stay."""
    folder = settings.data.resolve() / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{SystemClock().now():%Y%m%dT%H%M%S%f}-{why}.tar.gz"
    make_backup(settings, file, files=False)
    log.info("backup made", file=str(file))
    for old in sorted(folder.glob("*.tar.gz"))[:-KEPT_AUTOMATIC]:
        old.unlink()
    return file


def _collect(settings: Settings, folder: Path, files: bool) -> Manifest:
    """The parts as files of a folder."""
    (folder / TABLES).mkdir()
    rows: dict[str, int] = {}
    database = Database(settings.database)
    try:
        with copying.snapshot(database) as connection:
            revision = copying.revision(connection)
            for table in copying.tables(connection):
                rows[table.name] = _write_table(connection, table, folder / TABLES / f"{table.name}.jsonl")
    finally:
        database.close()
    if files:
        _gather_files(settings, folder / FILES)
    if settings.secret_file.exists():
        (folder / SECRET).write_bytes(settings.secret_file.read_bytes())
    digests = {str(part.relative_to(folder)): _digest(part) for part in sorted(folder.rglob("*")) if part.is_file()}
    return Manifest(SystemClock().now(), __version__, revision, database.dialect, rows, digests)


def _gather_files(settings: Settings, folder: Path) -> None:
    """After the tables, so that no row refers to a file that is not there; linked where that is possible, for they never change."""
    folder.mkdir()
    for path in stored_files.stored(settings):
        try:
            os.link(path, folder / path.name)
        except OSError:  # another disk, or a file system without links
            shutil.copyfile(path, folder / path.name)


def _write_table(connection: Connection, table: Table, file: Path) -> int:
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for count, line in enumerate(copying.lines(connection, table), 1):  # noqa: B007 - the last number is the count
            out.write(line)
    return count


def _digest(file: Path) -> str:
    with file.open("rb") as opened_file:
        return hashlib.file_digest(opened_file, "sha256").hexdigest()


def _pack(file: Path, folder: Path, manifest: Manifest) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6) as packed:
        with tarfile.open(fileobj=packed, mode="w") as tar:
            text = json.dumps(manifest.as_json(), ensure_ascii=False, indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size, head.mode, head.mtime = len(text), 0o600, int(manifest.made_at.timestamp())
            tar.addfile(head, io.BytesIO(text))
            for name in manifest.digests:
                tar.add(folder / name, name, recursive=False)
        packed.close()
        raw.flush()
        os.fsync(raw.fileno())


# ---------------------------------------------------------------- reading one


@dataclass(frozen=True)
class Opened:
    """A backup unpacked and found whole."""

    manifest: Manifest
    folder: Path

    def table(self, name: str) -> IO[str]:
        return (self.folder / TABLES / f"{name}.jsonl").open(encoding="utf-8")

    def files(self) -> Iterator[Path]:
        return (self.folder / FILES).glob("*")


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """Unpack into a folder that goes away afterwards, and check every part. Raises BadBackup, OSError."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(file, "r:gz") as tar:
                tar.extractall(folder, filter="data")
            manifest = _read_manifest(folder)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError, KeyError, TypeError, FileNotFoundError) as error:
            if isinstance(error, FileNotFoundError) and not file.exists():
                raise
            raise BadBackup() from error
        for part, digest in manifest.digests.items():
            if not (folder / part).is_file() or _digest(folder / part) != digest:
                raise BadBackup("The part %(part)s of this backup is missing or damaged.", part=part)
        yield Opened(manifest, folder)


def _read_manifest(folder: Path) -> Manifest:
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if told["format"] != FORMAT:
        raise BadBackup("This backup was made by a newer version of liaison.", remedy="Install that version.")
    return Manifest(datetime.fromisoformat(told["made_at"]), told["version"], told["revision"], told["database"], told["rows"],
                    told["sha256"])


# ---------------------------------------------------------------- putting one back


def restore_backup(settings: Settings, file: Path, replace: bool = False) -> tuple[Manifest, Path | None]:
    """Put a backup's content in place of what is there, in one transaction: all or nothing.

    ``settings`` names a migrated database. What is there is saved first (its file is returned). Whoever reads goes on reading
    until the commit; whoever writes waits. Processes that run must be restarted afterwards (``liaison.supervisor.restart_running``):
    they know rooms that are no more. Raises WouldLose unless ``replace``, BadBackup, Busy, DiskFull.
    """
    with opened(file) as backup:
        _require_same_schema(backup.manifest)
        saved = _save_present(settings, replace)
        for part in backup.files():  # before the rows that refer to them; without those they do no harm
            stored_files.put_back(settings, part.name, part)
        database = Database(settings.database)
        try:
            with database.write() as db:
                _replace_content(db.connection(), backup)
        finally:
            database.close()
        if (backup.folder / SECRET).exists():
            _put_secret(settings, (backup.folder / SECRET).read_bytes())
        return backup.manifest, saved


def _require_same_schema(manifest: Manifest) -> None:
    if manifest.revision != head_revision():
        raise BadBackup("This backup was made by liaison %(version)s with schema %(has)s; this version needs schema %(needs)s.",
                        version=manifest.version, has=manifest.revision, needs=head_revision(),
                        remedy="Restore it with the version that made it, then upgrade: the data is migrated then.")


def _save_present(settings: Settings, replace: bool) -> Path | None:
    """A backup of what is there, if there is anything; WouldLose when that may not be replaced."""
    database = Database(settings.database)
    try:
        with copying.snapshot(database) as connection:
            counts = [connection.scalar(select(func.count()).select_from(TableClause(name))) for name in PRECIOUS]
    finally:
        database.close()
    if not any(counts):
        return None
    if not replace:
        raise WouldLose(accounts=counts[0], sessions=counts[1])
    return automatic_backup(settings, "before-restore")


def _replace_content(connection: Connection, backup: Opened) -> None:
    known = copying.tables(connection)
    missing = sorted(set(backup.manifest.rows) ^ {table.name for table in known})
    if missing:
        raise BadBackup("The tables of this backup are not those of this version: %(tables)s.", tables=", ".join(missing))
    copying.lock_out_writers(connection, known)
    sent = _mail_already_sent(connection, known)
    copying.empty(connection, known)
    for table in known:
        with backup.table(table.name) as rows:
            count = copying.load(connection, table, rows)
        if count != backup.manifest.rows[table.name]:
            raise BadBackup("The part %(part)s of this backup is missing or damaged.", part=table.name)
    _keep_sent(connection, known, sent)


def _outbox(known: list[Table]) -> Table:
    return next(table for table in known if table.name == "outbox")


def _mail_already_sent(connection: Connection, known: list[Table]) -> list[dict[str, Any]]:
    """What has left the house cannot be called back, and must not leave it again because an older state says so."""
    outbox = _outbox(known)
    query = select(outbox.c.dedupe_key, outbox.c.sent_at).where(outbox.c.status == str(OutboxStatus.SENT))
    return [{"key": key, "at": at} for key, at in connection.execute(query)]


def _keep_sent(connection: Connection, known: list[Table], sent: list[dict[str, Any]]) -> None:
    outbox = _outbox(known)
    if sent:
        connection.execute(update(outbox).where(outbox.c.dedupe_key == bindparam("key")).values(
            status=str(OutboxStatus.SENT), sent_at=bindparam("at")), sent)


def _put_secret(settings: Settings, key: bytes) -> None:
    settings.secret_file.parent.mkdir(parents=True, exist_ok=True)
    fresh = settings.secret_file.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    os.replace(fresh, settings.secret_file)
