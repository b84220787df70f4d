"""The migrations make exactly what the models say, on both databases, with the walls the models cannot say."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from liaison.store import migrate, tables
from liaison.store.base import Base
from liaison.store.database import Database
from tests.support.databases import make_settings

assert tables

PERIODS = [
    ("10:00", "11:00", False), ("09:30", "10:30", False), ("10:15", "10:45", False), ("09:00", "12:00", False),
    ("11:00", "12:00", True), ("09:00", "10:00", True),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgresql_url"))


def test_migrations_make_what_the_models_say(database_url: str) -> None:
    database = Database(make_settings(Path("unused"), database_url=database_url).database)
    with database.read_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            "include_object": lambda _o, name, *_rest: name not in ("ex_booking_overlap", "alembic_version")})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_an_empty_database_is_filled_once_and_without_a_backup(empty_url: str, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "data", database_url=empty_url)
    backups: list[str] = []
    assert migrate.upgrade(settings, before=lambda: backups.append("made")) is True
    assert migrate.upgrade(settings, before=lambda: backups.append("made")) is False
    assert backups == []
    assert migrate.current_revision(settings) == migrate.head_revision()


def test_a_backup_comes_before_a_migration(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = make_settings(tmp_path / "data", database_url=database_url)
    steps: list[str] = []
    monkeypatch.setattr(migrate, "head_revision", lambda: "later")
    monkeypatch.setattr(migrate.command, "upgrade", lambda *_args: steps.append("migrated"))
    migrate.upgrade(settings, before=lambda: steps.append("backed up"))
    assert steps == ["backed up", "migrated"]


def test_a_database_of_a_newer_version_is_left_alone(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "data", database_url=database_url)
    database = Database(settings.database)
    with database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(migrate.SchemaTooNew, match="9999"):
        migrate.upgrade(settings)


@pytest.mark.parametrize(("start", "end", "fits"), PERIODS)
def test_the_database_itself_refuses_overlaps(database_url: str, start: str, end: str, fits: bool) -> None:
    database = Database(make_settings(Path("unused"), database_url=database_url).database)
    with database.write() as db:
        _need(db)
        _insert(db, "1", "10:00", "11:00")
    if fits:
        with database.write() as db:
            _insert(db, "2", start, end)
    else:
        with pytest.raises(IntegrityError, match="booking_overlap"), database.write() as db:
            _insert(db, "2", start, end)
    database.close()


def test_the_database_itself_refuses_moving_into_another(database_url: str) -> None:
    database = Database(make_settings(Path("unused"), database_url=database_url).database)
    with database.write() as db:
        _need(db)
        _insert(db, "1", "10:00", "11:00")
        _insert(db, "2", "11:00", "12:00")
    with pytest.raises(IntegrityError, match="booking_overlap"), database.write() as db:
        db.execute(text("UPDATE booking SET ends_at = :end WHERE id = '1'"), {"end": _at("11:30")})
    with database.write() as db:  # an inactive booking stands in nobody's way
        db.execute(text("UPDATE booking SET active = false WHERE id = '2'"))
        db.execute(text("UPDATE booking SET ends_at = :end WHERE id = '1'"), {"end": _at("11:30")})
    with pytest.raises(IntegrityError, match="booking_overlap"), database.write() as db:
        db.execute(text("UPDATE booking SET active = true WHERE id = '2'"))
    database.close()


def test_the_database_refuses_exactly_what_overlaps_whatever_came_before(database_url: str) -> None:
    chance = random.Random(3)
    database = Database(make_settings(Path("unused"), database_url=database_url).database)
    with database.write() as db:
        _need(db)
    kept: list[tuple[int, int]] = []
    for number in range(80):
        start = chance.randrange(0, 1200)
        end = start + chance.randrange(1, 90)
        fits = all(end <= other_start or other_end <= start for other_start, other_end in kept)
        assert _goes_in(database, str(number), start, end) is fits, (start, end, kept)
        kept += [(start, end)] if fits else []
    assert 10 < len(kept) < 70
    database.close()


def _goes_in(database: Database, booking: str, start: int, end: int) -> bool:
    try:
        with database.write() as db:
            _insert(db, booking, *(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (start, end)))
    except IntegrityError:
        return False
    return True


def _at(hour: str) -> str:
    return f"2027-03-01T{hour}:00.000000Z"


def _need(db: object) -> None:
    execute = db.execute  # type: ignore[attr-defined]
    at = _at("00:00")
    execute(text("INSERT INTO point (id, slug, position, kind, name, seat, also_known_as, phone, email, active, "
                 "link_profile, calendar_secret, created_at) VALUES ('p', 'p', 0, 'hall', '{}', '{}', '[]', '', '', true, "
                 "'normal', 's', :at)"), {"at": at})
    execute(text("INSERT INTO session (id, number_year, number_serial, title, description, kind, status, starts_at, ends_at, "
                 "timezone, public, sequence, version, cancel_reason, search_text, created_at, updated_at) VALUES "
                 "('s', 2027, 1, '{}', '{}', 'government', 'confirmed', :at, :end, 'UTC', false, 0, 1, '', '', :at, "
                 ":at)"), {"at": at, "end": _at("01:00")})


def _insert(db: object, booking_id: str, start: str, end: str) -> None:
    db.execute(text("INSERT INTO booking (id, session_id, point_id, resource, starts_at, ends_at, active) VALUES "  # type: ignore[attr-defined]
                    "(:id, 's', 'p', 'room:p', :start, :end, true)"),
               {"id": booking_id, "start": _at(start), "end": _at(end)})
