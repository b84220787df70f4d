"""The files of a broadcast, also after an encoder that died in the middle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from signaling.broadcast.encoders import BLOCK, Sound
from signaling.broadcast.files import LIVE_SEGMENTS
from signaling.broadcast.playlist import Segment
from signaling.broadcast.shelf import Row, Shelf
from signaling.kept_files import Taken

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def a_run(folder: Path, seconds: int, ends: bool = False) -> Shelf:
    shelf = Shelf(folder)
    sound = Sound("sound", None)
    shelf.begin([], [(sound, "Original")], AT)
    for _ in range(seconds * 15):
        for cut in sound.encode(np.zeros(BLOCK, np.int16)):
            shelf.add(sound, cut)
    if ends:
        shelf.finish()
    shelf.close()
    return shelf


def numbers(playlist: Path) -> list[int]:
    return [int(line.removesuffix(".m4s")) for line in playlist.read_text().splitlines() if line.endswith(".m4s")]


def test_an_encoder_that_comes_anew_goes_on(tmp_path: Path) -> None:
    a_run(tmp_path, 7)
    a_run(tmp_path, 5, ends=True)
    whole = tmp_path / "sound" / "whole.m3u8"
    assert numbers(whole) == [0, 1, 2, 3, 4]
    assert whole.read_text().count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXT-X-ENDLIST" in whole.read_text()
    assert json.loads((tmp_path / "state.json").read_text())["ended"] is True


def test_what_was_being_written_when_it_died_is_no_part_of_it(tmp_path: Path) -> None:
    a_run(tmp_path, 7)
    index = tmp_path / "sound" / "segments.jsonl"
    index.write_text(index.read_text() + '{"n": 3, "s": 2.0')
    (tmp_path / "sound" / "2.m4s").unlink()
    a_run(tmp_path, 3)
    assert numbers(tmp_path / "sound" / "live.m3u8") == [0, 1, 2]
    assert len(index.read_text().splitlines()) == 3


def test_a_power_cut_that_empties_files_costs_no_more_than_them(tmp_path: Path) -> None:
    """Nothing of a broadcast is written for good: names may be there, and nothing behind them."""
    a_run(tmp_path, 7)
    for name in ("state.json", "sound/2.m4s", "sound/live.m3u8", "sound/whole.m3u8"):
        (tmp_path / name).write_bytes(b"")
    a_run(tmp_path, 3, ends=True)
    assert numbers(tmp_path / "sound" / "whole.m3u8") == [0, 1, 2]
    assert {path.name for path in (tmp_path / "sound").glob("init-*.mp4")} == {"init-1.mp4", "init-2.mp4"}
    state = json.loads((tmp_path / "state.json").read_text())
    assert (state["runs"], state["began"], state["ended"]) == (2, AT.isoformat(), True)


@pytest.mark.parametrize("emptied", [["state.json"], ["state.json", "sound/segments.jsonl", "sound/init-1.mp4"]])
def test_a_broadcast_that_is_over_ends_also_without_its_state(tmp_path: Path, emptied: list[str]) -> None:
    a_run(tmp_path, 7)
    for name in emptied:
        (tmp_path / name).write_bytes(b"")
    left = Shelf(tmp_path)
    left.finish()
    left.close()
    assert json.loads((tmp_path / "state.json").read_text())["ended"] is True
    assert "#EXT-X-ENDLIST" in (tmp_path / "sound" / "whole.m3u8").read_text()


def test_two_encoders_never_write_the_same_broadcast(tmp_path: Path) -> None:
    first = Shelf(tmp_path)
    with pytest.raises(Taken):
        Shelf(tmp_path)
    first.close()
    Shelf(tmp_path).close()


def test_who_watches_live_is_told_of_the_last_minutes_only(tmp_path: Path) -> None:
    row = Row(tmp_path / "sound")
    row.load()
    for number in range(LIVE_SEGMENTS + 10):
        row.add(Segment(number, 2.0, AT, 1 if number < 5 else 2))
    row.write_playlists(ended=False)
    live = (tmp_path / "sound" / "live.m3u8").read_text()
    assert numbers(tmp_path / "sound" / "live.m3u8") == list(range(10, LIVE_SEGMENTS + 10))
    assert "#EXT-X-MEDIA-SEQUENCE:10\n" in live and "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in live
    assert len(numbers(tmp_path / "sound" / "whole.m3u8")) == LIVE_SEGMENTS + 10


def test_every_choice_has_an_address_of_its_own(tmp_path: Path) -> None:
    a_run(tmp_path, 3)
    assert {path.name for path in tmp_path.glob("*.m3u8")} == {
        "live.m3u8", "whole.m3u8", *(f"{file}-{quality}-sound.m3u8" for file in ("live", "whole") for quality in ("auto", "sound"))}
