"""Files of one track: what PyAV reads of them, whole and cut off at any place."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import av
import numpy as np
import pytest
from av.error import FFmpegError

from signaling.recording.matroska import LONGEST_CLUSTER_MS, Writer
from signaling.recording.payloads import is_key, track_of

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)
WIDTH, HEIGHT, FRAME_MS = 320, 180, 40


def pictures(count: int) -> list[bytes]:
    """VP8 frames, each tenth a key frame."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"  # type: ignore[attr-defined]
    encoder.options = {"deadline": "realtime", "g": "10", "cpu-used": "8"}
    made = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((HEIGHT * 3 // 2, WIDTH), number % 200, np.uint8), "yuv420p")
        frame.pts = number
        made += [bytes(packet) for packet in encoder.encode(frame)]  # type: ignore[attr-defined]
    return made


FRAMES = pictures(60)


def written(upto: int | None = None, finish: bool = True) -> bytes:
    writer = Writer(track_of("vp8", FRAMES[0], "osh-oblast", None), AT)
    data = bytearray(writer.head())
    for number, frame in enumerate(FRAMES[:upto]):
        data += writer.frame(number * FRAME_MS, frame, is_key(frame))
    if finish:
        last, patches = writer.finish()
        data += last
        for place, patch in patches.items():
            data[place:place + len(patch)] = patch
    return bytes(data)


def test_a_finished_file_has_everything_and_can_be_searched() -> None:
    with av.open(io.BytesIO(written())) as file:
        stream = file.streams.video[0]
        assert (file.format.name, stream.codec_context.name, stream.width, stream.height) == ("matroska,webm", "vp8", WIDTH, HEIGHT)
        assert file.duration is not None and abs(file.duration / 1e6 - 59 * FRAME_MS / 1000) < 0.1
        assert [packet.pts for packet in file.demux(stream) if packet.size] == [number * FRAME_MS for number in range(60)]
        file.seek(2_000, stream=stream)
        first = next(frame.pts for frame in file.decode(stream))
        assert first is not None and 1_500 < first <= 2_000
    with av.open(io.BytesIO(written())) as file:
        assert sum(1 for _ in file.decode(video=0)) == 60


def test_whatever_was_written_before_a_kill_can_be_played() -> None:
    whole = written(finish=False)
    with av.open(io.BytesIO(whole)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 50, "all but the cluster that was being gathered"
    for cut in range(len(whole) // 2, len(whole), len(whole) // 17):
        with av.open(io.BytesIO(whole[:cut])) as file:
            count = 0
            try:
                for _ in file.decode(video=0):
                    count += 1
            except FFmpegError:  # the octets after the last whole frame
                pass
        assert count >= 10


def test_clusters_are_short_even_where_nothing_comes_for_long() -> None:
    writer = Writer(track_of("opus", b"", "", "ky"), AT)
    writer.head()
    assert writer.frame(0, b"x", True) == b"" and writer.frame(LONGEST_CLUSTER_MS - 1, b"x", True) == b""
    first = writer.frame(LONGEST_CLUSTER_MS, b"x", True)
    assert first.count(b"\xa3") == 2
    assert writer.frame(10_000_000, b"y", True) and writer.flush() and writer.flush() == b""


def test_time_never_goes_back() -> None:
    writer = Writer(track_of("opus", b"", "", None), AT)
    data = writer.head() + b"".join(writer.frame(at, b"\xf8\xff\xfe", True) for at in (0, 20, 10, 40)) + writer.flush()
    with av.open(io.BytesIO(data)) as file:
        assert [packet.pts for packet in file.demux(audio=0) if packet.size] == [0, 20, 21, 40]


@pytest.mark.parametrize(("language", "told"), [("ky", "kir"), ("ru", "rus"), (None, None)])
def test_a_channel_says_its_language(language: str | None, told: str | None) -> None:
    writer = Writer(track_of("opus", b"", "Русский", language), AT)
    data = writer.head() + b"".join(writer.frame(at, b"\xf8\xff\xfe", True) for at in range(0, 2000, 20))
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        assert (stream.metadata.get("language"), stream.metadata.get("title")) == (told, "Русский")
        assert (stream.codec_context.name, stream.codec_context.sample_rate) == ("opus", 48_000)
