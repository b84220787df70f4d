"""Captions typed in the room, as tracks beside the picture's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from signaling.broadcast.captions import Captions, Line
from signaling.broadcast.encoders import BLOCK, Sound
from signaling.broadcast.playlist import Segment
from signaling.broadcast.shelf import Shelf

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def segment(number: int, run: int = 1, began: float | None = None) -> Segment:
    return Segment(number, 2.0, AT + timedelta(seconds=2 * number), run, 2.0 * number if began is None else began)


def named(playlist: Path) -> list[str]:
    return [line for line in playlist.read_text().splitlines() if line.endswith(".vtt")]


def test_a_line_stands_in_each_segment_in_which_it_is_to_be_read(tmp_path: Path) -> None:
    captions, segments = Captions(tmp_path, ("ky", "ru")), []
    captions.heard([Line(AT + timedelta(seconds=3.5), "ky", "Саламатсыздарбы")])
    for number in range(4):
        segments.append(segment(number))
        captions.add(segments, AT)
    assert named(tmp_path / "text-ky" / "whole.m3u8") == ["none.vtt", "1.vtt", "2.vtt", "none.vtt"]
    assert named(tmp_path / "text-ru" / "whole.m3u8") == ["none.vtt"] * 4
    assert captions.languages == ["ky"]
    for number in (1, 2):
        assert "00:00:03.500 --> 00:00:05.500\nСаламатсыздарбы\n" in (tmp_path / "text-ky" / f"{number}.vtt").read_text()
    playlist = (tmp_path / "text-ky" / "whole.m3u8").read_text()
    assert "EXT-X-MAP" not in playlist and playlist.count("#EXT-X-PROGRAM-DATE-TIME:2027-03-02T05:00:00.000Z") == 1


def test_an_encoder_that_comes_anew_has_a_clock_of_its_own_and_keeps_what_was_typed(tmp_path: Path) -> None:
    Captions(tmp_path, ("ky",)).add([segment(0)], AT)
    first = Captions(tmp_path, ("ky",))
    first.heard([Line(AT, "ky", "Биринчи")])
    first.add([segment(0)], AT)
    later = Captions(tmp_path, ("ky",))
    assert later.languages == ["ky"]
    later.heard([Line(AT + timedelta(seconds=60.5), "ky", "Экинчи")])
    later.add([segment(0), segment(1, run=2, began=0.0)], AT + timedelta(seconds=60))
    assert "00:00:00.500 --> 00:00:02.500\nЭкинчи" in (tmp_path / "text-ky" / "1.vtt").read_text()
    later.write_playlists([segment(0), segment(1, run=2, began=0.0)], ended=True)
    playlist = (tmp_path / "text-ky" / "whole.m3u8").read_text()
    assert playlist.count("#EXT-X-DISCONTINUITY\n") == 1 and playlist.endswith("#EXT-X-ENDLIST\n")


def test_the_tracks_begin_and_end_with_the_broadcast(tmp_path: Path) -> None:
    shelf, sound = Shelf(tmp_path), Sound("sound", None)
    shelf.begin([], [(sound, "Original")], AT, [("ky", "Кыргызча")])
    shelf.captions.heard([Line(AT + timedelta(seconds=1), "ky", "Саламатсыздарбы")])
    for _ in range(5 * 15):
        for cut in sound.encode(np.zeros(BLOCK, np.int16)):
            shelf.add(sound, cut)
    shelf.close()
    master = (tmp_path / "live-sound-sound.m3u8").read_text()
    assert 'TYPE=SUBTITLES,GROUP-ID="text",NAME="Кыргызча",LANGUAGE="ky"' in master and ',SUBTITLES="text"' in master
    assert json.loads((tmp_path / "state.json").read_text())["captions"] == ["ky"]
    again = Shelf(tmp_path)
    again.finish()
    again.close()
    assert "#EXT-X-ENDLIST" in (tmp_path / "text-ky" / "whole.m3u8").read_text()
    assert len(named(tmp_path / "text-ky" / "whole.m3u8")) == (tmp_path / "sound" / "whole.m3u8").read_text().count(".m4s")
