"""``make bench-broadcast``: what a broadcast costs, how many can watch it, and whether the live room notices.

One service holds two sessions: a public one, whose speaker's camera is a real, grainy, moving 720p picture over WHIP, and a room of
``--points`` points that the native generator plays. Measured in one run: the encoder's CPU (720p and 360p, four sound tracks); the
room's delay without viewers, with 150 of the embedded default, with 1,000 behind nginx, and without again; each viewer's segments.
At last ffprobe looks at the files. Viewers are a process of their own; this process plays the room. Report: Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench import full_size, grainy_camera, proc, runs, servers
from tests.bench.figures import MOST_OTHERS_PCT, Verdict, quantile, table
from tests.bench.front import nginx
from tests.support.ports import die_with_parent, wait_until
from tests.support.server import LiaisonServer

ENCODER_PCT, SEGMENT_S = 60.0, 1.0
MEDIAN_RATIO, P99_RATIO = 1.1, 2.0
CODECS = {"v720": "h264", "v360": "h264", "sound": "aac", "sound-ky": "aac", "sound-ru": "aac", "sound-en": "aac"}
LAST_SEGMENTS = 10
LENGTH_S, PICTURES_APART_S, SOUND_APART_S = 0.1, 0.001, 0.1
"""What a segment's length may differ from 2 s, and its beginning from that of the same in another track (AAC frames last 21 ms)."""
HEADINGS = ("viewers", "through", "requests/s", "Mbit/s", "errors", "late rounds", "segment p50/p99/slowest ms", "playlist p99 ms",
            "web CPU %", "nginx CPU %", "CPU ms/s a viewer", "viewers' own CPU %")
ROOM_HEADINGS = ("room", "delay p50/p99 ms", "packets timed", "loss %", "media CPU %", "encoder CPU %", "others/steal %")


@dataclass(frozen=True)
class Watched:
    """What so many viewers saw, and what it cost. ``errors``: by kind."""

    through: str
    found: dict[str, Any]
    web_pct: float
    front_pct: float

    @property
    def errors(self) -> int:
        return sum(self.found["errors"].values())

    @property
    def p99(self) -> float:
        return quantile(self.found["segments_s"], 0.99)

    def cells(self) -> list[str]:
        found, seconds = self.found, self.found["seconds"]
        segments = found["segments_s"]
        times = f"{1000 * quantile(segments, 0.5):.1f} / {1000 * self.p99:.1f} / {1000 * max(segments, default=0):.0f}"
        each = 10 * (self.web_pct + self.front_pct) / found["viewers"]
        return [str(found["viewers"]), self.through, f"{found['requests'] / seconds:.0f}", f"{found['octets'] * 8 / seconds / 1e6:.0f}",
                str(self.errors), str(found["late"]), times, f"{1000 * quantile(found['playlists_s'], 0.99):.1f}", f"{self.web_pct:.1f}",
                f"{self.front_pct:.1f}", f"{each:.2f}", f"{100 * found['cpu_s'] / seconds:.0f}"]


@dataclass(frozen=True)
class Look:
    """The room over a window, and the encoder beside it."""

    what: str
    window: full_size.Window
    encoder_pct: float

    def cells(self) -> list[str]:
        window = self.window
        delays = window.delays_us
        return [self.what, f"{quantile(delays, 0.5) / 1000:.2f} / {quantile(delays, 0.99) / 1000:.2f}", str(len(delays)),
                f"{100 * window.totals.loss:.4f}", f"{window.media_pct:.1f}", f"{self.encoder_pct:.1f}",
                f"{window.cost['others_pct']:.0f} / {window.cost['steal_pct']:.0f}"]


@dataclass
class Found:
    """Everything."""

    looks: list[Look]
    watched: list[Watched]
    beyond: tuple[int, bool]
    probed: list[str]
    restarts: int = 0


# ---------------------------------------------------------------------- the stage
def book(server: LiaisonServer, bearer: str, points: list[str]) -> str:
    """A public session that opens in a few seconds."""
    with server.client(bearer) as client:
        start = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        made = client.post("/api/v1/sessions", json={"title": {"en": "For everybody"}, "kind": "population", "public": True,
                                                     "starts_at": start, "duration_minutes": 60, "points": points})
        made.raise_for_status()
        return str(made.json()["id"])


