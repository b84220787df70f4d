"""Simulated viewers of a broadcast, a process of their own: ``python -m tests.bench.viewers URL COUNT SECONDS``, JSON on standard output.

Each keeps one connection, asks for the small picture's and the sound's playlist every 2 s, for each new segment of both once and for
the state every 5 s, as ``static/js/broadcast/`` does with hls.js; with ``--here`` it says that it is there. URL: up to the session's id.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import resource
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

EVERY_S, LOOK_S, HERE_S = 2.0, 5.0, 30.0
PATIENCE_S = 15.0
TRACKS = ("v360", "sound")
SEGMENT = re.compile(r"(?m)^(\d+)\.m4s$")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass
class Seen:
    """What all of them saw together. Seconds are from the request to the answer's last byte."""

    segments: list[float] = field(default_factory=list)
    playlists: list[float] = field(default_factory=list)
    octets: int = 0
    requests: int = 0
    late: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def failed(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1


class Viewer:
    """One page. ``begins``: seconds after which it is opened."""

    def __init__(self, url: str, seen: Seen, here: bool) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or 80, parts.path
        self._seen, self._says, self._id = seen, here, secrets.token_hex(16)
        self._newest: dict[str, int] = {}
        self._way: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def watch(self, begins: float, ends: float) -> None:
        """From one moment of the loop's clock to another."""
        clock = asyncio.get_running_loop().time
        next_look = next_word = begins
        at = begins
        while at < ends:
            await asyncio.sleep(max(0.0, at - clock()))
            self._seen.late += clock() - at > EVERY_S
            if self._says and at >= next_word:
                next_word += HERE_S
                await self._try("POST", "/here", json.dumps({"id": self._id, "quality": "v360", "sound": "sound"}).encode())
            for track in TRACKS:
                await self._track(track)
            if at >= next_look:
                next_look += LOOK_S
                await self._try("GET", "/state.json")
            at += EVERY_S
        self._close()

    async def _track(self, track: str) -> None:
        began = time.perf_counter()
        playlist = await self._try("GET", f"/{track}/live.m3u8")
        if playlist is None:
            return
        self._seen.playlists.append(time.perf_counter() - began)
        numbers = [int(number) for number in SEGMENT.findall(playlist.decode())]
        since = self._newest.get(track, numbers[-1] - 1 if numbers else 0)
        for number in (number for number in numbers if number > since):
            began = time.perf_counter()
            if await self._try("GET", f"/{track}/{number}.m4s") is not None:
                self._seen.segments.append(time.perf_counter() - began)
            self._newest[track] = number

    async def _try(self, method: str, path: str, body: bytes = b"") -> bytes | None:
        """The answer's body; None, counted, when it is not what it should be."""
        self._seen.requests += 1
        try:
            status, answer = await asyncio.wait_for(self._ask(method, path, body), PATIENCE_S)
        except (OSError, EOFError, TimeoutError, ValueError) as exc:
            self._close()
            self._seen.failed(type(exc).__name__)
            return None
        self._seen.octets += len(answer)
        if status not in (200, 204):
            self._seen.failed(f"{status} {method} {re.sub('[0-9]+', 'N', path)}")
            return None
        return answer

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._way is None or self._way[1].is_closing() or self._way[0].at_eof():
            self._way = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._way
        kind = "Content-Type: application/json\r\n" if body else ""
        asked = f"{method} {self._path}{path} HTTP/1.1\r\nHost: {self._host}\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
        writer.write(asked.encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = int(head[9:12]), LENGTH.search(head)
        if length is None and status != 204:
            raise ValueError("an answer without a length")
        answer = await reader.readexactly(int(length[1])) if length else b""
        if b"connection: close" in head.lower():
            self._close()
        return status, answer

    def _close(self) -> None:
        if self._way is not None:
            self._way[1].close()
            self._way = None


async def crowd(url: str, count: int, seconds: float, here: bool) -> dict[str, Any]:
    """So many, opened evenly over the first 4 s."""
    seen, began = Seen(), asyncio.get_running_loop().time()
    viewers = [Viewer(url, seen, here) for _ in range(count)]
    await asyncio.gather(*(viewer.watch(began + 4.0 * (number + random.random()) / count, began + seconds)
                           for number, viewer in enumerate(viewers)))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return {"viewers": count, "seconds": seconds, "segments_s": seen.segments, "playlists_s": seen.playlists, "octets": seen.octets,
            "requests": seen.requests, "late": seen.late, "errors": seen.errors, "cpu_s": spent.ru_utime + spent.ru_stime}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("count", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--here", action="store_true")
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(json.dumps(asyncio.run(crowd(given.url, given.count, given.seconds, given.here))))


if __name__ == "__main__":
    main()
