"""``make bench-capacity``: load raised step by step until packets are lost, Debian's Janus and the product in the same run.

Everybody joins once (20 publishers, 20 viewers; everybody sees and hears everybody); then the publishers' pictures grow step by
step. Each server is on core 0 alone (of the product all processes), the generator in C on core 1. A step that loses packets is tried
again; lost again, it is the end, and the last step without loss is the server's ceiling. Report: Markdown on standard output.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from tests.bench import proc, runs, servers
from tests.bench.figures import MOST_GENERATOR_PCT, MOST_OTHERS_PCT, MOST_STEAL_PCT, Verdict, quantile, table
from tests.bench.full_size import ready
from tests.bench.generator import Generator, HandedPeer, Stream, Totals, peer_class
from tests.support.rtc_client import sfu_clients

LEAST_RATIO = 3.0
BURST = 2  # packets of a picture, as in sfu_load
SOUND_PER_SECOND = 50
SETTLE_SECONDS = 2.0
LOSSES, MOST_ATTEMPTS = 2, 4  # at one load: lost so often it is the end; void ones are repeated
HEADINGS = ("server", "packets in/s", "packets out/s wanted", "packets out/s", "Mbit/s out", "CPU %", "loss %", "delay p50/p99 ms",
            "server's UDP drops", "generator %", "others/steal %", "what")  # fmt: skip
FULL_PCT = 90.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one server did at one load."""

    server: str
    wanted: float  # packets a second out
    seconds: float
    totals: Totals
    delays_us: list[int]
    cost: dict[str, float]
    server_drops: int
    generator_drops: int

    @property
    def void(self) -> bool:
        """The generator, not the server, was at its end."""
        late = self.totals.late_frames > 0.02 * self.totals.frames
        return self.cost["generator_pct"] > MOST_GENERATOR_PCT or self.generator_drops > 0 or late

    @property
    def noisy(self) -> bool:
        return self.cost["others_pct"] > MOST_OTHERS_PCT or self.cost["steal_pct"] > MOST_STEAL_PCT

    @property
    def lossless(self) -> bool:
        return self.totals.loss == 0 and self.totals.received > 0

    def reason(self) -> str:
        """What happened, and why."""
        if self.void:
            full = self.cost["generator_pct"] > MOST_GENERATOR_PCT or self.generator_drops
            return f"void: the generator {f'was at its end ({self.generator_drops} datagrams dropped there)' if full else 'was held up'}"
        beside = ", other processes took part" if self.noisy else ""
        if self.lossless:
            return "no loss" + beside
        full = self.cost["server_pct"] > FULL_PCT
        why = "its core is full" if full else "its socket overflowed" if self.server_drops else "its core is not full"
        return f"**loss**: {why}{beside}"

    def cells(self) -> list[str]:
        """One row."""
        seen, wall = self.totals, self.seconds
        delays = f"{quantile(self.delays_us, 0.5) / 1000:.2f} / {quantile(self.delays_us, 0.99) / 1000:.2f}"
        return [self.server, f"{seen.sent / wall:.0f}", f"{self.wanted:.0f}", f"{seen.received / wall:.0f}",
                f"{seen.received_octets * 8 / wall / 1e6:.0f}", f"{self.cost['server_pct']:.0f}", f"{100 * seen.loss:.4f}", delays,
                str(self.server_drops), f"{self.cost['generator_pct']:.0f}",
                f"{self.cost['others_pct']:.0f} / {self.cost['steal_pct']:.0f}", self.reason()]  # fmt: skip


# ---------------------------------------------------------------------- everybody joins
def streams_of(peer: HandedPeer, config: argparse.Namespace, index: int) -> list[Stream]:
    """Sound, and pictures of two packets each that stand still until a step sets their rate."""
    extension = {kind: made[4:] for kind, made in sfu_clients.Publisher(config, index, peer).ext.items()}
    line = {line.kind: line for line in peer.lines}
    sound = Stream(False, line["audio"].ssrc or 0, line["audio"].payload_type, SOUND_PER_SECOND, config.audio_size,
                   packet_bytes=config.audio_size, extension=extension["audio"])  # fmt: skip
    size = config.video_size * BURST
    picture = Stream(True, line["video"].ssrc or 0, line["video"].payload_type, 1.0, size, size, packet_bytes=config.video_size,
                     extension=extension["video"])  # fmt: skip
    return [sound, picture]


