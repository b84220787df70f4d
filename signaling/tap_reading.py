"""The reader's side of a tap (signaling/sfu/tapping.py): messages in, items with the time they were taken out."""

from __future__ import annotations

import json
import logging
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from signaling import local_socket

HEAD = struct.Struct("!BBHQ")
NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970 (RFC 5905 section 6)
KEY_PAUSE_S = 0.5
RECEIVE = 1 << 16

log = logging.getLogger("liaison.tap")


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


class Stream(Protocol):
    """What a reader makes of one stream. ``needs_key``: it can do nothing before the next key frame."""

    @property
    def clock(self) -> Clock: ...

    @property
    def needs_key(self) -> bool: ...

    def take(self, packet: bytes, arrived: float) -> Iterable[Any]:
        """Whatever this packet makes whole."""
        ...


S = TypeVar("S", bound=Stream)


class Tap(Generic[S]):
    """A reader of one tap. ``make`` makes a stream of what is told of it, and raises ValueError for one that cannot be read;
    ``heard(stream, item)`` gets what comes; ``settled`` is called when the streams have changed. ``opened``: whether the room
    lets itself be read now; ``shut`` is called when it does not any more."""

    def __init__(self, path: str, make: Callable[[dict[str, Any]], S], heard: Callable[[S, Any], None], shut: Callable[[], None],
                 settled: Callable[[], None] = lambda: None) -> None:
        self.opened = False
        self.ended = False
        self.streams: dict[int, S] = {}
        self._make, self._heard, self._shut, self._settled = make, heard, shut, settled
        self._asked: dict[int, float] = {}
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
                    self.streams[number] = self._make(stream)
                except ValueError as exc:
                    log.warning("a source cannot be read: %s", exc)
        self._settled()
