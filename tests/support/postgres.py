"""A private PostgreSQL cluster: as user postgres when we are root, on a free port, gone at the end."""

from __future__ import annotations

import contextlib
import getpass
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.support.ports import LOOPBACK, die_with_parent, end_processes, free_port, wait_until

# Durability against a power cut is not what tests test; everything else behaves as in production.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


def binaries() -> Path:
    """The newest installed PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: make test installs it, or apt-get install postgresql")
    return found[-1].parent


class PostgresCluster:
    """A running cluster. ``create()`` gives a new database's URL, ``clone(template)`` a copy of one made before."""

    def __init__(self, folder: Path, port: int, user: str, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.port = port
        self.user = user
        self.process = process
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@{LOOPBACK}:{self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """Make a database and return its URL."""
        name = f"test_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return self.url(name)

    def make_template(self, name: str, fill: Callable[[str], None]) -> str:
        """Make the database ``name``, let ``fill(url)`` migrate it, and return its name for ``create``."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING \'UTF8\'')
        fill(self.url(name))
        return name

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')

    def _execute(self, statement: Any) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def postgres_cluster() -> Iterator[PostgresCluster]:
    """Start a cluster; end it and remove its files on leaving."""
    folder = Path(tempfile.mkdtemp(prefix="liaison-pg-"))
    as_root = os.geteuid() == 0
    owner: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if as_root else {}
    user = "postgres" if as_root else getpass.getuser()
    if as_root:
        shutil.chown(folder, "postgres", "postgres")
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    data = folder / "data"
    try:
        done = subprocess.run(
            [binaries() / "initdb", "-D", data, "-U", user, "--auth=trust", "--no-sync", "-E", "UTF8"],
            cwd=folder, env=environment, capture_output=True, text=True, **owner,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")
        yield from _running(folder, data, user, environment, owner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(
    folder: Path, data: Path, user: str, environment: dict[str, str], owner: dict[str, Any]
) -> Iterator[PostgresCluster]:
    port = free_port()
    options = [f"-c{key}={value}" for key, value in FAST.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries() / "postgres", "-D", data, "-h", LOOPBACK, "-p", str(port), "-k", folder, *options],
            cwd=folder, env=environment, stdout=log, stderr=log, preexec_fn=die_with_parent, **owner,
        )  # fmt: skip
    cluster = PostgresCluster(folder, port, user, process)
    tree = [psutil.Process(process.pid)]
    try:
        wait_until(lambda: _answers(cluster), 30, "PostgreSQL to answer")
        yield cluster
    finally:
        tree += tree[0].children(recursive=True) if tree[0].is_running() else []
        process.send_signal(2)  # fast shutdown: disconnects clients
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        end_processes([p for p in tree if p.is_running()])
        process.wait()


def _answers(cluster: PostgresCluster) -> bool:
    if cluster.process.poll() is not None:
        raise RuntimeError(f"PostgreSQL did not start: {(cluster.folder / 'log').read_text()[-2000:]}")
    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
