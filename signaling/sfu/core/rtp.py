"""RTP header arithmetic (RFC 3550 section 5.1, RFC 8285) and the VP8 payload descriptor (RFC 7741 section 4.2).

Every function checks its bounds and returns None for what is not well formed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
ONE_BYTE = 0xBEDE  # RFC 8285 section 4.2
MAX_PACKET = 1600  # bytes; anything longer did not come from a WebRTC sender

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"  # RFC 6464

Buffer = bytes | bytearray | memoryview


class Packet(NamedTuple):
    """One RTP packet taken apart; ``payload`` excludes padding."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    extensions: Mapping[int, bytes]
    payload: bytes


class Vp8(NamedTuple):
    """The fields of a VP8 payload that forwarding rewrites or decides by; positions are offsets in the payload, or 0."""

    picture_at: int  # where a 15-bit PictureID stands
    picture: int
    tl0_at: int
    tl0: int
    key: bool  # first packet of a key frame
    height: int  # of the picture, told by key frames only
    tid: int  # temporal layer; 0 also where none is told
    sync: bool  # the frame needs nothing but layer 0
    start: bool  # first packet of a frame
    short_at: int  # where a 7-bit PictureID stands


NO_VP8 = Vp8(0, 0, 0, 0, False, 0, 0, False, False, 0)


def older(a: int, b: int) -> bool:
    """Whether 16-bit sequence number ``a`` comes before ``b``."""
    return (a - b) & 0xFFFF >= 0x8000


def payload_span(data: Buffer, start: int, end: int) -> tuple[int, int] | None:
    """Where the payload of the packet in ``data[start:end]`` begins and ends, without padding."""
    if end - start < 12:
        return None
    first = data[start]
    begin = start + 12 + 4 * (first & 15)
    if first & 0x10:
        if begin + 4 > end:
            return None
        begin += 4 + 4 * (data[begin + 2] << 8 | data[begin + 3])
    if begin > end:
        return None
    if first & 0x20:
        padding = data[end - 1]
        if padding == 0 or padding > end - begin:
            return None
        end -= padding
    return begin, end


def extensions(data: Buffer, start: int, end: int) -> dict[int, bytes]:
    """The header extensions by id, one- and two-byte form; a broken one ends the list."""
    if end - start < 16 or not data[start] & 0x10:
        return {}
    at = start + 12 + 4 * (data[start] & 15)
    if at + 4 > end:
        return {}
    profile = data[at] << 8 | data[at + 1]
    stop = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
    if stop > end:
        return {}
    if profile == ONE_BYTE:
        return _one_byte(data, at + 4, stop)
    if profile >> 4 == 0x100:
        return _two_byte(data, at + 4, stop)
    return {}


def _one_byte(data: Buffer, at: int, stop: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at < stop:
        if data[at] == 0:
            at += 1
            continue
        name, length = data[at] >> 4, (data[at] & 15) + 1
        if name == 15 or at + 1 + length > stop:
            break
        found[name] = bytes(data[at + 1 : at + 1 + length])
        at += 1 + length
    return found


def _two_byte(data: Buffer, at: int, stop: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at < stop:
        if data[at] == 0:
            at += 1
            continue
        if at + 2 > stop or at + 2 + data[at + 1] > stop:
            break
        found[data[at]] = bytes(data[at + 2 : at + 2 + data[at + 1]])
        at += 2 + data[at + 1]
    return found


def parse(data: Buffer) -> Packet | None:
    """Take a whole packet apart (the slow way: for learning new streams, and for tests)."""
    span = payload_span(data, 0, len(data))
    if span is None or data[0] & 0xC0 != 0x80:
        return None
    _, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    exts = extensions(data, 0, len(data))
    return Packet(bool(second & 0x80), second & 0x7F, sequence, timestamp, ssrc, exts, bytes(data[span[0] : span[1]]))


def vp8(payload: bytes) -> Vp8:
    """Read a VP8 payload descriptor; what is cut short counts as having none."""
    size = len(payload)
    if size < 2:
        return NO_VP8
    first = payload[0]
    at, picture_at, short_at, picture, tl0_at, tl0, layer = 1, 0, 0, 0, 0, 0, 0
    if first & 0x80:
        flags = payload[1]
        at = 2
        if flags & 0x80:
            if size < at + 2:
                return NO_VP8
            if payload[at] & 0x80:
                picture_at, picture = at, (payload[at] & 0x7F) << 8 | payload[at + 1]
                at += 2
            else:
                short_at, picture = at, payload[at]
                at += 1
        if flags & 0x40:
            if size < at + 1:
                return NO_VP8
            tl0_at, tl0 = at, payload[at]
            at += 1
        if flags & 0x30:
            if size < at + 1:
                return NO_VP8
            layer = payload[at] if flags & 0x20 else 0
            at += 1
    start = first & 0x17 == 0x10
    # S bit, partition 0, and the P bit of the frame tag clear: RFC 6386 section 9.1
    key = start and at < size and not payload[at] & 1
    height = 0
    if key and size >= at + 10 and payload[at + 3 : at + 6] == b"\x9d\x01\x2a":
        height = (payload[at + 9] << 8 | payload[at + 8]) & 0x3FFF
    return Vp8(picture_at, picture, tl0_at, tl0, key, height, layer >> 6, bool(layer & 0x20), start, short_at)
