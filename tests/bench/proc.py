"""What /proc tells of processes and of the machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable


def process_tree(pid: int) -> list[int]:
    """``pid`` and all its descendants."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as f:
            children.setdefault(int(f.read().rpartition(")")[2].split()[1]), []).append(int(name))
    todo, found = [pid], []
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_and_rss(pids: Iterable[int]) -> tuple[float, float, int]:
    """CPU seconds (utime + stime), RSS in MiB and thread count, summed over ``pids``."""
    ticks = rss = threads = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
            threads += int(fields[17])
            rss += int(fields[21])
    return ticks / os.sysconf("SC_CLK_TCK"), rss * os.sysconf("SC_PAGE_SIZE") / 2**20, threads


def cpu_by_pid(pids: Iterable[int]) -> dict[int, float]:
    """CPU seconds of each process that is there."""
    found = {}
    for pid in pids:
        seconds, _, threads = cpu_and_rss([pid])
        if threads:
            found[pid] = seconds
    return found


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """CPU seconds between two looks at processes of which some may have ended or begun (what the ended ones spent is not known)."""
    return sum(max(0.0, seconds - before.get(pid, 0.0)) for pid, seconds in after.items())


def udp_drops(pids: Iterable[int]) -> int:
    """Datagrams the kernel dropped at full UDP receive buffers of ``pids``."""
    inodes = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    inodes.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    drops = 0
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        with contextlib.suppress(OSError), open(table) as f:
            for row in list(f)[1:]:
                cols = row.split()
                if f"socket:[{cols[9]}]" in inodes:
                    drops += int(cols[-1])
    return drops


def machine() -> dict[str, float]:
    """Machine-wide CPU seconds and drop counters."""
    with open("/proc/stat") as f:
        cpu = [int(v) / os.sysconf("SC_CLK_TCK") for v in f.readline().split()[1:9]]
    with open("/proc/net/softnet_stat") as f:
        softnet = sum(int(row.split()[1], 16) for row in f)
    with open("/proc/net/snmp") as f:
        udp = [row.split() for row in f if row.startswith("Udp:")]
    return {"busy": sum(cpu) - cpu[3] - cpu[4], "steal": cpu[7], "softnet_drops": softnet,
            "udp_rcvbuf_errors": int(dict(zip(*udp, strict=True))["RcvbufErrors"])}
