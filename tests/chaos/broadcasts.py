"""The kill tests of a broadcast in full: ``make chaos``, with as many rounds as ``CHAOS_ROUNDS`` says (default 10).

Each round kills the encoder, web and media, one at a time and in any order, while somebody watches; a table is printed at the end,
and the recording must be playable, with a hole for each kill of the encoder and no other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser

from tests.support.broadcast import BACK_WITHIN_S, RED, Missed, conforming, folder, kill, moves, public_session, sees, viewer_of
from tests.support.chromium import chromium_browser
from tests.support.server import LiaisonServer

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "10"))
ROLES = ["broadcast", "web", "media"]

pytestmark = pytest.mark.timeout(300 + ROUNDS * 180)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with chromium_browser() as browser:
        yield browser


def test_round_after_round(tmp_path: Path, chromium: Browser) -> None:
    with (LiaisonServer(tmp_path, broadcasts=1, web_standby=True) as server, public_session(server, chromium) as scene,
          viewer_of(scene, chromium) as viewer):
        viewer.page.click("#player-start")
        moves(viewer)
        sees(viewer, RED)
        chance, found = Random(20270301), []
        for number in range(ROUNDS):
            for role in chance.sample(ROLES, len(ROLES)):
                found.append(kill(scene, viewer, (role,), RED))
                print(f"round {number + 1:>3} {found[-1]}", flush=True)
                viewer.page.wait_for_timeout(chance.uniform(500, 4000))
        print(table(found))
        scene.end()
        viewer.page.wait_for_selector("#player-ended:visible", timeout=40_000)
        assert set(conforming(folder(scene)).values()) == {"h264", "aac"}
        assert all(max(one.stood_s, one.away_s) <= BACK_WITHIN_S for one in found)


def table(found: list[Missed]) -> str:
    """Kills, and the worst of what viewers missed, by process."""
    lines = [f"{'process':<12}{'kills':>6}{'stood s':>9}{'away s':>9}"]
    for role in ROLES:
        mine = [one for one in found if one.roles == (role,)]
        lines.append(f"{role:<12}{len(mine):>6}{max(one.stood_s for one in mine):>9.1f}{max(one.away_s for one in mine):>9.1f}")
    return "\n".join(lines)
