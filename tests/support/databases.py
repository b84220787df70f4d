"""Migrated databases for tests: made once a run, copied for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

from liaison.config import Settings, load
from tests.support.postgres import PostgresCluster


def clean_environment() -> dict[str, str]:
    """This process's environment without any setting of liaison."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LIAISON_")}


def make_settings(data: Path, **settings: object) -> Settings:
    """Settings as ``liaison`` would read them: keyword ``http_port=1`` stands for ``LIAISON_HTTP_PORT=1``."""
    named = {f"LIAISON_{name.upper()}": str(value) for name, value in settings.items()}
    return load({"LIAISON_DATA": str(data), **named})


def migrate(url: str, data: Path) -> None:
    """Bring the database at ``url`` to the newest schema, as the service does when it starts."""
    from liaison.store.migrate import upgrade

    data.mkdir(parents=True, exist_ok=True)
    upgrade(make_settings(data, database_url=url))


class SqliteFactory:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.db"
        migrate(f"sqlite:///{self.template}", folder / "data")
        self._fold_journal()

    def _fold_journal(self) -> None:
        """Copying one file must copy everything: leave nothing in the write-ahead log."""
        import sqlite3

        connection = sqlite3.connect(self.template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def create(self, folder: Path) -> str:
        copyfile(self.template, folder / "liaison.db")
        return f"sqlite:///{folder / 'liaison.db'}"


class PostgresFactory:
    """Clones of one migrated template database."""

    def __init__(self, cluster: PostgresCluster, folder: Path) -> None:
        self.cluster = cluster
        self.template = cluster.make_template("liaison_template", lambda url: migrate(url, folder / "data"))

    def lend(self) -> Iterator[str]:
        url = self.cluster.create(self.template)
        yield url
        self.cluster.drop(url)
