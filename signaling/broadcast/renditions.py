"""All tracks of a broadcast, in step with each other and with what the machine can bear, and the shelf on which they are laid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .encoders import LARGE, SMALL, Cut, Picture, Sound, Track
from .measures import FRAMES_PER_SECOND
from .mixing import Samples
from .shedding import STEPS, Step
from .shelf import Shelf


class Renditions:
    """Pictures in two sizes, the original's sound and each language's. ``step``: how good they are now."""

    def __init__(self, shelf: Shelf, languages: tuple[tuple[str, str], ...], original: str) -> None:
        self.step: Step = STEPS[0]
        self._shelf = shelf
        self._large, self._small = Picture(LARGE, False), Picture(SMALL, True)
        self._sounds = (Sound("sound", None), *(Sound(f"sound-{code}", code) for code, _ in languages))
        self._titles = (original, *(title for _, title in languages))
        self._texts = languages

    def begin(self, at: datetime) -> None:
        """A run begins; ``at``: when its first picture was taken."""
        self._shelf.begin((self._large, self._small), list(zip(self._sounds, self._titles, strict=True)), at, self._texts)

    def settle(self, step: Step, number: int) -> None:
        """Another step from a segment's first picture on. Without the large picture, its playlists go on with the small one."""
        if step.large != self.step.large:
            self._lay(self._large, self._large.rest(number))
            self._shelf.turn(number / FRAMES_PER_SECOND, {} if step.large else {self._large.name: self._small.name})
        self.step = step

    def picture(self, frame: Any, number: int) -> None:
        for track in (self._large, self._small) if self.step.large else (self._small,):
            self._lay(track, track.encode(frame, number))

    def sound(self, blocks: Mapping[str | None, Samples]) -> None:
        """The next moment's sound by language."""
        for track in self._sounds:
            self._lay(track, track.encode(blocks[track.language]))

    def finish(self) -> None:
        """What has been begun."""
        for track in (self._large, self._small, *self._sounds):
            self._lay(track, track.finish())

    def _lay(self, track: Track, cuts: Iterable[Cut]) -> None:
        for cut in cuts:
            self._shelf.add(track, cut)
