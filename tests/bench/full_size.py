"""``make bench-63`` and ``make soak``: a session at full size through the real service.

63 points publish three layers and sound each; each sees one large and 24 small pictures and hears three voices. The media workers
are pinned to core 0, the generator, which plays all the browsers, to core 1; the product's other processes run where there is room,
as on any machine of two cores. Everybody joins at the same moment over Socket.IO. With ``--minutes`` the same goes on for so long
and memory is watched. Report: Markdown on standard output.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aioice.ice
from aiortc.rtcdtlstransport import RTCCertificate

from tests.bench import proc, runs, servers
from tests.bench.figures import MOST_GENERATOR_PCT, MOST_OTHERS_PCT, MOST_STEAL_PCT, Verdict, growth, quantile, table
from tests.bench.generator import SAMPLE, Generator, Totals
from tests.bench.participants import Participant, chosen_views
from tests.support.server import LiaisonServer

SPEAKERS = 3
PICTURES_EACH, VOICES_EACH = 25, 3
SETTLE_SECONDS = 300.0  # of a long run, before memory is compared
HEADINGS = ("at", "packets in/s", "packets out/s", "Mbit/s out", "loss %", "delay p50/p99 ms", "media CPU %", "all processes CPU %",
            "media MiB", "all MiB", "streams a viewer", "generator %", "others/steal %", "void")  # fmt: skip


@dataclass
class Window:
    """What was seen in one stretch of time."""

    at: float
    seconds: float
    totals: Totals
    delays_us: list[int]
    cost: dict[str, float]
    media_pct: float
    media_mib: float
    all_mib: float
    streams: list[int] = field(default_factory=list)

    @property
    def void(self) -> list[str]:
        """Why it does not count."""
        found = []
        if self.cost["generator_pct"] > MOST_GENERATOR_PCT:
            found.append("generator")
        if self.totals.late_frames > 0.01 * self.totals.frames:
            found.append("generator late")
        if self.cost["others_pct"] > MOST_OTHERS_PCT:
            found.append("others")
        if self.cost["steal_pct"] > MOST_STEAL_PCT:
            found.append("steal")
        if self.cost["media_gone"]:
            found.append("a media worker ended")
        return found

    def cells(self) -> list[str]:
        """One row."""
        seen, wall = self.totals, self.seconds
        delays = f"{quantile(self.delays_us, 0.5) / 1000:.2f} / {quantile(self.delays_us, 0.99) / 1000:.2f}"
        streams = f"{min(self.streams)}–{max(self.streams)}" if self.streams else "0"
        return [f"{self.at / 60:.1f} min", f"{seen.sent / wall:.0f}", f"{seen.received / wall:.0f}",
                f"{seen.received_octets * 8 / wall / 1e6:.0f}", f"{100 * seen.loss:.4f}", delays, f"{self.media_pct:.1f}",
                f"{self.cost['server_pct']:.1f}", f"{self.media_mib:.1f}", f"{self.all_mib:.1f}", streams,
                f"{self.cost['generator_pct']:.0f}", f"{self.cost['others_pct']:.0f} / {self.cost['steal_pct']:.0f}",
                ", ".join(self.void) or "no"]  # fmt: skip


class Session:
    """The running session, and how it is looked at."""

    def __init__(self, server: LiaisonServer, generator: Generator, people: list[Participant]) -> None:
        assert server.process is not None
        self.pid, self.generator, self.people = server.process.pid, generator, people
        self.media = [pid for role, pid in server.pids().items() if role.startswith("media")]
        self.began = time.monotonic()

    def everything(self) -> list[int]:
        return proc.process_tree(self.pid)

    def _heard(self) -> list[dict[int, int]]:
        connections = [person.receiving for person in self.people if person.receiving is not None]
        return [{ssrc: packets for ssrc, _, packets in self.generator.heard(connection)} for connection in connections]

    async def window(self, seconds: float) -> Window:
        """Look on for so long."""
        generator = self.generator
        generator.latencies_us()
        heard, before = self._heard(), generator.totals()
        cost, media = runs.Cost(self.everything), proc.cpu_by_pid(self.media)
        await asyncio.sleep(seconds)
        found, media_after = cost.read(), proc.cpu_by_pid(self.media)
        found["media_gone"] = len(self.media) - len(media_after)
        after = self._heard()
        streams = [sum(packets > old.get(ssrc, 0) for ssrc, packets in new.items()) for old, new in zip(heard, after, strict=True)]
        wall = found["seconds"]
        return Window(time.monotonic() - self.began, wall, generator.totals().since(before), generator.latencies_us(), found,
                      100 * proc.spent(media, media_after) / wall, proc.cpu_and_rss(self.media)[1],
                      proc.cpu_and_rss(self.everything())[1], streams)  # fmt: skip


# ---------------------------------------------------------------------- coming together
def prepare(server: LiaisonServer, points: int) -> list[str]:
    """A session of so many points that is open; a join token for each, the chair's first."""
    slugs = servers.point_slugs()[:points]
    session, bearer = servers.book(server, slugs, "government")
    tokens = [servers.way_in(server, bearer, session, slug, "point" if n else "chair") for n, slug in enumerate(slugs)]
    deadline = time.monotonic() + 60
    with server.client(bearer) as client:
        while client.get(f"/api/v1/sessions/{session}").json()["status"] != "live":
            if time.monotonic() > deadline:
                raise RuntimeError("the session did not open")
            time.sleep(0.2)
    return tokens


