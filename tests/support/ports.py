"""Free ports, and waiting for something to listen."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import socket
import time
from collections.abc import Callable

import psutil

LOOPBACK = "127.0.0.1"


RANGE = 1700
# Below the kernel's own choice of ports (net.ipv4.ip_local_port_range begins at 32768), a range for each worker of a test run,
# never the same port twice: nobody else is given it between our look and the server's bind. Runs beside each other (TEST_LANE is 0, 1
# or 2) have others.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw3")[2:]) % 4 + 4 * int(os.environ.get("TEST_LANE", "0"))
_FIRST = 12000 + RANGE * _WORKER
_numbers = itertools.count(random.randrange(RANGE))


def _next_port() -> int:
    return _FIRST + next(_numbers) % RANGE


def _free(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(count: int = 1) -> int:
    """A TCP port that nobody listens on now, nor will be told of again; the first of ``count`` neighbouring ones."""
    return _free_ports(socket.SOCK_STREAM, count)


def free_udp_ports(count: int = 1) -> int:
    """The first of ``count`` neighbouring UDP ports that nobody uses now (media worker n binds the n-th)."""
    return _free_ports(socket.SOCK_DGRAM, count)


def _free_ports(kind: socket.SocketKind, count: int) -> int:
    while True:
        ports = [_next_port() for _ in range(count)]
        if ports[-1] - ports[0] == count - 1 and all(_free(kind, port) for port in ports):
            return ports[0]


def wait_until(condition: Callable[[], bool], seconds: float, what: str, pause: float = 0.05) -> None:
    """Return when ``condition`` is true; TimeoutError naming ``what`` when it has not become so in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s still waiting for {what}")
        time.sleep(pause)


def listening(port: int) -> bool:
    """Whether a TCP connection to the loopback port is accepted."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def die_with_parent() -> None:
    """For ``preexec_fn``: a server that a test started does not outlive the test run, however that ends."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)


def end_processes(processes: list[psutil.Process], grace_seconds: float = 5.0) -> None:
    """Ask these processes to end, then make them. Only processes that the test started are ever passed in."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=grace_seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=grace_seconds)
