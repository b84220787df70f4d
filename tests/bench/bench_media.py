"""``make bench``: what the media engine costs, measured with real WebRTC clients over WHIP and WHEP; no root, no Janus.

Server on core 0, generator on core 1, a fresh server each run; everybody sees and hears everybody. The table goes to
standard output as Markdown. ``--worker`` measures the media worker alone (behind a small HTTP shim), ``--product`` all
processes of ``liaison serve``; the default is both. ``make bench-sfu`` compares with another server.
"""

from __future__ import annotations

import argparse

from tests.bench import runs, servers
from tests.bench.figures import Figures, summarise, table
from tests.support.ports import LOOPBACK

LOADS = ((1, 20), (4, 20), (20, 20))


def measure_worker(load: tuple[int, int], seconds: float, windows: int, core: str) -> Figures:
    """The media worker alone, with one packet core."""
    with servers.folder() as folder, servers.worker(folder, LOOPBACK, core) as running:
        found = runs.generate(running, load, seconds, windows)
    return summarise(f"media worker ({core})", f"{load[0]} × {load[1]}", found)


def measure_product(load: tuple[int, int], seconds: float, windows: int) -> Figures:
    """All processes of ``liaison serve``."""
    with servers.folder() as folder, servers.product(folder, LOOPBACK) as running:
        found = runs.generate(running, load, seconds, windows)
    return summarise("all processes", f"{load[0]} × {load[1]}", found)


def main() -> int:
    """Measure every load."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", action="store_true", help="only the media worker")
    parser.add_argument("--product", action="store_true", help="only the whole product")
    parser.add_argument("--core", nargs="+", default=["auto"], help="packet cores of the worker alone: c, python")
    parser.add_argument("--duration", type=float, default=5, help="seconds a window")
    parser.add_argument("--windows", type=int, default=3)
    given = parser.parse_args()
    rows = []
    for load in LOADS:
        if given.worker or not given.product:
            rows += [measure_worker(load, given.duration, given.windows, core) for core in given.core]
        if given.product or not given.worker:
            rows.append(measure_product(load, given.duration, given.windows))
    print(table(Figures.HEADINGS, [found.cells() for found in rows]))
    return 0


if __name__ == "__main__":
    runs.run_main(main)
