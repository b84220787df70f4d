"""A camera as real ones are, grainy and moving, over WHIP: ``python -m tests.bench.grainy_camera BASE SESSION TOKEN FILE``.

The pictures are encoded once beforehand (``film``), so that publishing costs next to nothing while others are measured.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aioice import ice
from aiortc.mediastreams import MediaStreamTrack

from liaison.demo.tracks import VoiceTrack, _Paced
from liaison.demo.voice import speech
from liaison.demo.whip import Door, Publishing
from tests.support.ports import LOOPBACK, die_with_parent

FRAMES_PER_SECOND, SECONDS = 25, 6


def film(file: Path) -> None:
    """Six seconds of 720p VP8, 1.5 Mbit/s: a picture that moves everywhere, under temporal noise."""
    source = f"mandelbrot=size=1280x720:rate={FRAMES_PER_SECOND}:start_scale=0.4:end_pts=40"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", source, "-vf", "noise=alls=12:allf=t,format=yuv420p",
                    "-t", str(SECONDS), "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1500k", "-maxrate", "1800k",
                    "-bufsize", "1500k", "-g", str(FRAMES_PER_SECOND * 2), str(file)], check=True, timeout=300)


class Film(_Paced):
    """Its frames again and again, as they were encoded."""

    kind = "video"
    unit_s = 1 / FRAMES_PER_SECOND

    def __init__(self, file: Path) -> None:
        super().__init__()
        with av.open(str(file)) as opened:
            self._frames = [bytes(packet) for packet in opened.demux(video=0) if packet.size]

    async def recv(self) -> Any:
        number = await self._tick()
        packet = av.Packet(self._frames[number % len(self._frames)])
        packet.pts, packet.time_base = number * 90_000 // FRAMES_PER_SECOND, Fraction(1, 90_000)
        return packet


class Local(Door):
    """The service's door without its settings."""

    def __init__(self, base: str) -> None:
        self.base, self.media, self._tls = base, LOOPBACK, None  # type: ignore[assignment]
        ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]

    def own_port(self, announced: int) -> int:
        return announced


async def publish(base: str, session: str, token: str, file: Path) -> None:
    """Until the process is ended."""
    publishing = Publishing(Local(base), session)
    tracks: list[MediaStreamTrack] = [VoiceTrack(speech(0), 0, 1), Film(file)]
    await publishing.start(token, *tracks)
    print("on", flush=True)
    await publishing.lost.wait()


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(publish(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
