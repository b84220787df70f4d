"""What RTP carries of the codecs that the media engine forwards (VP8, Opus), as Matroska stores it. Pure."""

from __future__ import annotations

import struct

from .matroska import Track

CODECS = ("vp8", "opus")
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48_000, 0, 0)  # RFC 7845 section 5.1; nothing is to be skipped


def vp8_payload(data: bytes) -> bytes:
    """A packet's part of a frame: what follows the payload descriptor (RFC 7741 section 4.2). Raises IndexError for a damaged one."""
    at = 1
    if data[0] & 0x80:
        flags, at = data[1], 2
        if flags & 0x80:
            at += 2 if data[at] & 0x80 else 1
        at += (1 if flags & 0x40 else 0) + (1 if flags & 0x30 else 0)
    return data[at:]


def is_key(frame: bytes) -> bool:
    """Whether a VP8 frame needs none before it (RFC 6386 section 9.1)."""
    return len(frame) >= 10 and not frame[0] & 1 and frame[3:6] == b"\x9d\x01\x2a"


def track_of(codec: str, frame: bytes, name: str, language: str | None) -> Track:
    """How a file begins whose first frame this is."""
    if codec == "opus":
        return Track("A_OPUS", OPUS_HEAD, name=name, language=language)
    width, height = struct.unpack_from("<HH", frame, 6)
    return Track("V_VP8", width=width & 0x3FFF, height=height & 0x3FFF, name=name, language=language)
