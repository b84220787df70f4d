"""What is left of a recording when the power goes: all but the last seconds, in files that play, whenever it happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pytest

from signaling.recording.files import File
from signaling.recording.manifest import Manifest, read
from signaling.recording.matroska import LONGEST_CLUSTER_MS, Track, Writer
from signaling.recording.mending import mend
from signaling.recording.ordering import Frame
from signaling.recording.saving import LOOK_S, SAVE_S, Saver
from tests.support.power import Power, left

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)
FRAME_MS = 20
SILENCE = b"\xf8\xff\xfe"  # an Opus packet of 20 ms
OPUS = Track("A_OPUS", b"OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00")
PROMISED_S = 5.0


@pytest.fixture
def power(tmp_path: Path) -> Iterator[Power]:
    made = Power(tmp_path / "disk")
    yield made
    made.close()


class Scene:
    """A recording by a clock of its own."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder, self.now = tmp_path / "recordings" / "session", 0.0
        self.manifest = Manifest(self.folder)
        self.manifest.begin(AT)
        self.saver = Saver(self.manifest, threading.RLock())
        self.open: dict[str, tuple[File, dict[str, Any]]] = {}

    def begin(self, name: str) -> None:
        file = File(self.folder / name, OPUS, AT.timestamp() + self.now)
        row = {"file": name, "started_at": datetime.fromtimestamp(file.began, UTC).isoformat(), "ended_at": None, "seconds": None,
               "octets": None, "sha256": None, "cut": False}
        self.open[name] = file, row
        self.saver.begun(file, row)

    def end(self, name: str) -> None:
        self.saver.ended(*self.open.pop(name))

    def go_on(self, seconds: float) -> None:
        """As the recorder does: frames as they come, a cluster a second, and a look of the saver."""
        for _ in range(round(seconds / LOOK_S)):
            for file, _row in self.open.values():
                for ms in range(0, int(LOOK_S * 1000), FRAME_MS):
                    at = AT.timestamp() + self.now + ms / 1000
                    file.write(at, Frame(0, at, SILENCE, key=True))
            self.now += LOOK_S
            self.saver.turn(self.now)

    def after_a_cut(self, tmp_path: Path) -> tuple[Path, Manifest]:
        """The folder that the next recorder finds."""
        into = left(tmp_path / "disk", self.folder, tmp_path / "left")
        again = Manifest(into)
        again.begin(AT)
        again.finish()
        again.close()
        return into, again


@pytest.mark.parametrize("quarters", [*range(1, 30), 200])
def test_at_most_the_last_seconds_are_lost(tmp_path: Path, power: Power, quarters: int) -> None:
    scene = Scene(tmp_path)
    scene.begin("0001-microphone.mkv")
    scene.go_on(quarters * LOOK_S)
    into, again = scene.after_a_cut(tmp_path)
    lasted = again.tracks[0]["seconds"] if again.tracks else 0.0
    assert scene.now - lasted <= SAVE_S + LONGEST_CLUSTER_MS / 1000 + LOOK_S < PROMISED_S
    for track in again.tracks:
        assert plays(into / track["file"]) == pytest.approx(lasted, abs=0.001) and track["sha256"]


def test_files_that_ended_are_whole_and_their_names_known(tmp_path: Path, power: Power) -> None:
    scene = Scene(tmp_path)
    scene.begin("0001-microphone.mkv")
    scene.go_on(3)
    scene.end("0001-microphone.mkv")
    scene.begin("0002-microphone.mkv")
    scene.go_on(4)
    scene.manifest.close()
    into, again = scene.after_a_cut(tmp_path)
    assert [(track["file"], track["cut"]) for track in again.tracks] == [("0001-microphone.mkv", False), ("0002-microphone.mkv", True)]
    assert (into / "0001-microphone.mkv").read_bytes() == (scene.folder / "0001-microphone.mkv").read_bytes()
    assert plays(into / "0002-microphone.mkv") >= 1 and plays(into / "0001-microphone.mkv") == 2.99


def test_a_manifest_is_never_half_of_one(tmp_path: Path, power: Power) -> None:
    """Whatever of the folder's names has come to the disk by itself."""
    scene = Scene(tmp_path)
    for number in range(1, 6):
        scene.begin(f"{number:04d}-microphone.mkv")
        scene.go_on(LOOK_S)
        into = left(tmp_path / "disk", scene.folder, tmp_path / f"left-{number}")
        known = read(into)
        assert known is not None and len(known["tracks"]) == number
    scene.manifest.close()


