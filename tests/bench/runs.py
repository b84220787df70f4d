"""One run of the load generator against a server that is up, and what all benchmarks here share: quiet, options, clean ends."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import proc
from tests.bench.servers import GENERATOR_CORE, HERE, Running
from tests.bench.wait_quiet import wait_quiet

LONGEST_RUN_SECONDS = 600.0
ADDRESS = "10.77.0.1"  # of in_netns.sh

Window = dict[str, Any]


def generate(
    running: Running, load: tuple[int, int], seconds: float, windows: int, srtp: str = "gcm128", bind: str = "127.0.0.1", pid: int = 0
) -> list[Window]:
    """Run sfu_load; one result a window. ``pid``: measure this process (and its children) instead of the main one."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as found:
        command = [sys.executable, str(HERE / "sfu_load.py"), *running.where, "--srtp", srtp, "--bind-ip", bind]
        command += ["-P", str(load[0]), "-S", str(load[1]), "--duration", str(seconds), "--windows", str(windows)]
        command += ["--server-pid", str(pid or running.pid), "--pin-cpu", str(GENERATOR_CORE), "--json", found.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_RUN_SECONDS, check=False)
        results = [json.loads(line) for line in Path(found.name).read_text().splitlines()]
    if not results:
        raise RuntimeError(f"the load generator failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return results


def common_options(parser: argparse.ArgumentParser) -> None:
    """Those that every benchmark here has."""
    parser.add_argument("--quiet-limit", type=float, default=60, metavar="S", help="wait so long for a quiet machine before each run")
    parser.add_argument("--bind", default=ADDRESS, help="address of servers and clients")


class Quiet:
    """Waits for a quiet machine before each run and remembers when it was not."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.busy: list[str] = []

    def before(self, what: str) -> None:
        """Wait; say on standard error what comes next."""
        quiet = wait_quiet(self.limit_s) if self.limit_s > 0 else False
        if not quiet:
            self.busy.append(what)
        say(f"{what}{'' if quiet else ' (the machine is busy with something else)'}")

    def sentence(self) -> str:
        """For the end of the report."""
        if not self.busy:
            return "The machine was quiet (below 15 % of a core) before every run."
        return f"The machine was **not quiet** before {len(self.busy)} runs: {'; '.join(self.busy)}."


def say(text: str) -> None:
    """Progress, beside the report."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def machine_sentence() -> str:
    """What the figures were made on."""
    told = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in told if "model name" in line), "unknown")
    machine = f"{os.cpu_count()} cores ({model}), Linux {os.uname().release}"
    return f"{time.strftime('%Y-%m-%d')}, {machine}; server on core 0, generator on core 1."


class Cost:
    """CPU of some processes, of this one and of the rest between two moments, in shares of a core."""

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self._pids = pids
        self._own, self._all = proc.cpu_and_rss([os.getpid()])[0], proc.machine()
        self._theirs, self._at = proc.cpu_by_pid(pids()), time.monotonic()

    def read(self) -> dict[str, float]:
        """Since the beginning: seconds, and %, of them, of this process, of others, of steal; UDP receive errors of the namespace."""
        wall = time.monotonic() - self._at
        theirs = proc.spent(self._theirs, proc.cpu_by_pid(self._pids()))
        own = proc.cpu_and_rss([os.getpid()])[0] - self._own
        rest = {name: value - self._all[name] for name, value in proc.machine().items()}
        return {
            "seconds": wall,
            "server_pct": 100 * theirs / wall,
            "generator_pct": 100 * own / wall,
            "others_pct": max(0.0, 100 * (rest["busy"] - theirs - own) / wall),
            "steal_pct": 100 * rest["steal"] / wall,
            "udp_errors": rest["udp_rcvbuf_errors"],
        }


def run_main(main: Callable[[], int]) -> None:
    """Run a benchmark's main so that SIGTERM and SIGHUP end it as Ctrl-C does: with everything that it started."""

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGINT)  # an event loop has its own handler for it

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background commands with it ignored
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("interrupted; what was started is ended")
        sys.exit(130)
