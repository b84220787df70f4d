"""``make bench``: what the media engine costs, measured with real WebRTC clients over WHIP and WHEP.

Server on core 0, generator on core 1, a fresh server each run; everybody sees and hears everybody. The table goes to
standard output as Markdown. ``--worker`` measures the media worker alone (behind a small HTTP shim), ``--product`` all
processes of ``liaison serve``; the default is both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port, free_udp_ports

LOADS = ((1, 20), (4, 20), (20, 20))
SERVER_CORE, GENERATOR_CORE = 0, 1
HERE = Path(__file__).parent
HEADINGS = ("server", "load", "packets out/s", "CPU µs/packet out", "CPU % of a core", "loss %", "latency p50/p99 ms",
            "memory MiB", "KiB/client", "join p95 ms", "generator %", "others %", "warnings")  # fmt: skip


@contextmanager
def shim(data: Path) -> Iterator[tuple[int, list[str]]]:
    """The worker alone: (its process id, what the generator needs to reach it)."""
    http = free_port()
    command = [sys.executable, "-m", "tests.bench.shim", data, http, free_udp_ports(), SERVER_CORE]
    made = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert made.stdin is not None and made.stdout is not None
    try:
        line = made.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError("the media worker did not start")
        yield int(line), ["--url", f"http://127.0.0.1:{http}/whip/{{i}}", "--whep-url", f"http://127.0.0.1:{http}/whep/{{i}}"]
    finally:
        made.stdin.close()
        try:
            made.wait(10)
        except subprocess.TimeoutExpired:
            made.kill()
            made.wait()


def generate(server_pid: int, where: list[str], load: tuple[int, int], seconds: float, windows: int) -> list[dict[str, Any]]:
    """Run the load generator; one result a window."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as found:
        command = [sys.executable, str(HERE / "sfu_load.py"), "--target", "whip", *where, "--srtp", "gcm128"]
        command += ["-P", str(load[0]), "-S", str(load[1]), "--duration", str(seconds), "--windows", str(windows)]
        command += ["--server-pid", str(server_pid), "--pin-cpu", str(GENERATOR_CORE), "--json", found.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        results = [json.loads(line) for line in Path(found.name).read_text().splitlines()]
    if not results:
        raise RuntimeError(f"the load generator failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return results


def row(label: str, load: tuple[int, int], results: list[dict[str, Any]]) -> list[str]:
    """One line of the table: the window with the least CPU, for others' work only ever adds."""
    best = min(results, key=lambda r: r["server"]["cpu_us_per_packet_out"] or 1e9)
    server, machine = best["server"], best["machine"]
    latency = best["latency_us"]
    return [
        label,
        f"{load[0]} × {load[1]}",
        f"{best['packets_out_per_s']:.0f}",
        f"{server['cpu_us_per_packet_out']:.1f}",
        f"{server['cpu_pct_of_core']:.0f}",
        f"{best['loss_sequence_pct']:.3f}",
        f"{(latency['p50'] or 0) / 1000:.1f} / {(latency['p99'] or 0) / 1000:.1f}",
        f"{server['rss_mib_after']:.0f}",
        f"{server['rss_kib_per_client']:.0f}",
        f"{best['join_ms_subscriber']['p95']:.0f}",
        f"{best['generator']['cpu_pct_of_core']:.0f}",
        f"{machine['others_cpu_pct_of_core']:.0f}",
        "; ".join(best["warnings"]) or "none",
    ]


def measure_worker(load: tuple[int, int], seconds: float, windows: int, core: str = "auto") -> list[str]:
    """The media worker alone, with one packet core."""
    os.environ["LIAISON_MEDIA_CORE"] = core
    with tempfile.TemporaryDirectory() as folder, shim(Path(folder)) as (pid, where):
        return row(f"media worker ({core})", load, generate(pid, where, load, seconds, windows))


def table(rows: list[list[str]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [list(HEADINGS), ["---"] * len(HEADINGS), *rows]]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Measure every load; 1 when packets were lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worker", action="store_true", help="only the media worker")
    parser.add_argument("--product", action="store_true", help="only the whole product")
    parser.add_argument("--core", nargs="+", default=["auto"], help="packet cores of the worker alone: c, python")
    parser.add_argument("--duration", type=float, default=5, help="seconds a window")
    parser.add_argument("--windows", type=int, default=3)
    given = parser.parse_args(argv)
    rows = []
    for load in LOADS:
        if given.worker or not given.product:
            rows += [measure_worker(load, given.duration, given.windows, core) for core in given.core]
        if given.product or not given.worker:
            from tests.bench.product import measure_product

            rows.append(measure_product(load, given.duration, given.windows))
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
