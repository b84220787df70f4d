"""What is made of the measurements: which windows count, medians, ratios, verdicts, tables. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_OTHERS_PCT, MOST_STEAL_PCT, MOST_GENERATOR_PCT = 20.0, 5.0, 85.0


def flaws(window: Mapping[str, Any], losses_count: bool = True) -> list[str]:
    """Why a window of sfu_load does not count; ``losses_count`` false where the loss is what is measured."""
    machine, generator = window["machine"], window["generator"]
    found = []
    if losses_count:
        if window["loss_sequence_pct"] is None or window["loss_sequence_pct"] > 0:
            found.append("loss")
        dropped = generator["udp_drops"] + window.get("server", {}).get("udp_drops", 0) + machine["udp_rcvbuf_errors"]
        if dropped:
            found.append("UDP drops")
    if machine["others_cpu_pct_of_core"] > MOST_OTHERS_PCT:
        found.append("others")
    if machine["steal_pct_of_core"] > MOST_STEAL_PCT:
        found.append("steal")
    if generator["cpu_pct_of_core"] > MOST_GENERATOR_PCT:
        found.append("generator")
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """One server at one load: medians over the windows that count (over all when none does; then ``clean`` is 0)."""

    server: str
    load: str
    clean: int
    windows: int
    flaws: tuple[str, ...]
    packets_per_s: float
    cpu_us: float
    cpu_pct: float
    loss_pct: float
    p50_ms: float
    p99_ms: float
    memory_mib: float
    kib_per_client: float
    join_p95_ms: float
    generator_pct: float
    others_pct: float
    steal_pct: float

    HEADINGS = ("server", "load", "windows", "packets out/s", "CPU µs/packet out", "CPU % of a core", "loss %",
                "latency p50/p99 ms", "memory MiB", "KiB/client", "join p95 ms", "generator %", "others/steal %")  # fmt: skip

    def cells(self) -> list[str]:
        """One row of the table."""
        why = f" (dropped: {', '.join(self.flaws)})" if self.flaws else ""
        state = f"{self.clean} of {self.windows}{why}" if self.clean else f"**none clean** of {self.windows}{why}"
        return [self.server, self.load, state, f"{self.packets_per_s:.0f}", f"{self.cpu_us:.2f}", f"{self.cpu_pct:.1f}",
                f"{self.loss_pct:.3f}", f"{self.p50_ms:.2f} / {self.p99_ms:.2f}", f"{self.memory_mib:.0f}", f"{self.kib_per_client:.0f}",
                f"{self.join_p95_ms:.0f}", f"{self.generator_pct:.0f}", f"{self.others_pct:.0f} / {self.steal_pct:.0f}"]  # fmt: skip


def summarise(server: str, load: str, windows: Sequence[Mapping[str, Any]], losses_count: bool = True) -> Figures:
    """Figures of a run's windows."""
    found = [flaws(window, losses_count) for window in windows]
    clean = [window for window, wrong in zip(windows, found, strict=True) if not wrong]
    chosen = clean or list(windows)

    def middle(*path: str) -> float:
        return median(_at(window, path) for window in chosen)

    return Figures(
        server, load, len(clean), len(windows), tuple(sorted({word for wrong in found for word in wrong})),
        middle("packets_out_per_s"), middle("server", "cpu_us_per_packet_out"), middle("server", "cpu_pct_of_core"),
        middle("loss_sequence_pct"), middle("latency_us", "p50") / 1000, middle("latency_us", "p99") / 1000,
        middle("server", "rss_mib_after"), middle("server", "rss_kib_per_client"), middle("join_ms_subscriber", "p95"),
        middle("generator", "cpu_pct_of_core"), middle("machine", "others_cpu_pct_of_core"), middle("machine", "steal_pct_of_core"),
    )  # fmt: skip


def _at(window: Mapping[str, Any], path: Iterable[str]) -> float:
    value: Any = window
    for name in path:
        value = value[name]
    return float(value or 0)


def median(values: Iterable[float]) -> float:
    """The middle; 0 of nothing."""
    return float(statistics.median([*values] or [0.0]))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie (nearest rank); 0 of nothing."""
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if ordered else 0.0


# ---------------------------------------------------------------------- verdicts
@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: ``value`` should be at most (or with ``least`` at least) ``limit``."""

    what: str
    value: float
    limit: float
    unit: str = ""
    least: bool = False
    doubts: tuple[str, ...] = field(default=())

    HEADINGS = ("target", "limit", "measured", "verdict")

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.least else self.value <= self.limit

    def cells(self) -> list[str]:
        """One row of the table."""
        bound = f"{'≥' if self.least else '≤'} {self.limit:g}{self.unit}"
        doubt = f" (doubtful: {', '.join(self.doubts)})" if self.doubts else ""
        if math.isnan(self.value):
            return [self.what, bound, "–", "**not measured**" + doubt]
        return [self.what, bound, f"{self.value:.3g}{self.unit}", ("met" if self.met else "**missed**") + doubt]


def ratio(what: str, ours: Figures, theirs: Figures, name: str, limit: float) -> Verdict:
    """A figure of ours over the same of theirs (not a number when theirs is nothing)."""
    below = getattr(theirs, name)
    doubts = tuple(f"{side.server} had no clean window" for side in (ours, theirs) if not side.clean)
    return Verdict(f"{what}, {ours.load}", getattr(ours, name) / below if below else math.nan, limit, " ×", doubts=doubts)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


# ---------------------------------------------------------------------- memory over time
def growth(samples: Sequence[tuple[float, float]], settled: float) -> float:
    """By which share memory grew after it had settled: medians of the first and the last fifth of (seconds, MiB) from then on."""
    later = [mib for seconds, mib in samples if seconds >= settled]
    if len(later) < 2:
        return 0.0
    part = max(1, len(later) // 5)
    first, last = median(later[:part]), median(later[-part:])
    return (last - first) / first if first else 0.0