def test_whoever_reads_the_taps_waits_for_no_disk(tmp_path: Path, power: Power) -> None:
    scene = Scene(tmp_path)
    power.calls.clear()
    scene.begin("0001-microphone.mkv")
    file = scene.open["0001-microphone.mkv"][0]
    for ms in range(0, 5_000, FRAME_MS):
        file.write(AT.timestamp() + ms / 1000, Frame(0, 0.0, SILENCE, key=True))
    file.flush()
    scene.end("0001-microphone.mkv")
    assert power.calls == []
    scene.saver.turn(0.0)
    assert len(power.calls) >= 4, "the file twice, the manifest, the folder"
    scene.manifest.close()


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(tmp_path)
    scene.begin("0001-microphone.mkv")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")
    with monkeypatch.context() as patched:
        for name in ("signaling.recording.manifest.write_for_good", "signaling.recording.files.os.fdatasync"):
            patched.setattr(name, refuse)
        scene.go_on(3)
        scene.end("0001-microphone.mkv")
        scene.go_on(LOOK_S)
    scene.go_on(LOOK_S)
    known = read(scene.folder)
    assert known is not None and known["tracks"][0]["cut"] and known["tracks"][0]["ended_at"]
    scene.manifest.close()


# ---------------------------------------------------------------- mending


def plays(path: Path) -> float:
    """When its last packet is heard, in seconds; its duration and its index say the same."""
    with av.open(str(path)) as file:
        stamps = [packet.pts for packet in file.demux(audio=0) if packet.pts is not None]
        assert file.duration is not None and abs(file.duration / 1e6 - stamps[-1] / 1000) < 0.021
        file.seek(0, stream=file.streams.audio[0])
        assert next(iter(file.demux(audio=0))).pts == 0
    return float(stamps[-1]) / 1000


def written(seconds: int, finish: bool) -> tuple[bytes, list[int]]:
    """A file, and where its head and its clusters end."""
    writer = Writer(OPUS, AT)
    data = bytearray(writer.head())
    ends = [len(data)]
    for at in range(0, seconds * 1000, FRAME_MS):
        if cluster := writer.frame(at, SILENCE, key=True):
            data += cluster
            ends.append(len(data))
    last, patches = writer.finish()
    ends.append(len(data) + last.index(b"\x1c\x53\xbb\x6b"))
    data += last if finish else last[:ends[-1] - len(data)]
    for place, patch in patches.items() if finish else ():
        data[place:place + len(patch)] = patch
    return bytes(data), ends


def test_a_file_cut_anywhere_ends_with_its_last_whole_cluster(tmp_path: Path) -> None:
    data, ends = written(3, finish=False)
    path = tmp_path / "cut.mkv"
    for place in [*range(0, len(data), 7), *ends, *(end - 1 for end in ends)]:
        in_last_frame = any(0 < end - place <= len(SILENCE) + 6 for end in ends)
        for rest in (b"",) if in_last_frame else (b"", bytes(100), b"\x1f\x43\xb6\x75\xff"):
            path.write_bytes(data[:place] + rest)
            whole = sum(end <= place for end in ends) - 1
            found = mend(path)
            assert found == (None if whole < 1 else (whole * 1000 - FRAME_MS) / 1000), (place, rest)
    assert found is not None and plays(path) == found


def test_clusters_of_which_only_the_size_has_come_are_left_out(tmp_path: Path) -> None:
    data, ends = written(4, finish=False)
    path = tmp_path / "cut.mkv"
    path.write_bytes(data[:ends[2] + 40] + bytes(len(data) - ends[2] - 40))
    assert mend(path) == 1.98 and plays(path) == 1.98


def test_what_was_finished_stays_as_it_was(tmp_path: Path) -> None:
    data, _ = written(5, finish=True)
    path = tmp_path / "whole.mkv"
    path.write_bytes(data)
    assert mend(path) == 4.98 and path.read_bytes() == data
    unfinished, _ = written(5, finish=False)
    path.write_bytes(unfinished)
    assert mend(path) == 4.98 and path.read_bytes() == data, "mended, it is the file that would have been"


@pytest.mark.parametrize("data", [b"", b"\x00" * 4096, b"no Matroska at all", b"\x1a\x45\xdf\xa3"])
def test_what_is_no_recording_has_nothing_to_mend(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.mkv"
    path.write_bytes(data)
    assert mend(path) is None and path.read_bytes() == data
