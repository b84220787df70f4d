"""The running service keeps the time: sessions open by themselves, when they should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx

from tests.support.ports import wait_until
from tests.support.server import LiaisonServer


def _book(client: httpx.Client, point: str, starts_at: datetime) -> str:
    made = client.post("/api/v1/sessions", json={
        "title": {"en": "On time"}, "kind": "technical", "starts_at": starts_at.isoformat(), "duration_minutes": 60,
        "points": [point]})
    assert made.status_code == 201, made.text
    return f"/api/v1/sessions/{made.json()['id']}"


def _opened_at(client: httpx.Client, path: str, seconds: float) -> datetime:
    wait_until(lambda: client.get(path).json()["status"] == "live", seconds, "the session to open")
    return datetime.fromisoformat(client.get(path).json()["opened_at"])


def test_a_session_opens_within_two_seconds_of_its_start(liaison_server: LiaisonServer) -> None:
    liaison_server.create_user("planner", "organiser")
    with liaison_server.client(liaison_server.token("planner")) as client:
        # The web answers before the scheduler has started: a session that is due already shows when the clock runs.
        _opened_at(client, _book(client, "big-hall", datetime.now(UTC)), 60)
        starts_at = datetime.now(UTC) + timedelta(seconds=4)
        opened_at = _opened_at(client, _book(client, "osh-oblast", starts_at), 20)
    assert timedelta(0) <= opened_at - starts_at < timedelta(seconds=2)