@contextmanager
def on_air(server: LiaisonServer, bearer: str, session: str, point: str, film: Path) -> Iterator[Path]:
    """A camera in the session; the broadcast's folder, once there is something to see."""
    token = servers.way_in(server, bearer, session, point, "chair")
    servers.await_open(server, bearer, session)
    command = [sys.executable, "-m", "tests.bench.grainy_camera", server.url, session, token, str(film)]
    camera = subprocess.Popen(command, cwd=servers.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              preexec_fn=die_with_parent)
    try:
        assert camera.stdout is not None
        if camera.stdout.readline().strip() != "on":
            raise RuntimeError("the camera did not come in")
        folder = server.data / "broadcasts" / session
        wait_until(lambda: (folder / "v360" / "3.m4s").exists(), 60, "the broadcast")
        yield folder
    finally:
        servers.end(camera)


class Stage:
    """The service with both sessions, and how it is looked at."""

    def __init__(self, server: LiaisonServer, room: full_size.Session) -> None:
        pids = server.pids()
        self.server, self.room = server, room
        self.encoder, self.web = [pids["broadcast"]], proc.process_tree(pids["web"])

    async def look(self, what: str, seconds: float) -> Look:
        before, began = proc.cpu_by_pid(self.encoder), time.monotonic()
        window = await self.room.window(seconds)
        spent = proc.spent(before, proc.cpu_by_pid(self.encoder))
        return Look(what, window, 100 * spent / (time.monotonic() - began))

    async def crowd(self, url: str, count: int, given: argparse.Namespace, front: int = 0) -> tuple[Watched, list[Look]]:
        """So many viewers; the room is looked at while all of them are there."""
        through = "nginx" if front else "the embedded default"
        command = [sys.executable, "-m", "tests.bench.viewers", url, str(count), str(given.watch), *([] if front else ["--here"])]
        process = await asyncio.create_subprocess_exec(*command, cwd=servers.ROOT, stdout=asyncio.subprocess.PIPE, preexec_fn=_free)
        await asyncio.sleep(6)
        front_pids = proc.process_tree(front) if front else []
        web, nginx_spent, began = proc.cpu_by_pid(self.web), proc.cpu_by_pid(front_pids), time.monotonic()
        looks = [await self.look(f"{count} viewers through {through}", given.duration) for _ in range(given.windows)]
        wall = time.monotonic() - began
        shares = [100 * proc.spent(before, proc.cpu_by_pid(pids)) / wall for before, pids in ((web, self.web), (nginx_spent, front_pids))]
        told, _ = await process.communicate()
        return Watched(through, json.loads(told), shares[0], shares[1]), looks


def _free() -> None:
    """Viewers are no part of the generator: they run where there is room."""
    die_with_parent()
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


def beyond(server: LiaisonServer, session: str) -> tuple[int, bool]:
    """What the next one gets when all places are taken: the answer to its word, and whether its page says so."""
    with server.client() as client:
        said = client.post(f"/live/{session}/here", json={"id": secrets.token_hex(16), "quality": "v360", "sound": "sound"})
        page = client.get(f"/public/sessions/{session}").text
        return said.status_code, '<div class="player-full" id="player-full">' in page


async def perform(server: LiaisonServer, tokens: list[str], session: str, given: argparse.Namespace) -> Found:
    """Without viewers, with both crowds, without again."""
    looks, path = [], f"/live/{session}"
    async with full_size.gathered(server, tokens, given) as (room, joining):
        if joining["failed"]:
            raise RuntimeError(f"{joining['failed']:.0f} joins failed")
        stage = Stage(server, room)
        await asyncio.sleep(given.warmup)
        looks += [await stage.look("no viewers, before", given.duration) for _ in range(given.windows)]
        runs.say(f"{given.viewers} viewers of the embedded default")
        embedded, seen = await stage.crowd(server.url + path, given.viewers, given)
        looks += seen
        refused = await asyncio.to_thread(beyond, server, session)
        with nginx(server.data / "nginx", server.url.removeprefix("http://")) as front:
            runs.say(f"{given.many} viewers through nginx")
            behind, seen = await stage.crowd(front.url + path, given.many, given, front.pid)
            looks += seen
        looks += [await stage.look("no viewers, after", given.duration) for _ in range(given.windows)]
    return Found(looks, [embedded, behind], refused, [])


