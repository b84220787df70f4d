"""Renditions: H.264 pictures and AAC sound, cut into segments at the same moments of one time line."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import Interpolation

from .fragments import Sample, avc_name, length_prefixed
from .measures import FRAMES_PER_SECOND, SEGMENT_S, SOUND_BITRATE
from .mixing import RATE, Samples

BLOCK = RATE // FRAMES_PER_SECOND
"""Samples of sound that go with each picture."""
AAC_FRAME = 1024
AAC_NAME = "mp4a.40.2"


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's rendition: its name in addresses, pixels, bit/s."""

    name: str
    width: int
    height: int
    bitrate: int


LARGE, SMALL = Size("v720", 1280, 720, 1_200_000), Size("v360", 640, 360, 400_000)


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment: its first sample's time and its samples, in the track's timescale."""

    decode_time: int
    samples: tuple[Sample, ...]

    @property
    def duration(self) -> int:
        return sum(sample.duration for sample in self.samples)


@dataclass
class Track(ABC):
    """What picture and sound have in common: samples gathered until a segment's end. ``init``: the initialization section."""

    name: str
    timescale: int
    init: bytes = b""
    codecs: str = ""
    _samples: list[Sample] = field(default_factory=list)
    _since: int = 0

    @abstractmethod
    def finish(self) -> Iterator[Cut]:
        """What has been begun."""

    def _gather(self, sample: Sample) -> None:
        self._samples.append(sample)

    def _cut(self, next_time: int) -> Cut:
        made = Cut(self._since, tuple(self._samples))
        self._samples, self._since = [], next_time
        return made


class Picture(Track):
    """One size. ``encode`` takes every picture with its number on the time line; numbers may be left out."""

    def __init__(self, size: Size, shrinks: bool) -> None:
        super().__init__(size.name, FRAMES_PER_SECOND)
        self.size, self._shrinks = size, shrinks
        stream, self.init = _opened("libx264", self._options, {"rate": FRAMES_PER_SECOND})
        self._encoder = stream.codec_context
        self.codecs = avc_name(self.init)
        self.timescale = _timescale(self.init)
        self._scale = self.timescale // FRAMES_PER_SECOND
        self._held: tuple[int, bytes, bool] | None = None
        self._next_cut = 0

    def _options(self, stream: Any) -> None:
        size = self.size
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = size.width, size.height, "yuv420p", size.bitrate
        context = stream.codec_context
        context.time_base, context.max_b_frames, context.thread_count = Fraction(1, FRAMES_PER_SECOND), 0, 1
        context.gop_size = FRAMES_PER_SECOND * SEGMENT_S * 10
        context.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "main", "forced-idr": "1", "x264-params":
                           f"scenecut=0:sliced-threads=0:vbv-maxrate={size.bitrate // 1000}:vbv-bufsize={size.bitrate // 500}"}

    def encode(self, frame: Any, number: int) -> Iterator[Cut]:
        """A segment once the first picture of the next is there."""
        if self._shrinks:
            frame = frame.reformat(self.size.width, self.size.height, interpolation=Interpolation.FAST_BILINEAR)
        frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
        begins = number >= self._next_cut
        frame.pict_type = PictureType.I if begins else PictureType.NONE
        if begins:
            self._next_cut = (number // (FRAMES_PER_SECOND * SEGMENT_S) + 1) * FRAMES_PER_SECOND * SEGMENT_S
        for packet in self._encoder.encode(frame):
            yield from self._came(int(packet.pts), bytes(packet), bool(packet.is_keyframe))

    def _came(self, number: int, data: bytes, sync: bool) -> Iterator[Cut]:
        if self._held is not None:
            self._release(number)
        if sync and self._samples:
            yield self._cut(number * self._scale)
        elif not self._samples:
            self._since = number * self._scale
        self._held = number, data, sync

    def _release(self, until: int) -> None:
        assert self._held is not None
        number, data, sync = self._held
        self._gather(Sample(length_prefixed(data), (until - number) * self._scale, sync))

    def finish(self) -> Iterator[Cut]:
        if self._held is not None:
            yield from self.rest(self._held[0] + 1)

    def rest(self, until: int) -> Iterator[Cut]:
        """No more pictures of this size before another is encoded; the last one is shown until that number."""
        if self._held is not None:
            self._release(until)
            yield self._cut(0)
            self._held = None


class Sound(Track):
    """One track. Its encoder begins with a frame of silence, which is why everything is heard 21 ms later."""

    def __init__(self, name: str, language: str | None) -> None:
        super().__init__(name, RATE)
        self.language = language
        stream, self.init = _opened("aac", self._options, {"rate": RATE})
        self._encoder = stream.codec_context
        self.codecs = AAC_NAME
        self._left = np.zeros(0, np.int16)
        self._fed = self._time = 0
        self._next_cut = RATE * SEGMENT_S

    def _options(self, stream: Any) -> None:
        stream.codec_context.layout, stream.codec_context.format, stream.bit_rate = "mono", "fltp", SOUND_BITRATE

    def encode(self, block: Samples) -> Iterator[Cut]:
        """The next samples of the time line."""
        self._left = np.concatenate((self._left, block))
        while len(self._left) >= AAC_FRAME:
            first, self._left = self._left[:AAC_FRAME], self._left[AAC_FRAME:]
            frame = av.AudioFrame.from_ndarray((first.astype(np.float32) / 32_768).reshape(1, -1), "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, self._fed, Fraction(1, RATE)
            self._fed += AAC_FRAME
            for packet in self._encoder.encode(frame):
                yield from self._came(bytes(packet))

    def _came(self, data: bytes) -> Iterator[Cut]:
        if self._time >= self._next_cut:
            yield self._cut(self._time)
            self._next_cut += RATE * SEGMENT_S
        self._gather(Sample(data, AAC_FRAME))
        self._time += AAC_FRAME

    def finish(self) -> Iterator[Cut]:
        if self._samples:
            yield self._cut(self._time)


def _opened(codec: str, options: Any, more: dict[str, Any]) -> tuple[Any, bytes]:
    """An encoder, and the ``ftyp`` and ``moov`` that FFmpeg writes for it."""
    out = io.BytesIO()
    container = av.open(out, "w", format="mp4", options={"movflags": "empty_moov+default_base_moof"})
    stream = container.add_stream(codec, **more)
    options(stream)
    container.start_encoding()
    return stream, out.getvalue()


def _timescale(init: bytes) -> int:
    """Of the only track: ISO/IEC 14496-12 section 8.4.2."""
    at = init.index(b"mdhd") + 4
    return int.from_bytes(init[at + (20 if init[at] else 12):][:4])
