"""Playlists of RFC 8216. Pure: segments come in, text goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

VERSION = 7  # fMP4 in ordinary playlists, and EXT-X-MAP (section 7)


@dataclass(frozen=True, slots=True)
class Segment:
    """A media segment: its number in the playlist, seconds, when it began, and in which run of the encoder it was made.

    ``began``: seconds on its encoder's own clock; ``file``: of captions, which have no beginning of their own (EXT-X-MAP)."""

    number: int
    seconds: float
    at: datetime
    run: int
    began: float = 0.0
    file: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A variant with picture. ``bandwidth`` and ``average`` in bit/s, of picture and sound together."""

    name: str
    width: int
    height: int
    frames_per_second: float
    bandwidth: int
    average: int
    codecs: str


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound track. ``language``: of an interpreter's channel; the original has none."""

    name: str
    title: str
    language: str | None
    bandwidth: int
    codecs: str


def media_playlist(segments: Sequence[Segment], target: int, ended: bool, whole: bool = False, before: int = 0) -> str:
    """``whole``: nothing is ever left out (EXT-X-PLAYLIST-TYPE:EVENT). ``before``: changes of the encoder's run before the first one.

    Section 4.3.3.1: no segment is longer than the target when rounded.
    """
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", f"#EXT-X-TARGETDURATION:{target}",
             f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}"]
    if before:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{before}")
    if whole:
        lines.append(f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}")
    lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    run = None
    for segment in segments:
        lines += _segment(segment, run)
        run = segment.run
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else []), ""])


def _segment(segment: Segment, run: int | None) -> list[str]:
    fresh = [] if run is None or run == segment.run else ["#EXT-X-DISCONTINUITY"]
    if run != segment.run and not segment.file:
        fresh += [f'#EXT-X-MAP:URI="init-{segment.run}.mp4"']
    if run != segment.run:
        fresh += [f"#EXT-X-PROGRAM-DATE-TIME:{stamp(segment.at)}"]
    return [*fresh, f"#EXTINF:{segment.seconds:.3f},", segment.file or f"{segment.number}.m4s"]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def target_duration(seconds: float) -> int:
    return ceil(seconds)


@dataclass(frozen=True, slots=True)
class Text:
    """A track of captions."""

    name: str
    title: str
    language: str


READ = ',SUBTITLES="text"'


def master_playlist(pictures: Sequence[Picture], sounds: Sequence[Sound], file: str, texts: Sequence[Text] = ()) -> str:
    """With picture from the largest to the smallest, then the first sound alone. ``file``: the media playlists' name."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for index, sound in enumerate(sounds):
        language = f',LANGUAGE="{sound.language}"' if sound.language else ""
        default = "YES" if index == 0 else "NO"
        lines.append(f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="{sound.title}"{language},DEFAULT={default},AUTOSELECT=YES,'
                     f'CHANNELS="1",URI="{sound.name}/{file}"')
    lines += [_text_line(text, file) for text in texts]
    read = READ if texts else ""
    for picture in sorted(pictures, key=lambda one: -one.height):
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={picture.bandwidth},AVERAGE-BANDWIDTH={picture.average},"
                  f'CODECS="{picture.codecs}",RESOLUTION={picture.width}x{picture.height},FRAME-RATE={picture.frames_per_second:.3f},'
                  f'AUDIO="sound"{read}', f"{picture.name}/{file}"]
    first = sounds[0]
    lines += [f'#EXT-X-STREAM-INF:BANDWIDTH={first.bandwidth},CODECS="{first.codecs}",AUDIO="sound"{read}', f"{first.name}/{file}"]
    return "\n".join([*lines, ""])


def with_text(master: str, text: Text) -> str:
    """The same master playlist with one more track of captions."""
    lines = master.splitlines()
    file = lines[-1].rpartition("/")[2]
    first = next(index for index, line in enumerate(lines) if line.startswith("#EXT-X-STREAM-INF:"))
    variants = [f"{line}{READ}" if line.startswith("#EXT-X-STREAM-INF:") and READ not in line else line for line in lines[first:]]
    return "\n".join([*lines[:first], _text_line(text, file), *variants, ""])


def _text_line(text: Text, file: str) -> str:
    return (f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="{text.title}",LANGUAGE="{text.language}",DEFAULT=NO,AUTOSELECT=NO,'
            f'FORCED=NO,URI="{text.name}/{file}"')