@asynccontextmanager
async def joined(running: servers.Running, given: argparse.Namespace) -> AsyncIterator[tuple[Generator, list[int]]]:
    """The generator with everybody in, and the numbers of the pictures' streams."""
    config = sfu_config(running, given)
    http = sfu_clients.Http(config.timeout, 8)
    generator, certificate = Generator(), RTCCertificate.generateCertificate()
    made = peer_class(generator, remb=False)
    peers: list[HandedPeer] = []

    def make(controlling: bool) -> HandedPeer:
        peers.append(made(config, sfu_clients.Stats(), None, certificate, controlling))
        return peers[-1]

    adapter = sfu_clients.JanusTarget if config.target == "janus" else sfu_clients.WhipTarget
    target: Any = adapter(config, http, make)
    generator.start()
    try:
        pictures = []
        for index in range(given.publishers):
            peer = await target.publish(index)
            sound, picture = streams_of(peer, config, index)
            generator.send(peer, sound)
            pictures.append(generator.send(peer, picture))
        for index in range(given.viewers):
            await target.subscribe(index, given.publishers)
        yield generator, pictures
    finally:
        generator.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(peer.close() for peer in peers), return_exceptions=True), 20)
        with contextlib.suppress(TimeoutError, sfu_clients.LoadError):
            await asyncio.wait_for(target.close(), 10)
        http.pool.shutdown(wait=False, cancel_futures=True)


def sfu_config(running: servers.Running, given: argparse.Namespace) -> argparse.Namespace:
    """What sfu_load's targets want to know."""
    named = dict(zip(running.where[::2], running.where[1::2], strict=True))
    return argparse.Namespace(
        srtp="gcm128", target=named["--target"], url=named["--url"], whep_url=named.get("--whep-url"), token=named.get("--token"),
        room=1234, timeout=20.0, audio_size=80, video_size=given.size, audio_pps=SOUND_PER_SECOND, video_pps=60, video_burst=BURST,
        sample=100)  # fmt: skip


# ---------------------------------------------------------------------- steps
def wanted_loads(first: float, factor: float, last: float) -> list[float]:
    """Packets a second out, from step to step."""
    loads = [first]
    while loads[-1] * factor <= last:
        loads.append(loads[-1] * factor)
    return loads


async def climb(name: str, running: servers.Running, given: argparse.Namespace) -> list[Step]:
    """Step by step until loss, or until the generator can no more."""
    steps: list[Step] = []
    async with joined(running, given) as (generator, pictures):
        for wanted in wanted_loads(given.first, given.factor, given.last):
            each = wanted / (given.publishers * given.viewers)
            for stream in pictures:
                generator.change(stream, max(0.5, (each - SOUND_PER_SECOND) / BURST))
            if not await attempt(name, running, given, generator, wanted, steps):
                break
    return steps


async def attempt(name: str, running: servers.Running, given: argparse.Namespace, generator: Generator, wanted: float,
                  steps: list[Step]) -> bool:  # fmt: skip
    """One load, again if need be; whether to go on."""
    lost = 0
    for _ in range(MOST_ATTEMPTS):
        await asyncio.sleep(SETTLE_SECONDS)
        steps.append(await look(name, running, given.duration, generator, wanted))
        runs.say(f"  {name}: {wanted:.0f} packets/s: {steps[-1].reason()}, {steps[-1].cost['server_pct']:.0f} % of its core")
        if steps[-1].lossless and not steps[-1].void:
            return True
        lost += not steps[-1].void
        if lost == LOSSES:
            break
    return False


