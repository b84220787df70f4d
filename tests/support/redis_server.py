"""A private Redis on a free port that keeps nothing."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.support.ports import LOOPBACK, die_with_parent, end_processes, free_port, listening, wait_until


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Start a server whose log is in ``folder``; gives its URL and ends it on leaving."""
    port = free_port()
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"],
            cwd=folder, stdout=log, stderr=log, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        wait_until(lambda: listening(port), 10, "Redis to answer")
        yield f"redis://{LOOPBACK}:{port}/0"
    finally:
        end_processes([psutil.Process(process.pid)] if process.poll() is None else [])
        process.wait()
