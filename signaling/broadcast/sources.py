"""What comes out of a tap (signaling/sfu/tapping.py), put in order and decoded: pictures and sound with the time they were taken."""

from __future__ import annotations

import json
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from aiortc.codecs import depayload
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from signaling import local_socket

from .mixing import RATE, Samples

HEAD = struct.Struct("!BBHQ")
NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970 (RFC 5905 section 6)
DECODERS = {"vp8": "vp8", "h264": "h264", "opus": "libopus"}
PICTURE_PACKETS, SOUND_PACKETS, SOUND_PREFETCH = 512, 16, 2
KEY_PAUSE_S = 0.5
RECEIVE = 1 << 16

log = logging.getLogger("liaison.broadcast")


@dataclass(frozen=True, slots=True)
class Taken:
    """A decoded picture, or samples (int16, 48 kHz), and when they were taken: POSIX seconds of the worker's clock."""

    at: float
    frame: Any


class Clock:
    """RTP timestamps of one stream to POSIX seconds (RFC 3550 section 6.4.1); by arrival until the first report."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._at: float | None = None
        self._timestamp = 0
        self._told = False

    def report(self, seconds: int, fraction: int, timestamp: int) -> None:
        self._at, self._timestamp, self._told = seconds - NTP_EPOCH + fraction / (1 << 32), timestamp, True

    def at(self, timestamp: int, arrived: float) -> float:
        if self._at is None:
            self._at, self._timestamp = arrived, timestamp
        ahead = ((timestamp - self._timestamp + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        found = self._at + ahead / self._rate
        if not self._told and found > arrived:  # nothing arrives before it was sent
            self._at, self._timestamp, found = arrived, timestamp, arrived
        return found


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
        self._jitter = (JitterBuffer(PICTURE_PACKETS, is_video=True) if self.video else JitterBuffer(SOUND_PACKETS, SOUND_PREFETCH))
        self._decoder: Any = av.CodecContext.create(DECODERS[name], "r")
        if self.video:
            self._decoder.thread_count = 1
        self._resampler: Any = None if self.video else av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self.clock = Clock(told["clock_rate"])
        self.needs_key = self.video

    def take(self, packet: bytes, arrived: float) -> Iterator[Taken]:
        """Whatever this packet makes whole. A picture that cannot be decoded asks for a key frame (``needs_key``)."""
        parsed = RtpPacket.parse(packet, HeaderExtensionsMap())
        if not parsed.payload:
            return
        try:
            parsed._data = depayload(self._codec, parsed.payload)  # type: ignore[attr-defined]
        except ValueError:
            return
        lost, frame = self._jitter.add(parsed)
        self.needs_key |= lost
        if frame is not None:
            yield from self._decode(frame.data, self.clock.at(frame.timestamp, arrived))

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


class Tap:
    """A reader of one tap. ``heard(stream, taken)`` gets every frame; ``opened``: whether the room lets itself be read now."""

    def __init__(self, path: str, heard: Callable[[Stream, Taken], None], shut: Callable[[], None]) -> None:
        self.opened = False
        self.ended = False
        self.streams: dict[int, Stream] = {}
        self._heard, self._shut = heard, shut
        self._asked: dict[int, float] = {}
        self._waiting: deque[bytes] = deque()
        self.socket = local_socket.connect(Path(path), 5, socket.SOCK_SEQPACKET)
        self.socket.setblocking(False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.ended = True
        self.socket.close()

    def read(self, now: float) -> None:
        """Take what waits; ``ended`` once nothing more will come. ``now``: monotonic seconds."""
        try:
            while message := self.socket.recv(RECEIVE):
                self._treat(message, now)
            self.ended = True
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True

    def _treat(self, message: bytes, now: float) -> None:
        if message[:1] == b"{":
            self._told(json.loads(message))
            return
        _kind, _, number, arrived = HEAD.unpack_from(message)
        stream = self.streams.get(number)
        if stream is None or not self.opened:
            return
        for taken in stream.take(message[HEAD.size:], arrived / 1_000_000):
            self._heard(stream, taken)
        if stream.needs_key and now - self._asked.get(number, -KEY_PAUSE_S) >= KEY_PAUSE_S:
            self._asked[number] = now
            with suppress(OSError):
                self.socket.send(json.dumps({"key": number}).encode())

    def _told(self, message: dict[str, Any]) -> None:
        if "open" in message:
            self.opened = bool(message["open"])
            if not self.opened:
                self._shut()
        if "streams" in message:
            self._settle({int(number): told for number, told in message["streams"].items()})
        stream = self.streams.get(message.get("report", 0))
        if stream is not None:
            seconds, fraction = message["ntp"]
            stream.clock.report(seconds, fraction, message["timestamp"])

    def _settle(self, told: dict[int, dict[str, Any]]) -> None:
        for number in self.streams.keys() - told.keys():
            del self.streams[number]
        for number, stream in told.items():
            if number not in self.streams:
                try:
                    self.streams[number] = Stream(stream)
                except ValueError as exc:
                    log.warning("a source of a broadcast cannot be read: %s", exc)
