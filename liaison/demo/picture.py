"""What a bot's camera sees: a drawn speaker, the point's name in three languages, a running clock."""

from __future__ import annotations

import colorsys
import math
from datetime import datetime
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent.parent / "data" / "fonts"
WIDTH, HEIGHT = 480, 270
TEXT_LEFT, TEXT_WIDTH = 186, 276
INK = (255, 255, 255)
SKIN, HAIR = ((238, 203, 173), (216, 172, 138), (198, 148, 112)), ((38, 30, 28), (74, 52, 38), (96, 96, 100))
Colour = tuple[int, int, int]


class Camera:
    """Draws one point's picture; ``index`` of ``count`` gives it a colour of its own."""

    def __init__(self, names: tuple[str, ...], index: int, count: int) -> None:
        self.index = index
        self.colour = colour_of(index, count)
        self._base = _background(self.colour)
        _write_names(ImageDraw.Draw(self._base), names)
        self._clock: tuple[str, Image.Image] = ("", self._base)

    def draw(self, at: datetime, speaking: bool) -> Image.Image:
        """The picture at a moment (its clock shows ``at``): 480×270, RGB."""
        picture = self._with_clock(f"{at:%H:%M:%S}").copy()
        self._draw_speaker(ImageDraw.Draw(picture), at.timestamp(), speaking)
        return picture

    def _with_clock(self, text: str) -> Image.Image:
        if self._clock[0] != text:
            picture = self._base.copy()
            ImageDraw.Draw(picture).text((TEXT_LEFT, 172), text, INK, font(34, bold=True))
            self._clock = (text, picture)
        return self._clock[1]

    def _draw_speaker(self, pen: ImageDraw.ImageDraw, moment: float, speaking: bool) -> None:
        x = 94 + 3 * math.sin(moment * 0.9 + self.index)
        y = 112 + (2 * math.sin(moment * 5) if speaking else 0)
        skin, hair = SKIN[self.index % 3], HAIR[self.index // 2 % 3]
        pen.ellipse((30, 178, 158, 340), (248, 249, 250))
        pen.polygon([(94, 178), (80, 194), (94, 236), (108, 194)], self.colour)
        pen.rounded_rectangle((x - 14, y + 30, x + 14, y + 76), 12, skin)
        pen.ellipse((x - 46, y - 58, x + 46, y + 40), hair)
        pen.ellipse((x - 40, y - 44, x + 40, y + 54), skin)
        blink = 1 if math.fmod(moment + self.index, 4.0) < 0.15 else 5
        for side in (-16, 16):
            pen.ellipse((x + side - 4, y - 6 - blink, x + side + 4, y - 6 + blink), (40, 40, 44))
        mouth = 3 + (9 * abs(math.sin(moment * 9 + self.index)) if speaking else 0)
        pen.ellipse((x - 12, y + 26 - mouth / 2, x + 12, y + 26 + mouth / 2), (150, 60, 60))


def colour_of(index: int, count: int) -> Colour:
    """Evenly spread hues, dark enough for white letters."""
    red, green, blue = colorsys.hls_to_rgb(index / max(1, count), 0.30, 0.55)
    return round(red * 255), round(green * 255), round(blue * 255)


def _background(colour: Colour) -> Image.Image:
    """A wall in the point's colour, a little lighter at the top."""
    shade = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point(lambda value: 70 - value // 4)
    wall = Image.new("RGB", (WIDTH, HEIGHT), colour)
    return Image.composite(Image.new("RGB", (WIDTH, HEIGHT), INK), wall, shade)


def _write_names(pen: ImageDraw.ImageDraw, names: tuple[str, ...]) -> None:
    top = 46
    for line, name in enumerate(names):
        letters = _fitting(name, 27 if line == 0 else 20, bold=line == 0)
        pen.text((TEXT_LEFT, top), name, INK, letters)
        top += 44 if line == 0 else 34


def _fitting(text: str, size: int, bold: bool) -> ImageFont.FreeTypeFont:
    while size > 10 and font(size, bold).getlength(text) > TEXT_WIDTH:
        size -= 1
    return font(size, bold)


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which has every Kyrgyz letter."""
    return ImageFont.truetype(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size)
