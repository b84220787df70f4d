"""Two hundred attempts from eight processes at one point and time: exactly one succeeds, the losers hear who holds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select

from liaison.domain.clock import SystemClock
from liaison.house import open_house
from liaison.store import tables as t
from tests.support.databases import clean_environment, make_settings
from tests.support.people import organiser
from tests.support.server import LiaisonServer

PROCESSES, ATTEMPTS = 8, 25
REQUESTS = ATTEMPTS if os.environ.get("CHAOS") == "full" else 5
"""Of each client, over HTTP: what two hundred meet in the database is tested beside it; ``make chaos`` sends them all."""

# One process loads the program and becomes many, which open the database each for itself and begin when all are there.
WORKER = """
import json, multiprocessing, sys, threading
from datetime import datetime, timedelta
from liaison.config import load
from liaison.domain.actor import Actor
from liaison.domain.errors import BookingConflict
from liaison.domain.sessions import Plan
from liaison.domain.words import AccountRole
from liaison.house import open_house
from liaison.services.sessions import book_session

task = json.loads(sys.argv[1])
actor = Actor(user_id=task["user"], name="planner", role=AccountRole.ORGANISER, language="en")
starts_at = datetime.fromisoformat(task["starts_at"])
kind = multiprocessing.get_context("fork")
together, told = kind.Barrier(task["processes"]), kind.SimpleQueue()

def attempt(house, number, outcomes):
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
    outcomes.append(outcome)

def one_process():
    house, outcomes = open_house(load(task["environment"])), []
    threads = [threading.Thread(target=attempt, args=(house, number, outcomes)) for number in range(task["attempts"])]
    together.wait(60)
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    told.put(outcomes)

processes = [kind.Process(target=one_process) for _ in range(task["processes"])]
for process in processes: process.start()
print(json.dumps([outcome for _ in processes for outcome in told.get()]))
for process in processes: process.join()
"""


def test_two_hundred_simultaneous_attempts_make_one_booking(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "data", database_url=database_url)
    house = open_house(settings, SystemClock())
    actor = organiser(house)
    task = {
        "environment": {"LIAISON_DATA": str(settings.data), "LIAISON_DATABASE_URL": database_url}, "user": actor.user_id,
        "processes": PROCESSES, "attempts": ATTEMPTS, "starts_at": house.clock.now().isoformat(),
    }
    done = subprocess.run([sys.executable, "-c", WORKER, json.dumps(task)], stdout=subprocess.PIPE, text=True, check=True, timeout=150,
                          env=clean_environment(), cwd=Path(__file__).parents[2])
    outcomes = json.loads(done.stdout)

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


CLIENT = """
import http.client, json, sys, threading

task = json.loads(sys.argv[1])
headers = {"Authorization": "Bearer " + task["token"], "Content-Type": "application/json"}
outcomes, lock = [], threading.Lock()

def attempt():
    connection = http.client.HTTPConnection(task["address"], timeout=120)
    connection.request("POST", "/api/v1/sessions", json.dumps(task["session"]), headers)
    answer = connection.getresponse()
    with lock:
        outcomes.append([answer.status, json.load(answer)])

threads = [threading.Thread(target=attempt) for _ in range(task["attempts"])]
print("ready", flush=True)
sys.stdin.readline()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(outcomes))
"""


def test_requests_from_eight_clients_make_one_booking(
    make_server: Callable[..., LiaisonServer], postgresql_url: str,
) -> None:
    """On the database that lets them meet: SQLite lets one transaction in at a time, whoever asks (tested above)."""
    server = make_server(database_url=postgresql_url)
    server.create_user("planner", "organiser")
    session = {"title": {"en": "Attempt"}, "kind": "government", "starts_at": "2029-03-01T04:00:00Z", "duration_minutes": 60,
               "points": ["osh-oblast", "big-hall"]}
    task = {"address": urlsplit(server.url).netloc, "token": server.token("planner"), "session": session, "attempts": REQUESTS}
    processes = [subprocess.Popen([sys.executable, "-c", CLIENT, json.dumps(task)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True, env=clean_environment()) for _ in range(PROCESSES)]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * PROCESSES
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [outcome for process in processes for outcome in json.loads(process.communicate(timeout=150)[0])]

    assert len(outcomes) == PROCESSES * REQUESTS
    statuses = [status for status, _ in outcomes]
    assert (statuses.count(201), statuses.count(409)) == (1, PROCESSES * REQUESTS - 1)
    winner = next(body["id"] for status, body in outcomes if status == 201)
    for status, body in outcomes:
        if status == 409:
            assert body["code"] == "booking_conflict"
            assert {c["session"]["id"] for c in body["conflicts"]} == {winner}
            assert {c["point"] for c in body["conflicts"]} == {"osh-oblast", "big-hall"}
