"""``make bench-room``: from a command to everybody's screen.

Points and watchers sit in a live session of the real service over Socket.IO, without media; twenty commands a second come from the
chair and the points: hands, floor, agenda, microphones. Timed is each command's way from the moment it is sent to the moment at
which each page holds its event, all of them. This process plays all the pages; its own CPU stands beside the figures. First 63
points and 50 watchers on the embedded default, then (``--large``) 363 connections with PostgreSQL and gevent.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import logging
import os
import random
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import proc, runs, servers
from tests.bench.door import Door
from tests.bench.figures import Verdict, quantile, table
from tests.support.postgres import postgres_cluster
from tests.support.server import LiaisonServer

COMMANDS_PER_S = 20
LIMIT_MS = 150.0
WARM_S = 3.0
AT_ONCE = 8  # pages that come in together
LOOK_S = 0.01
PATIENCE_S = 10.0  # for the last event, everywhere
EVENTS = ('2["event"', '2["events"')  # Socket.IO's packets of these messages
EVENT = re.compile(r'\{"seq":(\d+),"type":"')
HEADINGS = ("connections", "database", "commands", "events told", "missing", "p50 ms", "p99 ms", "slowest ms",
            "generator late p99/slowest ms", "server %", "generator %", "others/steal %")  # fmt: skip


@dataclass
class Page:
    """A page that only listens for the log's events and notes when each came."""

    door: Door
    came: dict[int, float] = field(default_factory=dict)

    def hear(self, packet: str) -> bool:
        """Only which events a packet brings: 363 pages have their own PCs, and this process plays them all."""
        if not packet.startswith(EVENTS):
            return False
        now = time.monotonic()
        for seq in EVENT.findall(packet):
            self.came[int(seq)] = now
        return True


@dataclass
class Told:
    """A command: when it was sent, and the event it was written under."""

    sent: float
    seq: int


async def gather(url: str, tokens: list[str]) -> list[Page]:
    """Everybody in, a few at a time."""
    pages = [Page(Door(url, token)) for token in tokens]
    for page in pages:
        page.door.overhears = page.hear
    for start in range(0, len(pages), AT_ONCE):
        await asyncio.gather(*(page.door.open() for page in pages[start:start + AT_ONCE]))
    return pages


def course(chair: Page, points: list[Page]) -> Iterator[tuple[Page, str, dict[str, Any]]]:
    """Commands that each change something, in an order in which none is refused."""
    for number in itertools.count():
        speaker, other = random.sample(points, 2)
        yield speaker, "raise_hand", {"subject": f"Roads and water, part {number}"}
        yield other, "raise_hand", {"order": True}
        yield chair, "grant_floor", {"peer": speaker.door.peer, "seconds": 300}
        yield speaker, "set_media", {"microphone": False, "camera": False}
        yield speaker, "set_media", {"microphone": True, "camera": True}
        yield chair, "lower_hand", {"peer": other.door.peer}
        yield chair, "set_stage", {"mode": "pinned", "peers": [speaker.door.peer]}
        yield chair, "take_floor_back", {}
        yield chair, "set_stage", {"mode": "free"}


async def load(pages: list[Page], points: int, seconds: float, mark: str) -> list[Told]:
    """The commands, evenly spaced, each after the answer to the one before; a pace that is lost is caught up."""
    told: list[Told] = []
    began, rounds = time.monotonic(), course(pages[0], pages[1:points])
    for number in range(int(seconds * COMMANDS_PER_S)):
        await asyncio.sleep(max(0.0, began + number / COMMANDS_PER_S - time.monotonic()))
        page, name, fields = next(rounds)
        sent = time.monotonic()
        answer = await page.door.ask("command", id=f"{mark}-{number:06}", name=name, fields=fields)
        told.append(Told(sent, answer["seq"]))
    deadline = time.monotonic() + PATIENCE_S
    while any(told[-1].seq not in page.came for page in pages) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return told


