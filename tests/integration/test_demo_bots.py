"""The bots of the demonstration really take part. A live session: it has its turn among the browsers' tests (tools/run_tests.py)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from liaison.demo import texts
from tests.support.load import promised
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer

PATIENCE_S = 120.0  # seven bots encode pictures: where other tests have every core they take long


class DemoServer(LiaisonServer):
    command = "demo"


def present_points(server: DemoServer, session_id: str, token: str) -> list[dict[str, Any]]:
    with server.client(token) as client:
        rows = client.get(f"/api/v1/sessions/{session_id}/attendance").json()["points"]
    return [row for row in rows if any(p["via"] == "whip" and p["left_at"] is None for p in row["presences"])]


def enter(server: DemoServer, link: str) -> httpx.Response:
    """Open the printed link and press its button."""
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        page = browser.get(link)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found
        return browser.post(link, data={"csrf_token": found[1]}, headers={"Referer": link})


@pytest.mark.timeout(600)
def test_six_points_are_there_within_a_minute_and_again_after_the_media_was_killed(tmp_path: Path) -> None:
    with DemoServer(tmp_path / "demo", empty=True) as server:
        wait_until(lambda: "?next=/demo" in server.log(), PATIENCE_S, "the link")
        found = re.search(r"(http\S+\?next=/demo)", server.log())
        assert found
        room = enter(server, found[1])
        assert room.status_code == 200
        session_id = room.url.path.removeprefix("/room/")
        assert '"role": "chair"' in room.text or '"role":"chair"' in room.text
        token = server.token(texts.CHAIR)
        with promised(60, "six points played by bots"):
            wait_until(lambda: len(present_points(server, session_id, token)) >= 6, PATIENCE_S, "six points", pause=0.5)
        server.kill("media")
        with promised(60, "all seven to be back"):
            wait_until(lambda: server.log(200_000).count("in the session") >= 14, PATIENCE_S, "all seven to be back", pause=0.5)
        wait_until(lambda: len(present_points(server, session_id, token)) >= 6, PATIENCE_S, "their points to be present", pause=0.5)