@asynccontextmanager
async def gathered(server: LiaisonServer, tokens: list[str], given: argparse.Namespace) -> AsyncIterator[tuple[Session, dict[str, float]]]:
    """Everybody in at once, and out again at the end; with what the joins cost."""
    generator, certificate = Generator(given.sample), RTCCertificate.generateCertificate()
    people = [Participant(server.url, token, generator, certificate, n < SPEAKERS) for n, token in enumerate(tokens)]
    generator.start()
    try:
        session = Session(server, generator, people)
        cost, media = runs.Cost(session.everything), proc.cpu_and_rss(session.media)[0]
        done = await asyncio.gather(*(person.enter() for person in people), return_exceptions=True)
        joining = cost.read()
        joining["media_seconds"] = proc.cpu_and_rss(session.media)[0] - media
        joining["server_seconds"] = joining["server_pct"] * joining["seconds"] / 100
        failed = [repr(error) for error in done if isinstance(error, BaseException)]
        joining["failed"] = float(len(failed))
        for sentence in failed[:3]:
            runs.say(f"a join failed: {sentence}")
        await _look_around([person for person in people if "everything" in person.seconds], given.spread)
        yield session, joining
    finally:
        generator.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(person.leave() for person in people), return_exceptions=True), 20)


async def _look_around(people: list[Participant], spread: bool) -> None:
    peers = [person.door.peer for person in people]
    if len(peers) < 2:
        raise RuntimeError("nobody could join")
    views = (person.view(*chosen_views(peers, n, spread)) for n, person in enumerate(people))
    for error in await asyncio.gather(*views, return_exceptions=True):
        if isinstance(error, BaseException):
            runs.say(f"a viewer could not choose its pictures: {error!r}")


# ---------------------------------------------------------------------- the run
Found = tuple[list[Window], list[Participant], dict[str, float]]


async def run(server: LiaisonServer, tokens: list[str], given: argparse.Namespace) -> Found:
    """Join, settle, look: the windows, who was there, and what the joins cost."""
    windows: list[Window] = []
    async with gathered(server, tokens, given) as (session, joining):
        runs.say(f"joined in {joining['seconds']:.1f} s, {joining['failed']:.0f} failed; settling")
        await asyncio.sleep(given.warmup)
        count = given.windows if not given.minutes else max(1, round(given.minutes * 60 / given.every))
        length = given.duration if not given.minutes else given.every
        if given.minutes:
            print(table(HEADINGS, []), flush=True)
        for _ in range(count):
            try:
                windows.append(await session.window(length))
            except asyncio.CancelledError:  # Ctrl-C: what was seen so far is still told
                break
            if given.minutes:
                print("| " + " | ".join(windows[-1].cells()) + " |", flush=True)
        return windows, session.people, joining


def verdicts(found: Found, given: argparse.Namespace) -> list[Verdict]:
    """What was promised, over the windows that count (over all when none does, and then it says so)."""
    windows, people, joining = found
    counting = [window for window in windows if not window.void]
    doubts = () if counting else ("no window counts",)
    chosen = counting or windows
    expected, received = sum(w.totals.expected for w in chosen), sum(w.totals.received for w in chosen)
    delays = [delay for window in chosen for delay in window.delays_us]
    took = [seconds for person in people for name, seconds in person.seconds.items() if name in ("publish", "subscribe")]
    joins = () if joining["others_pct"] <= MOST_OTHERS_PCT else (f"others {joining['others_pct']:.0f} %",)
    made = [
        Verdict("loss", 100 * max(0, expected - received) / expected if expected else 100.0, 0.1, " %", doubts=doubts),
        Verdict("forwarding delay, median", quantile(delays, 0.5) / 1000, 3.0, " ms", doubts=doubts),
        Verdict("forwarding delay, p99", quantile(delays, 0.99) / 1000, 20.0, " ms", doubts=doubts),
        Verdict("media workers together", max((w.media_pct for w in chosen), default=0.0), 100.0, " % of a core", doubts=doubts),
        Verdict("streams that the poorest viewer receives", min((min(w.streams) for w in chosen if w.streams), default=0),
                min(PICTURES_EACH, given.points - 1) + min(VOICES_EACH, given.points - 1), "", True, doubts),
        Verdict("joins that failed", joining["failed"], 0.0),
        Verdict("joins of all at once, request to DTLS connected, p95", quantile(took, 0.95), 1.5, " s", doubts=joins),
    ]  # fmt: skip
    if given.minutes:
        made += _flat(windows, given)
    return made


