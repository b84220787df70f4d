"""A Matroska file of one track (RFC 9559), in clusters that are whole when they are written. Pure: frames come in, octets go out.

What has been written can be played at any moment: the segment's length is unknown until the end (section 4.5 of RFC 8794), and
duration and index are put into places kept free for them then.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime

EPOCH = datetime(2001, 1, 1, tzinfo=UTC)  # of DateUTC
UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"
VIDEO, AUDIO = 1, 2
LONGEST_CLUSTER_MS = 1000
CUE_EVERY_MS = 2000
LANGUAGES = {"ky": "kir", "ru": "rus", "en": "eng"}  # ISO 639-2, as element Language wants it

EBML, SEGMENT, SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES, VOID = (
    b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x11\x4d\x9b\x74", b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75",
    b"\x1c\x53\xbb\x6b", b"\xec")
SEEK_HEAD_OCTETS, DURATION_OCTETS = 26, 11


@dataclass(frozen=True, slots=True)
class Track:
    """What stands at a file's beginning. ``codec``: Matroska's name of it; ``width`` and ``height`` of a picture."""

    codec: str
    private: bytes = b""
    width: int = 0
    height: int = 0
    name: str = ""
    language: str | None = None

    @property
    def video(self) -> bool:
        return self.codec.startswith("V_")


@dataclass
class Writer:
    """One file. Each method returns the octets to append; ``patches`` what belongs at other places of the file at the end."""

    track: Track
    began: datetime
    _size: int = 0
    _segment: int = 0
    _places: dict[str, int] = field(default_factory=dict)
    _blocks: list[bytes] = field(default_factory=list)
    _since: int = 0
    _last: int = -1
    _key: bool = False
    _cues: list[tuple[int, int]] = field(default_factory=list)

    def head(self) -> bytes:
        """The file's beginning."""
        head = element(EBML, _text(b"\x42\x82", "matroska") + _number(b"\x42\x87", 4) + _number(b"\x42\x85", 2)) + SEGMENT + UNKNOWN
        self._segment = len(head)
        self._places["seek"] = len(head)
        head += _void(SEEK_HEAD_OCTETS)
        info = _number(b"\x2a\xd7\xb1", 1_000_000) + _text(b"\x4d\x80", "liaison") + _text(b"\x57\x41", "liaison") + _date(self.began)
        info_head = INFO + _size(len(info) + DURATION_OCTETS)
        self._places["duration"] = len(head) + len(info_head) + len(info)
        head += info_head + info + _void(DURATION_OCTETS) + element(TRACKS, element(b"\xae", self._entry()))
        self._size = len(head)
        return head

    def _entry(self) -> bytes:
        track = self.track
        entry = _number(b"\xd7", 1) + _number(b"\x73\xc5", 1) + _number(b"\x83", VIDEO if track.video else AUDIO) + _number(b"\x9c", 0)
        entry += _text(b"\x22\xb5\x9c", LANGUAGES.get(track.language or "", "und")) + _text(b"\x86", track.codec)
        entry += _text(b"\x53\x6e", track.name) if track.name else b""
        entry += element(b"\x63\xa2", track.private) if track.private else b""
        if track.video:
            return entry + element(b"\xe0", _number(b"\xb0", track.width) + _number(b"\xba", track.height))
        return entry + element(b"\xe1", element(b"\xb5", struct.pack("!d", 48_000)) + _number(b"\x9f", 2))

    def frame(self, at: int, data: bytes, key: bool) -> bytes:
        """A frame at a millisecond of the file; what of the file has become whole by it. Times only go forward."""
        at = max(at, self._last + 1)
        done = b""
        if self._blocks and (at - self._since >= LONGEST_CLUSTER_MS or (key and self.track.video)):
            done = self.flush()
        if not self._blocks:
            self._since, self._key = at, key
        self._last = at
        self._blocks.append(element(b"\xa3", struct.pack("!BhB", 0x81, at - self._since, 0x80 if key else 0) + data))
        return done

    def flush(self) -> bytes:
        """The cluster that has been begun."""
        if not self._blocks:
            return b""
        cluster = element(CLUSTER, _number(b"\xe7", self._since) + b"".join(self._blocks))
        if self._key and (not self._cues or self._since - self._cues[-1][0] >= CUE_EVERY_MS):
            self._cues.append((self._since, self._size - self._segment))
        self._blocks.clear()
        self._size += len(cluster)
        return cluster

    def finish(self) -> tuple[bytes, dict[int, bytes]]:
        """The last octets, and those that go to places before."""
        last = self.flush()
        end, patches = ending(self._segment, self._size, self._places, self._cues, self._last)
        return last + end, patches


def ending(segment: int, size: int, places: dict[str, int], cues: list[tuple[int, int]], last: int) -> tuple[bytes, dict[int, bytes]]:
    """Of a file whose clusters end at ``size``: what comes behind them, and what goes to the places kept free."""
    index = element(CUES, b"".join(_cue(*cue) for cue in cues)) if cues else b""
    patches = {segment - 8: struct.pack("!Q", 1 << 56 | size - segment + len(index)),
               places["duration"]: element(b"\x44\x89", struct.pack("!d", max(0, last)))}
    if index:
        seek = element(b"\x53\xab", CUES) + element(b"\x53\xac", struct.pack("!Q", size - segment))
        patches[places["seek"]] = element(SEEK_HEAD, element(b"\x4d\xbb", seek))
    return index, patches


def element(name: bytes, content: bytes) -> bytes:
    """RFC 8794 section 4."""
    return name + _size(len(content)) + content


def _size(length: int) -> bytes:
    """A variable-size integer (RFC 8794 section 4), as short as may be."""
    for octets in range(1, 9):
        if length < (1 << 7 * octets) - 1:
            return (length | 1 << 7 * octets).to_bytes(octets, "big")
    raise ValueError("too long for an element")


def _number(name: bytes, value: int) -> bytes:
    return element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _text(name: bytes, text: str) -> bytes:
    return element(name, text.encode())


def _date(at: datetime) -> bytes:
    return element(b"\x44\x61", struct.pack("!q", int((at - EPOCH).total_seconds() * 1_000_000) * 1000))


def _void(octets: int) -> bytes:
    """So many octets kept free."""
    return VOID + _size(octets - 2) + bytes(octets - 2)


def _cue(at: int, position: int) -> bytes:
    place = _number(b"\xf7", 1) + _number(b"\xf1", position)
    return element(b"\xbb", _number(b"\xb3", at) + element(b"\xb7", place))
