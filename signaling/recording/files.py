"""One recorded file as it grows, and the stream of a tap that it is made of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signaling.tap_reading import Clock

from .matroska import Track, Writer
from .ordering import Frame, Frames
from .payloads import CODECS


class Stream:
    """One stream of a tap, as its reader wants it (``tap_reading.Stream``). Raises ValueError for a codec that is not recorded."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.source, self.peer, self.kind, self.channel = told["source"], told["peer"], told["kind"], told["channel"]
        self.codec = str(told["codec"]).lower()
        if self.codec not in CODECS:
            raise ValueError(f"{self.codec} cannot be recorded")
        self.clock = Clock(int(told["clock_rate"]))
        self.frames = Frames(self.kind != "microphone")

    @property
    def needs_key(self) -> bool:
        return self.frames.needs_key

    @property
    def track(self) -> tuple[str, str | None]:
        """What is one recorded track: a picture that comes in another layer, or a channel's next interpreter, goes on in it."""
        return (f"channel:{self.channel}", self.channel) if self.channel else (self.source, None)

    def take(self, packet: bytes, arrived: float) -> Iterator[tuple[float, Frame]]:
        for frame in self.frames.take(packet, arrived):
            yield self.clock.at(frame.timestamp, frame.arrived), frame


class File:
    """A Matroska file that is being written. Whatever a cluster holds is in the file when the cluster ends."""

    def __init__(self, path: Path, track: Track, at: float) -> None:
        self.path, self.track, self.began, self.lasted = path, track, at, 0.0
        self._writer = Writer(track, datetime.fromtimestamp(at, UTC))
        self._file = path.open("xb", buffering=0)
        self._file.write(self._writer.head())

    def write(self, at: float, frame: Frame) -> None:
        """``at``: POSIX seconds. Raises OSError."""
        self.lasted = max(self.lasted, at - self.began)
        self._append(self._writer.frame(max(0, round((at - self.began) * 1000)), frame.data, frame.key))

    def flush(self) -> None:
        """Lose nothing of what is here if the process dies now. Raises OSError."""
        self._append(self._writer.flush())

    def _append(self, data: bytes) -> None:
        if data:
            self._file.write(data)

    def save(self) -> None:
        """What is written is there after a power cut too (fdatasync(2)). Raises OSError."""
        os.fdatasync(self._file.fileno())

    def finish(self) -> None:
        """Close it with its duration and its index, which are written for good when all that they speak of is. Raises OSError."""
        try:
            last, patches = self._writer.finish()
            self._append(last)
            self.save()
            for place, data in patches.items():
                self._file.seek(place)
                self._file.write(data)
            self.save()
        finally:
            self._file.close()
