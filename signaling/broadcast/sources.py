"""What comes out of a tap (signaling/sfu/tapping.py), put in order and decoded: pictures and sound with the time they were taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from aiortc.codecs import depayload
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from signaling import tap_reading
from signaling.tap_reading import Clock

from .mixing import RATE, Samples

DECODERS = {"vp8": "vp8", "h264": "h264", "opus": "libopus"}
PICTURE_PACKETS, SOUND_PACKETS, SOUND_PREFETCH = 512, 16, 2


@dataclass(frozen=True, slots=True)
class Taken:
    """A decoded picture, or samples (int16, 48 kHz), and when they were taken: POSIX seconds of the worker's clock."""

    at: float
    frame: Any


class Stream:
    """One stream of a tap: its packets in order, its decoder, its clock."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.source, self.kind, self.channel = told["source"], told["kind"], told["channel"]
        self.video = self.kind != "microphone"
        name = str(told["codec"]).split("/")[-1].lower()
        if name not in DECODERS:
            raise ValueError(f"no decoder for {name}")
        kind = "video" if self.video else "audio"
        self._codec = RTCRtpCodecParameters(mimeType=f"{kind}/{'VP8' if name == 'vp8' else name.upper()}", clockRate=told["clock_rate"],
                                            payloadType=told["payload_type"])
        self._jitter = self._empty()
        self._decoder: Any = av.CodecContext.create(DECODERS[name], "r")
        if self.video:
            self._decoder.thread_count = 1
        self._resampler: Any = None if self.video else av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self.clock = Clock(told["clock_rate"])
        self.needs_key = self.video
        self.oldest, self._skips = 0.0, False

    def _empty(self) -> JitterBuffer:
        return JitterBuffer(PICTURE_PACKETS, is_video=True) if self.video else JitterBuffer(SOUND_PACKETS, SOUND_PREFETCH)

    def _skip(self) -> None:
        """Pictures that come too late to be seen are not worth decoding: it goes on with the next key frame."""
        if not self._skips:
            self._jitter, self._skips, self.needs_key = self._empty(), True, True

    def take(self, packet: bytes, arrived: float) -> Iterator[Taken]:
        """Whatever this packet makes whole. A picture that cannot be decoded asks for a key frame (``needs_key``)."""
        if self.video and arrived < self.oldest:
            self._skip()
            return
        parsed = RtpPacket.parse(packet, HeaderExtensionsMap())
        if not parsed.payload:
            return
        try:
            parsed._data = depayload(self._codec, parsed.payload)  # type: ignore[attr-defined]
        except ValueError:
            return
        lost, frame = self._jitter.add(parsed)
        self.needs_key |= lost
        if frame is not None and not self._skipped(frame.data):
            yield from self._decode(frame.data, self.clock.at(frame.timestamp, arrived))

    def _skipped(self, picture: bytes) -> bool:
        """Whether it rests on pictures that were skipped: VP8's first bit says so (RFC 6386 section 9.1)."""
        if self._skips and (self._decoder.name != "vp8" or not picture[0] & 1):
            self._skips = False
        return self._skips

    def _decode(self, data: bytes, at: float) -> Iterator[Taken]:
        try:
            frames = self._decoder.decode(av.Packet(data))
        except av.FFmpegError:
            self.needs_key |= self.video
            return
        for frame in frames:
            self.needs_key = False
            yield Taken(at, frame if self.video else self._samples(frame))

    def _samples(self, frame: Any) -> Samples:
        """A decoded frame's sound as one channel at 48 kHz."""
        frame.pts = None
        parts = [part.to_ndarray().reshape(-1) for part in self._resampler.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)


class Tap(tap_reading.Tap[Stream]):
    """A reader of one tap. ``heard(stream, taken)`` gets every frame."""

    def __init__(self, path: str, heard: Callable[[Stream, Taken], None], shut: Callable[[], None]) -> None:
        super().__init__(path, Stream, heard, shut)

    def read_from(self, oldest: float, now: float) -> None:
        """Take what waits, but for pictures that arrived before ``oldest`` (POSIX seconds). ``now``: monotonic seconds."""
        for stream in self.streams.values():
            stream.oldest = oldest
        self.read(now)
