"""A public session over HLS as somebody at home sees it, and what lies in its folder."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from playwright.sync_api import Browser

from liaison.domain.agenda import entry
from tests.support.chromium import DESKTOP, PHONE, Participant, close_colour, new_participant
from tests.support.ports import wait_until
from tests.support.room import Scene, book, see_each_other
from tests.support.server import LiaisonServer

OSH, BATKEN = "osh-oblast", "batken-oblast"
RED, GREEN, SLATE = "#d02020", "#20b030", "#101827"
SMALL = {"width": 640, "height": 480}
BACK_WITHIN_S = 10.0

# Installed in a viewer's page: ten times a second, whether the picture goes on, when it was taken (as the playlist tells), and its colour.
WATCH = """
() => {
  const video = document.getElementById("player");
  window.__watched = [];
  let last = -1;
  window.__watching ??= setInterval(() => {
    const taken = liaisonPlayer.hls?.playingDate?.getTime() ?? null;
    __watched.push({ at: Date.now(), goesOn: video.currentTime !== last && video.readyState > 1, taken, colour: __probe.colour(video) });
    last = video.currentTime;
  }, 100);
}
"""


@dataclass(frozen=True)
class Missed:
    """What a viewer missed of a broadcast when processes were killed: seconds in which the picture stood still, and seconds of
    the session, counted from the first kill, that were over when the room was to be seen again."""

    roles: tuple[str, ...]
    stood_s: float
    away_s: float


@contextmanager
def public_session(server: LiaisonServer, chromium: Browser) -> Iterator[Scene]:
    """Osh leads a public session in red, Batken takes part in green."""
    made = book(server, OSH, BATKEN, public=True, questions=True, agenda=[entry("Roads", 20), entry("Appointments", 15)])
    for point, colour, tone, role, size in ((OSH, RED, 440, "chair", DESKTOP), (BATKEN, GREEN, 880, "point", SMALL)):
        made.enter(new_participant(chromium, server.url, colour, tone, viewport=size), point, role=role)
    for person in made.people:
        person.page.wait_for_selector("#stage:visible", timeout=30_000)
    made.people[1].be_silent()
    with made:
        yield made


@contextmanager
def viewer_of(scene: Scene, chromium: Browser) -> Iterator[Participant]:
    """At home, on a telephone, with no camera and no account."""
    person = new_participant(chromium, scene.server.url, camera=False, viewport=PHONE)
    wait_until(lambda: (folder(scene) / "v720" / "2.m4s").exists(), 60, "the broadcast")
    person.page.goto(f"/public/sessions/{scene.session}")
    yield person
    assert person.errors == []
    person.context.close()


def folder(scene: Scene) -> Path:
    return scene.server.data / "broadcasts" / scene.session


def sees(viewer: Participant, colour: str, seconds: float = 25) -> None:
    wait_until(lambda: close_colour(viewer.sees("#player"), colour), seconds, f"the colour {colour}")


def moves(viewer: Participant, seconds: float = 20) -> None:
    """The picture goes on: a second of it within some."""
    viewer.page.wait_for_function("at => document.getElementById('player').currentTime > at + 1",
                                  arg=viewer.page.evaluate("() => document.getElementById('player').currentTime"), timeout=seconds * 1000)


# ---------------------------------------------------------------- kills


def kill(scene: Scene, viewer: Participant, roles: tuple[str, ...], colour: str) -> Missed:
    """kill -9 processes of the service, one after another, while the room is seen in ``colour``; nobody touches anything until it
    is seen again."""
    server, page = scene.server, viewer.page
    page.evaluate(WATCH)
    killed = time.time()
    for role in roles:
        old = server.pids()[role]
        server.kill(role)
        server.wait_for_new(role, old)
    wait_until(lambda: see_each_other(scene.people, set(scene.names) & {OSH, BATKEN}), 30, "the room to be back")
    shown = """([since, rgb]) => __watched.some(({ taken, colour }) =>
        taken > since && colour?.every((part, index) => Math.abs(part - rgb[index]) < 41))"""
    page.wait_for_function(shown, arg=[1000 * (time.time() + 1), list(bytes.fromhex(colour[1:]))], timeout=45_000)
    seen = [one for one in page.evaluate("() => __watched") if one["at"] >= 1000 * killed]
    return Missed(roles, stood(seen), away(seen, killed, colour))


def stood(seen: list[dict[str, Any]]) -> float:
    """The longest time in which the picture did not go on."""
    moments = [seen[0]["at"], *(one["at"] for one in seen if one["goesOn"]), seen[-1]["at"]]
    return max(after - before for before, after in pairwise(moments)) / 1000


def away(seen: list[dict[str, Any]], killed: float, colour: str) -> float:
    """When the room was to be seen again for good, in the session's time from the kill on."""
    dated = [(one["taken"] / 1000 - killed, close_colour(one["colour"], colour)) for one in seen if one["taken"] and one["goesOn"]]
    after = [(taken, right) for taken, right in dated if taken > 0]
    wrong = [taken for taken, right in after if not right]
    return min(taken for taken, _ in after if taken > max(wrong, default=0.0))


# ---------------------------------------------------------------- what lies there


def conforming(broadcast: Path) -> dict[str, str]:
    """What FFmpeg says of each track: its codec. Every run of the encoder is as long as the playlist says, without a hole in it, and
    the next one stands behind a discontinuity, at most ten seconds later."""
    found = {}
    for track in sorted(path.parent for path in broadcast.glob("*/segments.jsonl")):
        rows = [json.loads(line) for line in (track / "segments.jsonl").read_text().splitlines()]
        runs = sorted({row["run"] for row in rows})
        for run in runs:
            mine = [row for row in rows if row["run"] == run]
            data = b"".join((track / name).read_bytes() for name in (f"init-{run}.mp4", *(f"{row['n']}.m4s" for row in mine)))
            codec, seconds = probed(data)
            assert abs(seconds - sum(row["s"] for row in mine)) < 0.15, (track.name, run)
            found[track.name] = codec
        for before, after in pairwise(rows):
            hole = (begin(after) - begin(before)) / timedelta(seconds=1) - before["s"]
            assert abs(hole) < 0.01 if before["run"] == after["run"] else 0 < hole <= BACK_WITHIN_S, (track.name, before, after)
        assert (track / "whole.m3u8").read_text().count("#EXT-X-DISCONTINUITY\n") == len(runs) - 1
    return found


def begin(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])


def probed(data: bytes) -> tuple[str, float]:
    """Codec and seconds of a file's only stream, as FFmpeg reads it."""
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams[0]
        packets = [packet for packet in file.demux(stream) if packet.size]
        seconds = sum(float(packet.duration * packet.time_base) for packet in packets)
        return stream.codec_context.name, seconds


def played(address: str) -> dict[str, float]:
    """Seconds of picture and sound that FFmpeg's own player of HLS gets out of a playlist, from its beginning to its end."""
    seconds = {"video": 0.0, "audio": 0.0}
    with av.open(address, format="hls") as recording:
        chosen = [recording.streams.best(kind) for kind in seconds]
        for packet in recording.demux([stream for stream in chosen if stream is not None]):
            if packet.size:
                seconds[packet.stream.type] += float(packet.duration * packet.time_base)
    return seconds
