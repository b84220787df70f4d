"""The large form: gevent, PostgreSQL and a Redis message queue, as a real service with a real media worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.support.live_room import RoomClient, until
from tests.support.server import LiaisonServer


def test_a_room_under_gevent(make_server: Callable[..., LiaisonServer], postgresql_url: str, redis_url: str) -> None:
    server = make_server(database_url=postgresql_url, redis_url=redis_url, socket_mode="gevent")
    server.create_user("planner", "organiser")
    with server.client(server.token("planner")) as http:
        booked = http.post("/api/v1/sessions", json={
            "title": {"en": "Large form"}, "kind": "technical", "starts_at": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(),
            "duration_minutes": 60, "points": ["big-hall", "osh-oblast"]}).json()
        tokens = [http.post(f"/api/v1/sessions/{booked['id']}/join-tokens", json=body).json()["token"]
                  for body in ({"role": "chair"}, {"role": "point", "point": "osh-oblast"})]
    clients = [RoomClient(server.url, token=token) for token in tokens]
    try:
        chair, osh = clients
        chair.join()
        osh.join()
        chair.wait_event("peer_joined")
        assert chair.command("open_session")["ok"]
        osh.wait_event("session_opened")
        assert osh.command("raise_hand")["ok"]
        until(lambda: chair.snapshot["hands"] == [osh.peer], "the hand")
        offer = until(lambda: osh.call("subscribe", {"epoch": osh.answer["epoch"], "connection": "subscribe"}), "an offer")
        assert offer["ok"] and len(offer["slots"]) == 30
        osh.drop()
        chair.wait_event("peer_away")
        back = RoomClient(server.url, resume=osh.answer["resume"])
        clients.append(back)
        back.join()
        until(lambda: chair.snapshot["peers"][osh.peer]["away_at"] is None, "the return")
        assert chair.command("end_session")["ok"]
        assert back.wait_told("bye") == {"reason": "ended"}
    finally:
        for client in clients:
            client.drop()