# ---------------------------------------------------------------------- ffprobe
def probe(folder: Path, alike: bool = True) -> list[str]:
    """What is wrong with the tracks, as ffprobe reads their last segments (of one run where they are all ``alike``): codecs, lengths,
    and beginnings that differ."""
    wrong: list[str] = []
    begins: dict[str, list[float]] = {}
    rows = {track: segments(folder / track) for track in CODECS}
    run = max(made for made, _ in rows["v720"])
    common = sorted(set.intersection(*({number for made, number in found if made == run or not alike} for found in rows.values())))
    common = common[-LAST_SEGMENTS if alike else 0:]
    if len(common) < LAST_SEGMENTS:
        wrong.append(f"only {len(common)} segments since the encoder began anew")
    for track, codec in CODECS.items():
        inits = {number: (folder / track / f"init-{made}.mp4").read_bytes() for made, number in rows[track]}
        found = [_probed(inits[number] + (folder / track / f"{number}.m4s").read_bytes()) for number in common]
        wrong += [f"{track} {number}: {name}, a key frame first: {key}" for number, (name, _, key) in zip(common, found, strict=True)
                  if name != codec or not key]
        begins[track] = [first for _, first, _ in found]
        lengths = [after - before for before, after in itertools.pairwise(begins[track])]
        wrong += [f"{track}: a segment of {length:.3f} s" for length in lengths if abs(length - 2) > LENGTH_S]
    for track, starts in begins.items():
        gap = max(abs(one - other) for one, other in zip(starts, begins["v720"], strict=True))
        if gap > (PICTURES_APART_S if track.startswith("v") else SOUND_APART_S):
            wrong.append(f"{track} begins {gap:.3f} s beside v720")
    return wrong


def segments(track: Path) -> list[tuple[int, int]]:
    """Run of the encoder and number of each."""
    rows = [json.loads(line) for line in (track / "segments.jsonl").read_text().splitlines()]
    return [(row["run"], row["n"]) for row in rows]


def _probed(data: bytes) -> tuple[str, float, bool]:
    """Codec, first presentation time, and whether it begins with a key frame."""
    asked = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name:packet=pts_time,flags", "-of", "json", "-"]
    told = json.loads(subprocess.run(asked, input=data, capture_output=True, check=True, timeout=30).stdout)
    first = told["packets"][0]
    return told["streams"][0]["codec_name"], float(first["pts_time"]), "K" in first["flags"]


# ---------------------------------------------------------------------- the report
def verdicts(found: Found, given: argparse.Namespace) -> list[Verdict]:
    quiet = [look for look in found.looks if look.what.startswith("no")]
    alone = [delay for look in quiet for delay in look.window.delays_us]
    busy = [look.window.cost["others_pct"] for look in found.looks]
    doubts = (f"others up to {max(busy):.0f} %",) if max(busy) > MOST_OTHERS_PCT else ()
    made = [Verdict("encoder: 720p and 360p at 15/s, four sound tracks, mean", sum(look.encoder_pct for look in quiet) / len(quiet),
                    ENCODER_PCT, " % of a core", doubts=doubts)]
    for crowd in found.watched:
        who = f"{crowd.found['viewers']} viewers through {crowd.through}"
        made += [Verdict(f"errors, {who}", crowd.errors, 0),
                 Verdict(f"p99 of a segment, {who}", crowd.p99, SEGMENT_S, " s", doubts=doubts)]
        delays = [delay for look in found.looks if look.what == who for delay in look.window.delays_us]
        for name, share, limit in (("median", 0.5, MEDIAN_RATIO), ("p99", 0.99, P99_RATIO)):
            made.append(Verdict(f"the room's {name} delay with {who}, to that without", quantile(delays, share) / quantile(alone, share),
                                limit, " ×", doubts=doubts))
    made += [Verdict("times the encoder fell behind the clock and began anew", found.restarts, 0, doubts=doubts),
             Verdict("answer to the next one, when all places are taken", found.beyond[0], 503, "", True),
             Verdict("the next one's page says so", float(found.beyond[1]), 1, "", True),
             Verdict("what ffprobe finds wrong: codecs, 2 s, a key frame first, begun together", len(found.probed), 0)]
    return made


