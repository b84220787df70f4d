"""``make bench-questions``: a burst of questions from citizens beside a live room.

63 points and 50 watchers sit in a live public session of the real service on SQLite, with twenty commands a second as in
``make bench-room``; 2,000 citizens with a cookie each, behind 20 addresses, send a question each within a minute. The room is looked
at before, meanwhile and after: none may be lost, every number is there once, and the room must not be slowed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import proc, room, runs, servers
from tests.bench.figures import Verdict, quantile, table
from tests.support.ports import die_with_parent
from tests.support.server import LiaisonServer

HEADINGS = ("the room", "commands", "missing", "p50 ms", "p99 ms", "slowest ms", "server %", "others/steal %")
ASKED = ("questions", "addresses", "kept", "answers", "p50 ms", "p99 ms", "slowest ms")
SLOWER = 1.5
ANSWER_S = 2.0


@dataclass(frozen=True)
class Look:
    """The room over a window."""

    what: str
    commands: int
    delays_ms: list[float]
    missing: int
    cost: dict[str, float]

    def cells(self) -> list[str]:
        cost, delays = self.cost, self.delays_ms
        return [self.what, f"{self.commands} ({self.commands / cost['seconds']:.1f}/s)", str(self.missing), f"{quantile(delays, 0.5):.1f}",
                f"{quantile(delays, 0.99):.1f}", f"{max(delays):.1f}", f"{cost['server_pct']:.0f}",
                f"{cost['others_pct']:.0f} / {cost['steal_pct']:.0f}"]


@dataclass(frozen=True)
class Found:
    """Before, meanwhile, after; what the citizens were answered, and the numbers that are kept."""

    looks: list[Look]
    asked: dict[str, Any]
    numbers: list[int]


async def look(pid: int, pages: list[room.Page], points: int, seconds: float, what: str) -> Look:
    cost = runs.Cost(lambda: proc.process_tree(pid))
    told = await room.load(pages, points, seconds, f"bench-{what}")
    spent = cost.read()
    came = [(page.came.get(one.seq), one.sent) for one in told for page in pages]
    return Look(what, len(told), [1000 * (at - sent) for at, sent in came if at is not None], sum(at is None for at, _ in came), spent)


async def perform(server: LiaisonServer, session: str, tokens: list[str], given: argparse.Namespace) -> Found:
    assert server.process is not None
    pid, size = server.process.pid, [str(given.questions), str(given.addresses), str(given.duration)]
    pages = await room.gather(server.url, tokens)
    command = [sys.executable, "-m", "tests.bench.citizens", f"{server.url}/public/sessions/{session}", *size]
    pipe = asyncio.subprocess.PIPE
    citizens = await asyncio.create_subprocess_exec(*command, cwd=servers.ROOT, stdin=pipe, stdout=pipe, preexec_fn=die_with_parent)
    assert citizens.stdout is not None
    runs.say("citizens open the page")
    if (await citizens.stdout.readline()).strip() != b"ready":
        raise RuntimeError("the citizens could not open the page")
    await room.load(pages, given.points, room.WARM_S, "bench-warm")
    with room.no_search():
        looks = [await look(pid, pages, given.points, given.duration / 2, "before")]
        runs.say("citizens ask")
        word = asyncio.create_task(citizens.communicate(b"go\n"))
        looks.append(await look(pid, pages, given.points, given.duration, "meanwhile"))
        said, _ = await word
        looks.append(await look(pid, pages, given.points, given.duration / 2, "after"))
    await asyncio.gather(*(page.door.close() for page in pages), return_exceptions=True)
    return Found(looks, json.loads(said), kept(server))


def kept(server: LiaisonServer) -> list[int]:
    """The numbers of all questions, in order."""
    with closing(sqlite3.connect(server.data / "liaison.db")) as db:
        return [number for number, in db.execute("SELECT number FROM question ORDER BY number")]


def verdicts(found: Found, given: argparse.Namespace) -> list[Verdict]:
    before, meanwhile, after = found.looks
    quiet = before.delays_ms + after.delays_ms
    numbered = len(set(found.numbers) & set(range(1, given.questions + 1)))
    return [Verdict("questions that were answered with their own page", found.asked["answers"].get("303", 0), given.questions, "", True),
            Verdict("questions kept, each number once", numbered if len(found.numbers) == numbered else 0, given.questions, "", True),
            Verdict("p99 of an answer to a citizen", quantile(found.asked["seconds"], 0.99), ANSWER_S, " s"),
            Verdict("the room's events that never came", sum(one.missing for one in found.looks), 0),
            Verdict("p99 from a command to everybody's screen meanwhile", quantile(meanwhile.delays_ms, 0.99), room.LIMIT_MS, " ms"),
            Verdict("the room's median meanwhile, to that before and after",
                    quantile(meanwhile.delays_ms, 0.5) / quantile(quiet, 0.5), SLOWER, " ×")]


def report(found: Found, given: argparse.Namespace, quiet: runs.Quiet) -> str:
    times = [1000 * second for second in found.asked["seconds"]]
    row = [str(given.questions), str(given.addresses), str(len(found.numbers)), json.dumps(found.asked["answers"]),
           f"{quantile(times, 0.5):.1f}", f"{quantile(times, 0.99):.1f}", f"{max(times):.1f}"]
    return "\n\n".join([f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores. {quiet.sentence()}",
                        table(HEADINGS, [one.cells() for one in found.looks]), table(ASKED, [row]),
                        table(Verdict.HEADINGS, [verdict.cells() for verdict in verdicts(found, given)])])


def measure(folder: Path, given: argparse.Namespace) -> Found:
    folder.mkdir(parents=True)
    with LiaisonServer(folder) as server:
        slugs = servers.point_slugs()[:given.points]
        session, bearer = servers.book(server, slugs, "population", public=True)
        tokens = room.ways_in(server, session, bearer, slugs, given.watchers)
        return asyncio.run(perform(server, session, tokens, given))


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=63)
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--addresses", type=int, default=20)
    parser.add_argument("--duration", type=float, default=60, help="seconds in which all of them ask")
    runs.common_options(parser)
    return parser.parse_args(argv)


def main() -> int:
    """Measure and report; 1 when something promised was missed."""
    given = parse()
    quiet = runs.Quiet(given.quiet_limit)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logging.disable()
    with servers.folder() as folder:
        quiet.before("a burst of questions beside a room")
        found = measure(folder / "service", given)
    print("\n" + report(found, given, quiet))
    return 0 if all(verdict.met for verdict in verdicts(found, given)) else 1


if __name__ == "__main__":
    runs.run_main(main)
