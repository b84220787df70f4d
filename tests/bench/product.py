"""The whole product under the load generator: a session is booked and opened over the API, everybody joins with a token."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from tests.bench.bench_media import SERVER_CORE, generate, row
from tests.support.server import LiaisonServer

POINTS = ("big-hall", "osh-oblast")


def book(server: LiaisonServer) -> str:
    """A session that is live now; its WHIP address is returned with the token as (room path, token)."""
    server.create_user("bench-organiser", "organiser")
    with server.client(server.token("bench-organiser")) as client:
        start = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        body: dict[str, Any] = {"title": {"en": "Load"}, "kind": "technical", "starts_at": start}
        made = client.post("/api/v1/sessions", json=body | {"duration_minutes": 60, "points": list(POINTS)})
        made.raise_for_status()
        session = made.json()["id"]
        join = {"point": POINTS[0], "role": "chair", "name": "Bench"}
        token = client.post(f"/api/v1/sessions/{session}/join-tokens", json=join)
        token.raise_for_status()
        return f"{session} {token.json()['token']}"


def pin(server: LiaisonServer) -> int:
    """All processes of the product on the server's core; the supervisor's process id."""
    assert server.process is not None
    supervisor = psutil.Process(server.process.pid)
    for process in [supervisor, *supervisor.children(recursive=True)]:
        for thread in process.threads():
            psutil.Process(thread.id).cpu_affinity([SERVER_CORE])
    return supervisor.pid


def measure_product(load: tuple[int, int], seconds: float, windows: int) -> list[str]:
    """All processes of ``liaison serve``."""
    with tempfile.TemporaryDirectory() as folder, LiaisonServer(Path(folder)) as server:
        session, token = book(server).split()
        pid = pin(server)
        where = ["--url", f"{server.url}/whip/{session}", "--whep-url", f"{server.url}/whep/{session}", "--token", token]
        return row("all processes", load, generate(pid, where, load, seconds, windows))
