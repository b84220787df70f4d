"""Two hundred attempts from eight processes at one point and time: exactly one succeeds, the losers hear who holds it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from liaison.domain.clock import SystemClock
from liaison.house import open_house
from liaison.store import tables as t
from tests.support.databases import clean_environment, make_settings
from tests.support.people import organiser

PROCESSES, ATTEMPTS = 8, 25

WORKER = """
import json, sys, threading, time
from datetime import datetime, timedelta, UTC
from pathlib import Path
from liaison.config import load
from liaison.domain.actor import Actor
from liaison.domain.errors import BookingConflict
from liaison.domain.sessions import Plan
from liaison.domain.words import AccountRole
from liaison.house import open_house
from liaison.services.sessions import book_session

task = json.loads(sys.argv[1])
house = open_house(load(task["environment"]))
actor = Actor(user_id=task["user"], name="planner", role=AccountRole.ORGANISER, language="en")
starts_at = datetime.fromisoformat(task["starts_at"])
outcomes, lock = [], threading.Lock()

def attempt(number):
    # every attempt wants osh-oblast, but names other points too, in another order: the refusal must not deadlock
    points = ["osh-oblast", "alay-district", "big-hall"]
    points = points[number % 3:] + points[:number % 3]
    plan = Plan(title={"en": f"Attempt {number}"}, kind="government", starts_at=starts_at + timedelta(minutes=number % 5),
                duration_minutes=60, points=tuple(points))
    try:
        outcome = ["won", book_session(house, actor, plan).id]
    except BookingConflict as refused:
        first = refused.details["conflicts"][0]
        outcome = ["refused", first["session"]["id"], sorted(c["point"] for c in refused.details["conflicts"])]
    except BaseException as failure:
        outcome = ["failed", repr(failure)]
    with lock:
        outcomes.append(outcome)

while time.time() < task["at"]:
    time.sleep(0.001)
threads = [threading.Thread(target=attempt, args=(number,)) for number in range(task["attempts"])]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(outcomes))
"""


def test_two_hundred_simultaneous_attempts_make_one_booking(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "data", database_url=database_url)
    house = open_house(settings, SystemClock())
    actor = organiser(house)
    task = {
        "environment": {"LIAISON_DATA": str(settings.data), "LIAISON_DATABASE_URL": database_url}, "user": actor.user_id,
        "attempts": ATTEMPTS, "starts_at": house.clock.now().isoformat(), "at": time.time() + 6,
    }
    processes = [subprocess.Popen([sys.executable, "-c", WORKER, json.dumps(task)], stdout=subprocess.PIPE, text=True,
                                  env=clean_environment(), cwd=Path(__file__).parents[2]) for _ in range(PROCESSES)]
    outcomes = [outcome for process in processes for outcome in json.loads(process.communicate(timeout=150)[0])]

    assert len(outcomes) == PROCESSES * ATTEMPTS
    assert [outcome for outcome in outcomes if outcome[0] == "failed"] == []
    winners = [outcome[1] for outcome in outcomes if outcome[0] == "won"]
    assert len(winners) == 1
    losers = [outcome for outcome in outcomes if outcome[0] == "refused"]
    assert {holder for _, holder, _ in losers} == set(winners)
    assert {tuple(points) for _, _, points in losers} == {("alay-district", "big-hall", "osh-oblast")}
    with house.db.read() as db:
        assert db.scalar(select(func.count()).select_from(t.Session)) == 1
        assert db.scalar(select(func.count()).select_from(t.Booking)) == 3
    house.db.close()
