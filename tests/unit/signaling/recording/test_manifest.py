"""What is known of recorded tracks, also after a process that died."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from signaling.kept_files import Taken
from signaling.recording.manifest import Manifest, read

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def track(name: str, **more: Any) -> dict[str, Any]:
    unknown = dict.fromkeys(("ended_at", "seconds", "octets", "sha256"))
    return {"file": name, "started_at": AT.isoformat(), "cut": False} | unknown | more


def test_what_a_dead_process_left_ends_where_its_file_does(tmp_path: Path) -> None:
    first = Manifest(tmp_path)
    first.begin(AT)
    (tmp_path / "1.mkv").write_bytes(b"12345")
    os.utime(tmp_path / "1.mkv", (AT.timestamp() + 7, AT.timestamp() + 7))
    first.add(track("1.mkv"))
    first.close()
    again = Manifest(tmp_path)
    again.begin(AT)
    found = again.tracks[0]
    assert (found["seconds"], found["octets"], found["cut"], again.data["runs"]) == (7.0, 5, True, 2)
    again.finish()
    again.close()
    kept = json.loads((tmp_path / "manifest.json").read_text())
    assert kept["ended"] and kept["tracks"][0]["sha256"] == sha256(b"12345").hexdigest()


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