def ceiling(crowd: Watched) -> str:
    """How far one core of nginx and one line would carry."""
    viewers, found = crowd.found["viewers"], crowd.found
    bits = found["octets"] * 8 / found["seconds"] / viewers
    core = viewers * 100 / crowd.front_pct if crowd.front_pct else 0
    return (f"Computed ceiling of nginx without TLS: {core:.0f} viewers a core at {crowd.front_pct:.1f} % for {viewers}; a viewer of "
            f"360p took {bits / 1000:.0f} kbit/s of content, so that 1 Gbit/s carries {1e9 / bits / 1.05:.0f} (5 % for headers).")


def report(found: Found, given: argparse.Namespace, quiet: runs.Quiet, rate: float) -> str:
    lines = [runs.machine_sentence(), quiet.sentence() + f" Load average at the end: {os.getloadavg()[0]:.1f}.",
             f"The speaker's camera: 720p VP8, 25/s, {rate / 1e6:.1f} Mbit/s. The room: {given.points} points, three layers each.",
             table(ROOM_HEADINGS, [look.cells() for look in found.looks]), table(HEADINGS, [crowd.cells() for crowd in found.watched]),
             ceiling(found.watched[-1])]
    lines += [f"Errors through {crowd.through}: {crowd.found['errors']}." for crowd in found.watched if crowd.errors]
    lines += [f"ffprobe: {sentence}." for sentence in found.probed[:10]]
    return "\n\n".join([*lines, table(Verdict.HEADINGS, [verdict.cells() for verdict in verdicts(found, given)])])


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=6, help="points of the live room")
    parser.add_argument("--viewers", type=int, default=150, help="of the embedded default, which has as many places")
    parser.add_argument("--many", type=int, default=1000, help="viewers through nginx")
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--duration", type=float, default=10, help="seconds a window")
    parser.add_argument("--warmup", type=float, default=8)
    runs.common_options(parser)
    parser.set_defaults(bind="127.0.0.1", spread=False, sample=10)  # a small room: more of its packets, for a p99 that holds
    given = parser.parse_args(argv)
    given.watch = given.windows * given.duration + 10
    return given


def main() -> int:
    """Measure and report; 1 when something promised was missed."""
    given = parse()
    quiet = runs.Quiet(given.quiet_limit)
    with servers.folder() as folder:
        grainy_camera.film(folder / "film.ivf")
        rate = (folder / "film.ivf").stat().st_size * 8 / grainy_camera.SECONDS
        quiet.before("a broadcast and its viewers")
        with LiaisonServer(folder / "data", broadcasts=1, viewers=given.viewers, media_bind=given.bind, media_host=given.bind) as server:
            slugs = servers.point_slugs()
            room, bearer = servers.book(server, slugs[2:2 + given.points], "government")
            session = book(server, bearer, slugs[:2])
            tokens = [servers.way_in(server, bearer, room, slug, "point" if n else "chair")
                      for n, slug in enumerate(slugs[2:2 + given.points])]
            servers.await_open(server, bearer, room)
            with on_air(server, bearer, session, slugs[0], folder / "film.ivf") as files:
                servers.pin(server, media_alone=True)
                full_size.ready(given.bind)
                found = asyncio.run(perform(server, tokens, session, given))
                found.probed = probe(files)
                found.restarts = len({run for run, _ in segments(files / "v720")}) - 1
    print("\n" + report(found, given, quiet, rate))
    return 0 if all(verdict.met for verdict in verdicts(found, given)) else 1


if __name__ == "__main__":
    runs.run_main(main)
