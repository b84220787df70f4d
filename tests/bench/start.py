"""``make bench-start``: seconds from ``make run`` to the first answered page, on a new data folder and then on the same again.

Prints a Markdown table; the machine's load stands beside it, for a busy machine starts slowly.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from tests.support.databases import clean_environment
from tests.support.ports import LOOPBACK, free_port, free_udp_ports

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 120.0
REQUEST = b"GET /public HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def first_page_s(data: Path) -> float:
    """Seconds until ``GET /public`` is answered with 200; the service is ended again. RuntimeError when it never is."""
    port = free_port()
    chosen = {"LIAISON_DATA": data, "LIAISON_HTTP_HOST": LOOPBACK, "LIAISON_HTTP_PORT": port, "LIAISON_MEDIA_PORT": free_udp_ports()}
    began = time.monotonic()
    with (data.parent / "start.log").open("wb") as log:
        made = subprocess.Popen(["make", "run"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                env=clean_environment() | {name: str(value) for name, value in chosen.items()})
    try:
        while time.monotonic() - began < LONGEST_S:
            if _answers(port):
                return time.monotonic() - began
            time.sleep(0.02)
        raise RuntimeError(f"no page within {LONGEST_S:g} s; see {log.name}")
    finally:
        os.killpg(made.pid, signal.SIGTERM)
        made.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=LONGEST_S) as line:
            line.sendall(REQUEST)
            return line.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5, help="starts on the same data, after the first")
    starts = parser.parse_args().starts
    print("| start | first page after s | others on this machine, % of a core |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(starts + 1):
            others = psutil.cpu_percent(1.0) * (psutil.cpu_count() or 1)
            seconds = first_page_s(Path(folder) / "data")
            print(f"| {'on an empty folder' if number == 0 else f'again, {number}'} | {seconds:.2f} | {others:.0f} |", flush=True)


if __name__ == "__main__":
    main()
