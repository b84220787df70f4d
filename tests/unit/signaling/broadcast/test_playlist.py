"""Playlists as RFC 8216 has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from signaling.broadcast.playlist import Picture, Segment, Sound, master_playlist, media_playlist

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def segments(count: int, first: int = 0, run: int = 1) -> list[Segment]:
    return [Segment(first + n, 2.0, AT + timedelta(seconds=2 * n), run) for n in range(count)]


def test_a_live_playlist_begins_with_its_first_number_and_has_no_end() -> None:
    lines = media_playlist(segments(3, first=7), 2, ended=False).splitlines()
    assert lines[0] == "#EXTM3U"
    assert "#EXT-X-MEDIA-SEQUENCE:7" in lines and "#EXT-X-TARGETDURATION:2" in lines
    assert lines[-6:] == ["#EXTINF:2.000,", "7.m4s", "#EXTINF:2.000,", "8.m4s", "#EXTINF:2.000,", "9.m4s"]
    assert not any(line.startswith(("#EXT-X-ENDLIST", "#EXT-X-PLAYLIST-TYPE", "#EXT-X-DISCONTINUITY")) for line in lines)


def test_a_new_run_is_a_discontinuity_with_a_beginning_of_its_own() -> None:
    text = media_playlist([*segments(1), *segments(1, first=1, run=2)], 2, ended=True, whole=True)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    first, second = text.split("#EXT-X-DISCONTINUITY\n")
    assert 'URI="init-1.mp4"' in first and "#EXT-X-PLAYLIST-TYPE:VOD" in first
    assert second.startswith('#EXT-X-MAP:URI="init-2.mp4"\n#EXT-X-PROGRAM-DATE-TIME:2027-03-02T05:00:00.000Z\n#EXTINF')
    assert text.endswith("#EXT-X-ENDLIST\n")


def test_runs_that_are_no_longer_listed_are_counted() -> None:
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:2\n" in media_playlist(segments(1, first=9, run=3), 2, ended=False, before=2)


def test_an_empty_playlist_can_be_read() -> None:
    assert media_playlist([], 2, ended=False).startswith("#EXTM3U\n")


def test_a_master_names_pictures_from_the_largest_and_then_the_sound_alone() -> None:
    pictures = [Picture("v360", 640, 360, 15, 600_000, 460_000, "avc1.4d4016,mp4a.40.2"),
                Picture("v720", 1280, 720, 15, 1_600_000, 1_260_000, "avc1.4d401f,mp4a.40.2")]
    sounds = [Sound("sound", "Original", None, 80_000, "mp4a.40.2"), Sound("sound-ky", "Кыргызча", "ky", 80_000, "mp4a.40.2")]
    text = master_playlist(pictures, sounds, "live.m3u8")
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["v720/live.m3u8", "v360/live.m3u8", "sound/live.m3u8"]
    assert 'NAME="Кыргызча",LANGUAGE="ky",DEFAULT=NO' in text and 'NAME="Original",DEFAULT=YES' in text
    assert text.count('AUDIO="sound"') == 3
