"""``python -m tests.bench.starved``: whether a broadcast gives way before the room is hurt.

All of the product shares one core with ``--hogs`` processes that take whatever they get, at ordinary priority; once with a broadcast
that gives way, once with one that never does. Measured: the room's delay, the broadcast's step, the encoder's CPU. Report: Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import broadcast, full_size, grainy_camera, runs, servers
from tests.bench.figures import table
from tests.support.ports import die_with_parent
from tests.support.server import LiaisonServer

HOG = f"import os\nos.sched_setaffinity(0, {{{servers.SERVER_CORE}}})\nwhile True: pass"
HEADINGS = ("broadcast", *broadcast.ROOM_HEADINGS, "step at the end")


@contextmanager
def hogs(count: int) -> Iterator[None]:
    """So many processes that never rest, on the product's core."""
    running = [subprocess.Popen([sys.executable, "-c", HOG], preexec_fn=die_with_parent) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


async def perform(server: LiaisonServer, tokens: list[str], files: Path, what: str, given: argparse.Namespace) -> list[list[str]]:
    """Undisturbed, starved, and afterwards."""
    rows = []
    async with full_size.gathered(server, tokens, given) as (room, joining):
        if joining["failed"]:
            raise RuntimeError(f"{joining['failed']:.0f} joins failed")
        stage = broadcast.Stage(server, room)
        await asyncio.sleep(given.warmup)

        async def look(moment: str) -> None:
            cells = (await stage.look(moment, given.duration)).cells()
            rows.append([what, *cells, json.loads((files / "state.json").read_text())["step"]])

        await look("undisturbed")
        with hogs(given.hogs):
            for second in range(0, given.starve, int(given.duration)):
                await look(f"starved for {second} s")
        for second in range(0, given.after, int(given.duration)):
            await look(f"{second} s afterwards")
    return rows


def once(folder: Path, film: Path, sheds: bool, given: argparse.Namespace) -> list[list[str]]:
    """One service."""
    with LiaisonServer(folder, broadcasts=1, broadcast_shedding=sheds, media_bind=given.bind, media_host=given.bind) as server:
        slugs = servers.point_slugs()
        points = slugs[2:2 + given.points]
        room, bearer = servers.book(server, points, "government")
        session = broadcast.book(server, bearer, slugs[:2])
        tokens = [servers.way_in(server, bearer, room, slug, "point" if n else "chair") for n, slug in enumerate(points)]
        servers.await_open(server, bearer, room)
        with broadcast.on_air(server, bearer, session, slugs[0], film) as files:
            servers.pin(server)
            full_size.ready(given.bind)
            rows = asyncio.run(perform(server, tokens, files, "gives way" if sheds else "does not", given))
            problems = broadcast.probe(files, alike=not sheds)
            runs.say("; ".join(problems) or "ffprobe finds nothing wrong")
            return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=6, help="points of the live room")
    parser.add_argument("--hogs", type=int, default=2)
    parser.add_argument("--starve", type=int, default=60, help="seconds")
    parser.add_argument("--after", type=int, default=30, help="seconds looked at afterwards")
    parser.add_argument("--duration", type=float, default=10, help="seconds a window")
    parser.add_argument("--warmup", type=float, default=5)
    runs.common_options(parser)
    parser.set_defaults(bind="127.0.0.1", spread=False, sample=100)
    given = parser.parse_args()
    quiet = runs.Quiet(given.quiet_limit)
    quiet.before("a starved broadcast")
    with servers.folder() as folder:
        grainy_camera.film(folder / "film.ivf")
        free = os.sched_getaffinity(0)
        rows = once(folder / "sheds", folder / "film.ivf", True, given)
        os.sched_setaffinity(0, free)
        rows += once(folder / "whole", folder / "film.ivf", False, given)
    print("\n" + "\n\n".join([runs.machine_sentence(), quiet.sentence(), table(HEADINGS, rows)]))
    return 0


if __name__ == "__main__":
    runs.run_main(main)
