"""The running service keeps the time: a session opens by itself, its chair ends it, a late one is told so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.ports import wait_until
from tests.support.server import LiaisonServer


def test_a_session_opens_within_two_seconds_of_its_start(liaison_server: LiaisonServer) -> None:
    liaison_server.create_user("planner", "organiser")
    starts_at = datetime.now(UTC) + timedelta(seconds=4)
    with liaison_server.client(liaison_server.token("planner")) as client:
        made = client.post("/api/v1/sessions", json={
            "title": {"en": "On time"}, "kind": "technical", "starts_at": starts_at.isoformat(), "duration_minutes": 5,
            "points": ["osh-oblast"]})
        assert made.status_code == 201, made.text
        path = f"/api/v1/sessions/{made.json()['id']}"
        wait_until(lambda: client.get(path).json()["status"] == "live", 20, "the session to open")
        opened_at = datetime.fromisoformat(client.get(path).json()["opened_at"])
    assert timedelta(0) <= opened_at - starts_at < timedelta(seconds=2)