def _flat(windows: list[Window], given: argparse.Namespace) -> list[Verdict]:
    settled = min(SETTLE_SECONDS, given.minutes * 60 / 3)
    media = growth([(window.at, window.media_mib) for window in windows], settled)
    whole = growth([(window.at, window.all_mib) for window in windows], settled)
    return [Verdict("memory growth of the media worker after it has settled", 100 * media, 1.0, " %"),
            Verdict("memory growth of all processes after they have settled", 100 * whole, 1.0, " %")]  # fmt: skip


def report(found: Found, given: argparse.Namespace, quiet: runs.Quiet) -> str:
    """Markdown."""
    windows, people, joining = found

    def spread_of(name: str) -> str:
        values = [person.seconds[name] for person in people if name in person.seconds]
        return f"p50 {quantile(values, 0.5):.2f} s, p95 {quantile(values, 0.95):.2f} s, slowest {max(values, default=0):.2f} s"

    spans = {"publish": "publisher connection", "subscribe": "subscriber connection", "door": "to be let into the room",
             "everything": "from opening the socket to both connections up"}  # fmt: skip
    joins = (f"Joins of {len(people)} points at once through the service: {'; '.join(f'{w} {spread_of(n)}' for n, w in spans.items())}. "
             f"All processes used {joining['server_seconds']:.1f} s of CPU for it (media workers {joining['media_seconds']:.1f} s), "
             f"{joining['server_pct']:.0f} % of a core; generator {joining['generator_pct']:.0f} %, others {joining['others_pct']:.0f} %.")
    asked = sum(window.totals.picture_loss for window in windows), sum(window.totals.key_frames for window in windows)
    lost = sum(person.door.returns for person in people)
    lines = [runs.machine_sentence(), quiet.sentence(), joins, f"Sockets that were lost and came back: {lost}."]
    if not given.minutes:
        lines.append(table(HEADINGS, [window.cells() for window in windows]))
    timed = sum(len(window.delays_us) for window in windows)
    lines.append(f"Key frames asked for: {asked[0]}, sent: {asked[1]}. Delays: one packet in 100, {timed} in all.")
    made = verdicts(found, given)
    return "\n\n".join([*lines, table(Verdict.HEADINGS, [verdict.cells() for verdict in made])])


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=63)
    parser.add_argument("--duration", type=float, default=10, help="seconds a window")
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--warmup", type=float, default=8, help="seconds between the joins and the first window")
    parser.add_argument("--minutes", type=float, default=0, help="a long run: watch memory for so long")
    parser.add_argument("--every", type=float, default=120, metavar="S", help="seconds a row of a long run")
    parser.add_argument("--spread", action="store_true", help="each sees another point large, not all the same speaker")
    parser.add_argument("--one-core", action="store_true", help="all processes of the product on core 0, not only the media workers")
    parser.add_argument("--workers", type=int, default=1, help="media workers")
    runs.common_options(parser)
    parser.set_defaults(bind="127.0.0.1")
    parser.set_defaults(sample=SAMPLE)
    return parser.parse_args(argv)


def ready(bind: str) -> None:
    """This process becomes the generator: on its core, with files enough."""
    os.sched_setaffinity(0, {servers.GENERATOR_CORE})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [bind]
    logging.disable()  # a socket that was lost is counted, not logged


def main() -> int:
    """Measure and report; 1 when something promised was missed."""
    given = parse()
    quiet = runs.Quiet(given.quiet_limit)
    quiet.before(f"{given.points} points, {given.minutes or given.windows * given.duration / 60:.1f} minutes")
    settings: dict[str, Any] = {"media_bind": given.bind, "media_host": given.bind, "media_workers": given.workers}
    with servers.folder() as folder, LiaisonServer(folder, **settings) as server:
        tokens = prepare(server, given.points)
        servers.pin(server, media_alone=not given.one_core)
        ready(given.bind)
        found = asyncio.run(run(server, tokens, given))
    print("\n" + report(found, given, quiet))
    return 0 if found[0] and all(verdict.met for verdict in verdicts(found, given)) else 1


if __name__ == "__main__":
    runs.run_main(main)
