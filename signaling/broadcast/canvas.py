"""The composite picture: pictures of the room in their places, the strip with words underneath, or a slate. 4:2:0 planes throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import liaison

WIDTH, HEIGHT, STRIP = 1280, 720, 72
MARGIN = 24
GROUND, INK, MUTED, ACCENT = (16, 24, 39), (255, 255, 255), (178, 190, 208), (196, 30, 58)
FONTS = Path(liaison.__file__).parent / "data" / "fonts"

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture stands: even pixels from the left upper corner."""

    x: int
    y: int
    width: int
    height: int


FULL = Place(0, 0, WIDTH, HEIGHT)
LEFT, RIGHT = Place(0, 144, 640, 360), Place(640, 144, 640, 360)
SCREEN, BESIDE = Place(0, 0, 1152, 648), Place(WIDTH - 256 - MARGIN, MARGIN, 256, 144)
SIGN = Place(WIDTH - 320 - MARGIN, HEIGHT - STRIP - 180 - MARGIN, 320, 180)


def places(large: bool, second: bool, even: bool, screen: bool, sign: bool) -> dict[str, Place]:
    """Where ``large``, ``second`` and ``sign`` stand, of those that are there."""
    found: dict[str, Place] = {}
    if large:
        found["large"] = LEFT if even else SCREEN if screen else FULL
    if second:
        found["second"] = RIGHT if even else BESIDE
    if sign:
        found["sign"] = SIGN
    return found


def fitted(width: int, height: int, place: Place) -> Place:
    """The largest even rectangle of the picture's shape in the middle of a place."""
    share = min(place.width / width, place.height / height)
    w, h = (max(2, int(side * share) // 2 * 2) for side in (width, height))
    return Place(place.x + (place.width - w) // 4 * 2, place.y + (place.height - h) // 4 * 2, w, h)


class Canvas:
    """A picture that is drawn anew wherever something has changed."""

    def __init__(self) -> None:
        self._planes: Planes = plain(WIDTH, HEIGHT, GROUND)
        self._empty = plain(WIDTH, HEIGHT, GROUND)

    def clear(self) -> None:
        for plane, empty in zip(self._planes, self._empty, strict=True):
            plane[:] = empty

    def put(self, frame: Any, place: Place) -> None:
        """A decoded frame into its place, letterboxed."""
        inner = fitted(frame.width, frame.height, place)
        scaled = frame.reformat(inner.width, inner.height, "yuv420p", interpolation=Interpolation.FAST_BILINEAR)
        self.paste(planes_of(scaled), inner.x, inner.y)

    def paste(self, planes: Planes, x: int, y: int) -> None:
        for index, (target, source) in enumerate(zip(self._planes, planes, strict=True)):
            left, top = (x, y) if index == 0 else (x // 2, y // 2)
            rows, columns = source.shape
            target[top:top + rows, left:left + columns] = source

    def frame(self) -> Any:
        """The picture as a frame of its own."""
        made = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, source in zip(made.planes, self._planes, strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            rows[:source.shape[0], :source.shape[1]] = source
        return made


def plain(width: int, height: int, colour: tuple[int, int, int]) -> Planes:
    """An even picture."""
    return planes_from(Image.new("RGB", (width, height), colour))


def planes_of(frame: Any) -> Planes:
    """Views of a frame's planes without what pads their lines."""
    sizes = ((frame.width, frame.height), (frame.width // 2, frame.height // 2), (frame.width // 2, frame.height // 2))
    found = [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width]
             for plane, (width, height) in zip(frame.planes, sizes, strict=True)]
    return found[0], found[1], found[2]


def planes_from(image: Image.Image) -> Planes:
    """A drawn picture (even width and height) as planes of its own."""
    frame = av.VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), "rgb24").reformat(format="yuv420p")
    y, u, v = planes_of(frame)
    return y.copy(), u.copy(), v.copy()


# ---------------------------------------------------------------- words


def strip(name: str, item: str, session: str) -> Planes:
    """The bar underneath: who speaks, about what; the session's name at the end of the line."""
    image = Image.new("RGB", (WIDTH, STRIP), GROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 7, STRIP), fill=ACCENT)
    draw.text((MARGIN, 9), cut(name or session, 26, WIDTH - 2 * MARGIN, True), font=font(26, True), fill=INK)
    below = item if name else ""
    draw.text((MARGIN, 42), cut(below or (session if name else ""), 18, WIDTH - 2 * MARGIN), font=font(18), fill=MUTED)
    return planes_from(image)


def slate(lines: Sequence[str], session: str) -> Planes:
    """A full picture of words: the same in each language, one below the other, and the session's name."""
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 7), fill=ACCENT)
    top = 190
    for line in wrapped(session, 34, WIDTH - 160, 2):
        draw.text((WIDTH // 2, top), line, font=font(34, True), fill=INK, anchor="ma")
        top += 48
    top += 32
    for line in lines:
        draw.text((WIDTH // 2, top), cut(line, 28, WIDTH - 160), font=font(28), fill=MUTED, anchor="ma")
        top += 46
    return planes_from(image)


def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size)


def cut(words: str, size: int, width: int, bold: bool = False) -> str:
    """As much as fits in one line, with an ellipsis where something is left out."""
    face, words = font(size, bold), " ".join(words.split())  # Raqm lays out no second line, nor what separates lines in Unicode
    if face.getlength(words) <= width:
        return words
    while words and face.getlength(words + "…") > width:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(words: str, size: int, width: int, most: int) -> list[str]:
    """At most so many lines; the last is cut."""
    face, lines = font(size, True), [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= width or len(lines) == most or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [cut(line, size, width, True) for line in lines]
