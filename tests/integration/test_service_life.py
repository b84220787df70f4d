"""The running service is healthy, and keeps the time: sessions open by themselves, when they should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.ports import wait_until
from tests.support.server import LiaisonServer
from tests.support.smtp import SmtpSink


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiaisonServer]:
    sink = SmtpSink()
    sink.start()
    with LiaisonServer(tmp_path_factory.mktemp("life"), smtp_url=sink.url) as server:
        yield server
    sink.stop()


def test_the_doctor_finds_a_running_service_healthy(service: LiaisonServer) -> None:
    service.create_user("admin", "administrator")
    done = service.cli("doctor")
    for subject in ("disk", "secret key", "database", "pages", "media", "scheduler", "mail"):
        assert f"OK    {subject}:" in done.stdout, done.stdout
    assert "FAIL" not in done.stdout


def _book(client: httpx.Client, point: str, starts_at: datetime) -> str:
    made = client.post("/api/v1/sessions", json={
        "title": {"en": "On time"}, "kind": "technical", "starts_at": starts_at.isoformat(), "duration_minutes": 60,
        "points": [point]})
    assert made.status_code == 201, made.text
    return f"/api/v1/sessions/{made.json()['id']}"


def _opened_at(client: httpx.Client, path: str, seconds: float) -> datetime:
    wait_until(lambda: client.get(path).json()["status"] == "live", seconds, "the session to open")
    return datetime.fromisoformat(client.get(path).json()["opened_at"])


def test_a_session_opens_within_two_seconds_of_its_start(service: LiaisonServer) -> None:
    service.create_user("planner", "organiser")
    with service.client(service.token("planner")) as client:
        # The web answers before the scheduler has started: a session that is due already shows when the clock runs.
        _opened_at(client, _book(client, "big-hall", datetime.now(UTC)), 60)
        starts_at = datetime.now(UTC) + timedelta(seconds=4)
        opened_at = _opened_at(client, _book(client, "osh-oblast", starts_at), 20)
    assert timedelta(0) <= opened_at - starts_at < timedelta(seconds=2)
