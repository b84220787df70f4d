"""All tracks through every step of quality: cut at the same places, and playlists that hold together."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import av
import m3u8
import m3u8.version_matching
import pytest

from tests.support.course import AT, COURSE, lay

TRACKS = ("v720", "v360", "sound", "sound-ky")


@pytest.fixture(scope="module")
def broadcast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segment of each step."""
    folder = tmp_path_factory.mktemp("broadcast")
    lay(folder)
    return folder


def rows(broadcast: Path, track: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (broadcast / track / "segments.jsonl").read_text().splitlines()]


def heights(broadcast: Path, track: str) -> list[int]:
    """Of each segment's pictures, as FFmpeg decodes them."""
    found = []
    for row in rows(broadcast, track):
        file = broadcast / f"{track}-{row['n']}.mp4"
        file.write_bytes((broadcast / track / f"init-{row['run']}.mp4").read_bytes() + (broadcast / track / f"{row['n']}.m4s").read_bytes())
        with av.open(str(file)) as container:
            found.append({frame.height for frame in container.decode(video=0)}.pop())
    return found


@pytest.mark.parametrize("track", TRACKS)
def test_every_track_is_cut_at_the_same_places(broadcast: Path, track: str) -> None:
    for index, row in enumerate(rows(broadcast, track)):
        seconds = (datetime.fromisoformat(str(row["at"])) - AT).total_seconds()
        assert seconds == pytest.approx(2 * index, abs=0 if track.startswith("v") else 0.022)
        assert row["s"] == pytest.approx(2, abs=0.05 if track.startswith("s") else 0.001) or index == len(COURSE) - 1
        assert row["run"] == [1, 1, 1, 2, 2, 2, 3][index]
    assert len(rows(broadcast, track)) == len(COURSE)


@pytest.mark.parametrize("track", TRACKS)
def test_playlists_tell_of_a_change_in_all_tracks_alike(broadcast: Path, track: str) -> None:
    lines = (broadcast / track / "live.m3u8").read_text().splitlines()
    assert lines.count("#EXT-X-DISCONTINUITY") == 2
    for line in lines:
        if line.startswith("#EXT-X-MAP"):
            assert (broadcast / track / line.split('"')[1]).exists()
    files = [line for line in lines if line.endswith(".m4s") or line == "#EXT-X-DISCONTINUITY"]
    assert [files[index + 1] for index, line in enumerate(files) if line.startswith("#")] == ["3.m4s", "6.m4s"]


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("file", ["live.m3u8", "whole.m3u8"])
def test_another_program_finds_nothing_wrong_with_a_track_s_playlists(broadcast: Path, track: str, file: str) -> None:
    read = m3u8.loads((broadcast / track / file).read_text())
    assert m3u8.version_matching.validate((broadcast / track / file).read_text().splitlines()) == []
    assert read.is_independent_segments and read.version == 7 and not read.is_variant
    assert [segment.uri for segment in read.segments] == [f"{number}.m4s" for number in range(len(COURSE))]
    assert all(round(segment.duration) <= read.target_duration for segment in read.segments)
    assert [segment.discontinuity for segment in read.segments] == [False, False, False, True, False, False, True]
    assert [segment.init_section.uri for segment in read.segments] == [f"init-{run}.mp4" for run in (1, 1, 1, 2, 2, 2, 3)]
    assert all(segment.current_program_date_time is not None for segment in read.segments)


def test_another_program_finds_nothing_wrong_with_the_choices(broadcast: Path) -> None:
    files = sorted(broadcast.glob("*.m3u8"))
    for file in files:
        text = file.read_text()
        assert m3u8.version_matching.validate(text.splitlines()) == []
        read = m3u8.loads(text)
        assert read.is_variant and all((broadcast / one.uri).exists() for one in read.playlists)
        groups = {media.group_id for media in read.media if media.type == "AUDIO"}
        assert all(one.stream_info.audio in groups and one.stream_info.codecs for one in read.playlists)
        assert all((broadcast / media.uri).exists() for media in read.media if media.uri)
    assert len(files) == 2 * (1 + 4 * 2)


def test_the_large_playlist_goes_on_with_the_small_picture(broadcast: Path) -> None:
    assert heights(broadcast, "v720") == [720, 720, 720, 360, 360, 360, 720]
    assert heights(broadcast, "v360") == [360] * 7


def test_an_encoder_that_comes_anew_counts_on(broadcast: Path) -> None:
    assert json.loads((broadcast / "state.json").read_text())["runs"] == 3
