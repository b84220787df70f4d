"""Captions in files: what is read, what is refused, and what a segment says."""

from __future__ import annotations

import pytest

from liaison.domain.captions import Cue, read_captions, typed_cue, write_segment
from liaison.domain.errors import Invalid

FILE = """WEBVTT - The session

NOTE made by hand

STYLE
::cue { color: red }

1
00:01.000 --> 00:04.500 line:90%
Good morning.

01:02:03.250 --> 01:02:05.000
- What of the road?
- It is mended.
"""


def test_a_file_is_read_whatever_its_line_ends() -> None:
    cues = [Cue(1.0, 4.5, "Good morning."), Cue(3723.25, 3725.0, "- What of the road?\n- It is mended.")]
    for text in (FILE, "\ufeff" + FILE, FILE.replace("\n", "\r\n"), FILE.rstrip("\n")):
        assert read_captions(text) == cues


@pytest.mark.parametrize(("text", "line"), [
    ("", 1), ("WEBVTTX\n\n00:01.000 --> 00:02.000\nHi\n", 1), ("1\n00:00:01,000 --> 00:00:02,000\nSubRip\n", 1),
    ("WEBVTT\n\n00:01.000 --> 00:02.000\n", 3), ("WEBVTT\n\n00:02.000 --> 00:01.000\nBack\n", 3),
    ("WEBVTT\n\n1\n2\n00:01.000 --> 00:02.000\nHi\n", 5), ("WEBVTT\n\n00:61.000 --> 00:62.000\nHi\n", 3),
    ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n00:03.000 --> 00:04.000\nNo line between\n", 3), ("WEBVTT\n\nNOTE nothing\n", 1),
    ("WEBVTT\n\n00:01.000 --> \nHi\n", 3), ("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "x" * 1001 + "\n", 3)])
def test_what_is_not_well_formed_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        read_captions(text)
    assert refused.value.details["errors"][0]["line"] == line


def test_a_typed_line_stays_as_long_as_it_takes_to_read_and_is_no_markup() -> None:
    assert typed_cue(3.0, "Yes") == Cue(3.0, 5.0, "Yes")
    assert typed_cue(3.0, "x" * 500).end == 10.0
    assert typed_cue(0.0, "a < b & c --> d").text == "a &lt; b &amp; c --&gt; d"


def test_a_segment_says_what_its_clock_is() -> None:
    text = write_segment([Cue(3661.0005, 3663.25, "Yes"), Cue(-1.0, 2.0, "No")])
    assert text.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n01:01:01.000 --> 01:01:03.250\nYes\n\n00:00:00.000")
    assert read_captions(write_segment([Cue(1.0, 2.0, "Yes")]).replace("X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n", "")) == [
        Cue(1.0, 2.0, "Yes")]
