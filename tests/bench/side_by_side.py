"""``make bench-sfu``: the product beside Debian's Janus and beside the floor, in one run, with the same generator and packets.

A fresh server each run, pinned to core 0, the generator to core 1, all in a network namespace of their own. The report goes to
standard output as Markdown; each target of the project stands there with its verdict. Only ratios within one run are comparable.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench import proc, runs, servers
from tests.bench.figures import MOST_OTHERS_PCT, Figures, Verdict, flaws, ratio, summarise, table

LOADS = ((1, 20), (4, 20), (20, 20))
JANUS, C, PYTHON, PRODUCT, FLOOR = "Janus 1.1.2", "media worker (C)", "media worker (Python)", "all processes", "floor"
SERVERS = (JANUS, C, PYTHON, PRODUCT, FLOOR)
PYTHON_LIMITS = {(1, 20): 0.7, (4, 20): 0.7, (20, 20): 1.0}
CM_LOAD = (20, 20)
IDLE_SETTLE_SECONDS = 15.0
FIRST_SECONDS = 1.0  # of one publisher and one viewer, who leave again: what a server sets up once is no client's share of its memory

Results = dict[tuple[str, tuple[int, int], str], Figures]


def start(name: str, load: tuple[int, int], ip: str) -> AbstractContextManager[servers.Running]:
    """The context of one fresh server."""
    starters: dict[str, Callable[[Path], AbstractContextManager[servers.Running]]] = {
        JANUS: lambda folder: servers.janus(folder, ip),
        C: lambda folder: servers.worker(folder, ip, "c"),
        PYTHON: lambda folder: servers.worker(folder, ip, "python"),
        PRODUCT: lambda folder: servers.product(folder, ip),
        FLOOR: lambda folder: servers.floor(ip, *load),
    }

    @contextmanager
    def fresh() -> Iterator[servers.Running]:
        with servers.folder() as folder, starters[name](folder) as running:
            yield running
    return fresh()


def measure(given: argparse.Namespace, quiet: runs.Quiet, name: str, load: tuple[int, int], srtp: str) -> Figures | None:
    """One server at one load: again, at most ``--tries`` times, while no window counts; None when no run came to an end."""
    losses_count = srtp != "cm"
    words = f"{load[0]} × {load[1]}"
    windows: list[runs.Window] = []
    for attempt in range(given.tries):
        quiet.before(f"{name}, {words}, {srtp}" + (f", again ({attempt + 1})" if attempt else ""))
        try:
            with start(name, load, given.bind) as running:
                if name != FLOOR:  # it takes the clients that it was started for, and no others
                    runs.generate(running, (1, 1), FIRST_SECONDS, 1, srtp, given.bind)
                windows += runs.generate(running, load, given.duration, given.windows, srtp, given.bind)
        except (RuntimeError, subprocess.TimeoutExpired) as exc:
            runs.say(f"  failed: {exc}")
        if any(not flaws(window, losses_count) for window in windows):
            break
    if not windows:
        return None
    found = summarise(name, words, windows, losses_count)
    runs.say(f"  {found.cpu_us:.2f} µs a packet out, {found.clean} of {found.windows} windows count")
    return found


def idle(given: argparse.Namespace, quiet: runs.Quiet) -> dict[str, float]:
    """What all processes of the product cost while nobody is there."""
    quiet.before("the product, idle")
    with servers.folder() as folder, servers.product(folder, given.bind) as running:
        time.sleep(IDLE_SETTLE_SECONDS)
        cost = runs.Cost(lambda: proc.process_tree(running.pid))
        time.sleep(given.idle)
        return cost.read()


# ---------------------------------------------------------------------- verdicts
def verdicts(found: Results) -> list[Verdict]:
    """Every target that the measured rows allow."""
    made: list[Verdict] = []
    for load in sorted({load for _, load, _ in found}):
        at = {name: found[name, load, "gcm128"] for name in SERVERS if (name, load, "gcm128") in found}
        made += _cpu(load, at) + _beside(at)
    return made + _lossless(found)


def _cpu(load: tuple[int, int], at: dict[str, Figures]) -> list[Verdict]:
    made = []
    janus = at.get(JANUS)
    if janus and C in at and load != (20, 20):
        made.append(ratio("CPU a packet, worker alone (C) / Janus", at[C], janus, "cpu_us", 0.30))
    if janus and PRODUCT in at and load == (20, 20):
        made.append(ratio("CPU a packet, all processes / Janus", at[PRODUCT], janus, "cpu_us", 0.30))
    if FLOOR in at and PRODUCT in at and load == (20, 20):
        made.append(ratio("CPU a packet, all processes / floor", at[PRODUCT], at[FLOOR], "cpu_us", 1.5))
    if janus and PYTHON in at:
        made.append(ratio("CPU a packet, worker alone (Python) / Janus", at[PYTHON], janus, "cpu_us", PYTHON_LIMITS.get(load, 1.0)))
    return made


def _beside(at: dict[str, Figures]) -> list[Verdict]:
    made = []
    for name in (C, PRODUCT):
        if JANUS in at and name in at:
            made.append(ratio(f"p99 latency, {name} / Janus", at[name], at[JANUS], "p99_ms", 1.0))
            made.append(ratio(f"memory a peer, {name} / Janus", at[name], at[JANUS], "kib_per_client", 1.25))
    return made


def _lossless(found: Results) -> list[Verdict]:
    made = []
    for name in (C, PRODUCT):
        ours = found.get((name, CM_LOAD, "cm"))
        if ours:
            janus = found.get((JANUS, CM_LOAD, "cm"))
            beside = f" (Janus: {janus.loss_pct:.2f} %)" if janus else ""
            doubts = () if ours.clean else (f"{name} had no clean window",)
            made.append(Verdict(f"loss with AES-CM, {name}, 20 × 20{beside}", ours.loss_pct, 0.0, " %", doubts=doubts))
    return made


# ---------------------------------------------------------------------- the report
def report(found: Results, resting: dict[str, float] | None, quiet: runs.Quiet) -> str:
    """Markdown: the machine, the rows, ratios of CPU, the verdicts."""
    made = verdicts(found)
    if resting is not None:
        others = resting["others_pct"]
        doubts = (f"others {others:.0f} %",) if others > MOST_OTHERS_PCT else ()
        made.append(Verdict("idle product, all processes", resting["server_pct"], 1.0, " % of a core", doubts=doubts))
    rows = [_named(figures, figures.server + (", AES-CM" if srtp == "cm" else "")) for (_, _, srtp), figures in found.items()]
    return "\n\n".join([
        runs.machine_sentence(),
        "Publishers send 60 × 1000 B of video and 50 × 80 B of sound a second; everybody sees and hears everybody; AES-128-GCM but where "
        "AES-CM is named. Medians over the windows that count.",
        quiet.sentence(), table(Figures.HEADINGS, rows), table(Verdict.HEADINGS, [verdict.cells() for verdict in made])])  # fmt: skip


def _named(figures: Figures, name: str) -> list[str]:
    return [name, *figures.cells()[1:]]


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--duration", type=float, default=5, help="seconds a window")
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--tries", type=int, default=3, help="runs of one server until a window counts")
    parser.add_argument("--loads", nargs="+", default=[f"{p}x{s}" for p, s in LOADS], metavar="PxS")
    parser.add_argument("--servers", nargs="+", default=list(SHORT), choices=SHORT)
    parser.add_argument("--idle", type=float, default=20, metavar="S", help="seconds of the idle product (0: leave out)")
    parser.add_argument("--no-cm", action="store_true", help="leave the runs with AES-CM out")
    runs.common_options(parser)
    return parser.parse_args(argv)


SHORT = {"janus": JANUS, "c": C, "python": PYTHON, "product": PRODUCT, "floor": FLOOR}


def main() -> int:
    """Measure and report; 1 when a target was missed."""
    given = parse(None)
    quiet, found = runs.Quiet(given.quiet_limit), Results()
    chosen = [SHORT[name] for name in given.servers]
    loads = [(int(p), int(s)) for p, s in (load.split("x") for load in given.loads)]
    planned = [(name, load, "gcm128") for load in loads for name in chosen]
    planned += [] if given.no_cm else [(name, CM_LOAD, "cm") for name in chosen if name in (JANUS, C, PRODUCT)]
    try:
        for key in planned:
            figures = measure(given, quiet, *key)
            if figures is not None:
                found[key] = figures
        resting = idle(given, quiet) if given.idle > 0 else None
    except KeyboardInterrupt:
        print(report(found, None, quiet))
        raise
    print(report(found, resting, quiet))
    return 0 if len(found) == len(planned) and all(verdict.met for verdict in verdicts(found)) else 1


if __name__ == "__main__":
    runs.run_main(main)
