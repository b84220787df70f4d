"""Captions that are typed in the room, as tracks of the broadcast: WebVTT segments beside those of the picture.

A segment in which nothing is written is ``none.vtt``, the same for all; so a track in which nobody types costs no file.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from liaison.domain.captions import Cue, typed_cue, write_segment
from signaling.kept_files import write

from .files import write_playlists
from .playlist import Segment

NONE = "none.vtt"
KEPT_LINES = 100


@dataclass(frozen=True, slots=True)
class Line:
    """What was typed, when, and in which language."""

    at: datetime
    language: str
    text: str


def track_name(language: str) -> str:
    return f"text-{language}"


class Captions:
    """The tracks of one broadcast. ``heard`` is called by whoever follows the room, the rest by whoever lays segments on the shelf."""

    def __init__(self, folder: Path, languages: Iterable[str]) -> None:
        self._folders = {language: folder / track_name(language) for language in languages}
        self._lock = threading.Lock()
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._written: dict[str, set[int]] = {}
        for language, own in self._folders.items():
            own.mkdir(parents=True, exist_ok=True)
            self._written[language] = {int(file.stem) for file in own.glob("*.vtt") if file.stem.isdigit()}
            write(own / NONE, write_segment([]))

    @property
    def languages(self) -> list[str]:
        """Those in which something has been typed."""
        return [language for language, written in self._written.items() if written]

    def heard(self, lines: Iterable[Line]) -> None:
        with self._lock:
            self._lines.extend(lines)

    def add(self, segments: Sequence[Segment], began: datetime) -> None:
        """The picture has the last of these segments anew; ``began``: where its clock is 0."""
        made = segments[-1]
        for language, folder in self._folders.items():
            cues = self._cues(language, made, began)
            if cues:
                write(folder / f"{made.number}.vtt", write_segment(cues))
                self._written[language].add(made.number)
        self.write_playlists(segments, ended=False)

    def write_playlists(self, segments: Sequence[Segment], ended: bool) -> None:
        for language, folder in self._folders.items():
            written = self._written[language]
            write_playlists(folder, [replace(one, file=f"{one.number}.vtt" if one.number in written else NONE) for one in segments], ended)

    def _cues(self, language: str, made: Segment, began: datetime) -> list[Cue]:
        with self._lock:
            lines = [line for line in self._lines if line.language == language]
        cues = (typed_cue((line.at - began).total_seconds(), line.text) for line in lines)
        return [cue for cue in cues if cue.start < made.began + made.seconds and cue.end > made.began]
