"""What the chair lets everybody see, what each role may do, and who waits outside. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

FREE, SPEAKER, TWO, GALLERY, SCREEN, PINNED = "free", "speaker", "two", "gallery", "screen", "pinned"


@dataclass(frozen=True, slots=True)
class Stage:
    """``free``: everybody arranges the pictures for himself. ``peers``: the two side by side, or the one pinned."""

    mode: str = FREE
    peers: tuple[str, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Rights:
    """The rules of the room.

    ``speak``: all, or floor (whoever has the floor, and the chair). ``share``: all, floor or chair. ``chat``: all, chair (to the
    chair and the help desk only) or none. ``files``, with messages: all, leading (chair, deputy,
    secretary) or none. ``video``: all, or speakers (the others send a still every few seconds). ``lobby``: who
    comes in waits until admitted. ``locked``: nobody new comes in.
    """

    speak: str = "all"
    share: str = "all"
    chat: str = "all"
    files: str = "all"
    video: str = "all"
    lobby: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed item: watchers, recordings and every point not in ``points`` (None: no invited point is left out) are cut off."""

    points: tuple[str, ...] | None = None
