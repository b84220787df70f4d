"""Fragmented MP4 for HLS: one track a file, one fragment a segment. Pure: samples come in, octets go out.

ISO/IEC 14496-12 (8.8 movie fragments), as RFC 8216 section 3.3 asks for them. The initialization section comes from FFmpeg's own
muxer; the fragments are made here, because segments of sound shall end where those of the picture do.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

NON_SYNC, SYNC = 0x01010000, 0x02000000  # 8.8.3.1: whether others are needed to decode the sample
DEFAULT_BASE_IS_MOOF = 0x020000
TRUN_FLAGS = 0x000001 | 0x000100 | 0x000200 | 0x000400  # data offset; each sample's duration, size and flags
START_CODE = re.compile(rb"\x00\x00\x00\x01|\x00\x00\x01")


@dataclass(frozen=True, slots=True)
class Sample:
    """One access unit. ``duration`` in the track's timescale."""

    data: bytes
    duration: int
    sync: bool = True


def segment(sequence: int, decode_time: int, samples: Sequence[Sample], track: int = 1) -> bytes:
    """One fragment (``moof`` and ``mdat``) that begins at ``decode_time`` of the track's timescale."""
    without = _moof(sequence, decode_time, samples, track, 0)
    moof = _moof(sequence, decode_time, samples, track, len(without) + 8)
    return moof + _box(b"mdat", b"".join(sample.data for sample in samples))


def _moof(sequence: int, decode_time: int, samples: Sequence[Sample], track: int, offset: int) -> bytes:
    rows = b"".join(struct.pack("!III", s.duration, len(s.data), SYNC if s.sync else NON_SYNC) for s in samples)
    run = _full_box(b"trun", 0, TRUN_FLAGS, struct.pack("!Ii", len(samples), offset) + rows)
    head = _full_box(b"tfhd", 0, DEFAULT_BASE_IS_MOOF, struct.pack("!I", track))
    time = _full_box(b"tfdt", 1, 0, struct.pack("!Q", decode_time))
    return _box(b"moof", _full_box(b"mfhd", 0, 0, struct.pack("!I", sequence)) + _box(b"traf", head + time + run))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack("!I4s", len(content) + 8, kind) + content


def _full_box(kind: bytes, version: int, flags: int, content: bytes) -> bytes:
    return _box(kind, struct.pack("!I", version << 24 | flags) + content)


def length_prefixed(annex_b: bytes) -> bytes:
    """An access unit of H.264 with start codes (ITU-T H.264 annex B) as ISO/IEC 14496-15 5.3.2 stores it: parameter sets and
    delimiters left out, for they stand in the initialization section."""
    units = (unit for unit in START_CODE.split(annex_b) if unit and unit[0] & 0x1F not in (7, 8, 9))
    return b"".join(struct.pack("!I", len(unit)) + unit for unit in units)


def avc_name(init: bytes) -> str:
    """The picture's codec as RFC 6381 writes it, out of an initialization section. Raises ValueError without one."""
    at = init.find(b"avcC")
    if at < 0:
        raise ValueError("there is no avcC box")
    return f"avc1.{init[at + 5:at + 8].hex()}"
