"""Backup and restore: on both databases, from one to the other, of a running system, and of damaged files."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image
from sqlalchemy import insert, select, update

from liaison.cli import cli
from liaison.config import Settings
from liaison.demo import live, seed, texts
from liaison.domain.actor import SYSTEM
from liaison.house import House, open_house
from liaison.secret import load_secret
from liaison.services import backup, documents, point_pictures, stored_files
from liaison.services.documents import Placing
from liaison.store import copying, migrate
from liaison.store import tables as t
from liaison.store.base import Base
from liaison.store.database import Database
from tests.support.databases import make_settings
from tests.support.people import organiser
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer


def content(settings: Settings) -> dict[str, list[str]]:
    """Every row of every table, as the program reads it."""
    database = Database(settings.database)
    kept = [table for table in Base.metadata.sorted_tables if table.name not in copying.LEFT_OUT]
    try:
        with database.read() as db:
            return {table.name: [repr(tuple(row)) for row in db.execute(select(table).order_by(*table.primary_key.columns))]
                    for table in kept}
    finally:
        database.close()


@pytest.fixture
def filled(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """An office with sessions in every state, a live room, outbox rows, and its secret."""
    monkeypatch.setattr(texts, "TIMETABLE", tuple(slot for slot in texts.TIMETABLE if slot.weekday == 3))
    load_secret(house.settings)
    seed.mark(house)
    chair = seed.seed_people(house)[texts.CHAIR]
    live.keep_live(house, chair)
    seed.seed_week(house)
    point_pictures.put_picture(house, SYSTEM, "osh-oblast", picture())
    with house.db.read() as db:
        session = db.scalars(select(t.Session.id).where(t.Session.status == "live")).one()
    documents.add_document(house, SYSTEM, session, picture(), Placing("A picture"))
    return house


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def settings_of(house: House) -> Settings:
    """As a process would have them: the database's URL in full."""
    return house.settings.model_copy(update={"database_url": house.db.url})


def test_everything_comes_back_as_it_was(filled: House, tmp_path: Path) -> None:
    settings = settings_of(filled)
    before, key = content(settings), settings.secret_file.read_bytes()
    manifest = backup.make_backup(settings, tmp_path / "b.tar.gz")
    assert manifest.rows["session"] > 3 and manifest.rows["outbox"] > 20 and manifest.rows["room_event"] > 2
    with filled.db.write() as db:
        db.execute(update(t.Session).values(cancel_reason="changed since"))
        db.execute(insert(t.Setting).values(key="new", value=1, updated_at=filled.clock.now()))
    settings.secret_file.write_text("00" * 32)
    kept = {path.name: path.read_bytes() for path in stored_files.stored(settings)}
    shutil.rmtree(settings.files_folder)
    with pytest.raises(backup.WouldLose):
        backup.restore_backup(settings, tmp_path / "b.tar.gz")
    changed = content(settings)
    _, saved = backup.restore_backup(settings, tmp_path / "b.tar.gz", replace=True)
    assert content(settings) == before
    assert settings.secret_file.read_bytes() == key
    assert {path.name: path.read_bytes() for path in stored_files.stored(settings)} == kept
    assert len(kept) == 3, "the picture, its page, its small page"
    assert saved is not None
    with tarfile.open(saved) as tar:
        assert not [name for name in tar.getnames() if name.startswith("files/")], "a restore never removes a file: no copy is needed"
    backup.restore_backup(settings, saved, replace=True)
    assert content(settings) == changed, "the safety backup holds what was there"


