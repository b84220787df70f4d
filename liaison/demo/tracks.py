"""A bot's camera and microphone as media tracks: ten pictures a second, a voice in its turn, silence between."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction

from aiortc import MediaStreamTrack
from av import AudioFrame, VideoFrame

from .picture import Camera
from .voice import RATE

FRAMES_PER_SECOND = 10
SAMPLES = RATE // 50  # 20 ms
TURN_S, SPOKEN_S = 8.0, 6.0
SILENCE = bytes(2 * SAMPLES)


def speaks(index: int, count: int, moment: float) -> float | None:
    """How far (seconds) the bot is in its turn at ``moment`` (Unix time); None while it is others' turn."""
    turn, within = divmod(moment, TURN_S)
    return within if int(turn) % count == index and within < SPOKEN_S else None


class _Paced(MediaStreamTrack):
    """Units of fixed length in real time; after a delay it goes on from now."""

    unit_s = 1.0

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._units = 0

    async def _tick(self) -> int:
        """Wait for the next unit; its number."""
        late = time.monotonic() - (self._began + self._units * self.unit_s)
        if late > 0.5:
            self._units += int(late / self.unit_s)
        elif late < 0:
            await asyncio.sleep(-late)
        self._units += 1
        return self._units


class CameraTrack(_Paced):
    """The drawn picture; ``now`` gives the time that its clock shows."""

    kind = "video"
    unit_s = 1 / FRAMES_PER_SECOND

    def __init__(self, camera: Camera, count: int, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._camera, self._count, self._now = camera, count, now

    async def recv(self) -> VideoFrame:
        number = await self._tick()
        speaking = speaks(self._camera.index, self._count, time.time()) is not None
        drawn: VideoFrame = VideoFrame.from_image(self._camera.draw(self._now(), speaking))  # type: ignore[no-untyped-call]
        frame = drawn.reformat(format="yuv420p")
        frame.pts, frame.time_base = number * 90_000 // FRAMES_PER_SECOND, Fraction(1, 90_000)
        return frame


class VoiceTrack(_Paced):
    """The voice, when it is this bot's turn."""

    kind = "audio"
    unit_s = SAMPLES / RATE

    def __init__(self, samples: array[int], index: int, count: int) -> None:
        super().__init__()
        self._samples, self._index, self._count = samples, index, count

    async def recv(self) -> AudioFrame:
        number = await self._tick()
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        plane = frame.planes[0]
        plane.update(self._sound().ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * SAMPLES, Fraction(1, RATE)
        return frame

    def _sound(self) -> bytes:
        within = speaks(self._index, self._count, time.time())
        if within is None:
            return SILENCE
        start = int(within * 50) * SAMPLES
        return self._samples[start:start + SAMPLES].tobytes().ljust(2 * SAMPLES, b"\0")
