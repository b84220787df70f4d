"""Fragments of MP4, read back by FFmpeg and box by box."""

from __future__ import annotations

import io
import itertools
import struct

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.broadcast.encoders import BLOCK, LARGE, SMALL, Cut, Picture, Sound, Track
from signaling.broadcast.fragments import Sample, avc_name, length_prefixed, segment
from signaling.broadcast.measures import FRAMES_PER_SECOND, SEGMENT_S


def boxes(data: bytes) -> list[tuple[str, bytes]]:
    """The boxes of one level."""
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from("!I4s", data, at)
        assert size >= 8 and at + size <= len(data)
        found.append((kind.decode(), data[at + 8:at + size]))
        at += size
    return found


@given(st.lists(st.builds(Sample, st.binary(max_size=200), st.integers(1, 1 << 20), st.booleans()), min_size=1, max_size=30),
       st.integers(1, 1 << 32 - 1), st.integers(0, 1 << 40))
def test_a_fragment_says_where_its_samples_lie(samples: list[Sample], sequence: int, decode_time: int) -> None:
    data = segment(sequence & 0xFFFFFFFF, decode_time, samples)
    (moof_kind, moof), (mdat_kind, mdat) = boxes(data)
    assert (moof_kind, mdat_kind) == ("moof", "mdat")
    assert mdat == b"".join(sample.data for sample in samples)
    head, fragment = boxes(moof)
    assert head == ("mfhd", struct.pack("!II", 0, sequence & 0xFFFFFFFF))
    parts = dict(boxes(fragment[1]))
    assert parts["tfdt"] == struct.pack("!IQ", 1 << 24, decode_time)
    count, offset = struct.unpack_from("!Ii", parts["trun"], 4)
    assert count == len(samples)
    assert data[offset:] == mdat, "from the moof's first octet"
    rows = [struct.unpack_from("!II", parts["trun"], 12 + 12 * n) for n in range(count)]
    assert rows == [(sample.duration, len(sample.data)) for sample in samples]


def test_start_codes_become_lengths_and_parameter_sets_are_left_out() -> None:
    unit = b"\x65\x88\x84"
    assert length_prefixed(b"\x00\x00\x00\x01\x67\x42\x00\x00\x01\x68\xce\x00\x00\x00\x01" + unit) == b"\x00\x00\x00\x03" + unit
    assert length_prefixed(b"") == b""


def test_an_initialization_section_without_a_picture_has_no_name() -> None:
    with pytest.raises(ValueError, match="avcC"):
        avc_name(Sound("sound", None).init)


def encoded(track: Track, feed: object, count: int) -> list[Cut]:
    cuts = [cut for number in range(count) for cut in feed(number)]  # type: ignore[operator]
    return [*cuts, *track.finish()]  # type: ignore[attr-defined]


def played(track: Track, cuts: list[Cut]) -> list[tuple[float, bool]]:
    """When each packet begins, as FFmpeg reads it, and whether one may begin there."""
    data = track.init + b"".join(segment(n, cut.decode_time, cut.samples) for n, cut in enumerate(cuts, 1))
    with av.open(io.BytesIO(data)) as file:
        return [(float(packet.pts * packet.time_base), bool(packet.is_keyframe)) for packet in file.demux(file.streams[0]) if packet.size]


def grey(number: int) -> av.VideoFrame:
    frame = av.VideoFrame(1280, 720, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([64 + number % 100]) * plane.buffer_size)
    return frame


@pytest.mark.parametrize("left_out", [(), (30, 31, 32), (29, 30, 59, 60, 61)])
def test_renditions_are_cut_at_the_same_pictures_also_where_some_were_left_out(left_out: tuple[int, ...]) -> None:
    tracks = [Picture(LARGE, False), Picture(SMALL, True)]
    numbers = [number for number in range(75) if number not in left_out]
    cuts = [encoded(track, lambda at, track=track: track.encode(grey(numbers[at]), numbers[at]), len(numbers)) for track in tracks]
    large, small = ([(cut.decode_time, len(cut.samples)) for cut in each] for each in cuts)
    assert large == small
    assert len(large) == 3
    shown = played(tracks[1], cuts[1])
    assert [round(at * FRAMES_PER_SECOND) for at, _ in shown] == numbers
    begins = [next(number for number in numbers if number >= n * SEGMENT_S * FRAMES_PER_SECOND) for n in range(3)]
    assert [round(at * FRAMES_PER_SECOND) for at, key in shown if key] == begins


def test_sound_is_cut_where_pictures_are_and_has_no_gap() -> None:
    track = Sound("sound", None)
    cuts = encoded(track, lambda _number: track.encode(np.full(BLOCK, 1000, np.int16)), 4 * SEGMENT_S * FRAMES_PER_SECOND)
    begins = [cut.decode_time / track.timescale for cut in cuts]
    assert all(0 <= at - n * SEGMENT_S < 0.022 for n, at in enumerate(begins))
    starts = [at for at, _ in played(track, cuts)]
    assert max(abs(later - sooner - 1024 / 48_000) for sooner, later in itertools.pairwise(starts)) < 1e-4
