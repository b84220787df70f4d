"""What SQLite is told when it is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from liaison.store.database import sqlite_engine

FULL = 2


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE"])
def test_what_is_committed_is_on_the_disk(tmp_path: Path, begin: str) -> None:
    """A booking that somebody was told of survives a power cut: with NORMAL, SQLite leaves it to the kernel when the log is written."""
    engine = sqlite_engine(f"sqlite:///{tmp_path}/db", begin)
    told: list[object] = []

    @event.listens_for(engine, "connect")
    def ask(connection: object, _record: object) -> None:
        told.extend(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))  # type: ignore[attr-defined]
    engine.connect().close()
    engine.dispose()
    assert told == ["wal", FULL]
