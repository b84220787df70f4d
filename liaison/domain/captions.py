"""Captions as WebVTT (https://www.w3.org/TR/webvtt1/): cues that are read from a file, and files that are written of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from liaison.i18n import N_

from .errors import Invalid

LONGEST_FILE = 2_000_000
MOST_CUES = 20_000
LONGEST_CUE = 1_000
SHORTEST_S, LONGEST_S, S_A_LETTER = 2.0, 7.0, 0.06
"""A line that was typed stays as long as reading it takes."""
CLOCK = re.compile(r"(?:(\d{1,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
NOT_OURS = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """Seconds from the beginning, and WebVTT cue text."""

    start: float
    end: float
    text: str


def typed_cue(start: float, text: str) -> Cue:
    """Of a line as it was typed."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Cue(start, start + min(LONGEST_S, max(SHORTEST_S, 1.0 + S_A_LETTER * len(text))), plain)


def read_captions(text: str) -> list[Cue]:
    """The cues of a file (section 4). Raises Invalid, with the number of the line."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not re.match(r"WEBVTT(?:[ \t][^\n]*)?(?:\n|$)", text):
        raise _wrong(N_("This is no WebVTT file: its first line must be “WEBVTT”."), 1)
    cues = [cue for number, lines in _blocks(text) if (cue := _cue(lines, number)) is not None]
    if not 0 < len(cues) <= MOST_CUES:
        raise _wrong(N_("The file has no captions, or too many."), 1)
    return cues


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """What stands between empty lines, with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cue(lines: list[str], number: int) -> Cue | None:
    """None for what is no cue: the head, notes, styles."""
    at = next((index for index, line in enumerate(lines) if "-->" in line), None)
    if at is None or lines[0].startswith(NOT_OURS):
        return None
    first, _, rest = lines[at].partition("-->")
    start, end = _seconds(first.strip()), _seconds((rest.split() or [""])[0])
    words = "\n".join(lines[at + 1:])
    if at > 1 or start is None or end is None or end <= start or not 0 < len(words) <= LONGEST_CUE or "-->" in words:
        raise _wrong(N_("A caption near line %(line)s is not well formed."), number + at)
    return Cue(start, end, words)


def _seconds(clock: str) -> float | None:
    found = CLOCK.fullmatch(clock)
    if found is None:
        return None
    hours, minutes, seconds, thousandths = found.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def _wrong(message: str, line: int) -> Invalid:
    return Invalid(errors=[{"field": "file", "message": message, "line": line}])


def write_segment(cues: Iterable[Cue]) -> str:
    """A segment of a playlist (RFC 8216, section 3.5). Times are those of the media's own clock, which begins at 0."""
    lines = ["WEBVTT", "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000", ""]
    for cue in cues:
        lines += [f"{_clock(cue.start)} --> {_clock(cue.end)}", cue.text, ""]
    return "\n".join([*lines, ""])


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds * 1000))
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"
