"""What is known of recorded tracks, also after a process that died."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from signaling.kept_files import Taken
from signaling.recording.manifest import Manifest, read
from signaling.recording.matroska import Track, Writer

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def sound(seconds: float) -> bytes:
    """A file that nobody has finished."""
    writer = Writer(Track("A_OPUS"), AT)
    return writer.head() + b"".join(writer.frame(at, bytes(60), key=True) for at in range(0, int(seconds * 1000), 20)) + writer.flush()


def track(name: str, **more: Any) -> dict[str, Any]:
    unknown = dict.fromkeys(("ended_at", "seconds", "octets", "sha256"))
    return {"file": name, "started_at": AT.isoformat(), "cut": False} | unknown | more


def test_what_a_dead_process_left_ends_where_its_file_does(tmp_path: Path) -> None:
    first = Manifest(tmp_path)
    first.begin(AT)
    file = tmp_path / "0001-microphone.mkv"
    file.write_bytes(sound(7) + b"and what was being written")
    first.add(track(file.name))
    first.add(track("0002-camera.mkv"))
    (tmp_path / "0002-camera.mkv").write_bytes(sound(0))
    first.save()
    first.close()
    again = Manifest(tmp_path)
    again.begin(AT)
    (found,), left = again.tracks, file.read_bytes()
    assert (found["seconds"], found["octets"], found["cut"], again.data["runs"]) == (6.98, len(left), True, 2)
    assert found["ended_at"] == (AT + timedelta(seconds=6.98)).isoformat()
    assert again.next_number() == 2 and not (tmp_path / "0002-camera.mkv").exists(), "nothing was in it"
    again.finish()
    again.close()
    kept = json.loads((tmp_path / "manifest.json").read_text())
    assert kept["ended"] and kept["tracks"][0]["sha256"] == sha256(left).hexdigest()


def test_no_file_that_is_there_is_written_over(tmp_path: Path) -> None:
    """Also one of which the manifest knows nothing."""
    (tmp_path / "0007-camera.mkv").touch()
    kept = Manifest(tmp_path)
    kept.begin(AT)
    kept.add(track("0003-camera.mkv"))
    assert kept.next_number() == 8
    kept.close()


def test_a_track_whose_file_is_gone_stops_nothing(tmp_path: Path) -> None:
    kept = Manifest(tmp_path)
    kept.begin(None)
    kept.add(track("gone.mkv"))
    kept.finish()
    kept.close()
    assert kept.tracks[0]["sha256"] is None and kept.offset(AT) is None


def test_offsets_are_of_the_session_s_clock(tmp_path: Path) -> None:
    kept = Manifest(tmp_path)
    kept.begin(AT)
    assert kept.offset(datetime(2027, 3, 2, 5, 1, 0, 500_000, tzinfo=UTC)) == 60.5
    kept.close()


def test_only_one_process_records_a_session(tmp_path: Path) -> None:
    kept = Manifest(tmp_path)
    with pytest.raises(Taken):
        Manifest(tmp_path)
    kept.close()


def test_without_a_manifest_there_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    (tmp_path / "manifest.json").write_text("{half")
    assert read(tmp_path) is None