async def look(name: str, running: servers.Running, seconds: float, generator: Generator, wanted: float) -> Step:
    """Measure for so long."""
    def tree() -> list[int]:
        return proc.process_tree(running.pid)

    generator.latencies_us()
    before, drops, own = generator.totals(), proc.udp_drops(tree()), generator.udp_drops()
    cost = runs.Cost(tree)
    await asyncio.sleep(seconds)
    found = cost.read()
    return Step(name, wanted, found["seconds"], generator.totals().since(before), generator.latencies_us(), found,
                proc.udp_drops(tree()) - drops, generator.udp_drops() - own)  # fmt: skip


def ceiling(steps: list[Step]) -> float:
    """The highest rate without loss, as it arrived."""
    return max((step.totals.received / step.seconds for step in steps if step.lossless and not step.void), default=0.0)


# ---------------------------------------------------------------------- the report
def report(found: dict[str, list[Step]], given: argparse.Namespace, quiet: runs.Quiet) -> tuple[str, bool]:
    """Markdown, and whether the target was met."""
    rows = [step.cells() for steps in found.values() for step in steps]
    tops = {name: ceiling(steps) for name, steps in found.items()}
    ends = {name: steps[-1].reason() if steps else "no step" for name, steps in found.items()}
    sentences = [f"{name}: highest rate without loss {top:.0f} packets/s; the end: {ends[name]}." for name, top in tops.items()]
    verdict = None
    if len(tops) == 2 and "Janus" in tops:
        (ours,) = (name for name in tops if name != "Janus")
        times = tops[ours] / tops["Janus"] if tops["Janus"] else math.nan
        noisy = any(step.noisy for steps in found.values() for step in steps)
        doubts = ("other processes took part",) if noisy else ()
        verdict = Verdict("ceiling, ours / Janus", times, LEAST_RATIO, " ×", True, doubts)
    people = f"{given.publishers} publishers, {given.viewers} viewers"
    size = f"{people}, pictures in packets of {given.size} B, 50 × 80 B of sound; AES-128-GCM."
    parts = [runs.machine_sentence(), size, quiet.sentence(), table(HEADINGS, rows), "\n".join(f"- {sentence}" for sentence in sentences)]
    if verdict:
        parts.append(table(Verdict.HEADINGS, [verdict.cells()]))
    return "\n\n".join(parts), bool(verdict and verdict.met)


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--publishers", type=int, default=20)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--size", type=int, default=1000, help="payload octets of a picture's packet")
    parser.add_argument("--first", type=float, default=30_000, help="packets a second out at the first step")
    parser.add_argument("--factor", type=float, default=1.12, help="from step to step")
    parser.add_argument("--last", type=float, default=260_000)
    parser.add_argument("--duration", type=float, default=5, help="seconds a step")
    parser.add_argument("--servers", nargs="+", choices=("janus", "product", "worker"), default=["janus", "product"])
    runs.common_options(parser)
    return parser.parse_args(argv)


def main() -> int:
    """Measure and report; 1 when the target was missed."""
    given = parse()
    quiet, found = runs.Quiet(given.quiet_limit), dict[str, list[Step]]()
    starters: dict[str, tuple[str, Callable[[Path], AbstractContextManager[servers.Running]]]] = {
        "janus": ("Janus", lambda folder: servers.janus(folder, given.bind)),
        "product": ("all processes", lambda folder: servers.product(folder, given.bind)),
        "worker": ("media worker", lambda folder: servers.worker(folder, given.bind)),
    }
    ready(given.bind)
    try:
        for name, starter in (starters[key] for key in given.servers):
            quiet.before(f"capacity of {name}")
            found[name] = []
            try:
                with servers.folder() as folder, starter(folder) as running:
                    time.sleep(2)
                    found[name] = asyncio.run(climb(name, running, given))
            except (RuntimeError, TimeoutError, sfu_clients.LoadError) as exc:
                runs.say(f"  failed: {exc!r}")
    except KeyboardInterrupt:
        print(report(found, given, quiet)[0])
        raise
    text, met = report(found, given, quiet)
    print(text)
    return 0 if met else 1


if __name__ == "__main__":
    runs.run_main(main)