@contextmanager
def no_search() -> Iterator[None]:
    """Python's search for cycles held this process up for 0.1 s every few seconds, which is no delay of the service."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def lateness(late_ms: list[float]) -> None:
    """How late this process comes to what it was woken for: all its pages hear so much too late."""
    while True:
        due = time.monotonic() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late_ms.append(1000 * (time.monotonic() - due))


@dataclass(frozen=True)
class Found:
    """What one server did."""

    connections: int
    database: str
    told: list[Told]
    delays_ms: list[float]
    missing: int
    late_ms: list[float]
    cost: dict[str, float]

    def cells(self) -> list[str]:
        cost, delays = self.cost, self.delays_ms
        rate = len(self.told) / cost["seconds"]
        return [str(self.connections), self.database, f"{len(self.told)} ({rate:.1f}/s)", str(len(delays)), str(self.missing),
                f"{quantile(delays, 0.5):.1f}", f"{quantile(delays, 0.99):.1f}", f"{max(delays, default=0):.1f}",
                f"{quantile(self.late_ms, 0.99):.1f} / {max(self.late_ms, default=0):.1f}",
                f"{cost['server_pct']:.0f}", f"{cost['generator_pct']:.0f}", f"{cost['others_pct']:.0f} / {cost['steal_pct']:.0f}"]

    def verdicts(self) -> list[Verdict]:
        what = f"{self.connections} connections, {self.database}"
        return [Verdict(f"p99 from a command to everybody's screen, {what}", quantile(self.delays_ms, 0.99), LIMIT_MS, " ms"),
                Verdict(f"events that never came, {what}", self.missing, 0),
                Verdict(f"commands a second, {what}", len(self.told) / self.cost["seconds"], 0.98 * COMMANDS_PER_S, "", True)]


async def run(server: LiaisonServer, tokens: list[str], points: int, seconds: float, database: str) -> Found:
    assert server.process is not None
    pid = server.process.pid
    pages = await gather(server.url, tokens)
    await load(pages, points, WARM_S, "bench-warm")
    late_ms: list[float] = []
    watching = asyncio.create_task(lateness(late_ms))
    with no_search():
        cost = runs.Cost(lambda: proc.process_tree(pid))
        told = await load(pages, points, seconds, "bench-room")
        spent = cost.read()
    watching.cancel()
    came = [[page.came.get(one.seq) for page in pages] for one in told]
    delays = [1000 * (at - one.sent) for one, row in zip(told, came, strict=True) for at in row if at is not None]
    await asyncio.gather(*(page.door.close() for page in pages), return_exceptions=True)
    return Found(len(pages), database, told, delays, sum(at is None for row in came for at in row), late_ms, spent)


# ---------------------------------------------------------------------- the service
def tokens_of(server: LiaisonServer, points: int, watchers: int) -> list[str]:
    """A live session: the chair's token, the points', the watchers'."""
    slugs = servers.point_slugs()[:points]
    session, bearer = servers.book(server, slugs, "government")
    return ways_in(server, session, bearer, slugs, watchers)


def ways_in(server: LiaisonServer, session: str, bearer: str, slugs: list[str], watchers: int) -> list[str]:
    """The same for a session that has been booked; returns when it is live."""
    tokens = [servers.way_in(server, bearer, session, slug, "point" if n else "chair") for n, slug in enumerate(slugs)]
    tokens += [servers.way_in(server, bearer, session, None, "watcher") for _ in range(watchers)]
    servers.await_open(server, bearer, session)
    return tokens


def measure(data: Path, given: argparse.Namespace, watching: int, database: str, **settings: Any) -> Found:
    """One service, started for it."""
    data.mkdir(parents=True)
    with LiaisonServer(data, **settings) as server:
        tokens = tokens_of(server, given.points, watching)
        runs.say(f"{len(tokens)} connections, {database}")
        return asyncio.run(run(server, tokens, given.points, given.duration, database))


@contextmanager
def on_postgres() -> Iterator[dict[str, Any]]:
    """Settings of a service that has a PostgreSQL of its own and gevent."""
    with postgres_cluster() as cluster:
        yield {"database_url": cluster.create(), "socket_mode": "gevent", "sockets": 1000, "watchers": 500}


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=63)
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument("--duration", type=float, default=60, help="seconds of commands")
    parser.add_argument("--large", type=int, default=300, help="watchers on PostgreSQL with gevent; 0: leave that out")
    runs.common_options(parser)
    return parser.parse_args(argv)


def main() -> int:
    """Measure and report; 1 when something promised was missed."""
    given = parse()
    quiet = runs.Quiet(given.quiet_limit)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logging.disable()
    found = []
    with servers.folder() as folder:
        quiet.before("the embedded default")
        found.append(measure(folder / "embedded", given, given.watchers, "SQLite"))
        if given.large:
            quiet.before("PostgreSQL and gevent")
            with on_postgres() as settings:
                found.append(measure(folder / "large", given, given.large, "PostgreSQL, gevent", **settings))
    lines = [f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores. {quiet.sentence()}", table(HEADINGS, [one.cells() for one in found])]
    made = [verdict for one in found for verdict in one.verdicts()]
    print("\n" + "\n\n".join([*lines, table(Verdict.HEADINGS, [verdict.cells() for verdict in made])]))
    return 0 if all(verdict.met for verdict in made) else 1


if __name__ == "__main__":
    runs.run_main(main)
