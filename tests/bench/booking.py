"""``make bench-booking``: booking, conflict checks, finding a time and the board among 100,000 sessions, on SQLite and PostgreSQL,
beside the conflict check of Indico's room booking on the same data where it is installed (``tools/install_indico.sh``).

Prints Markdown. One thread, one caller: latencies are those of a call, bookings per second is what one caller gets.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.booking import Period
from liaison.domain.clock import FixedClock
from liaison.domain.finding import Hours, Wanted
from liaison.domain.sessions import Plan
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.process import keep_for_good
from liaison.services import board, finding, sessions
from liaison.store import tables as t
from tests.bench.booking_data import DAYS, NOW, fill_postgres, seeded_sqlite
from tests.support.databases import make_settings, migrate
from tests.support.postgres import postgres_cluster
from tests.support.web import Browser

FIND_LIMIT_MS = 200.0
ROOT = Path(__file__).resolve().parents[2]
INDICO = ROOT / "var" / "indico" / "bin" / "python"
Row = tuple[str, int, float, float, float]


def main() -> int:
    """1 when finding a time took longer than its limit."""
    options = _options()
    source = seeded_sqlite(options.folder)
    print(f"Load of the machine before: {os.getloadavg()[0]:.2f}. Data: {source.stat().st_size >> 20} MiB of SQLite.\n")
    tables = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        tables["SQLite"] = _on_sqlite(source, Path(folder), options.rounds)
        peer: list[Row] = []
        if not options.sqlite_only:
            tables["PostgreSQL"], peer = _on_postgres(source, Path(folder), options)
    _print(tables, peer)
    slowest = max(row[3] for rows in tables.values() for row in rows if row[0].startswith("find a time"))
    print(f"\nfind a time, p99 at most {FIND_LIMIT_MS:g} ms: {slowest:.1f} ms, {'met' if slowest <= FIND_LIMIT_MS else 'missed'}")
    return slowest > FIND_LIMIT_MS


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-booking", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="calls of each kind")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench", help="where the seeded file is kept")
    parser.add_argument("--sqlite-only", action="store_true")
    parser.add_argument("--indico", type=Path, default=INDICO, help="the Python of the environment that Indico is installed in")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    return options


def _on_sqlite(source: Path, folder: Path, rounds: int) -> list[Row]:
    copied = folder / "liaison.db"
    shutil.copyfile(source, copied)
    with _office(f"sqlite:///{copied}", folder) as (house, planner):
        return measure(house, planner, rounds)


def _on_postgres(source: Path, folder: Path, options: argparse.Namespace) -> tuple[list[Row], list[Row]]:
    with postgres_cluster() as cluster:
        url = cluster.create()
        migrate(url, folder / "migrating")
        fill_postgres(url, source)
        with _office(url, folder) as (house, planner):
            rows = measure(house, planner, options.rounds)
        return rows, _indico(options.indico, cluster.create(), url, options.rounds)


@contextmanager
def _office(url: str, folder: Path) -> Iterator[tuple[House, Actor]]:
    house = open_house(make_settings(folder / "data", database_url=url), FixedClock(NOW))
    with house.db.read() as db:
        user_id = db.scalar(select(t.User.id).where(t.User.name == "planner"))
    yield house, Actor(user_id=user_id, name="planner", role=AccountRole.ORGANISER, language="en")
    house.db.close()


def measure(house: House, planner: Actor, rounds: int) -> list[Row]:
    """Each kind of call so many times; the data is the same for every call but the bookings."""
    chance = random.Random(2)
    slugs = [row["slug"] for row in house.network.point_rows()]
    hours = Hours(lunch=(13 * 60, 14 * 60))
    everybody = Wanted(tuple(slugs), (), 60, date(2027, 3, 1), DAYS, hours)
    twelve = [Wanted(tuple(chance.sample(slugs, 12)), (), 60, date(2027, 3, 1), DAYS, hours) for _ in range(rounds)]
    day = Period(NOW - timedelta(hours=9), NOW + timedelta(hours=15))
    pages = _pages(house, planner)
    return [
        timed("find a time: 63 points, 60 days", rounds, lambda _: finding.find_times(house, planner, everybody)),
        timed("find a time: 12 points, 60 days", rounds, lambda index: finding.find_times(house, planner, twelve[index])),
        timed("conflict check: 12 points", rounds, lambda _: sessions.find_conflicts(
            house, planner, chance.sample(slugs, 12), NOW + timedelta(minutes=15 * chance.randrange(4 * 24 * DAYS)), 60)),
        timed("board's data: a day, 63 points", rounds, lambda index: board.busy_blocks(house, planner, moved(day, index % DAYS))),
        timed("board's data: a week, 63 points", rounds, lambda index: board.busy_blocks(house, planner, moved(day, index % DAYS, 7))),
        timed("board's page: a day", rounds // 2, lambda index: pages(f"/board?date={date(2027, 3, 1) + timedelta(days=index)}")),
        timed("board's page: a week", rounds // 4, lambda index: pages(
            f"/board?view=week&date={date(2027, 3, 1) + timedelta(days=index)}")),
        timed("booking: 12 points", rounds, lambda index: sessions.book_session(house, planner, _plan(chance, slugs, index))),
    ]


def moved(period: Period, days: int, length: int = 1) -> Period:
    return Period(period.starts_at + timedelta(days=days), period.ends_at + timedelta(days=days + length - 1))


def _pages(house: House, planner: Actor) -> Callable[[str], None]:
    from web.app import create_app

    browser = Browser(create_app(house), house).become(planner.user_id)
    keep_for_good()  # as the web process does

    def ask(path: str) -> None:
        assert browser.get(path).status_code == 200
    return ask


def _plan(chance: random.Random, slugs: list[str], index: int) -> Plan:
    """In the evening, which the seeded data leaves free."""
    starts_at = NOW.replace(hour=13) + timedelta(days=index % DAYS, hours=index // DAYS)
    return Plan(title={"en": f"Evening {index}"}, kind="government", starts_at=starts_at, duration_minutes=60,
                points=tuple(chance.sample(slugs, 12)))


def timed(name: str, rounds: int, call: Callable[[int], Any]) -> Row:
    """Name, calls, p50 and p99 in ms, calls per second; the first call, which opens connections, does not count."""
    took = []
    for index in range(rounds + 1):
        began = time.perf_counter()
        call(min(index, rounds - 1)) if not name.startswith("booking") else call(index)
        took.append((time.perf_counter() - began) * 1000)
    return (name, rounds, *summed(took[1:]))


def summed(took: list[float]) -> tuple[float, float, float]:
    """p50, p99 (the nearest rank) and calls per second of latencies in ms."""
    ordered = sorted(took)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1000 * len(took) / sum(took)


def _indico(python: Path, empty_url: str, source_url: str, rounds: int) -> list[Row]:
    """What Indico's own conflict check takes on the same rooms and bookings, in a process of its own."""
    if not python.exists():
        print(f"Indico is not installed ({python}); tools/install_indico.sh does that.\n", file=sys.stderr)
        return []
    command = [str(python), str(Path(__file__).with_name("booking_indico.py")), empty_url, source_url, str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        return []
    return [(name, rounds, *summed(took)) for name, took in json.loads(done.stdout.splitlines()[-1]).items()]


def _print(tables: dict[str, list[Row]], peer: list[Row]) -> None:
    print("| database | what | calls | p50 ms | p99 ms | calls/s |\n| --- | --- | --- | --- | --- | --- |")
    for database, rows in {**tables, "PostgreSQL, Indico": peer}.items():
        for name, rounds, p50, p99, rate in rows:
            print(f"| {database} | {name} | {rounds} | {p50:.2f} | {p99:.2f} | {rate:.1f} |")


if __name__ == "__main__":
    sys.exit(main())
