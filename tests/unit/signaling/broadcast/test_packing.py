"""A broadcast of several runs as one file: everything in it, in order, and nothing encoded again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import pytest

from signaling.broadcast.encoders import BLOCK, SMALL, Picture, Sound
from signaling.broadcast.packing import pack
from signaling.broadcast.shelf import Shelf

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def a_run(folder: Path, at: datetime, seconds: int) -> None:
    shelf = Shelf(folder)
    picture, sounds = Picture(SMALL, False), (Sound("sound", None), Sound("sound-ky", "ky"))
    shelf.begin([picture], [(sound, sound.name) for sound in sounds], at)
    for number in range(seconds * 15):
        for sound in sounds:
            for cut in sound.encode(np.zeros(BLOCK, np.int16)):
                shelf.add(sound, cut)
        frame = av.VideoFrame.from_ndarray(np.full((SMALL.height * 3 // 2, SMALL.width), number % 250, np.uint8), "yuv420p")
        for cut in picture.encode(frame, number):
            shelf.add(picture, cut)
    for track in (picture, *sounds):
        for cut in track.finish():
            shelf.add(track, cut)
    shelf.finish()
    shelf.close()


def test_runs_follow_one_another_without_a_hole(tmp_path: Path) -> None:
    a_run(tmp_path, AT, 5)
    a_run(tmp_path, AT + timedelta(minutes=3), 4)
    made = pack(tmp_path)
    known = json.loads((tmp_path / "whole.json").read_text())
    assert known == {"octets": made.stat().st_size, "sha256": sha256(made.read_bytes()).hexdigest()}
    with av.open(str(made)) as file:
        assert [stream.codec_context.name for stream in file.streams] == ["h264", "aac", "aac"]
        assert [stream.metadata.get("language") for stream in file.streams][1:] == ["und", "kir"]
        assert file.duration is not None and abs(file.duration / 1e6 - 9) < 0.2
        times: dict[int, list[float]] = {0: [], 1: [], 2: []}
        for packet in file.demux():
            if packet.dts is not None:
                times[packet.stream.index].append(float(packet.dts * packet.time_base))
    assert all(list(row) == sorted(row) for row in times.values())
    steps = np.diff(times[0])
    assert len(times[0]) == 9 * 15 and steps.max() < 0.1
    with av.open(str(made)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 9 * 15


def test_a_folder_without_a_broadcast_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no broadcast"):
        pack(tmp_path)