@pytest.fixture(params=["to sqlite", "to postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Another migrated database without an account."""
    if request.param == "to sqlite":
        (tmp_path / "other").mkdir()
        yield request.getfixturevalue("_sqlite_factory").create(tmp_path / "other")
    else:
        yield from request.getfixturevalue("_postgres_factory").lend()


def test_from_one_database_to_the_other(filled: House, other_url: str, tmp_path: Path) -> None:
    settings = settings_of(filled)
    backup.make_backup(settings, tmp_path / "b.tar.gz")
    other = make_settings(tmp_path / "other", database_url=other_url)
    _, saved = backup.restore_backup(other, tmp_path / "b.tar.gz")
    assert saved is None, "an empty database needs no safety backup"
    assert content(other) == content(settings)
    assert other.secret_file.read_bytes() == settings.secret_file.read_bytes()
    house = open_house(other, filled.clock)
    with house.db.read() as db:
        session = db.scalars(select(t.Session).where(t.Session.status == "live")).one()
        assert session.starts_at.tzinfo is not None and session.title["ky"]
    house.db.close()


def test_what_was_sent_since_is_not_sent_again(filled: House, tmp_path: Path) -> None:
    settings = settings_of(filled)
    backup.make_backup(settings, tmp_path / "b.tar.gz")
    with filled.db.write() as db:
        row = db.scalars(select(t.Outbox).where(t.Outbox.status == "pending").limit(1)).one()
        row.status, row.sent_at, key = "sent", filled.clock.now(), row.dedupe_key
    backup.restore_backup(settings, tmp_path / "b.tar.gz", replace=True)
    with filled.db.read() as db:
        again = db.scalars(select(t.Outbox).where(t.Outbox.dedupe_key == key)).one()
        assert (again.status, again.sent_at) == ("sent", filled.clock.now())


def rewrite(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Unpack a backup, change its parts, pack it again."""
    with tarfile.open(file) as tar:
        parts = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]
    change(parts)
    with tarfile.open(file, "w:gz") as tar:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _another_row(parts: dict[str, bytes]) -> None:
    parts["tables/point.jsonl"] = parts["tables/point.jsonl"].replace(b"hall", b"hell", 1)


def _no_part(parts: dict[str, bytes]) -> None:
    del parts["tables/session.jsonl"]


def _other_schema(parts: dict[str, bytes]) -> None:
    parts["manifest.json"] = json.dumps(json.loads(parts["manifest.json"]) | {"revision": "9999"}).encode()


def _no_manifest(parts: dict[str, bytes]) -> None:
    del parts["manifest.json"]


def _way_out(parts: dict[str, bytes]) -> None:
    parts["../../outside"] = b"x"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it is refused before a database is looked at
@pytest.mark.parametrize("damage", [_another_row, _no_part, _other_schema, _no_manifest, _way_out])
def test_a_damaged_backup_changes_nothing(house: House, tmp_path: Path, damage: Callable[[dict[str, bytes]], None]) -> None:
    organiser(house)
    settings = settings_of(house)
    load_secret(settings)
    backup.make_backup(settings, tmp_path / "b.tar.gz")
    before = content(settings)
    rewrite(tmp_path / "b.tar.gz", damage)
    with pytest.raises(backup.BadBackup):
        backup.restore_backup(settings, tmp_path / "b.tar.gz", replace=True)
    assert content(settings) == before
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("data", [b"", b"not a backup", b"\x1f\x8b\x08\x00garbage"])
def test_a_file_that_is_no_backup(sqlite_url: str, tmp_path: Path, data: bytes) -> None:
    settings = make_settings(tmp_path / "data", database_url=sqlite_url)
    (tmp_path / "b.tar.gz").write_bytes(data)
    with pytest.raises(backup.BadBackup):
        backup.restore_backup(settings, tmp_path / "b.tar.gz", replace=True)


def test_a_restore_that_fails_half_way_changes_nothing(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser(house)
    settings = settings_of(house)
    backup.make_backup(settings, tmp_path / "b.tar.gz")
    before, load = content(settings), copying.load

    def failing(connection: Any, table: Any, rows: Any) -> int:
        if table.name == "user_account":
            raise OSError("the disk is gone")
        return load(connection, table, rows)

    monkeypatch.setattr(copying, "load", failing)
    with pytest.raises(OSError, match="gone"):
        backup.restore_backup(settings, tmp_path / "b.tar.gz", replace=True)
    assert content(settings) == before


def test_a_backup_sees_one_moment_while_others_write(house: House, tmp_path: Path) -> None:
    """Two rows that are always written together are both in the backup, or neither."""
    settings, stop = settings_of(house), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with house.db.write() as db:
                for key in ("a", "z"):
                    db.merge(t.Setting(key=key, value=number, updated_at=house.clock.now()))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            backup.make_backup(settings, tmp_path / "b.tar.gz")
            with backup.opened(tmp_path / "b.tar.gz") as found, found.table("setting") as rows:
                values = {row["key"]: row["value"] for row in map(json.loads, rows)}
            assert values.get("a") == values.get("z")
    finally:
        stop.set()
        writer.join()


def test_only_its_owner_may_read_it(house: House, tmp_path: Path) -> None:
    backup.make_backup(settings_of(house), tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_a_migration_is_preceded_by_a_backup(sqlite_url: str, tmp_path: Path) -> None:
    """A database of an older schema: its own tables are saved as they are, while the migration holds the lock."""
    settings = make_settings(tmp_path / "data", database_url=sqlite_url)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as old:
        old.execute("ALTER TABLE setting RENAME TO choice")  # what this program does not know
    file = tmp_path / "made"

    def make() -> None:
        file.write_text(str(backup.automatic_backup(settings, "before-migration")))

    with migrate._connection(settings.database):
        make()
    with backup.opened(Path(file.read_text())) as found:
        assert "choice" in found.manifest.rows


# ---------------------------------------------------------------- a running system


def test_backup_and_restore_of_a_running_service(make_server: Callable[..., LiaisonServer], tmp_path: Path) -> None:
    server = make_server()
    server.create_user("planner", "organiser")
    file = tmp_path / "b.tar.gz"
    assert "accounts 1" in server.cli("backup", str(file)).stdout
    server.create_user("later", "organiser")
    refused = server.cli("restore", str(file), check=False)
    assert refused.returncode == 1 and "--yes" in refused.stderr
    old = server.pids()
    assert "starts its processes anew" in server.cli("restore", "--yes", str(file)).stdout
    wait_until(lambda: set(server.pids()) == set(old) and not set(server.pids().values()) & set(old.values()), 30, "new processes")
    wait_until(server.healthy, 30, "the service to answer")
    listed = CliRunner().invoke(cli, ["user", "list"], env=server.env).output
    assert [line.split("\t")[0] for line in listed.splitlines()] == ["planner"]
    assert server.process is not None and server.process.poll() is None
